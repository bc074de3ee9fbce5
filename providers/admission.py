"""How the attempts of one call wait until the limiter admits them, and what they tell it about their tokens."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractAsyncContextManager, nullcontext

from providers.contract.errors import ProviderError
from providers.contract.events import Admitted, ClientEvent, UsageReported, Waiting
from providers.contract.limiter import Limiter, Reason, Ticket
from providers.contract.messages import ChatRequest
from providers.contract.resolved import Target

BYTES_PER_TOKEN = 4
"""Bytes of UTF-8: about four letters of English, a little more than one Chinese character."""
MEDIUM_TOKENS = 1000
ANSWER_TOKENS = 1000
"""The estimate for an answer until its usage is known, if the request sets no maximum."""
LONGEST_PAUSE = 60.0
"""A longer Retry-After is about a quota: calls that share the limits wait no longer than this."""
IN_FRONT: dict[Reason, str] = {
    "requests": "its requests a minute are used up",
    "tokens": "its tokens a minute are used up",
    "in_flight": "others were being answered all the time",
    "stagger": "too many calls were in front",
    "paused": "it has asked for a pause",
}


class Turns:
    """The waits of one call. ``patience``: seconds that they may take together; ``waited``: seconds so far."""

    def __init__(self, target: Target, limiter: Limiter, patience: float) -> None:
        self.waited = 0.0
        self._target = target
        self._limiter = limiter
        self._patience = patience
        self._tokens: int | None = None

    def ticket(self, request: ChatRequest) -> AbstractAsyncContextManager[Ticket | None]:
        """The ticket for the next attempt; None if nothing limits it."""
        buckets = self._target.buckets
        if not buckets or self._limiter.free(buckets):
            return nullcontext()
        if self._tokens is None:
            self._tokens = estimate(request)
        return self._limiter.ticket(buckets, self._tokens)

    async def admitted(self, ticket: Ticket) -> AsyncGenerator[Waiting | Admitted, None]:
        """Wait until the attempt may start, telling how it stands. Raises ProviderError ``rate_limited`` after
        ``patience`` seconds."""
        loop = asyncio.get_running_loop()
        begun, before = loop.time(), self.waited
        last: Waiting | None = None
        while True:
            try:
                async with asyncio.timeout_at(begun + self._patience - before):
                    wait = await ticket.next()
            except TimeoutError:
                raise self._too_long(last) from None
            if last is not None:
                self.waited = before + loop.time() - begun
            if wait is None:
                break
            last = Waiting(wait.position, wait.delay_ms, wait.reason)
            yield last
        yield Admitted(round(self.waited * 1000))

    def refused(self, error: ProviderError) -> None:
        """An attempt has failed. If the provider asked for a pause, all calls that share its limits pause."""
        if error.code == "rate_limited" and error.retry_after is not None:
            self._limiter.pause(self._target.buckets, min(error.retry_after, LONGEST_PAUSE))

    def _too_long(self, last: Waiting | None) -> ProviderError:
        why = f": {IN_FRONT[last.reason]}" if last is not None else ""
        return ProviderError(
            "rate_limited",
            f"Waited {self._patience:g} seconds in Touchstone's own line for {self._target.spec.name}{why}. "
            "Nothing was sent. Run it again when less is going on, or ask an administrator to raise the limits.",
        )


def spent(batch: Iterable[ClientEvent], so_far: int | None) -> int | None:
    """The tokens that the provider has reported so far."""
    for event in batch:
        if isinstance(event, UsageReported):
            usage = event.usage
            known = usage.total if usage.total is not None else (usage.input or 0) + (usage.output or 0)
            so_far = known or so_far
    return so_far


def estimate(request: ChatRequest) -> int:
    """About how many tokens a call will take: its texts, its media, and the longest answer that it asks for."""
    size = len(json.dumps(request.tools)) if request.tools else 0
    media = 0
    for block in (block for message in request.messages for block in message.content):
        size += len((block.text or "").encode(errors="replace"))
        media += block.kind in {"image", "audio", "video", "file"}
    return size // BYTES_PER_TOKEN + media * MEDIUM_TOKENS + (request.params.max_tokens or ANSWER_TOKENS)
