"""One call over several deployments: real servers, real requests, no rows."""

import asyncio
from contextlib import aclosing
from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.client import ChatClient
from providers.contract.errors import ProviderError, SetupError
from providers.contract.events import Admitted, AttemptStarted, Delta, ResponseInfo, Retrying
from providers.contract.grouping import Group, HopFailed, Option, Standing, Trying
from providers.contract.limiter import Bucket, Limiter, Ticket, Unlimited, Wait
from providers.contract.messages import ChatRequest
from providers.contract.resolved import Target
from providers.group_client import GroupClient
from providers.transport.http import Transport
from tests.fakes.calls import request, target_for
from tests.fakes.provider_server import FakeProvider, answers, delta, frame, refuses, says

LIMITED = refuses(429, {"error": {"message": "slow down"}}, {"retry-after": "7"})
BROKEN = refuses(500, {"error": {"message": "oops"}})
DENIED = refuses(401, {"error": {"message": "no"}})
PATIENCE = 2.0
BAD = refuses(400, {"error": {"message": "what?"}})


class Told:
    """A board that remembers what it was told, and says what a test wants."""

    def __init__(self, **rests: float) -> None:
        self.rests = rests
        self.answers: list[str] = []
        self.failures: list[tuple[str, float, bool]] = []

    async def standings(self, keys: Any) -> dict[str, Standing]:
        return {key: Standing(rests=rest) for key, rest in self.rests.items()}

    def answered(self, key: str, latency_ms: float) -> None:
        assert latency_ms >= 0
        self.answers.append(key)

    def failed(self, key: str, *, allowed: int, rest: float, at_once: bool) -> None:
        self.failures.append((key, rest, at_once))


class Talk:
    """What a call over a group yielded."""

    def __init__(self, board: Told) -> None:
        self.board = board
        self.events: list[Any] = []
        self.waits: list[float] = []
        self.error: ProviderError | SetupError | None = None

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def text(self) -> str:
        return "".join(event.text for event in self.of(Delta))


def option(key: str, target: Target | SetupError, priority: int = 0, **fields: Any) -> Option:
    return Option(key, f"fake/{key}", target, priority=priority, **fields)


def group(*targets: Target | SetupError, name: str = "group/g", **fields: Any) -> Group:
    """Options a, b, c ... in this order."""
    options = tuple(option("abcdef"[at], target, at) for at, target in enumerate(targets))
    return Group(name, options, **{"cooldown": 30, **fields})


async def talk(
    transport: Transport,
    way: Group,
    board: Told | None = None,
    asked: ChatRequest | None = None,
    total: float = 30,
    limiter: Limiter | None = None,
) -> Talk:
    limiter = limiter or Unlimited()

    async def client_for(target: Target, seconds: float, waited: float) -> ChatClient:
        assert 0 < seconds <= total
        result.waits.append(waited)
        client = ChatClient(target, transport, first_byte=20, idle=20, total=seconds, output_limit=10_000)
        return client.in_line(limiter, PATIENCE)

    result = Talk(board or Told())
    client = GroupClient(way, client_for, board=result.board, limiter=limiter, total=total)
    wanted = asked or request()
    try:
        async with aclosing(client.batches(lambda target: wanted)) as batches:
            async for batch in batches:
                result.events.extend(batch)
    except (ProviderError, SetupError) as error:
        result.error = error
    return result


@pytest.mark.parametrize(
    ("script", "code", "at_once"),
    [(LIMITED, "rate_limited", True), (BROKEN, "server", False), (DENIED, "authentication", True)],
)
async def test_a_failure_before_the_first_token_moves_on(
    transport: Transport, provider: FakeProvider, script: Any, code: str, at_once: bool
) -> None:
    provider.play(script, says("second"))
    target = target_for(provider.base_url)
    result = await talk(transport, group(target, target))

    assert (result.error, result.text) == (None, "second")
    (failed,) = result.of(HopFailed)
    assert (failed.option.key, failed.error.code, failed.sent, failed.head) == ("a", code, True, True)
    assert [event.status for event in result.of(AttemptStarted)] == [failed.error.status, 200]
    assert result.board.failures == [("a", 7.0 if code == "rate_limited" else 30, at_once)]
    assert result.board.answers == ["b"]
    assert len(result.of(Trying)) == 2


async def test_nobody_listening_and_a_deployment_without_a_key_are_passed_over(
    transport: Transport, provider: FakeProvider
) -> None:
    missing = SetupError("authentication", "There is no API key for Fake.")
    way = group(missing, target_for("http://127.0.0.1:1/v1"), target_for(provider.base_url))
    result = await talk(transport, way)

    assert result.text == "Hello"
    assert [(event.option.key, event.error.code, event.sent, event.head) for event in result.of(HopFailed)] == [
        ("a", "authentication", False, False),
        ("b", "connection", True, False),
    ]
    assert [key for key, _, _ in result.board.failures] == ["b"]


