"""The one place that speaks HTTP: the only import of httpx, on aiohttp's connections.

A ``Transport`` belongs to the event loop it was made in. It sends, frames nothing, follows no redirect, reads no
environment variable, keeps no cookie, and turns every network failure into a ``ProviderError`` that says what to do.
No message holds a URL's query or a header. Requests go to httpx's transport as they are: its client, which merges
defaults and looks after redirects, cookies and authentication, would only be told to do none of it, at twice the cost.
"""

import asyncio
import ssl
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import Any, Literal

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport
from yarl import URL

from providers.contract.errors import ProviderError
from providers.contract.routes import DIRECT, Proxy, Routes
from providers.transport.addresses import RefusedAddress, is_public, is_reachable_if_allowed
from providers.transport.guard import GuardedResolver, guarded_socket
from providers.transport.origin import parse_origin
from providers.transport.proxy import TunnelConnector, proxy_error, proxy_of

CONNECT_SECONDS = 15.0
BODY_LIMIT = 16 * 1024 * 1024
PIECE = 64 * 1024
DEFAULT_HEADERS = {
    "accept": "*/*",
    "accept-encoding": "identity",
    "connection": "keep-alive",
    "user-agent": "touchstone/0.1",
}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request. ``auth`` holds the credential headers and is the only field with a secret in it.

    ``allow_private``: an administrator has allowed exactly the host and port of ``url``. ``routes``: the proxies.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    auth: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow_private: bool = False
    routes: Routes = DIRECT


class IncomingResponse:
    """The head of a response and its body, which is read once."""

    def __init__(self, status: int, headers: Mapping[str, str], chunks: AsyncIterator[bytes]) -> None:
        self.status = status
        self.headers = headers
        self._chunks = chunks

    def aiter_bytes(self) -> AsyncIterator[bytes]:
        """The decoded body to its end, in pieces as they arrive."""
        return self._chunks

    async def read(self, keep: int = BODY_LIMIT) -> bytes:
        """The first ``keep`` bytes of the body."""
        pieces: list[bytes] = []
        size = 0
        async for piece in self._chunks:
            size += len(piece)
            pieces.append(piece)
            if size >= keep:
                break
        return b"".join(pieces)[:keep]


class _Body(httpx.AsyncByteStream):
    """The body as aiohttp has it: whatever arrived, at once, and what had arrived before a connection broke.

    httpx-aiohttp's own stream reads through two more layers and loses the bytes that came just before a failure.
    """

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._response.content
        try:
            while chunk := await _arrived(content):
                yield chunk
        except (aiohttp.ClientError, OSError) as error:
            content.set_exception(None)  # type: ignore[arg-type]  # lets read_nowait give what is still buffered
            rest = content.read_nowait()
            content.set_exception(error)
            if rest:
                yield rest
            raise

    async def aclose(self) -> None:
        if self._response.content.at_eof():
            self._response.release()
        else:
            self._response.close()


async def _arrived(content: aiohttp.StreamReader) -> bytes:
    """All that is there, as soon as there is something; nothing at the end.

    aiohttp's own ``readany`` takes one HTTP chunk after the other and asks its parser for more after each of them.
    """
    piece, ends_chunk = await content.readchunk()
    # The reader of bodies without a byte is one for all and says for ever that a chunk has ended.
    while ends_chunk and not piece and not content.at_eof():
        piece, ends_chunk = await content.readchunk()
    if piece and content._buffer and content.exception() is None:
        rest = b"".join(content._buffer)
        content._buffer.clear()
        content._buffer.append(rest)
        piece += content.read_nowait()
    return piece


