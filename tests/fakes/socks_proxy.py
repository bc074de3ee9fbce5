"""A SOCKS 5 proxy on a real socket. Wherever a connection shall lead, it ends at one upstream."""

import asyncio
from ipaddress import ip_address

from tests.fakes.connect_proxy import ConnectProxy, _pump

ADDRESS = b"\x00\x01\x7f\x00\x00\x01\x00\x50"


class SocksProxy(ConnectProxy):
    """``login``: "user:password" that it insists on. ``reply``: its code instead of opening the way."""

    reply = 0

    def __init__(self, upstream_port: int, *, login: str = "") -> None:
        super().__init__(upstream_port, login=login)
        self.wanted: list[str] = []

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _version, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        if self.says is not None:
            writer.write(self.says)
            await writer.drain()
            return
        method = 2 if self.login else 0
        if method not in methods:
            writer.write(b"\x05\xff")
            return
        writer.write(bytes((5, method)))
        if self.login and not await self._knows(reader, writer):
            return
        await reader.readexactly(3)
        self.wanted.append(await _place(reader))
        writer.write(bytes((5, self.reply)) + ADDRESS)
        await writer.drain()
        if self.reply:
            return
        there, back = await asyncio.open_connection("127.0.0.1", self._upstream_port)
        try:
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        finally:
            back.close()

    async def _knows(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await reader.readexactly(1)
        parts = [(await reader.readexactly((await reader.readexactly(1))[0])).decode() for _ in range(2)]
        good = ":".join(parts) == self.login
        writer.write(b"\x01\x00" if good else b"\x01\x01")
        return good


async def _place(reader: asyncio.StreamReader) -> str:
    (kind,) = await reader.readexactly(1)
    if kind == 3:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    else:
        host = str(ip_address(await reader.readexactly(4 if kind == 1 else 16)))
    return f"{host}:{int.from_bytes(await reader.readexactly(2), 'big')}"
