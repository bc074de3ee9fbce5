"""One call over a real socket, from its first byte to its deadline."""

import asyncio
from collections import Counter
from contextlib import aclosing
from typing import Any

import pytest

from providers.attempt import PIECE
from providers.client import ChatClient
from providers.contract.events import AttemptStarted, Delta, Finished
from providers.transport.http import Transport
from tests.fakes.calls import ask, call, request, target_for
from tests.fakes.provider_server import BODY, DONE, TEXT, FakeProvider, Reply, answers, delta, mute, noisy, refuses


async def test_a_good_answer(transport: Transport, provider: FakeProvider) -> None:
    result = await ask(transport, provider)

    kinds = [type(event).__name__ for event in result.events]
    assert kinds == ["AttemptStarted", "ResponseInfo", "BlockOpened", "Delta", "Delta", "Finished", "StreamEnded"]
    assert (result.text, result.error) == ("Hello", None)
    assert provider.requests[0].json == {
        "model": "fake-1",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


async def test_the_head_is_told(transport: Transport, provider: FakeProvider) -> None:
    headers = {"x-request-id": "req_1", "x-ratelimit-remaining-requests": "9", "set-cookie": "a=b"}
    provider.play(refuses(500, {}, headers))

    result = await ask(transport, provider)

    [started] = result.of(AttemptStarted)
    assert (started.attempt, started.provider, started.status, started.request_id) == (1, "fake", 500, "req_1")
    assert started.base_url == provider.base_url
    assert started.rate_limits == {"x-ratelimit-remaining-requests": "9"}
    assert started.connect_ms > 0


async def test_silence_before_the_head(transport: Transport, provider: FakeProvider) -> None:
    provider.play(mute())
    result = await ask(transport, provider, first_byte=0.1)

    assert result.code == "timed_out"
    assert result.error is not None
    assert result.error.message == "The provider did not begin to answer within 0.1 seconds."
    await asyncio.wait_for(provider.requests[0].gone.wait(), 5)


@pytest.mark.parametrize("noise", [b"", b": ping\n\n", b'data: {"choices":[{"index":0,"delta":{}}]}\n\n'])
async def test_noise_before_the_first_token_is_no_answer(
    transport: Transport, provider: FakeProvider, noise: bytes
) -> None:
    provider.play(noisy(b"", noise))

    result = await ask(transport, provider, first_byte=0.15)

    assert result.code == "timed_out"
    assert "did not begin to answer" in str(result.error)
    await asyncio.wait_for(provider.requests[0].gone.wait(), 5)


@pytest.mark.parametrize("noise", [b"", b": ping\n\n", b"\n", b'data: {"choices":[{"index":0,"delta":{}}]}\n\n'])
async def test_a_stall_in_mid_stream(transport: Transport, provider: FakeProvider, noise: bytes) -> None:
    provider.play(noisy(delta(TEXT), noise))

    result = await ask(transport, provider, idle=0.15)

    assert (result.code, result.text) == ("timed_out", TEXT)
    assert str(result.error) == "Nothing new came from the provider for 0.15 seconds."
    await asyncio.wait_for(provider.requests[0].gone.wait(), 5)


async def test_slow_but_steady_is_no_stall(transport: Transport, provider: FakeProvider) -> None:
    async def script(reply: Reply) -> None:
        await reply.head()
        for byte in delta("a") * 4 + delta(finish="stop") + DONE:
            await reply.send(bytes([byte]))
            await asyncio.sleep(0.0002)
        await reply.end()

    provider.play(script)

    result = await ask(transport, provider, idle=5)
    assert (result.text, result.error) == ("aaaa", None)


@pytest.mark.parametrize(("params", "limits"), [({"timeout": 0.2}, {}), ({}, {"total": 0.2})])
async def test_an_endless_answer_meets_its_deadline(
    transport: Transport, provider: FakeProvider, params: dict[str, Any], limits: dict[str, Any]
) -> None:
    provider.play(noisy(delta("a"), delta("a")))

    result = await ask(transport, provider, params=params, **limits)

    assert result.code == "timed_out"
    assert str(result.error) == "Stopped: not complete within 0.2 seconds."
    assert result.text.startswith("aa")


@pytest.mark.parametrize("stream", [True, False])
async def test_a_whole_answer_is_read_whether_asked_for_or_not(
    transport: Transport, provider: FakeProvider, stream: bool
) -> None:
    whole = {
        "id": "chatcmpl-9",
        "model": "fake-1",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": TEXT}, "finish_reason": "length"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    }
    provider.play(refuses(200, whole))

    result = await call(transport, target_for(provider.base_url), request(stream=stream))

    assert (result.text, result.error) == (TEXT, None)
    assert [event.reason for event in result.of(Finished)] == ["length"]
    assert provider.requests[0].json["stream"] is stream


async def test_a_stream_with_a_careless_content_type(transport: Transport, provider: FakeProvider) -> None:
    async def script(reply: Reply) -> None:
        await reply.head(200, {"content-type": "application/json"})
        await reply.send(b"\r\n: OPENROUTER PROCESSING\r\n\r\n" + BODY)
        await reply.end()

    provider.play(script)

    assert (await ask(transport, provider)).text == TEXT + "!"


async def test_cancelling_closes_the_connection_at_once(transport: Transport, provider: FakeProvider) -> None:
    provider.play(noisy(delta("a"), b""))
    seen = asyncio.Event()

    async def run() -> None:
        client = ChatClient(target_for(provider.base_url), transport, first_byte=30, idle=30, total=30, output_limit=99)
        async for event in client.stream(request()):
            if isinstance(event, Delta):
                seen.set()

    task = asyncio.create_task(run())
    await asyncio.wait_for(seen.wait(), 5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await asyncio.wait_for(provider.requests[0].gone.wait(), 10)


async def test_a_flood_of_tokens_lets_others_go_first(transport: Transport, provider: FakeProvider) -> None:
    piece = delta("word ")
    count = 20 * PIECE // len(piece)
    provider.play(answers(piece * count, delta(finish="stop"), DONE))
    turns = 0

    async def another() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    told: Counter[int] = Counter()
    neighbour = asyncio.create_task(another())
    client = ChatClient(target_for(provider.base_url), transport, first_byte=30, idle=30, total=30, output_limit=10**6)
    async with aclosing(client.stream(request())) as events:
        async for event in events:
            told[turns] += isinstance(event, Delta)
    neighbour.cancel()

    assert told.total() == count
    # The end of one piece of the body and the next one, with what was left of a line before it.
    assert max(told.values()) <= 2 * (PIECE // len(piece) + 2)
