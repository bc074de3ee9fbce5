"""Retries, their waits and their limits; lists of models and testing a key. Over real sockets."""

import asyncio
import email.utils
import time
from typing import Any

import pytest

from providers import client as module
from providers.client import ChatClient
from providers.contract.errors import ProviderError, SetupError
from providers.contract.events import AttemptStarted, Retrying
from providers.contract.messages import ChatRequest, Message, Params
from providers.contract.secret import Secret
from providers.transport.http import Transport
from tests.fakes.calls import KEY, call, request, target_for
from tests.fakes.provider_server import DONE, FakeProvider, Reply, answers, delta, frame, refuses, says

BUSY = refuses(429, {"error": {"message": "slow down"}}, {"retry-after-ms": "1"})


async def broken(reply: Reply) -> None:
    reply.reset()


async def cut_before_any_token(reply: Reply) -> None:
    await reply.head()
    await reply.send(b": ping\n\n")


@pytest.mark.parametrize(
    "failing",
    [
        BUSY,
        refuses(503, {}, {"retry-after": "0"}),
        refuses(529, {}, {"retry-after": "0"}),
        refuses(500, {}, {"retry-after": "0"}),
        answers(frame({"error": {"message": "Overloaded", "code": 529}})),
        broken,
        cut_before_any_token,
    ],
)
async def test_tried_again_before_the_first_token(
    transport: Transport, provider: FakeProvider, failing: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BACKOFF_FIRST", 0.001)
    provider.play(failing, failing, says("Hello"))

    result = await call(transport, target_for(provider.base_url), request(max_retries=2))

    assert (result.text, result.error) == ("Hello", None)
    assert [event.attempt for event in result.of(Retrying)] == [1, 2]
    assert [event.attempt for event in result.of(AttemptStarted)][-1] == 3
    assert len({received.body for received in provider.requests}) == 1


@pytest.mark.parametrize("framed", [True, False])
async def test_a_wait_may_be_asked_for_in_words(transport: Transport, provider: FakeProvider, framed: bool) -> None:
    error = {"error": {"message": "Rate limit reached. Please try again in 12ms.", "code": 429}}
    provider.play(answers(frame(error)) if framed else refuses(429, error), says("Hello"))

    result = await call(transport, target_for(provider.base_url), request(max_retries=1))

    assert [(event.delay_ms, event.error.code) for event in result.of(Retrying)] == [(12, "rate_limited")]
    assert result.text == "Hello"


async def test_the_query_of_an_address_is_not_told(transport: Transport, provider: FakeProvider) -> None:
    """Everybody who reads the comparison reads where it was asked."""
    provider.play(says("Hello"))

    result = await call(transport, target_for(f"{provider.base_url}?code=not-to-be-seen"))

    assert [event.base_url for event in result.of(AttemptStarted)] == [provider.base_url]


@pytest.mark.parametrize(("retries", "requests"), [(0, 1), (1, 2), (5, 6), (None, 3)])
async def test_how_often(transport: Transport, provider: FakeProvider, retries: int | None, requests: int) -> None:
    provider.play(BUSY)

    asked = ChatRequest(model_id="m", messages=(Message.of_text("user", "hi"),), params=Params(max_retries=retries))
    result = await call(transport, target_for(provider.base_url), asked)

    assert result.code == "rate_limited"
    assert len(provider.requests) == requests
    assert len(result.of(Retrying)) == requests - 1


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (refuses(400, {"error": {"message": "no"}}), "bad_request"),
        (refuses(401, {}), "authentication"),
        (refuses(402, {}), "payment"),
        (refuses(403, {}), "permission"),
        (refuses(404, {}), "not_found"),
        (refuses(429, {"error": {"message": "x", "code": "insufficient_quota"}}), "spend_limit"),
        (refuses(429, {"error": {"code": "1113", "message": "balance"}}), "spend_limit"),
        (refuses(503, {}, {"x-should-retry": "false"}), "overloaded"),
        (answers(delta("a"), frame({"error": {"message": "x", "code": 529}})), "overloaded"),
        (answers(delta("a")), "incomplete"),
    ],
)
async def test_not_tried_again(transport: Transport, provider: FakeProvider, script: Any, code: str) -> None:
    provider.play(script)

    result = await call(transport, target_for(provider.base_url), request(max_retries=5))

    assert result.code == code
    assert len(provider.requests) == 1
    assert not result.of(Retrying)


def _soon() -> str:
    return email.utils.formatdate(time.time() + 30, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ({"retry-after": "20"}, 20_000, 20_000),
        ({"retry-after-ms": "1500"}, 1_500, 1_500),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0, 0),
        ({"retry-after": "-5"}, 250, 500),
        ({"retry-after": "soon"}, 250, 500),
        ({"retry-after": ""}, 250, 500),
        ({}, 250, 500),
        ({"retry-after": "date"}, 25_000, 30_000),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "42.5s"}, 42_500, 42_500),
        ({"x-ratelimit-remaining-tokens": "9", "x-ratelimit-reset-tokens": "30s"}, 250, 500),
    ],
)
async def test_how_long_to_wait(
    transport: Transport, provider: FakeProvider, headers: dict[str, str], low: int, high: int
) -> None:
    said = {name: _soon() if value == "date" else value for name, value in headers.items()}
    provider.play(refuses(429, {}, said))
    client = ChatClient(target_for(provider.base_url), transport, first_byte=5, idle=5, total=600, output_limit=1000)

    events = client.stream(request(max_retries=1))
    retrying = None
    async for event in events:
        if isinstance(event, Retrying):
            retrying = event
            break
    await events.aclose()

    assert retrying is not None
    assert low <= retrying.delay_ms <= high