class _GuardedTransport(AiohttpTransport):
    """httpx-aiohttp's transport over connections that only go to addresses ``permits`` agrees with."""

    def __init__(self, *, private: bool, verify: ssl.SSLContext, proxy: Proxy | None = None, far: bool = False) -> None:
        limits = httpx.Limits(max_connections=10_000, max_keepalive_connections=200, keepalive_expiry=15)
        super().__init__(verify=verify, trust_env=False, limits=limits)
        self._permits = is_reachable_if_allowed if private else is_public
        self._connector: Callable[..., aiohttp.TCPConnector] = aiohttp.TCPConnector
        if proxy is not None:
            self._connector = partial(TunnelConnector, proxy, self._permits, resolves=far)

    def get_client(self) -> aiohttp.ClientSession:
        connector = self._connector(
            limit=10_000,
            keepalive_timeout=15,
            ssl=self.ssl_context,
            resolver=GuardedResolver(self._permits),
            socket_factory=guarded_socket(self._permits),
        )
        session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False)
        # A URL goes out as it is written, with %3A where it says so: a signature covers it.
        session._build_url = partial(URL, encoded=True)  # type: ignore[method-assign]
        return session

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        response.stream = _Body(response.stream._aiohttp_response)  # type: ignore[union-attr]
        return response


class Transport:
    """Connections to all providers, pooled for the life of the process."""

    def __init__(
        self, *, connect_seconds: float = CONNECT_SECONDS, verify: ssl.SSLContext | Literal[True] = True
    ) -> None:
        self._tls = _tls() if verify is True else verify
        self._connect_seconds = connect_seconds
        timeout = httpx.Timeout(None, connect=connect_seconds, pool=connect_seconds)
        self._extensions = {"timeout": timeout.as_dict()}
        self._public, self._private = (self._connections(private=private) for private in (False, True))
        self._proxied: dict[tuple[str, bytes, bool, bool], _GuardedTransport] = {}

    def _connections(self, **way: Any) -> _GuardedTransport:
        return _GuardedTransport(verify=self._tls, **way)

    def _connections_for(self, outgoing: Outgoing) -> _GuardedTransport:
        """Connections are shared by those who may go the same way only."""
        private, routes = outgoing.allow_private, outgoing.routes
        proxy = proxy_of(outgoing.url, routes, private=private)
        if proxy is None:
            return self._private if private else self._public
        way = (str(proxy), proxy.login_digest, routes.resolves, private)
        if way not in self._proxied:
            self._proxied[way] = self._connections(private=private, proxy=proxy, far=routes.resolves)
        return self._proxied[way]

    async def aclose(self) -> None:
        """Close every connection."""
        clients = (self._public, self._private, *self._proxied.values())
        await asyncio.gather(*(client.aclose() for client in clients))

    @asynccontextmanager
    async def stream(self, outgoing: Outgoing, limit: int = BODY_LIMIT) -> AsyncIterator[IncomingResponse]:
        """Send and give the response once its head is there. More than ``limit`` decoded bytes are an error."""
        connections = self._connections_for(outgoing)
        request = _request(outgoing, self._extensions)
        try:
            response = await connections.handle_async_request(request)
        except (httpx.HTTPError, aiohttp.ClientError, OSError, ValueError) as error:
            raise self._failure(error, outgoing) from None
        try:
            headers = {name.lower(): value for name, value in response.headers.items()}
            if 300 <= response.status_code < 400:
                raise ProviderError(
                    "connection",
                    "The provider redirected; refused. Set the base URL to the final address.",
                    status=response.status_code,
                    retryable=False,
                )
            chunks = _decoded(response.stream, headers.get("content-encoding", ""), limit)  # type: ignore[arg-type]
            yield IncomingResponse(response.status_code, headers, chunks)
        finally:
            await response.aclose()

    async def get(self, outgoing: Outgoing, seconds: float = 30.0) -> tuple[int, Mapping[str, str], bytes]:
        """A small request with its whole answer."""
        try:
            async with asyncio.timeout(seconds), self.stream(outgoing) as response:
                return response.status, response.headers, await response.read()
        except TimeoutError:
            raise ProviderError("timed_out", f"The provider did not answer within {seconds:g} seconds.") from None

    def _failure(self, error: Exception, outgoing: Outgoing) -> ProviderError:
        if (failure := proxy_error(error)) is not None:
            return failure
        where = parse_origin(outgoing.url)
        cause = error.__cause__ or error
        inner = getattr(cause, "os_error", None) or cause
        if isinstance(inner, RefusedAddress) and outgoing.allow_private:
            message = (
                f"{where.host} is link-local, a metadata service or a multicast group. No request is ever sent there, "
                "not even when private addresses are allowed."
            )
            return ProviderError("connection", message, retryable=False)
        if isinstance(inner, RefusedAddress):
            message = (
                f"{where.host} is not a public address. Requests to private addresses are refused unless an "
                f"administrator allows {where.address} for this provider."
            )
            return ProviderError("connection", message, retryable=False)
        if isinstance(cause, aiohttp.ClientConnectorDNSError):
            return ProviderError("connection", f"The host name {where.host} was not found. Check the base URL.")
        if isinstance(cause, aiohttp.ClientConnectorCertificateError):
            reason = getattr(inner, "verify_message", "") or "it cannot be verified"
            message = f"The certificate of {where.host} is not trusted: {reason}."
            return ProviderError("connection", message, retryable=False)
        if isinstance(cause, aiohttp.ClientSSLError):
            return ProviderError("connection", f"TLS with {where.address} failed. Check http or https in the base URL.")
        if isinstance(inner, ConnectionRefusedError):
            return ProviderError("connection", f"Nothing listens on {where.address}. Is the server running?")
        if isinstance(inner, TimeoutError):
            proxy = proxy_of(outgoing.url, outgoing.routes, private=outgoing.allow_private)
            way = f" through the proxy {proxy}" if proxy is not None else ""
            message = f"No connection to {where.address}{way} within {self._connect_seconds:g} seconds."
            return ProviderError("connection", message)
        if isinstance(error, httpx.UnsupportedProtocol | ValueError):
            message = "The request cannot be sent: the base URL or a header is malformed."
            return ProviderError("bad_request", message, retryable=False)
        return ProviderError("connection", f"{where.address} closed the connection without an answer.")