async def test_after_the_first_token_nobody_else_is_asked(transport: Transport, provider: FakeProvider) -> None:
    provider.play(answers(delta("Half an ans")), says("another"))
    target = target_for(provider.base_url)
    result = await talk(transport, group(target, target))

    assert result.text == "Half an ans"
    assert result.error is not None
    assert result.error.code == "incomplete"
    assert len(provider.requests) == 1


async def test_a_bad_request_is_bad_everywhere(transport: Transport, provider: FakeProvider) -> None:
    provider.play(BAD, says("another"))
    target = target_for(provider.base_url)
    result = await talk(transport, group(target, target))

    assert result.error is not None
    assert (result.error.code, result.error.message, len(provider.requests)) == ("bad_request", "what?", 1)
    assert result.board.failures == []


async def test_the_error_names_every_hop(transport: Transport, provider: FakeProvider) -> None:
    provider.play(LIMITED, DENIED, BROKEN)
    target = target_for(provider.base_url)
    result = await talk(transport, group(target, target, target))

    error = result.error
    assert isinstance(error, ProviderError)
    assert (error.code, error.status, error.retryable, error.retry_after) == ("server", 500, True, 7.0)
    for words in ("group/g", "fake/a: rate_limited (429)", "fake/b: authentication (401)", "fake/c: server (500)"):
        assert words in error.message


async def test_who_asks_for_a_day_is_asked_once_and_another_one_answers(
    transport: Transport, provider: FakeProvider
) -> None:
    quota = refuses(429, {"error": {"message": "No more today."}}, {"retry-after": "86400"})
    provider.play(quota, says("Hello"), quota)
    target = target_for(provider.base_url)
    answered = await talk(transport, group(target, target))
    alone = await talk(transport, group(target), total=600)

    assert (answered.text, answered.error) == ("Hello", None)
    assert alone.error is not None
    assert "fake/a: rate_limited (429) The provider asks to wait 24 hours, too long" in alone.error.message
    assert (alone.of(Retrying), len(provider.requests)) == ([], 3)


async def test_nothing_to_call_is_a_matter_of_the_installation(transport: Transport) -> None:
    empty = await talk(transport, group())
    keyless = await talk(transport, group(SetupError("authentication", "no key"), SetupError("permission", "off")))

    assert isinstance(empty.error, SetupError)
    assert empty.error.code == "not_found"
    assert isinstance(keyless.error, SetupError)
    assert "fake/a: authentication no key; fake/b: permission off" in keyless.error.message


async def test_a_sentence_of_our_own_stays_whole_within_the_error_of_its_group(transport: Transport) -> None:
    """Cut off, the page would not know it again, and could not say it in the reader's language."""
    whole = f"The proxy http://{'p' * 60}.example:3128 did not open a connection to {'h' * 90}.example:443 (refused)."

    error = (await talk(transport, group(SetupError("connection", whole)))).error

    assert error is not None
    assert error.message.endswith(whole)


async def test_all_are_tried_again_where_that_can_help(transport: Transport, provider: FakeProvider) -> None:
    shaky = refuses(503, {}, {"retry-after": "0"})
    provider.play(DENIED, shaky, shaky, says("at last"))
    target = target_for(provider.base_url)
    asked = request(max_retries=3)
    result = await talk(transport, group(target, target), asked=asked)

    assert result.text == "at last"
    assert [event.option.key for event in result.of(HopFailed)] == ["a", "b", "b"]
    assert len(result.of(Retrying)) == 2


async def test_who_rests_comes_after_all_others_fallbacks_too(transport: Transport) -> None:
    async with FakeProvider(says("resting")) as first, FakeProvider(says("awake")) as other:
        behind = Group("group/h", (option("z", target_for(other.base_url)),))
        way = group(target_for(first.base_url), fallbacks=(behind,))
        woken = await talk(transport, way)
        resting = await talk(transport, way, Told(a=20.0))
        other.play(BROKEN)
        last = await talk(transport, way, Told(a=20.0))

    assert [woken.text, resting.text, last.text] == ["resting", "awake", "resting"]


async def test_a_circle_of_groups_ends(transport: Transport, provider: FakeProvider) -> None:
    provider.play(BROKEN)
    target = target_for(provider.base_url)
    inner = group(target, name="group/g")
    way = group(target, fallbacks=(Group("group/h", (option("z", target),), fallbacks=(inner,)),))
    result = await talk(transport, way, asked=request(max_retries=0))

    assert [event.option.key for event in result.of(HopFailed)] == ["a", "z"]


