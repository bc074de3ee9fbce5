"""SOCKS 5 (RFC 1928, logins by RFC 1929) over a connection that is there: it becomes one to the host that is asked for.

Addresses are asked for as addresses, so that this machine, and not the proxy, has decided which one; a name only where
names are left to the proxy.
"""

import asyncio
from ipaddress import ip_address

from providers.contract.routes import Proxy
from providers.transport.proxy_failure import ProxyFailure

VERSION, NO_LOGIN, LOGIN, REFUSED = 5, 0, 2, 0xFF
CONNECT, IPV4, NAME, IPV6 = 1, 1, 3, 4
LENGTHS = {IPV4: 4, IPV6: 16}
LONGEST = 255
REASONS = {
    1: "general failure",
    2: "not allowed by its rules",
    3: "network unreachable",
    4: "host unreachable",
    5: "connection refused",
    6: "time is over",
    7: "it knows no such command",
    8: "it knows no such kind of address",
}
FOR_GOOD = frozenset({2, 7, 8})


class SocksReader(asyncio.Protocol):
    """Gives what the proxy says, so many bytes at a time."""

    def __init__(self) -> None:
        self._seen = bytearray()
        self._closed = False
        self._news = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self._seen += data
        self._news.set()

    def connection_lost(self, error: Exception | None) -> None:
        self._closed = True
        self._news.set()

    async def read(self, count: int) -> bytes:
        """Exactly so many; fewer only at the end of the connection."""
        while len(self._seen) < count and not self._closed:
            self._news.clear()
            await self._news.wait()
        found = bytes(self._seen[:count])
        del self._seen[:count]
        return found


async def open_socks(transport: asyncio.Transport, reader: SocksReader, proxy: Proxy, host: str, port: int) -> None:
    """Raises ProxyFailure unless the connection leads to ``host`` (an address, or a name it shall look up) now."""
    await _greet(transport, reader, proxy)
    transport.write(bytes((VERSION, CONNECT, 0)) + _place(host) + port.to_bytes(2, "big"))
    version, reply, _reserved, kind = await _said(reader, 4, proxy)
    if version != VERSION:
        raise _no_proxy(proxy)
    if reply != 0:
        reason = REASONS.get(reply, f"reason {reply}")
        message = f"The proxy {proxy} did not open a connection to {host}:{port} ({reason})."
        raise ProxyFailure(message, retryable=reply not in FOR_GOOD)
    length = (await _said(reader, 1, proxy))[0] if kind == NAME else LENGTHS.get(kind)
    if length is None:
        raise _no_proxy(proxy)
    await _said(reader, length + 2, proxy)


async def _greet(transport: asyncio.Transport, reader: SocksReader, proxy: Proxy) -> None:
    methods = bytes((NO_LOGIN,)) if proxy.login is None else bytes((NO_LOGIN, LOGIN))
    transport.write(bytes((VERSION, len(methods))) + methods)
    version, method = await _said(reader, 2, proxy)
    if version != VERSION:
        raise _no_proxy(proxy)
    if method == REFUSED or method not in methods:
        what = "takes no login of this kind" if proxy.login is not None else "asks for a login"
        raise ProxyFailure(f"The proxy {proxy} {what}. An administrator can enter it.", retryable=False)
    if method == LOGIN and proxy.login is not None:
        user, _colon, word = proxy.login.reveal().partition(":")
        transport.write(b"\x01" + _short(user, proxy) + _short(word, proxy))
        if (await _said(reader, 2, proxy))[1] != 0:
            message = f"The proxy {proxy} refused the login that is stored for it. An administrator can enter it."
            raise ProxyFailure(message, retryable=False)


def _place(host: str) -> bytes:
    try:
        address = ip_address(host)
    except ValueError:
        name = host.encode("idna") if not host.isascii() else host.encode()
        return bytes((NAME, len(name))) + name
    return bytes((IPV4 if address.version == 4 else IPV6,)) + address.packed


def _short(text: str, proxy: Proxy) -> bytes:
    raw = text.encode()
    if not 0 < len(raw) <= LONGEST:
        raise ProxyFailure(f"The login for {proxy} is too long for SOCKS, or half of it is empty.", retryable=False)
    return bytes((len(raw),)) + raw


async def _said(reader: SocksReader, count: int, proxy: Proxy) -> bytes:
    found = await reader.read(count)
    if len(found) < count:
        raise ProxyFailure(f"The proxy {proxy} closed the connection without an answer.")
    return found


def _no_proxy(proxy: Proxy) -> ProxyFailure:
    return ProxyFailure(f"What answers at {proxy} is no SOCKS 5 proxy. Check the setting.", retryable=False)
