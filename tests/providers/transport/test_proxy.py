"""The way through a proxy, over real sockets: tunnels to checked addresses, TLS inside, logins, and named failures."""

import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from providers.contract.errors import ProviderError, SetupError
from providers.contract.material import compose
from providers.contract.routes import Proxy, Routes
from providers.contract.secret import Secret
from providers.contract.spec import Auth
from providers.credentials import authorize
from providers.model_lists import list_models
from providers.transport.http import Outgoing, Transport
from providers.transport.origin import origin_of
from tests.fakes.calls import KEY, call, request, target_for
from tests.fakes.connect_proxy import ConnectProxy
from tests.fakes.provider_server import FakeProvider, Reply, Script, says
from tests.providers.transport.certificates import Authority

PUBLIC = "93.184.216.34"
LOGIN = "clerk:pass:word-4711"
Dns = Callable[..., None]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Dns:
    """Names of our own; each further look-up of a name gives its next answer."""
    zone: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in zone:
            return real(host, port, *args, **kwargs)
        return real(zone[host].pop(0) if len(zone[host]) > 1 else zone[host][0], port, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    def add(name: str, *addresses: str) -> None:
        zone[name] = list(addresses)

    return add


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest_asyncio.fixture
async def trusting(authority: Authority) -> AsyncIterator[Transport]:
    made = Transport(connect_seconds=10, verify=authority.trusting)
    yield made
    await made.aclose()


@pytest_asyncio.fixture
async def proxy(provider: FakeProvider) -> AsyncIterator[ConnectProxy]:
    """Its tunnels end at ``provider``."""
    async with ConnectProxy(provider.port) as made:
        yield made


def through(proxy: ConnectProxy, login: str = "", **how: Any) -> Routes:
    secret = Secret(login) if login else None
    way = Proxy("https" if proxy.url.startswith("https") else "http", "127.0.0.1", proxy.port, secret)
    return Routes(http=way, https=way, **how)


async def ask(transport: Transport, url: str, routes: Routes, **fields: Any) -> bytes:
    async with transport.stream(Outgoing("POST", url, body=b"{}", routes=routes, **fields)) as response:
        return await response.read()


async def failure(transport: Transport, url: str, routes: Routes, **fields: Any) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await ask(transport, url, routes, **fields)
    return caught.value


async def test_tls_to_the_host_goes_through_a_tunnel_to_the_address_that_was_checked(
    authority: Authority, trusting: Transport, dns: Dns
) -> None:
    dns("models.example", PUBLIC, "127.0.0.1")
    headers = {"authorization": "Bearer sk-of-the-provider"}
    async with (
        FakeProvider(says(), tls=authority.serving("models.example")) as provider,
        ConnectProxy(provider.port) as proxy,
    ):
        body = await ask(trusting, "https://models.example/v1/chat", through(proxy), auth=headers)
        again = await ask(trusting, "https://models.example/v1/chat", through(proxy), auth=headers)

    assert b"He" in body
    assert b"He" in again
    assert proxy.places == [f"{PUBLIC}:443"], "one tunnel, used twice"
    assert "sk-of-the-provider" not in str(proxy.asked)
    assert provider.requests[0].headers["host"] == "models.example"
    assert provider.requests[0].headers["authorization"] == "Bearer sk-of-the-provider"


async def test_the_certificate_of_the_host_is_checked_inside_the_tunnel(
    authority: Authority, trusting: Transport, dns: Dns
) -> None:
    dns("models.example", PUBLIC)
    async with (
        FakeProvider(says(), tls=authority.serving("other.example")) as provider,
        ConnectProxy(provider.port) as proxy,
    ):
        error = await failure(trusting, "https://models.example/v1", through(proxy))

    assert "The certificate of models.example is not trusted" in error.message
    assert not error.retryable
    assert provider.requests == []


async def test_plain_http_goes_through_a_tunnel_too(
    transport: Transport, provider: FakeProvider, proxy: ConnectProxy, dns: Dns
) -> None:
    dns("models.example", PUBLIC)

    body = await ask(transport, "http://models.example:8080/v1/chat?x=1", through(proxy))

    assert b"He" in body
    assert proxy.places == [f"{PUBLIC}:8080"]
    assert proxy.asked[0].line == f"CONNECT {PUBLIC}:8080 HTTP/1.1"
    assert provider.requests[0].path == "/v1/chat?x=1"
    assert provider.requests[0].headers["host"] == "models.example:8080"
    assert not any(name.startswith("proxy-") for name in provider.requests[0].headers)


async def test_a_proxy_that_speaks_tls_itself(authority: Authority, trusting: Transport, dns: Dns) -> None:
    dns("models.example", PUBLIC)
    tls = authority.serving("127.0.0.1")
    async with (
        FakeProvider(says(), tls=authority.serving("models.example")) as provider,
        ConnectProxy(provider.port, tls=tls, login=LOGIN) as proxy,
    ):
        body = await ask(trusting, "https://models.example/v1", through(proxy, LOGIN))
    async with FakeProvider(says()) as provider, ConnectProxy(provider.port, tls=tls) as plain:
        also = await ask(trusting, "http://models.example/v1", through(plain))

    assert b"He" in body
    assert b"He" in also
    assert proxy.places == [f"{PUBLIC}:443"]


async def test_a_proxy_whose_certificate_is_not_trusted(authority: Authority, transport: Transport, dns: Dns) -> None:
    dns("models.example", PUBLIC)
    async with ConnectProxy(1, tls=authority.serving("127.0.0.1")) as proxy:
        error = await failure(transport, "https://models.example/v1", through(proxy))
        assert error.message == f"The certificate of the proxy {proxy.url} is not trusted."

    assert proxy.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.0.0.1", "localhost", "169.254.169.254", "2130706433"])
@pytest.mark.parametrize("resolves", [False, True])
async def test_no_tunnel_to_a_private_host(
    transport: Transport, provider: FakeProvider, proxy: ConnectProxy, host: str, resolves: bool
) -> None:
    with pytest.raises((ProviderError, SetupError)):
        await ask(transport, f"http://{host}:{provider.port}/v1", through(proxy, resolves=resolves))

    assert proxy.asked == []
    assert provider.connections == 0


async def test_no_tunnel_to_a_name_with_a_private_address(
    transport: Transport, provider: FakeProvider, proxy: ConnectProxy, dns: Dns
) -> None:
    dns("inside.example", "10.0.0.7")

    error = await failure(transport, f"https://inside.example:{provider.port}/v1", through(proxy))

    assert "inside.example is not a public address" in error.message
    assert not error.retryable
    assert proxy.asked == []


@pytest.mark.parametrize("name", ["router", "db.local", "metadata.google.internal", "x.localhost", "nas.home.arpa"])
async def test_where_the_proxy_resolves_private_names_are_refused_by_their_spelling(
    transport: Transport, proxy: ConnectProxy, name: str
) -> None:
    error = await failure(transport, f"http://{name}/v1", through(proxy, resolves=True))

    assert "is not a public address" in error.message
    assert proxy.asked == []


async def test_the_proxy_resolves_only_where_that_was_said(
    authority: Authority, trusting: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        FakeProvider(says(), tls=authority.serving("unknown.example")) as provider,
        ConnectProxy(provider.port) as proxy,
    ):
        real = socket.getaddrinfo

        def nothing(host: Any, *args: Any, **kwargs: Any) -> Any:
            if str(host).endswith("example"):
                raise socket.gaierror(socket.EAI_NONAME, "unknown")
            return real(host, *args, **kwargs)

        monkeypatch.setattr(socket, "getaddrinfo", nothing)
        error = await failure(trusting, "https://unknown.example/v1", through(proxy))
        assert "was not found" in error.message
        assert proxy.asked == []

        body = await ask(trusting, "https://unknown.example/v1", through(proxy, resolves=True))

    assert b"He" in body
    assert proxy.places == ["unknown.example:443"]


async def test_a_redirect_is_refused_behind_a_proxy_too(
    transport: Transport, provider: FakeProvider, proxy: ConnectProxy, dns: Dns
) -> None:
    async def redirects(reply: Reply) -> None:
        await reply.whole(307, b"", {"location": "http://127.0.0.1/admin"})

    dns("models.example", PUBLIC)
    provider.play(redirects)

    error = await failure(transport, "http://models.example/v1", through(proxy))

    assert "redirected; refused" in error.message
    assert len(proxy.asked) == 1


async def test_an_allowed_private_server_is_reached_directly_unless_asked(
    transport: Transport, provider: FakeProvider, proxy: ConnectProxy
) -> None:
    body = await ask(transport, f"{provider.base_url}/chat", through(proxy), allow_private=True)
    assert b"He" in body
    assert proxy.asked == []

    await ask(transport, f"{provider.base_url}/chat", through(proxy, private=True), allow_private=True)
    assert proxy.places == [f"127.0.0.1:{provider.port}"]

    error = await failure(transport, "http://169.254.169.254/latest", through(proxy, private=True), allow_private=True)
    assert "No request is ever sent there" in error.message
    assert len(proxy.asked) == 1


async def test_the_login_is_shown_to_the_proxy_and_to_nobody_else(
    transport: Transport, provider: FakeProvider, proxy: ConnectProxy, dns: Dns
) -> None:
    dns("models.example", PUBLIC)
    proxy.login = LOGIN

    assert b"He" in await ask(transport, "http://models.example/v1", through(proxy, LOGIN))
    assert "proxy-authorization" in proxy.asked[0].headers
    assert "proxy-authorization" not in provider.requests[0].headers

    outgoing = Outgoing("GET", "http://models.example/v1", routes=through(proxy, LOGIN))
    assert "word-4711" not in repr(outgoing) + str(outgoing.routes.http)


@pytest.mark.parametrize(("login", "words"), [("", "asks for a login"), ("clerk:wrong", "refused the login")])
async def test_a_wrong_login_has_a_name(
    transport: Transport, proxy: ConnectProxy, provider: FakeProvider, dns: Dns, login: str, words: str
) -> None:
    dns("models.example", PUBLIC)
    proxy.login = LOGIN

    error = await failure(transport, "http://models.example/v1", through(proxy, login))

    assert error.code == "connection"
    assert words in error.message
    assert proxy.url in error.message
    assert "wrong" not in error.message
    assert not error.retryable
    assert provider.connections == 0
    assert len(proxy.asked) == 1


async def test_a_connection_made_with_one_login_is_not_lent_to_another(
    transport: Transport, proxy: ConnectProxy, dns: Dns
) -> None:
    dns("models.example", PUBLIC)
    proxy.login = LOGIN
    await ask(transport, "http://models.example/v1", through(proxy, LOGIN))

    error = await failure(transport, "http://models.example/v1", through(proxy, "clerk:wrong"))

    assert "refused the login" in error.message


ANSWERS = {
    b"": "closed the connection without an answer",
    b"HTTP/1.1 403 <script>No</script>\r\n\r\n": "did not open a connection to 93.184.216.34:80 (status 403)",
    b"HTTP/1.1 502 Bad\r\nContent-Length: 4\r\n\r\noops": "(status 502)",
    b"SSH-2.0-OpenSSH_9\r\n\r\n": "is no proxy",
    b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi": "is no proxy",
    b"HTTP/1.1 200 OK\r\n" + b"x" * 40_000: "is no proxy",
}


@pytest.mark.parametrize("said", ANSWERS, ids=range(len(ANSWERS)))
async def test_what_a_proxy_may_answer_instead(
    transport: Transport, proxy: ConnectProxy, provider: FakeProvider, dns: Dns, said: bytes
) -> None:
    dns("models.example", PUBLIC)
    proxy.says = said

    error = await failure(transport, "http://models.example/v1", through(proxy))

    assert error.code == "connection"
    assert ANSWERS[said] in error.message
    assert "script" not in error.message
    assert provider.connections == 0


async def test_a_proxy_that_is_not_there(transport: Transport, dns: Dns) -> None:
    dns("models.example", PUBLIC)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        gone = Proxy("http", "127.0.0.1", taken.getsockname()[1])
        error = await failure(transport, "http://models.example/v1", Routes(http=gone))

    assert error.message == f"The proxy {gone} cannot be reached. Is it running?"
    metadata = Routes(http=Proxy("http", "169.254.169.254", 80))
    error = await failure(transport, "http://models.example/v1", metadata)
    assert "No request is ever sent to the address of the proxy" in error.message
    unknown = Routes(http=Proxy("http", "no-such-proxy.invalid", 80))
    assert "name of the proxy" in (await failure(transport, "http://models.example/v1", unknown)).message


async def test_a_proxy_that_says_nothing(dns: Dns) -> None:
    dns("models.example", PUBLIC)
    transport = Transport(connect_seconds=0.2)
    async with FakeProvider(says()) as silent:  # waits for a request's body, or for its end
        way = Routes(http=Proxy("http", "127.0.0.1", silent.port))
        silent.play(Reply.silence)
        error = await failure(transport, "http://models.example/v1", way)
    await transport.aclose()

    assert error.message == f"No connection to models.example:80 through the proxy {way.http} within 0.2 seconds."


async def test_calls_lists_and_tokens_of_a_provider_go_its_way(
    transport: Transport, provider: FakeProvider, proxy: ConnectProxy
) -> None:
    asked = replace(target_for(provider.base_url), routes=through(proxy, private=True))
    answer = await call(transport, asked, request())
    assert answer.text == "Hello"
    assert len(proxy.asked) == 1
    assert KEY not in str(proxy.asked)

    provider.play(_gives({"data": [{"id": "m"}]}))
    proxy.login = LOGIN
    assert await list_models(asked, transport) == ["m"], "over the tunnel that is there"
    other = replace(asked, routes=through(proxy, "clerk:wrong", private=True))
    with pytest.raises(ProviderError, match="refused the login"):
        await list_models(other, transport)

    url = f"{provider.base_url}/chat/completions"
    auth = Auth(kind="client_credentials", token_url=f"{provider.base_url}/token")
    plain = Outgoing("POST", url, allow_private=True, routes=other.routes)
    pair = compose("client_credentials", {"client_id": "a", "client_secret": "a-client-secret-of-its-own"})
    with pytest.raises(ProviderError, match="refused the login"):
        await authorize(auth, pair, plain, frozenset({origin_of(url)}), transport)


def _gives(body: dict[str, Any]) -> Script:
    async def script(reply: Reply) -> None:
        await reply.whole(200, json.dumps(body).encode())

    return script
