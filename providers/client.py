"""One call to one model: attempts with retries before the first token, as a stream of client events.

Knows no protocol (adapters do) and no HTTP (transport does). One instance serves one target in one event loop.
"""

import asyncio
import json
import math
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Self

from providers.admission import Turns, spent
from providers.attempt import Attempt, Limits
from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ErrorCode, ProviderError, SetupError
from providers.contract.events import ClientEvent, Retrying
from providers.contract.limiter import Limiter, Unlimited
from providers.contract.messages import ChatRequest
from providers.contract.resolved import Target
from providers.credentials import without_key
from providers.dialects.routing import with_routing
from providers.transport.http import Transport

MAX_RETRIES = 2
RETRY_CAP = 60.0
"""A longer Retry-After speaks of a quota: it is told instead of waited for."""
BACKOFF_FIRST = 0.5
BACKOFF_CAP = 8.0
MINUTE, HOUR, DAY = 60, 3600, 86_400

_dice = random.SystemRandom()


class ChatClient:
    """Calls ``target``. ``first_byte``, ``idle`` and ``total`` are seconds, ``output_limit`` characters.

    ``first_byte``: from sending to the first event of the answer; ``idle``: between two events (keep-alives are
    none); ``total``: the whole call with its retries, without what it waits in line for limits of ours.
    """

    def __init__(
        self,
        target: Target,
        transport: Transport,
        *,
        first_byte: float,
        idle: float,
        total: float,
        output_limit: int,
    ) -> None:
        self._target = target
        self._transport = transport
        self._limits = Limits(first_byte, idle, total, output_limit)
        self._limiter: Limiter = Unlimited()
        self._patience = 0.0

    def in_line(self, limiter: Limiter, patience: float) -> Self:
        """Let every attempt wait until ``limiter`` admits it: for ``patience`` seconds in all, then it fails."""
        self._limiter, self._patience = limiter, patience
        return self

    def render(self, request: ChatRequest) -> RenderedRequest:
        """What will be sent, without the credential. A model that is known not to stream is asked for the whole."""
        if self._target.capabilities.get("streaming") is False:
            request = request.model_copy(update={"stream": False})
        return with_routing(self._target.adapter.render(request, self._target.spec), request, self._target.spec)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ClientEvent, None]:
        """Yield the events of the call as they happen. Raises ProviderError when it fails, SetupError when it cannot
        be made.

        To leave early, cancel the task or use ``contextlib.aclosing``: both close the connection at once.
        """
        async with aclosing(self.batches(request, self.render(request))) as batches:
            async for batch in batches:
                for event in batch:
                    yield event

    async def batches(
        self, request: ChatRequest, rendered: RenderedRequest
    ) -> AsyncGenerator[Sequence[ClientEvent], None]:
        """The same, but events that arrived together are yielded together, which costs less. ``rendered``: the result
        of ``render``; it is passed in because callers show it before anything is sent."""
        body = encode(rendered)
        loop = asyncio.get_running_loop()
        started = loop.time()
        retries = MAX_RETRIES if request.params.max_retries is None else request.params.max_retries
        limits = replace(self._limits, attempt=request.params.timeout)
        turns = Turns(self._target, self._limiter, self._patience)
        number = 1
        while True:
            async with turns.ticket(request) as ticket:
                if ticket is not None:
                    async with aclosing(turns.admitted(ticket)) as news:
                        async for told in news:
                            yield [told]
                end = started + limits.total + turns.waited
                attempt = Attempt(self._target, self._transport, limits, end)
                try:
                    async with aclosing(attempt.batches(number, rendered, body)) as batches:
                        async for batch in batches:
                            if ticket is not None:
                                ticket.used = spent(batch, ticket.used)
                            yield batch
                except ProviderError as error:
                    failure = safe(error, self._target, shown=attempt.shown, proof=attempt.proof)
                    turns.refused(failure)
                else:
                    return
            last = attempt.shown or not failure.retryable or number > retries
            delay = pause_before(failure, number)
            if asks_too_long(failure) or (not last and loop.time() + delay >= end):
                raise with_its_pause(failure)
            if last:
                raise failure
            yield [Retrying(number, round(delay * 1000), failure)]
            await asyncio.sleep(delay)
            number += 1


def encode(rendered: RenderedRequest) -> bytes:
    """The body as bytes; a lone surrogate, which no encoding has, becomes a question mark."""
    return json.dumps(rendered.body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def safe(error: ProviderError, target: Target, *, shown: bool, proof: Sequence[str] = ()) -> ProviderError:
    """The same error without our key in its words. An incomplete answer that has shown nothing may be tried again.

    ``proof``: what the request contained of the credential (a token, a signature), which must not be shown either.
    """
    return ProviderError(
        error.code,
        without_key(error.message, target.credential, proof),
        status=error.status,
        retryable=error.retryable or (error.code == "incomplete" and not shown),
        retry_after=error.retry_after,
        request_id=without_key(error.request_id, target.credential, proof) if error.request_id else None,
    )


def pause_before(error: ProviderError | SetupError, attempt: int) -> float:
    """Seconds until the next attempt: what the provider asked for, else exponential back-off with jitter."""
    if isinstance(error, ProviderError) and error.retry_after is not None:
        return error.retry_after
    return min(BACKOFF_FIRST * 2.0 ** (attempt - 1), BACKOFF_CAP) * _dice.uniform(0.5, 1.0)


def asks_too_long(error: ProviderError | SetupError) -> bool:
    """Whether the provider asks for a longer pause than a call waits: coming back sooner gets the same answer."""
    return isinstance(error, ProviderError) and error.retry_after is not None and error.retry_after > RETRY_CAP


def with_its_pause(error: ProviderError) -> ProviderError:
    """The same error, saying first how long the provider asks to wait, as nobody does that here."""
    if error.retry_after is None:
        return error
    told = _pause_told(error.code, error.retry_after, error.message)
    told.status, told.request_id = error.status, error.request_id
    told.retryable, told.retry_after = error.retryable, error.retry_after
    return told


def _pause_told(code: ErrorCode, seconds: float, said: str) -> ProviderError:
    """In the largest unit of which there are two, rounded up so that nobody comes back too early.

    Four whole sentences, because the page translates each of them (``static/js/core/told.js``).
    """
    if seconds <= 2 * MINUTE:
        n = max(2, math.ceil(seconds))
        return ProviderError(code, f"The provider asks to wait {n} seconds, too long for this call. It says: {said}")
    if seconds <= 2 * HOUR:
        n = math.ceil(seconds / MINUTE)
        return ProviderError(code, f"The provider asks to wait {n} minutes, too long for this call. It says: {said}")
    if seconds <= 2 * DAY:
        n = math.ceil(seconds / HOUR)
        return ProviderError(code, f"The provider asks to wait {n} hours, too long for this call. It says: {said}")
    n = math.ceil(seconds / DAY)
    return ProviderError(code, f"The provider asks to wait {n} days, too long for this call. It says: {said}")
