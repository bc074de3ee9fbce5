"""Every fault a provider can commit, over a real socket: the right code, in time, and what had come is kept."""

import asyncio
from typing import Any

import pytest

from providers.client import ChatClient
from providers.contract.events import AttemptStarted, BlockOpened, Delta, Finished, StreamEnded, UsageReported
from providers.transport.http import Transport
from tests.fakes.calls import KEY, Call, call, request, target_for
from tests.fakes.provider_server import DONE, FakeProvider, Reply, answers, delta, frame, gzip_of, refuses

TEXT = "Grüße, 世界 👋"


async def ask(
    transport: Transport, provider: FakeProvider, *, params: dict[str, Any] | None = None, **limits: Any
) -> Call:
    return await call(transport, target_for(provider.base_url), request(**(params or {})), **limits)


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
    async def script(reply: Reply) -> None:
        await reply.silence()

    provider.play(script)
    result = await ask(transport, provider, first_byte=0.1)

    assert result.code == "timed_out"
    assert result.error is not None
    assert result.error.message == "The provider did not begin to answer within 0.1 seconds."
    await asyncio.wait_for(provider.requests[0].gone.wait(), 5)


@pytest.mark.parametrize("noise", [b"", b": ping\n\n", b'data: {"choices":[{"index":0,"delta":{}}]}\n\n'])
async def test_noise_before_the_first_token_is_no_answer(
    transport: Transport, provider: FakeProvider, noise: bytes
) -> None:
    provider.play(_noisy(b"", noise))

    result = await ask(transport, provider, first_byte=0.15)

    assert result.code == "timed_out"
    assert "did not begin to answer" in str(result.error)
    await asyncio.wait_for(provider.requests[0].gone.wait(), 5)


@pytest.mark.parametrize("noise", [b"", b": ping\n\n", b"\n", b'data: {"choices":[{"index":0,"delta":{}}]}\n\n'])
async def test_a_stall_in_mid_stream(transport: Transport, provider: FakeProvider, noise: bytes) -> None:
    provider.play(_noisy(delta(TEXT), noise))

    result = await ask(transport, provider, idle=0.15)

    assert (result.code, result.text) == ("timed_out", TEXT)
    assert str(result.error) == "Nothing new came from the provider for 0.15 seconds."
    await asyncio.wait_for(provider.requests[0].gone.wait(), 5)


def _noisy(first: bytes, noise: bytes) -> Any:
    async def script(reply: Reply) -> None:
        await reply.head()
        if first:
            await reply.send(first)
        while noise and not reply.request.gone.is_set():
            await reply.send(noise)
            await asyncio.sleep(0.01)
        await reply.silence()

    return script


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
    provider.play(_noisy(delta("a"), delta("a")))

    result = await ask(transport, provider, params=params, **limits)

    assert result.code == "timed_out"
    assert str(result.error) == "Stopped: not complete within 0.2 seconds."
    assert result.text.startswith("aa")


BODY = b"".join([delta(TEXT), delta(None, reasoning_content="hm"), delta("!"), delta(finish="stop"), DONE])
STEPS = range(0, len(BODY), 4)


@pytest.mark.parametrize("how", ["reset", "fin", "clean"])
async def test_a_connection_that_breaks_anywhere(transport: Transport, provider: FakeProvider, how: str) -> None:
    """Whatever the offset: the text up to there, and complete only if the finish reason had come."""
    finished_at = BODY.index(DONE)
    for at in STEPS:
        provider.play(_cut(at, how))
        result = await ask(transport, provider)

        complete = at >= finished_at - (2 if how == "clean" else 0)
        assert result.code == (None if complete else "incomplete"), (how, at, result.error)
        if how != "reset":
            whole = BODY[:at].count(b"\n\n")
            assert len(result.of(Delta)) >= min(whole, 3), (how, at)
        assert (TEXT + "!").startswith(result.text)


def _cut(at: int, how: str) -> Any:
    async def script(reply: Reply) -> None:
        await reply.head(chunked=how != "clean")
        if at:
            await reply.send(BODY[:at])
        if how == "reset":
            reply.reset()

    return script


