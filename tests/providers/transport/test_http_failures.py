"""Distinct words for each way in which no connection, or no answer, comes about."""

import asyncio
import datetime
import ipaddress
import socket
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from providers.transport.http import Transport
from tests.fakes.provider_server import FakeProvider, Reply, says
from tests.providers.transport.asking import failure, get
from tests.providers.transport.conftest import Dns


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
