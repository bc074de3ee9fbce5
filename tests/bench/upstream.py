"""A provider for measuring: its tokens carry their number and the moment of sending; it remembers when it was asked.

Model ``paced@rate=20,tokens=100``: content ``<number>:<CLOCK_MONOTONIC ns> `` a token; rate 0 = all at once. The clock
is the same for all processes of a machine, so whoever receives a token knows how long it was on its way.
``GET /asked`` answers with the moments at which requests had arrived, and forgets them.
"""

import asyncio
import json
import re
import subprocess
import sys
import time
from typing import Any, Self

from tests.stack import ROOT

TOKEN = re.compile(r"(\d+):(\d{10,}) ")
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
PLAN = re.compile(r"rate=(\d+),tokens=(\d+)")


def event(delta: dict[str, str], finish: str | None = None, usage: dict[str, int] | None = None) -> bytes:
    """One event of the stream as an HTTP chunk, about as large as those of real providers."""
    body: dict[str, Any] = {
        "id": "chatcmpl-measured0123456789",
        "object": "chat.completion.chunk",
        "created": 1_760_000_000,
        "model": "paced",
        "system_fingerprint": "fp_0123456789",
        "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}],
    }
    data = b"data: %s\n\n" % json.dumps({**body, "usage": usage}).encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


class Line(asyncio.Protocol):
    """One connection; one request at a time."""

    asked: list[int] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""
        self.timer: asyncio.TimerHandle | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self.timer is not None:
            self.timer.cancel()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: *(\d+)", head.lower())
        if not end or len(body) < int(length[1] if length else 0):
            return
        self.buffer = b""
        if head.startswith(b"GET /asked"):
            said = json.dumps(Line.asked).encode()
            Line.asked.clear()
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(said), said))
            return
        Line.asked.append(time.monotonic_ns())
        plan = PLAN.search(json.loads(body)["model"])
        assert plan is not None
        self.rate, self.tokens, self.sent = int(plan[1]), int(plan[2]), 0
        self.begun = asyncio.get_running_loop().time()
        self.transport.write(HEAD)
        self.tick()

    def tick(self) -> None:
        loop = asyncio.get_running_loop()
        due = self.tokens if not self.rate else int((loop.time() - self.begun) * self.rate + 0.01) + 1
        while self.sent < min(due, self.tokens):
            self.transport.write(event({"content": f"{self.sent}:{time.monotonic_ns()} "}))
            self.sent += 1
        if self.sent < self.tokens:
            self.timer = loop.call_at(self.begun + self.sent / self.rate, self.tick)
            return
        usage = {"prompt_tokens": 9, "completion_tokens": self.sent, "total_tokens": 9 + self.sent}
        end = b"data: [DONE]\n\n"
        self.transport.write(event({}, "stop", usage) + b"%x\r\n%s\r\n0\r\n\r\n" % (len(end), end))


async def serve() -> None:
    """Until killed; the first line on stdout is the port."""
    server = await asyncio.get_running_loop().create_server(Line, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


class Upstream:
    """The server in a process of its own. Use it as a context."""

    url = ""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.bench.upstream"]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.url = f"http://127.0.0.1:{int(self._process.stdout.readline())}/v1"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


if __name__ == "__main__":
    asyncio.run(serve())