async def test_waits_grow_and_are_capped() -> None:
    error = ProviderError("server", "x")

    waits = [max(module.pause_before(error, attempt) for _ in range(50)) for attempt in range(1, 8)]

    assert all(wait <= 8 for wait in waits)
    assert waits[4] > waits[2] > waits[0]


async def test_no_wait_that_would_outlast_the_call(transport: Transport, provider: FakeProvider) -> None:
    provider.play(refuses(429, {"error": {"message": "slow down"}}, {"retry-after": "30"}))

    result = await call(transport, target_for(provider.base_url), request(max_retries=2), total=5)

    assert result.code == "rate_limited"
    assert result.error is not None
    assert result.error.retry_after == 30
    assert "asks to wait 30 seconds" in result.error.message
    assert not result.of(Retrying)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("60.5", "61 seconds"),
        ("121", "3 minutes"),
        ("7200", "120 minutes"),
        ("86400", "24 hours"),
        ("604800", "7 days"),
        ("1000000000", "11575 days"),
    ],
)
async def test_a_pause_that_speaks_of_a_quota_is_told_and_not_waited_for(
    transport: Transport, provider: FakeProvider, asked: str, words: str
) -> None:
    provider.play(refuses(429, {"error": {"message": "No more today."}}, {"retry-after": asked}))

    result = await call(transport, target_for(provider.base_url), request(max_retries=2), total=600)

    assert result.error is not None
    assert result.error.message == f"The provider asks to wait {words}, too long for this call. It says: No more today."
    assert (result.error.code, result.error.status, result.error.retryable) == ("rate_limited", 429, True)
    assert (result.error.retry_after, result.of(Retrying), len(provider.requests)) == (float(asked), [], 1)


async def test_a_wait_can_be_cancelled(transport: Transport, provider: FakeProvider) -> None:
    provider.play(refuses(429, {}, {"retry-after": "50"}))
    waiting = asyncio.Event()

    async def run() -> None:
        client = ChatClient(
            target_for(provider.base_url), transport, first_byte=5, idle=5, total=600, output_limit=1000
        )
        async for event in client.stream(request(max_retries=1)):
            if isinstance(event, Retrying):
                waiting.set()

    task = asyncio.create_task(run())
    await asyncio.wait_for(waiting.wait(), 5)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 10)


async def test_the_total_holds_over_all_attempts(transport: Transport, provider: FakeProvider) -> None:
    async def slow(reply: Reply) -> None:
        await reply.silence()

    provider.play(refuses(503, {}, {"retry-after": "0"}), slow)

    result = await call(transport, target_for(provider.base_url), request(max_retries=2), total=0.3)

    assert result.code == "timed_out"
    assert len(provider.requests) == 2


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ({"credential": None}, "authentication"),
        ({"origins": frozenset({"https://elsewhere.example:443"})}, "authentication"),
    ],
)
async def test_without_a_usable_key_nothing_is_sent(
    transport: Transport, provider: FakeProvider, target: dict[str, Any], code: str
) -> None:
    with pytest.raises(SetupError) as caught:
        await call(transport, target_for(provider.base_url, **target))

    assert caught.value.code == code
    assert provider.connections == 0


@pytest.mark.parametrize("status", [200, 401])
async def test_a_key_of_any_form_is_taken_out_of_errors(
    transport: Transport, provider: FakeProvider, status: int
) -> None:
    key = "open sesame:42"
    provider.play(refuses(status, {"error": {"message": f"no such user '{key}' here"}}))

    result = await call(transport, target_for(provider.base_url, credential=Secret(key)))

    assert str(result.error) == "no such user '[removed]' here"


async def test_lone_surrogates_in_a_prompt_do_not_stop_the_call(transport: Transport, provider: FakeProvider) -> None:
    result = await call(transport, target_for(provider.base_url), request("a\ud800b\u0000c"))

    assert result.error is None
    assert provider.requests[0].json["messages"][0]["content"] == "a?b\0c"


async def test_render_shows_what_is_sent_without_the_key(transport: Transport, provider: FakeProvider) -> None:
    client = ChatClient(target_for(provider.base_url), transport, first_byte=5, idle=5, total=9, output_limit=1000)

    rendered = client.render(request(temperature=0))

    assert rendered.body["temperature"] == 0
    assert KEY not in repr(rendered)


async def test_many_calls_at_once_share_nothing(transport: Transport) -> None:
    async def script(reply: Reply) -> None:
        asked = reply.request.json["messages"][0]["content"]
        await answers(*[delta(f"{asked};")] * 50, delta(finish="stop"), DONE)(reply)

    async with FakeProvider(script) as provider:
        calls = (call(transport, target_for(provider.base_url), request(f"call {number}")) for number in range(100))
        results = await asyncio.gather(*calls)

    for number, result in enumerate(results):
        assert result.text == f"call {number};" * 50


@pytest.mark.parametrize("streams", [False, True, None])
async def test_a_model_that_does_not_stream_is_asked_for_the_whole(
    transport: Transport, provider: FakeProvider, streams: bool | None
) -> None:
    can = {} if streams is None else {"streaming": streams}
    provider.play(answers(delta("Hello", finish="stop"), DONE))

    result = await call(transport, target_for(provider.base_url, capabilities=can))

    assert result.text == "Hello"
    assert provider.requests[0].json["stream"] is (streams is not False)
