"""The turns of one call: what it is taken to cost, what it has cost, and what a refusal tells the others."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

import pytest

from providers.admission import Turns, estimate, spent
from providers.client import ChatClient
from providers.contract.errors import ProviderError
from providers.contract.events import Admitted, ClientEvent, Delta, Usage, UsageReported, Waiting
from providers.contract.limiter import Bucket, Ticket, Unlimited, Wait
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params
from providers.transport.http import Transport
from tests.fakes.calls import target_for
from tests.fakes.provider_server import FakeProvider, Script, refuses, says

BUCKETS = (Bucket("provider:x", in_flight=1), Bucket("pause:x", pausable=True))


class Scripted(Unlimited):
    """A limiter that says what a test wants; tickets are those of ``Unlimited``, but for their waits."""

    def __init__(self, *waits: Wait) -> None:
        self.waits = list(waits)
        self.asked: list[int] = []
        self.given_back: list[int | None] = []
        self.pauses: list[tuple[list[str], float]] = []

    def free(self, buckets: Sequence[Bucket]) -> bool:
        return False

    def ticket(self, buckets: Sequence[Bucket], tokens: int) -> Ticket:
        self.asked.append(tokens)
        return ScriptedTicket(self)

    def pause(self, buckets: Sequence[Bucket], seconds: float) -> None:
        self.pauses.append(([bucket.name for bucket in buckets if bucket.pausable], seconds))


class ScriptedTicket:
    def __init__(self, limiter: Scripted) -> None:
        self.used: int | None = None
        self._limiter = limiter

    async def next(self) -> Wait | None:
        return self._limiter.waits.pop(0) if self._limiter.waits else None

    async def __aenter__(self) -> "ScriptedTicket":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._limiter.given_back.append(self.used)


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    found = Transport()
    yield found
    await found.aclose()


def request(**fields: Any) -> ChatRequest:
    return ChatRequest(model_id="m", messages=(Message.of_text("user", "hi"),), **fields)


async def events_of(limiter: Scripted, transport: Transport, *scripts: Script) -> list[ClientEvent]:
    async with FakeProvider(*scripts) as provider:
        target = target_for(provider.base_url, buckets=BUCKETS)
        client = ChatClient(target, transport, first_byte=9, idle=9, total=9, output_limit=1000).in_line(limiter, 60)
        async with aclosing(client.stream(request())) as stream:
            return [event async for event in stream]


async def test_a_call_tells_its_waits_and_gives_back_what_it_has_taken(transport: Transport) -> None:
    limiter = Scripted(Wait(2, 900, "requests"), Wait(1, None, "in_flight"))
    events = await events_of(limiter, transport, says())

    assert events[:2] == [Waiting(2, 900, "requests"), Waiting(1, None, "in_flight")]
    assert isinstance(events[2], Admitted)
    assert "".join(event.text for event in events if isinstance(event, Delta)) == "Hello"
    assert len(limiter.given_back) == len(limiter.asked) == 1


async def test_every_attempt_has_a_turn_of_its_own_and_a_refusal_is_shared(transport: Transport) -> None:
    limiter = Scripted()
    events = await events_of(limiter, transport, refuses(429, headers={"retry-after": "0.05"}), says())

    assert [type(event).__name__ for event in events if isinstance(event, Admitted)] == ["Admitted"] * 2
    assert limiter.pauses == [(["pause:x"], 0.05)]
    assert limiter.given_back == [None, None]


@pytest.mark.parametrize(
    ("error", "pauses"),
    [
        (ProviderError("rate_limited", "slow down", retry_after=9), [9]),
        (ProviderError("rate_limited", "out of quota", retry_after=86_400), [60]),
        (ProviderError("rate_limited", "slow down"), []),
        (ProviderError("overloaded", "busy", retry_after=9), []),
    ],
)
def test_only_a_break_that_was_asked_for_is_taken(error: ProviderError, pauses: list[float]) -> None:
    limiter = Scripted()
    Turns(target_for("http://127.0.0.1:9/v1", buckets=BUCKETS), limiter, 60).refused(error)

    assert [seconds for _, seconds in limiter.pauses] == pauses


def test_the_cost_is_estimated_from_words_media_and_the_longest_answer() -> None:
    image = ContentBlock(kind="image", data={"data": "A" * 100_000, "media_type": "image/png"})
    long = Message(role="user", content=(ContentBlock(kind="text", text="a" * 4000), image))

    assert estimate(request()) == 1000
    assert estimate(ChatRequest(model_id="m", messages=(long,), params=Params(max_tokens=10))) == 1000 + 1000 + 10


def test_what_was_counted_last_is_what_was_spent() -> None:
    def told(**counts: int) -> UsageReported:
        return UsageReported(Usage(**counts), {})

    assert spent([told(input=3, output=1), told(total=9)], None) == 9
    assert spent([told(input=3, output=4)], 1) == 7
    assert spent([told()], 5) == 5
    assert spent([], None) is None