async def test_each_is_asked_in_its_own_protocol(transport: Transport, provider: FakeProvider) -> None:
    async with FakeProvider(answers(*map(frame, CLAUDE))) as other:
        spec = target_for(other.base_url).spec.model_copy(update={"protocol": "anthropic_messages"})
        claude = target_for(other.base_url, spec=spec, adapter=get_adapter("anthropic_messages"))
        provider.play(BROKEN)
        result = await talk(transport, group(target_for(provider.base_url), claude), asked=request(max_tokens=9))

        assert (result.error, result.text) == (None, "Bonjour")
        assert (provider.requests[0].path, other.requests[0].path) == ("/v1/chat/completions", "/v1/messages")
        assert other.requests[0].json["max_tokens"] == 9
        tried = result.of(Trying)
        assert [each.rendered.path for each in tried] == ["/chat/completions", "/messages"]


async def test_what_a_failed_deployment_said_of_itself_is_not_kept(
    transport: Transport, provider: FakeProvider
) -> None:
    empty = answers(frame({"id": "gone", "model": "model-of-the-failed", "choices": []}))
    provider.play(empty, says("fine"))
    target = target_for(provider.base_url)
    result = await talk(transport, group(target, target))

    assert result.text == "fine"
    assert {event.model for event in result.of(ResponseInfo)} == {"fake-1"}


class Lines(Unlimited):
    """By the name of a bucket: whether its line moves, and how long it is said to be (ms)."""

    def __init__(self, **lines: tuple[bool, int | None]) -> None:
        self.lines = lines
        self.entered: list[str] = []

    def free(self, buckets: Any) -> bool:
        return not any(bucket.name in self.lines for bucket in buckets)

    def ticket(self, buckets: Any, tokens: int) -> Ticket:
        (name,) = (bucket.name for bucket in buckets)
        self.entered.append(name)
        return InLine(*self.lines[name])


class InLine:
    used: int | None = None

    def __init__(self, moves: bool, delay_ms: int | None) -> None:
        self._moves = moves
        self._wait: Wait | None = Wait(1, delay_ms, "requests")

    async def next(self) -> Wait | None:
        wait, self._wait = self._wait, None
        if wait is None and not self._moves:
            await asyncio.Event().wait()
        return wait

    async def __aenter__(self) -> "InLine":
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is held."""


def limited(url: str, name: str) -> Target:
    return target_for(url, buckets=(Bucket(name, requests_per_minute=1),))


async def test_the_shortest_line_is_stood_in_when_nobody_has_time(transport: Transport, provider: FakeProvider) -> None:
    limiter = Lines(long=(True, 9000), short=(True, 10), unknown=(True, None))
    targets = [limited(provider.base_url, name) for name in limiter.lines]
    missing = SetupError("authentication", "no key")
    result = await talk(transport, group(*targets, missing), limiter=limiter)

    assert (result.error, result.text) == (None, "Hello")
    assert limiter.entered == ["long", "short", "unknown", "short"]
    assert len(result.of(Admitted)) == 1
    assert result.board.failures == []


async def test_what_a_call_has_waited_is_counted_once_for_all_and_is_no_time_of_the_providers(
    transport: Transport, provider: FakeProvider
) -> None:
    limiter = Lines(stuck=(False, 10))
    provider.play(refuses(503, {}, {"retry-after": "0"}), says("later"))
    way = group(target_for(provider.base_url), limited(provider.base_url, "stuck"))
    result = await talk(transport, way, limiter=limiter, total=PATIENCE - 0.1, asked=request(max_retries=1))

    assert (result.error, result.text) == (None, "later")
    first, second, again = result.waits
    assert (first, second, again >= PATIENCE) == (0.0, 0.0, True)


async def test_leaving_closes_the_connection(transport: Transport, provider: FakeProvider) -> None:
    async def endless(reply: Any) -> None:
        await reply.head()
        await reply.send(delta("x"))
        await reply.silence()

    provider.play(endless)
    target = target_for(provider.base_url)

    async def client_for(found: Target, seconds: float, waited: float) -> ChatClient:
        return ChatClient(found, transport, first_byte=20, idle=20, total=seconds, output_limit=10_000)

    client = GroupClient(group(target, target), client_for, board=Told(), limiter=Unlimited(), total=30)
    async with aclosing(client.batches(lambda found: request())) as batches:
        async for batch in batches:
            if any(isinstance(event, Delta) for event in batch):
                break
    await provider.requests[0].gone.wait()
    assert len(provider.requests) == 1


CLAUDE = [
    {"type": "message_start", "message": {"id": "msg_1", "model": "claude", "usage": {"input_tokens": 1}}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Bonjour"}},
    {"type": "content_block_stop", "index": 0},
    {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 2}},
    {"type": "message_stop"},
]
