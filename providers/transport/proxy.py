"""The way through a proxy: tunnels to checked addresses.

Every request goes through a tunnel (CONNECT or SOCKS 5), plain HTTP too: only so does this machine, and not the proxy,
decide which address is connected to, and the host's own certificate is checked here. Messages name the proxy by scheme,
host and port, never its login.
"""

import asyncio
import base64
import re
import ssl
from collections.abc import Callable
from typing import Any, TypeVar

import aiohttp
from aiohttp.abc import ResolveResult

from providers.contract.errors import ProviderError
from providers.contract.routes import DIRECT, Proxy, Routes
from providers.transport.addresses import RefusedAddress, is_reachable_if_allowed
from providers.transport.guard import GuardedResolver
from providers.transport.origin import parse_origin
from providers.transport.proxy_failure import ProxyFailure
from providers.transport.socks import SocksReader, open_socks

P = TypeVar("P", bound=asyncio.Protocol)
SOCKS = "socks5"
HEAD_LIMIT = 16 * 1024
STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")
LOCAL_NAMES = (".localhost", ".local", ".internal", ".lan", ".home.arpa")


def proxy_of(url: str, routes: Routes, *, private: bool) -> Proxy | None:
    """The proxy that a request goes through, if any."""
    return None if routes == DIRECT else routes.via(*parse_origin(url), private=private)


def proxy_error(error: BaseException | None) -> ProviderError | None:
    """The error of a call if it was the proxy that failed, however the libraries have wrapped it."""
    while error is not None:
        inner = getattr(error, "os_error", None)
        for each in (error, inner):
            if isinstance(each, ProxyFailure):
                return ProviderError("connection", each.message, retryable=each.retryable)
        error = error.__cause__
    return None


class TunnelConnector(aiohttp.TCPConnector):
    """Connections through one proxy, each to an address that ``permits`` agrees with.

    ``resolves``: names are left to the proxy; then only addresses, and names that are private by their spelling, can be
    refused here.
    """

    def __init__(self, proxy: Proxy, permits: Callable[[str], bool], *, resolves: bool, **options: Any) -> None:
        super().__init__(**options)
        self._proxy = proxy
        self._permits = permits
        self._resolves = resolves

    async def _resolve_host(self, host: str, port: int, traces: Any = None) -> list[ResolveResult]:
        if not self._resolves or aiohttp.helpers.is_ip_address(host):
            return await super()._resolve_host(host, port, traces)
        name = host.rstrip(".").lower()
        if ("." not in name or f".{name}".endswith(LOCAL_NAMES)) and not self._permits("127.0.0.1"):
            raise RefusedAddress(host)
        return [ResolveResult(hostname=host, host=host, port=port, family=self._family, proto=0, flags=0)]

    async def _wrap_create_connection(self, *args: Any, addr_infos: Any, req: Any, **wanted: Any) -> Any:
        host, port = addr_infos[0][4][:2]
        if aiohttp.helpers.is_ip_address(host) and not self._permits(host):
            raise aiohttp.ClientConnectorError(req.connection_key, RefusedAddress(host))
        # The library's deadline for connections is around all of this.
        transport = await _tunnel(self._proxy, host, port, self._ssl)
        try:
            return await _handed_over(transport, args[0](), wanted.get("ssl"), wanted.get("server_hostname"))
        except ssl.SSLCertVerificationError as error:
            raise aiohttp.ClientConnectorCertificateError(req.connection_key, error) from error
        except ssl.SSLError as error:
            raise aiohttp.ClientConnectorSSLError(req.connection_key, error) from error
        except BaseException:
            transport.abort()
            raise


class _Answer(asyncio.Protocol):
    """Reads the proxy's answer to CONNECT, and nothing after it."""

    def __init__(self) -> None:
        self.head: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._seen = bytearray()

    def data_received(self, data: bytes) -> None:
        self._seen += data
        if not self.head.done() and (b"\r\n\r\n" in self._seen or len(self._seen) > HEAD_LIMIT):
            self.head.set_result(bytes(self._seen))

    def connection_lost(self, error: Exception | None) -> None:
        if not self.head.done():
            self.head.set_result(b"")


