"""A provider of plain sockets that keeps every byte it is sent: what a host has really received, not what we think."""

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Talk(socketserver.StreamRequestHandler):
    server: "Listener"
    timeout = 5

    def handle(self) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (line := self.rfile.readline()):
            head += line
        self.server.received.append(head)
        if not head:
            return
        status, body = self.server.answer(head.decode("latin-1"))
        self.wfile.write(
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            "Connection: close\r\n\r\n".encode()
            + body
        )


class Listener(socketserver.ThreadingTCPServer):
    """``accepts``: the one key that is good; ``models``: what the list of models holds."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.received: list[bytes] = []
        self.accepts = ""
        self.models = ["model-a", "ft:base:org::id"]

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    @property
    def origin(self) -> str:
        return self.base_url.removesuffix("/v1")

    @property
    def bytes(self) -> bytes:
        return b"".join(self.received)

    def answer(self, head: str) -> tuple[str, bytes]:
        if self.accepts and f"Bearer {self.accepts}" not in head:
            key = head.partition("Bearer ")[2].partition("\r\n")[0]
            error = {"error": {"message": f"Incorrect API key provided: {key}", "code": "invalid_api_key"}}
            return "401 Unauthorized", json.dumps(error).encode()
        return "200 OK", json.dumps({"data": [{"id": name} for name in self.models]}).encode()


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener for as long as the block lasts."""
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
