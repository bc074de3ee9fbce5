"""An HTTP proxy that opens tunnels, on a real socket. Wherever a tunnel shall lead, it ends at one upstream."""

import asyncio
import base64
import ssl
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass
class Asked:
    """One request for a tunnel."""

    line: str
    headers: dict[str, str]

    @property
    def place(self) -> str:
        return self.line.split(" ")[1]


class ConnectProxy:
    """``login``: "user:password" that it insists on. ``says``: what it answers instead of opening a tunnel."""

    def __init__(self, upstream_port: int, *, login: str = "", tls: ssl.SSLContext | None = None) -> None:
        self.asked: list[Asked] = []
        self.login = login
        self.says: bytes | None = None
        self._upstream_port = upstream_port
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def places(self) -> list[str]:
        """Where tunnels were asked for."""
        return [asked.place for asked in self.asked]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accepted, "127.0.0.1", 0, ssl=self._tls)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _accepted(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            await self._talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            self._talks.discard(task)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, *rest = (await reader.readuntil(b"\r\n\r\n")).decode().rstrip("\r\n").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (each.partition(":") for each in rest)}
        self.asked.append(Asked(line, headers))
        answer = self._answer(line, headers)
        writer.write(answer)
        await writer.drain()
        if not answer.startswith(b"HTTP/1.1 200") or answer is self.says:
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._upstream_port)
        try:
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            back.close()

    def _answer(self, line: str, headers: dict[str, str]) -> bytes:
        if self.says is not None:
            return self.says
        if not line.startswith("CONNECT "):
            return b"HTTP/1.1 405 Only tunnels\r\nContent-Length: 0\r\n\r\n"
        wanted = f"Basic {base64.b64encode(self.login.encode()).decode()}"
        if self.login and headers.get("proxy-authorization") != wanted:
            return b"HTTP/1.1 407 Who are you\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n"
        return b"HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n"


async def _pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(64 * 1024):
        target.write(data)
        await target.drain()
    if target.can_write_eof():
        target.write_eof()
    else:
        target.close()