async def test_eof_without_a_finish_reason(transport: Transport, provider: FakeProvider) -> None:
    provider.play(answers(delta(TEXT)))

    result = await ask(transport, provider)

    assert (result.code, result.text) == ("incomplete", TEXT)
    assert result.error is not None
    assert not result.error.retryable


@pytest.mark.parametrize("end", [[delta(finish="stop")], [DONE]])
async def test_either_mark_of_the_end_completes(transport: Transport, provider: FakeProvider, end: list[bytes]) -> None:
    provider.play(answers(delta(TEXT), *end))

    assert (await ask(transport, provider)).error is None


async def test_a_server_that_keeps_the_connection_open_after_the_end(
    transport: Transport, provider: FakeProvider
) -> None:
    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(delta("a") + delta(finish="stop") + DONE)
        await reply.silence()

    provider.play(script)

    result = await ask(transport, provider)
    assert result.error is None
    assert result.of(StreamEnded)


async def test_usage_after_the_finish_reason(transport: Transport, provider: FakeProvider) -> None:
    usage = frame({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8}})
    provider.play(answers(delta("a"), delta(finish="stop"), usage, DONE))

    [reported] = (await ask(transport, provider)).of(UsageReported)
    assert (reported.usage.input, reported.usage.output, reported.usage.total) == (3, 5, 8)


@pytest.mark.parametrize(
    ("event", "code", "retryable"),
    [
        (frame({"error": {"message": "Overloaded", "type": "overloaded_error"}}), "overloaded", True),
        (frame({"error": {"message": "Upstream died", "code": 502}}), "overloaded", True),
        (frame({"error": "plain words"}), "server", True),
        (b'event: error\ndata: {"error":{"message":"Bad tool","code":"tool_use_failed"}}\n\n', "bad_request", False),
        (b'error: {"code":500,"message":"slot lost"}\n\n', "server", True),
        (b"event: error\ndata: upstream timed out\n\n", "server", True),
        (
            frame({"error": {"message": "You exceeded your current quota", "code": "insufficient_quota"}}),
            "spend_limit",
            False,
        ),
        (b"data: {not json}\n\n", "malformed_stream", False),
        (b"data: [1,2]\n\n", "malformed_stream", False),
    ],
)
async def test_an_error_inside_the_stream(
    transport: Transport, provider: FakeProvider, event: bytes, code: str, retryable: bool
) -> None:
    provider.play(answers(delta(TEXT), event, delta("never"), DONE))

    result = await ask(transport, provider)

    assert (result.code, result.text) == (code, TEXT)
    assert result.error is not None
    assert result.error.retryable is retryable


async def test_what_a_failed_answer_cost_is_still_read(transport: Transport, provider: FakeProvider) -> None:
    usage = frame({"choices": [], "usage": {"prompt_tokens": 3}})
    provider.play(answers(delta("a"), frame({"error": {"message": "no", "code": 502}}), usage))

    result = await ask(transport, provider)

    assert result.code == "overloaded"
    assert [event.usage.input for event in result.of(UsageReported)] == [3]


@pytest.mark.parametrize(
    ("content_type", "body", "code"),
    [
        ("text/html", b"<!doctype html><h1>Login</h1>", "malformed_stream"),
        ("text/event-stream", b"  <html>", "malformed_stream"),
        ("text/plain", b"It works!", "malformed_stream"),
        ("image/png", b"\x89PNG\r\n\x1a\n", "malformed_stream"),
        ("application/json", b"", "incomplete"),
        ("text/event-stream", b"", "incomplete"),
        ("text/event-stream", b"\xef\xbb\xbf", "incomplete"),
        ("application/json", b"{", "malformed_stream"),
        ("application/json", b"[]", "malformed_stream"),
        ("application/json", b'{"hello": 1}', "malformed_stream"),
        ("application/json", b'{"code": "x", "error": "Model is overloaded"}', "overloaded"),
        ("application/json", b'{"error": {"message": "no credits", "code": 402}}', "spend_limit"),
    ],
)
async def test_something_else_than_a_stream(
    transport: Transport, provider: FakeProvider, content_type: str, body: bytes, code: str
) -> None:
    async def script(reply: Reply) -> None:
        await reply.whole(200, body, {"content-type": content_type})

    provider.play(script)

    assert (await ask(transport, provider)).code == code


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


