"""The transport against real sockets: addresses, redirects, encodings, sizes, and distinct words for each failure."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from providers.contract.errors import ProviderError, SetupError
from providers.transport.http import BODY_LIMIT, Outgoing, Transport
from tests.fakes.provider_server import FakeProvider, Reply, answers, gzip_of, refuses, says

Dns = Callable[..., None]


@pytest.fixture
def dns(monkeypatch: pytest.MonkeyPatch) -> Dns:
    """Names of our own; each further look-up of a name gives its next answers."""
    zone: dict[str, list[tuple[str, ...]]] = {}
    real = socket.getaddrinfo

    def look_up(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        if host not in zone:
            return real(host, port, *args, **kwargs)
        answers = zone[host].pop(0) if len(zone[host]) > 1 else zone[host][0]
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return [entry for address in answers for entry in real(address, port, *args, **kwargs)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)

    def add(name: str, *rounds: tuple[str, ...]) -> None:
        zone[name] = list(rounds)

    return add


async def get(transport: Transport, url: str, *, private: bool = False, **fields: Any) -> bytes:
    async with transport.stream(Outgoing("GET", url, allow_private=private, **fields)) as response:
        return await response.read()


async def failure(transport: Transport, url: str, *, private: bool = False) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await get(transport, url, private=private)
    return caught.value


async def until_failure(transport: Transport, url: str, limit: int = BODY_LIMIT) -> tuple[list[bytes], ProviderError]:
    """The pieces of a body and how it failed."""
    pieces: list[bytes] = []

    async def read() -> None:
        async with transport.stream(Outgoing("GET", url, allow_private=True), limit=limit) as response:
            async for piece in response.aiter_bytes():
                pieces.append(piece)  # noqa: PERF401

    with pytest.raises(ProviderError) as caught:
        await read()
    return pieces, caught.value


HOSTS = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "ip6-localhost",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[0:0:0:0:0:ffff:7f00:0001]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "127.0.0.1.",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "user@127.0.0.1",
    "127.0.0.1@example.org",
    "127.0.0.1\t",
    "169.254.169.254",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "192.0.0.192",
    "10.0.0.1",
    "192.168.0.1",
]


@pytest.mark.parametrize("host", HOSTS)
async def test_no_spelling_of_a_private_host_is_connected_to(
    transport: Transport, provider: FakeProvider, host: str
) -> None:
    url = f"http://{host}:{provider.port}/v1/models"

    with pytest.raises((ProviderError, SetupError)):
        await get(transport, url)

    assert provider.connections == 0


@pytest.mark.parametrize(
    "addresses",
    [("127.0.0.1",), ("127.0.0.1", "93.184.216.34"), ("93.184.216.34", "127.0.0.1"), ("10.1.2.3",), ("::1",)],
)
async def test_a_name_is_refused_when_one_of_its_addresses_is(
    transport: Transport, provider: FakeProvider, dns: Dns, addresses: tuple[str, ...]
) -> None:
    dns("models.example", addresses)

    error = await failure(transport, f"http://models.example:{provider.port}/v1")

    assert provider.connections == 0
    assert "models.example is not a public address" in error.message
    assert f"models.example:{provider.port}" in error.message
    assert not error.retryable


async def test_an_allowed_private_server_is_reached_and_a_metadata_service_is_not(
    transport: Transport, provider: FakeProvider, dns: Dns
) -> None:
    dns("models.example", ("127.0.0.1",))
    dns("other.example", ("169.254.169.254",))

    assert b"data" in await get(transport, f"http://models.example:{provider.port}/v1", private=True)
    error = await failure(transport, f"http://other.example:{provider.port}/v1", private=True)
    assert "other.example is link-local, a metadata service" in error.message
    assert not error.retryable


async def test_a_connection_made_by_permission_is_not_lent_to_a_call_without(
    transport: Transport, provider: FakeProvider
) -> None:
    await get(transport, provider.base_url, private=True)

    await failure(transport, provider.base_url)

    assert len(provider.requests) == 1


async def test_each_connection_goes_to_the_address_that_was_checked(provider: FakeProvider, dns: Dns) -> None:
    dns("rebinding.example", ("127.0.0.1",), ("169.254.169.254",))
    transport = Transport()

    async def script(reply: Reply) -> None:
        await reply.head(chunked=False)

    provider.play(script)
    await get(transport, f"http://rebinding.example:{provider.port}/a", private=True)
    await transport.aclose()
    error = await failure(again := Transport(), f"http://rebinding.example:{provider.port}/b", private=True)
    await again.aclose()

    assert [request.path for request in provider.requests] == ["/a"]
    assert "No request is ever sent there" in error.message


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused(transport: Transport, provider: FakeProvider, status: int) -> None:
    async with FakeProvider(says()) as other:
        provider.play(refuses(status, headers={"location": other.base_url}))

        error = await failure(transport, provider.base_url, private=True)

        assert other.connections == 0
    assert "redirected; refused" in error.message
    assert error.status == status
    assert not error.retryable


async def test_environment_proxies_are_not_used(monkeypatch: pytest.MonkeyPatch, provider: FakeProvider) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    transport = Transport()

    assert b"data" in await get(transport, provider.base_url, private=True)
    await transport.aclose()


async def test_cookies_are_not_kept(transport: Transport, provider: FakeProvider) -> None:
    provider.play(refuses(200, {}, {"set-cookie": "who=first; Path=/"}))

    for _ in range(2):
        await get(transport, provider.base_url, private=True)

    assert all("cookie" not in request.headers for request in provider.requests)


async def test_connections_are_used_again_when_the_body_was_read(transport: Transport, provider: FakeProvider) -> None:
    for _ in range(3):
        await get(transport, provider.base_url, private=True)

    assert provider.connections == 1


async def test_a_body_left_early_closes_the_connection(transport: Transport, provider: FakeProvider) -> None:
    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(b"data: x\n\n")
        await reply.silence()

    provider.play(script)
    async with transport.stream(Outgoing("GET", provider.base_url, allow_private=True)) as response:
        assert await anext(response.aiter_bytes()) == b"data: x\n\n"

    await asyncio.wait_for(provider.requests[0].gone.wait(), 5)


async def test_compressed_bodies(transport: Transport, provider: FakeProvider) -> None:
    text = b"data: hello\n\n" * 1000

    async def script(reply: Reply) -> None:
        packed = gzip_of(text)
        await reply.head(200, {"content-encoding": "gzip"})
        for at in range(0, len(packed), 7):
            await reply.send(packed[at : at + 7])
        await reply.end()

    provider.play(script)

    assert await get(transport, provider.base_url, private=True) == text


@pytest.mark.parametrize(
    ("encoding", "body", "code"),
    [
        ("gzip", gzip_of(b"\0" * 30_000_000), "over_limit"),
        ("gzip", b"no gzip at all", "malformed_stream"),
        ("br", b"x", "malformed_stream"),
    ],
)
async def test_bad_encodings(
    transport: Transport, provider: FakeProvider, encoding: str, body: bytes, code: str
) -> None:
    async def script(reply: Reply) -> None:
        await reply.whole(200, body, {"content-encoding": encoding})

    provider.play(script)

    pieces, error = await until_failure(transport, provider.base_url)

    assert error.code == code
    assert all(len(piece) <= 64 * 1024 for piece in pieces)


async def test_a_plain_body_over_the_limit(transport: Transport, provider: FakeProvider) -> None:
    provider.play(answers(*[b"x" * 100_000] * 3))

    pieces, error = await until_failure(transport, provider.base_url, limit=250_000)

    assert error.code == "over_limit"
    assert sum(map(len, pieces)) <= 250_000


async def test_bytes_that_came_before_a_break_are_delivered(transport: Transport, provider: FakeProvider) -> None:
    """Also when nobody was reading at the moment it broke."""

    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.raw(b"5\r\nfirst\r\n6\r\nsecond\r\nffff\r\nthi")
        await reply.half_close()

    provider.play(script)
    pieces = []

    async def read() -> None:
        async with transport.stream(Outgoing("GET", provider.base_url, allow_private=True)) as response:
            await asyncio.wait_for(provider.requests[0].gone.wait(), 5)
            async for piece in response.aiter_bytes():
                pieces.append(piece)  # noqa: PERF401

    with pytest.raises(ProviderError) as caught:
        await read()

    assert b"".join(pieces) == b"firstsecondthi"
    assert caught.value.code == "incomplete"


async def test_nothing_listens(transport: Transport) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    error = await failure(transport, f"http://127.0.0.1:{port}/v1?key=secret", private=True)

    assert error.code == "connection"
    assert error.message == f"Nothing listens on 127.0.0.1:{port}. Is the server running?"


async def test_unknown_name(transport: Transport, dns: Dns) -> None:
    dns("nowhere.example", ())

    error = await failure(transport, "https://nowhere.example/v1")

    assert error.code == "connection"
    assert error.message == "The host name nowhere.example was not found. Check the base URL."


async def test_closed_without_an_answer(transport: Transport, provider: FakeProvider) -> None:
    async def script(reply: Reply) -> None:
        reply.reset()

    provider.play(script)
    error = await failure(transport, provider.base_url, private=True)

    assert (error.code, error.retryable) == ("connection", True)
    assert "without an answer" in error.message


async def test_garbage_instead_of_http(transport: Transport, provider: FakeProvider) -> None:
    async def script(reply: Reply) -> None:
        await reply.raw(b"220 smtp.example ESMTP\r\n\r\n")

    provider.play(script)

    assert (await failure(transport, provider.base_url, private=True)).code == "connection"


async def test_a_server_that_never_shakes_hands(provider: FakeProvider) -> None:
    transport = Transport(connect_seconds=0.2)

    error = await failure(transport, provider.base_url.replace("http:", "https:"), private=True)
    await transport.aclose()

    assert error.message == f"No connection to 127.0.0.1:{provider.port} within 0.2 seconds."


async def test_plain_http_behind_an_https_url(transport: Transport) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        error = await failure(transport, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", private=True)

    assert error.code == "connection"
    assert "TLS with 127.0.0.1" in error.message


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


async def test_certificates_are_checked(transport: Transport, certificate: Path) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    async with FakeProvider(says(), tls=serving) as provider:
        error = await failure(transport, provider.base_url, private=True)
        trusting = Transport(verify=ssl.create_default_context(cafile=str(certificate)))
        body = await get(trusting, provider.base_url, private=True)
        await trusting.aclose()

    assert "The certificate of 127.0.0.1 is not trusted" in error.message
    assert not error.retryable
    assert b"Hel" not in body
    assert b"data" in body


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\0b"])
async def test_headers_cannot_be_smuggled(transport: Transport, provider: FakeProvider, value: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await get(transport, provider.base_url, private=True, headers={"x-test": value})

    assert caught.value.code == "bad_request"
    assert value not in caught.value.message
    assert all("x-evil" not in request.headers for request in provider.requests)


async def test_get_gives_up_in_time(transport: Transport, provider: FakeProvider) -> None:
    async def script(reply: Reply) -> None:
        await reply.silence()

    provider.play(script)

    with pytest.raises(ProviderError) as caught:
        await transport.get(Outgoing("GET", provider.base_url, allow_private=True), seconds=0.1)

    assert caught.value.code == "timed_out"


def test_a_request_does_not_show_its_credential() -> None:
    assert "sk-secret" not in repr(Outgoing("GET", "https://host/", auth={"x-api-key": "sk-secret"}))
