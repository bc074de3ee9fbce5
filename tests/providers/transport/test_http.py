"""The transport against real sockets: redirects, connections, encodings, sizes, headers."""

import asyncio

import pytest

from providers.contract.errors import ProviderError
from providers.transport.http import Outgoing, Transport
from tests.fakes.provider_server import FakeProvider, Reply, answers, gzip_of, mute, refuses, says
from tests.providers.transport.asking import failure, get, until_failure


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
    provider.play(mute(b"data: x\n\n"))
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


@pytest.mark.parametrize("value", ["a\r\nx-evil: 1", "a\0b"])
async def test_headers_cannot_be_smuggled(transport: Transport, provider: FakeProvider, value: str) -> None:
    with pytest.raises(ProviderError) as caught:
        await get(transport, provider.base_url, private=True, headers={"x-test": value})

    assert caught.value.code == "bad_request"
    assert value not in caught.value.message
    assert all("x-evil" not in request.headers for request in provider.requests)


async def test_get_gives_up_in_time(transport: Transport, provider: FakeProvider) -> None:
    provider.play(mute())

    with pytest.raises(ProviderError) as caught:
        await transport.get(Outgoing("GET", provider.base_url, allow_private=True), seconds=0.1)

    assert caught.value.code == "timed_out"


def test_a_request_does_not_show_its_credential() -> None:
    assert "sk-secret" not in repr(Outgoing("GET", "https://host/", auth={"x-api-key": "sk-secret"}))


async def test_many_answers_without_a_byte_end_like_one(transport: Transport) -> None:
    """The library has one reader for all of them; whoever waits on it for a next chunk waits for ever."""

    async def nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(nothing, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        for _ in range(3):
            assert await get(transport, url, private=True) == b""
