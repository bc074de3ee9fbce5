"""The way through a SOCKS 5 proxy, over real sockets: addresses that were checked, logins, and named failures."""

from typing import Any

import pytest

from providers.contract.routes import Proxy, Routes
from providers.contract.secret import Secret
from providers.transport.http import Transport
from tests.fakes.provider_server import FakeProvider, says
from tests.fakes.socks_proxy import SocksProxy
from tests.providers.transport.certificates import Authority
from tests.providers.transport.test_proxy import PUBLIC, Dns, ask, authority, dns, failure, trusting

__all__ = ["authority", "dns", "trusting"]
URL = "http://models.example:8080/v1"
LOGIN = "clerk:pass:word-4711"


def through(proxy: SocksProxy, login: str = "", **how: Any) -> Routes:
    way = Proxy("socks5", "127.0.0.1", proxy.port, Secret(login) if login else None)
    return Routes(http=way, https=way, **how)


async def test_tls_to_the_host_goes_to_the_address_that_was_checked(
    authority: Authority, trusting: Transport, dns: Dns
) -> None:
    dns("models.example", PUBLIC, "127.0.0.1")
    async with (
        FakeProvider(says(), tls=authority.serving("models.example")) as provider,
        SocksProxy(provider.port, login=LOGIN) as proxy,
    ):
        body = await ask(trusting, "https://models.example/v1", through(proxy, LOGIN))
    assert b"He" in body
    assert proxy.wanted == [f"{PUBLIC}:443"]


async def test_plain_http_and_names_that_are_left_to_the_proxy(
    transport: Transport, provider: FakeProvider, dns: Dns
) -> None:
    dns("models.example", PUBLIC)
    async with SocksProxy(provider.port) as proxy:
        assert b"He" in await ask(transport, URL, through(proxy))
        assert b"He" in await ask(transport, "http://other.example:81/v1", through(proxy, resolves=True))
    assert proxy.wanted == [f"{PUBLIC}:8080", "other.example:81"]


async def test_a_private_address_is_refused_before_the_proxy_hears_of_it(
    transport: Transport, provider: FakeProvider, dns: Dns
) -> None:
    dns("models.example", "10.1.2.3")
    async with SocksProxy(provider.port) as proxy:
        await failure(transport, URL, through(proxy))
        await failure(transport, "http://10.1.2.3/v1", through(proxy, resolves=True))
    assert proxy.wanted == []


@pytest.mark.parametrize(
    ("login", "reply", "says_", "message", "retryable"),
    [
        ("", 0, None, "asks for a login", False),
        ("clerk:wrong", 0, None, "refused the login", False),
        (LOGIN, 5, None, "connection refused", True),
        (LOGIN, 2, None, "not allowed by its rules", False),
        (LOGIN, 0, b"HTTP/1.1 400 Bad\r\n\r\n", "is no SOCKS 5 proxy", False),
        (LOGIN, 0, b"", "closed the connection", True),
    ],
)
async def test_failures_are_named_and_show_no_login(
    transport: Transport,
    provider: FakeProvider,
    dns: Dns,
    login: str,
    reply: int,
    says_: bytes | None,
    message: str,
    retryable: bool,
) -> None:
    dns("models.example", PUBLIC)
    async with SocksProxy(provider.port, login=LOGIN) as proxy:
        proxy.reply, proxy.says = reply, says_
        error = await failure(transport, URL, through(proxy, login))
    assert message in error.message
    assert error.retryable is retryable
    assert "word" not in error.message
    assert provider.requests == []