@cache
def _tls() -> ssl.SSLContext:
    """Reading the certificate bundle takes 50 ms; the context can be shared."""
    return httpx.create_ssl_context(trust_env=False)


def _request(outgoing: Outgoing, extensions: Mapping[str, Any]) -> httpx.Request:
    headers = dict(DEFAULT_HEADERS)
    for given in (outgoing.headers, outgoing.auth):
        headers.update((name.lower(), value) for name, value in given.items())
    url = _url(outgoing.url)
    try:
        return httpx.Request(
            outgoing.method, url, headers=headers, content=outgoing.body or None, extensions=extensions
        )
    except ValueError:
        raise ProviderError("bad_request", "The base URL or a header of this provider is malformed.") from None


@lru_cache(maxsize=1024)
def _url(text: str) -> httpx.URL:
    """A URL that everybody reads in the same way."""
    where = parse_origin(text)
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise ProviderError("bad_request", "The base URL or a header of this provider is malformed.") from None
    if url.host != where.host.strip("[]"):
        raise ProviderError("bad_request", "The base URL can be read in two ways; write it plainly.")
    return url


async def _decoded(stream: AsyncIterator[bytes], encoding: str, limit: int) -> AsyncIterator[bytes]:
    """The body with compression undone, never more than ``limit`` bytes of it."""
    encoding = encoding.strip().lower()
    if encoding in {"gzip", "x-gzip", "deflate"}:
        stream = _inflated(stream)
    elif encoding not in {"", "identity"}:
        raise ProviderError("malformed_stream", f"The provider answered in an encoding we did not ask for: {encoding}.")
    size = 0
    try:
        async for chunk in stream:
            size += len(chunk)
            if size > limit:
                raise ProviderError("over_limit", f"The answer is larger than {limit // 1024} KiB; reading stopped.")
            yield chunk
    except (httpx.HTTPError, aiohttp.ClientError, OSError):
        raise ProviderError("incomplete", "The connection broke before the answer was complete.") from None


async def _inflated(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """gzip or zlib undone in pieces of bounded size, whatever the ratio."""
    inflate: Any = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        async for chunk in stream:
            while chunk:
                yield inflate.decompress(chunk, PIECE)
                chunk = inflate.unconsumed_tail
    except zlib.error:
        raise ProviderError("malformed_stream", "The provider's compressed answer is damaged.") from None
