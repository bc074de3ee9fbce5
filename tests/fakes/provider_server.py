"""A provider that does what a test tells it, lies in HTTP framing included. Plain asyncio, one script a request.

A script is a coroutine function that gets a ``Reply``. Scripts are used up in order; the last one stays. The server
records every request, how many connections were opened, and when a client went away.
"""

import asyncio
import json
import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

SSE = {"content-type": "text/event-stream"}


@dataclass
class Received:
    """One request as it came. ``gone`` is set when the client's connection is closed."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    connection: int = 0

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Reply:
    """What a script says, byte by byte if it likes."""

    def __init__(self, request: Received, writer: asyncio.StreamWriter) -> None:
        self.request = request
        self._writer = writer
        self._chunked = False
        self.keep = False

    async def raw(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def head(self, status: int = 200, headers: Mapping[str, str] = SSE, *, chunked: bool = True) -> None:
        self._chunked = chunked
        lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers.items())]
        if chunked:
            lines.append("transfer-encoding: chunked")
        await self.raw("\r\n".join((*lines, "", "")).encode("latin-1"))

    async def send(self, data: bytes) -> None:
        """A piece of the body."""
        await self.raw(b"%x\r\n%s\r\n" % (len(data), data) if self._chunked else data)

    async def end(self) -> None:
        """The proper end of a chunked body; the connection stays usable."""
        if self._chunked:
            await self.raw(b"0\r\n\r\n")
            self.keep = True

    async def whole(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """A complete answer with its length."""
        said = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
        await self.head(status, said, chunked=False)
        await self.raw(body)
        self.keep = True

    async def half_close(self) -> None:
        """Send no more, and wait until the client has noticed."""
        self._writer.write_eof()
        await self.request.gone.wait()

    async def silence(self) -> None:
        """Say nothing until the client goes away."""
        await self.request.gone.wait()

    def reset(self) -> None:
        """End the connection with RST instead of FIN."""
        sock: socket.socket = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()


Script = Callable[[Reply], Awaitable[None]]


class FakeProvider:
    """``async with FakeProvider() as provider``; ``provider.base_url`` is what a client is pointed to."""

    def __init__(self, *scripts: Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Received] = []
        self.connections = 0
        self._scripts = list(scripts)
        self._tls = tls
        self._server: asyncio.Server
        self._tasks: set[asyncio.Task[None]] = set()

    def play(self, *scripts: Script) -> None:
        """What to do with the coming requests."""
        self._scripts = list(scripts)

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def base_url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/v1"

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self._connected), "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, gone: asyncio.Event) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        number = self.connections
        try:
            while (request := await _read_request(reader)) is not None:
                request.connection, request.gone = number, gone
                self.requests.append(request)
                script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
                reply = Reply(request, writer)
                await script(reply)
                if not reply.keep:
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            return
        finally:
            writer.close()


class _Connection(asyncio.StreamReaderProtocol):
    """Tells when the client has closed its side."""

    def __init__(self, connected: Callable[..., Awaitable[None]]) -> None:
        self.gone = asyncio.Event()
        super().__init__(asyncio.StreamReader(), lambda reader, writer: connected(reader, writer, self.gone))

    def eof_received(self) -> bool | None:
        self.gone.set()
        return super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self.gone.set()
        super().connection_lost(error)


async def _read_request(reader: asyncio.StreamReader) -> Received | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, path, headers, body)


def frame(payload: Any) -> bytes:
    """One event with a JSON payload."""
    return b"data: " + json.dumps(payload).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def delta(text: str | None = None, *, finish: str | None = None, **fields: Any) -> bytes:
    """One chunk of a Chat Completions stream."""
    said = {**({} if text is None else {"content": text}), **fields}
    choice = {"index": 0, "delta": said, "finish_reason": finish}
    return frame({"id": "chatcmpl-1", "model": "fake-1", "choices": [choice]})


TEXT = "Grüße, 世界 👋"
"""Characters of two, three and four bytes."""
BODY = b"".join([delta(TEXT), delta(None, reasoning_content="hm"), delta("!"), delta(finish="stop"), DONE])
"""An answer of text, a thought and text."""


def answers(*pieces: bytes) -> Script:
    """A proper stream of these bytes."""

    async def script(reply: Reply) -> None:
        await reply.head()
        for piece in pieces:
            await reply.send(piece)
        await reply.end()

    return script


def says(text: str = "Hello") -> Script:
    """A proper answer in two deltas."""
    return answers(delta(text[:2]), delta(text[2:]), delta(finish="stop"), DONE)


def refuses(status: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Script:
    """An error answer."""

    async def script(reply: Reply) -> None:
        await reply.whole(status, json.dumps(body or {}).encode(), headers)

    return script


def mute(*pieces: bytes) -> Script:
    """These bytes, and then nothing for as long as the client waits; without any, not even a head."""

    async def script(reply: Reply) -> None:
        if pieces:
            await reply.head()
        for piece in pieces:
            await reply.send(piece)
        await reply.silence()

    return script


def noisy(first: bytes, noise: bytes) -> Script:
    """A beginning, and then the same again and again."""

    async def script(reply: Reply) -> None:
        await reply.head()
        if first:
            await reply.send(first)
        while noise and not reply.request.gone.is_set():
            await reply.send(noise)
            await asyncio.sleep(0.01)
        await reply.silence()

    return script


def waits(first: bytes, go: threading.Event, *rest: bytes) -> Script:
    """A beginning, and the rest when a test says so; comments keep the connection alive until then."""

    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(first)
        while not go.is_set():
            await reply.send(b": waiting\n\n")
        for piece in rest:
            await reply.send(piece)
        await reply.end()

    return script


def gzip_of(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(data) + packer.flush()