async def _tunnel(proxy: Proxy, host: str, port: int, context: Any) -> asyncio.Transport:
    """A connection to the proxy that has become one to ``host``. ``host``: an address, or a name it shall look up."""
    if proxy.scheme == SOCKS:
        return await _socks(proxy, host, port)
    transport, answer = await _connected(proxy, context, _Answer)
    try:
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if proxy.login is not None:
            token = base64.b64encode(proxy.login.reveal().encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {token}")
        transport.write("\r\n".join((*lines, "", "")).encode())
        _judge(proxy, place, await answer.head)
    except BaseException:
        transport.abort()
        raise
    return transport


async def _socks(proxy: Proxy, host: str, port: int) -> asyncio.Transport:
    transport, reader = await _connected(proxy, None, SocksReader)
    try:
        await open_socks(transport, reader, proxy, host, port)
    except BaseException:
        transport.abort()
        raise
    return transport


async def _connected(proxy: Proxy, context: Any, made: Callable[[], P]) -> tuple[asyncio.Transport, P]:
    """To the proxy itself: any address that an administrator can allow."""
    loop = asyncio.get_running_loop()
    secure = proxy.scheme == "https"
    try:
        found = await GuardedResolver(is_reachable_if_allowed).resolve(proxy.host.strip("[]"), proxy.port)
    except RefusedAddress:
        raise ProxyFailure(f"No request is ever sent to the address of the proxy {proxy}.", retryable=False) from None
    except OSError:
        raise ProxyFailure(f"The name of the proxy {proxy} was not found. Check the setting.") from None
    failure: OSError | None = None
    for place in found:
        try:
            return await loop.create_connection(
                made,
                place["host"],
                proxy.port,
                ssl=context if secure else None,
                server_hostname=proxy.host.strip("[]") if secure else None,
            )
        except OSError as error:
            failure = error
    if isinstance(failure, ssl.SSLCertVerificationError):
        raise ProxyFailure(f"The certificate of the proxy {proxy} is not trusted.", retryable=False) from None
    if isinstance(failure, ssl.SSLError):
        raise ProxyFailure(f"TLS with the proxy {proxy} failed. Check http or https in its address.") from None
    raise ProxyFailure(f"The proxy {proxy} cannot be reached. Is it running?") from None


def _judge(proxy: Proxy, place: str, head: bytes) -> None:
    """Raises ProxyFailure unless the tunnel is open. The proxy's own words are not repeated."""
    found = STATUS.match(head)
    status = int(found[1]) if found else 0
    if not head:
        raise ProxyFailure(f"The proxy {proxy} closed the connection without an answer.")
    if found is None or (status < 300 and head.find(b"\r\n\r\n") != len(head) - 4):
        raise ProxyFailure(f"What answers at {proxy} is no proxy. Check the setting.", retryable=False)
    if status == 407:
        what = "refused the login that is stored for it" if proxy.login is not None else "asks for a login"
        raise ProxyFailure(f"The proxy {proxy} {what} (status 407). An administrator can enter it.", retryable=False)
    if not 200 <= status < 300:
        message = f"The proxy {proxy} did not open a connection to {place} (status {status})."
        raise ProxyFailure(message, retryable=status >= 500)


async def _handed_over(
    transport: asyncio.Transport, protocol: Any, context: ssl.SSLContext | None, name: str | None
) -> tuple[asyncio.BaseTransport, Any]:
    """The tunnel as a connection of the HTTP library, with the TLS of the host itself inside."""
    if context is None:
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        return transport, protocol
    loop = asyncio.get_running_loop()
    secured = await loop.start_tls(transport, protocol, context, server_hostname=name)
    if secured is None:
        raise ProxyFailure("The connection through the proxy closed before it was secured.")
    protocol.connection_made(secured)
    return secured, protocol