async def test_a_gzip_bomb(transport: Transport, provider: FakeProvider) -> None:
    async def script(reply: Reply) -> None:
        await reply.whole(200, gzip_of(b" " * 40_000_000), {"content-encoding": "gzip"})

    provider.play(script)

    assert (await ask(transport, provider)).code == "over_limit"


async def test_one_endless_line(transport: Transport, provider: FakeProvider) -> None:
    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(delta("a"))
        while not reply.request.gone.is_set():
            await reply.send(b"data: " + b"x" * 100_000)

    provider.play(script)
    result = await ask(transport, provider)

    assert (result.code, result.text) == ("over_limit", "a")
    await asyncio.wait_for(provider.requests[0].gone.wait(), 5)


async def test_an_answer_over_the_output_limit_keeps_its_beginning(
    transport: Transport, provider: FakeProvider
) -> None:
    provider.play(_noisy(delta("a" * 10), delta("b" * 10)))

    result = await ask(transport, provider, output_limit=200)

    assert result.code == "over_limit"
    assert len(result.text) == 200 - 64
    await asyncio.wait_for(provider.requests[0].gone.wait(), 5)


async def test_blocks_without_end_count_against_the_limit(transport: Transport, provider: FakeProvider) -> None:
    calls = [
        delta(tool_calls=[{"index": number * 1000, "id": f"c{number}", "function": {"name": "f"}}])
        for number in range(100)
    ]
    provider.play(answers(*calls, delta(finish="tool_calls"), DONE))

    result = await ask(transport, provider, output_limit=1000)

    assert result.code == "over_limit"
    assert len(result.of(BlockOpened)) < 20


async def test_a_key_echoed_by_the_provider_is_taken_out(transport: Transport, provider: FakeProvider) -> None:
    echo = f"Incorrect API key provided: {KEY}. Find yours at https://example.com."
    provider.play(refuses(401, {"error": {"message": echo, "code": "invalid_api_key"}}))

    result = await ask(transport, provider)

    assert result.code == "authentication"
    assert KEY not in str(result.error)
    assert "Incorrect API key provided: [removed]" in str(result.error)


async def test_the_key_goes_where_it_is_bound_and_nowhere_else(transport: Transport, provider: FakeProvider) -> None:
    async with FakeProvider(refuses(200, {})) as other:
        provider.play(refuses(307, {}, {"location": other.base_url + "/chat/completions"}))
        result = await ask(transport, provider)

        assert "redirected; refused" in str(result.error)
        assert other.connections == 0
    assert provider.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_cancelling_closes_the_connection_at_once(transport: Transport, provider: FakeProvider) -> None:
    provider.play(_noisy(delta("a"), b""))
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

    await asyncio.wait_for(provider.requests[0].gone.wait(), 1)


async def test_a_key_said_back_beside_the_answer_is_taken_out(transport: Transport, provider: FakeProvider) -> None:
    tool = {"index": 0, "id": KEY, "function": {"name": f"f-{KEY}", "arguments": "{}"}}
    deep: Any = KEY
    for _ in range(150):
        deep = [deep]
    chunks = [
        {"id": KEY, "model": f"m {KEY}", "system_fingerprint": KEY},
        {"choices": [{"index": 0, "delta": {"tool_calls": [tool]}}]},
        {"choices": [], "citations": [f"https://x.example/?key={KEY}"]},
        {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2, KEY: [{"key": KEY}, deep]}},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": KEY}]},
    ]
    provider.play(answers(*(frame(chunk) for chunk in chunks), DONE))

    result = await ask(transport, provider)

    assert result.error is None
    assert result.of(UsageReported)[0].usage.output == 2
    opened = result.of(BlockOpened)[0]
    assert (opened.id, opened.name) == ("[removed]", "f-[removed]")
    assert KEY not in repr(result.events)
