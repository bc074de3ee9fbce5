"""Every way in which an answer ends or breaks off, over a real socket: the right code, and what had come is kept."""

from typing import Any

import pytest

from providers.contract.events import Delta, StreamEnded, UsageReported
from providers.transport.http import Transport
from tests.fakes.calls import ask
from tests.fakes.provider_server import BODY, DONE, TEXT, FakeProvider, Reply, answers, delta, frame, mute

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
    provider.play(mute(delta("a") + delta(finish="stop") + DONE))

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


async def test_a_failure_inside_the_stream_waits_as_its_head_asked(
    transport: Transport, provider: FakeProvider
) -> None:
    async def script(reply: Reply) -> None:
        await reply.head(headers={"content-type": "text/event-stream", "retry-after": "7"}, chunked=False)
        await reply.send(frame({"error": {"message": "Boom", "code": 503}}))

    provider.play(script)

    result = await ask(transport, provider)

    assert result.error is not None
    assert (result.error.message, result.error.retry_after) == ("Boom", 7)
