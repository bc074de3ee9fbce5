"""One attempt of a call: from sending to the end of the body, under its deadlines. Never retries.

The events of one piece of the body are yielded together, because a step through asynchronous generators for each event
would cost more than parsing it.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import ANSWERED_WHOLE, AttemptStarted, ClientEvent, Delta, ResponseInfo, StreamEvent
from providers.contract.resolved import Target
from providers.contract.secret import Secret
from providers.credentials import authorize, proof_of, without_key
from providers.dialects.errors import request_id
from providers.dialects.retry_hints import retry_after
from providers.reading import AnswerReader
from providers.transport.http import BODY_LIMIT, IncomingResponse, Outgoing, Transport
from providers.transport.watchdog import Overdue, Watchdog

PIECE = 32 * 1024
"""Bytes that are parsed before other tasks get their turn: a large body must not delay the first tokens of others."""
FINISH_GRACE = 5.0
"""Seconds in which usage may follow the finish reason; then the answer counts as complete without it."""
EOF_GRACE = 0.5
"""Seconds that the connection may stay open after the end marker; then it is closed instead of kept alive."""
ERROR_BODY = 64 * 1024
ERROR_BODY_SECONDS = 10.0
WIRE_RATIO = 32
"""Bytes of a body that are accepted for each character of its output limit: a few characters of text come in hundreds
of bytes of framing."""
DEEPEST = 100
"""How deeply objects and lists of a value may be nested."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and characters. ``first_byte``: from sending to the first event of the answer; ``idle``: between two.

    ``attempt``: one attempt as a whole; ``total``: all attempts and the waits between them.
    """

    first_byte: float
    idle: float
    total: float
    output: int
    attempt: float | None = None


class Attempt:
    """Used for one sending. ``call_end``: when the whole call must be over, on the loop's clock."""

    def __init__(self, target: Target, transport: Transport, limits: Limits, call_end: float) -> None:
        self._target = target
        self._transport = transport
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        own_end = call_end if limits.attempt is None else self._started + limits.attempt
        self._end = min(call_end, own_end)
        self._end_seconds = limits.attempt if limits.attempt is not None and own_end < call_end else limits.total
        self._streamed = True
        self._reader: AnswerReader | None = None
        self._broken: ProviderError | None = None
        self._chunk: bytes | None = None
        self._at = 0
        self.proof: tuple[str, ...] = ()
        """What the request contained of the credential: a token or a signature, which nobody may be shown."""

    @property
    def shown(self) -> bool:
        """Whether anything of the answer has been given out: from then on there is no second attempt."""
        return self._reader is not None and self._reader.shown

    async def batches(
        self, number: int, rendered: RenderedRequest, body: bytes
    ) -> AsyncGenerator[Sequence[ClientEvent], None]:
        """Yield what happens as it happens; no batch is empty. Raises ProviderError when the attempt fails."""
        self._streamed = rendered.streamed
        reader = AnswerReader(self._target.adapter, self._target.spec, rendered.framing, self._limits.output)
        self._reader = reader
        async with AsyncExitStack() as stack:
            try:
                async with asyncio.timeout_at(self._first_due()):
                    outgoing = await self._outgoing(rendered, body)
                    room = BODY_LIMIT + WIRE_RATIO * self._limits.output
                    response = await stack.enter_async_context(self._transport.stream(outgoing, room))
            except TimeoutError:
                raise self._overdue() from None
            yield [self._head(number, response)]
            if not 200 <= response.status < 300:
                raise await self._refusal(response)
            watchdog = Watchdog(self._first_due())
            stack.callback(watchdog.close)
            chunks = response.aiter_bytes()
            while (chunk := await self._next(watchdog, chunks)) is not None:
                if events := reader.feed(chunk):
                    yield self._told(events)
                if reader.stopped:
                    break
                if events or reader.lingers:
                    watchdog.deadline = self._next_due()
            if events := reader.end(broken=self._broken is not None):
                yield self._told(events)
            if reader.complete and (reader.is_whole or not self._streamed):
                yield [ResponseInfo(metadata={ANSWERED_WHOLE: True})]
            self._judge(response)

    async def _next(self, watchdog: Watchdog, chunks: AsyncIterator[bytes]) -> bytes | None:
        """The next piece of the body; None at its end. If the connection broke, ``_broken`` says how."""
        if self._at:
            await asyncio.sleep(0)
            return self._piece()
        try:
            self._chunk = await watchdog.next(chunks)
        except Overdue:
            self._chunk, self._broken = None, self._overdue()
        except ProviderError as error:
            self._chunk, self._broken = None, error
        return self._piece()

    def _piece(self) -> bytes | None:
        """The chunk that has come, or the next ``PIECE`` bytes of it."""
        chunk, begin = self._chunk, self._at
        if chunk is None or len(chunk) <= PIECE:
            return chunk
        self._at = begin + PIECE if begin + PIECE < len(chunk) else 0
        return chunk[begin : begin + PIECE]

    async def _outgoing(self, rendered: RenderedRequest, body: bytes) -> Outgoing:
        target = self._target
        url = target.base_url.rstrip("/") + rendered.path
        private, routes = target.allow_private, target.routes
        plain = Outgoing(rendered.method, url, rendered.headers, body, allow_private=private, routes=routes)
        outgoing = await authorize(target.spec.auth, target.credential, plain, target.origins, self._transport)
        self.proof = proof_of(outgoing)
        return outgoing

    def _head(self, number: int, response: IncomingResponse) -> AttemptStarted:
        # Providers and their proxies may say the key back in any header.
        secret = self._target.credential
        headers = {name: without_key(value, secret, self.proof) for name, value in response.headers.items()}
        return AttemptStarted(
            attempt=number,
            provider=self._target.spec.slug,
            base_url=self._target.base_url.partition("?")[0],
            status=response.status,
            connect_ms=round((self._loop.time() - self._started) * 1000, 3),
            request_id=request_id(headers),
            rate_limits={name: value[:100] for name, value in headers.items() if "ratelimit" in name},
        )

    def _told(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        """The events without our key, which gateways may send back in names and ids. Deltas are the model's own words
        and stay as they came."""
        secret = self._target.credential
        if secret is None:
            return events
        return [event if isinstance(event, Delta) else _scrubbed(event, secret, self.proof) for event in events]

    async def _refusal(self, response: IncomingResponse) -> ProviderError:
        """The error behind a status that is not 2xx, as far as its body can be read."""
        body = b""
        try:
            async with asyncio.timeout(ERROR_BODY_SECONDS):
                body = await response.read(ERROR_BODY)
        except (ProviderError, TimeoutError):
            pass  # the status alone says what went wrong
        return self._target.adapter.classify(response.status, response.headers, body)

    def _first_due(self) -> float:
        """An answer that is not streamed has no first byte before it is whole."""
        if not self._streamed:
            return self._end
        return min(self._end, self._started + self._limits.first_byte)

    def _next_due(self) -> float:
        reader, limits = self._reader, self._limits
        wait = limits.idle
        if reader is not None and (reader.ended or reader.lingers):
            wait = EOF_GRACE
        elif reader is not None and reader.finished:
            wait = FINISH_GRACE
        return min(self._end, self._loop.time() + wait)

    def _overdue(self) -> ProviderError:
        """The error that names the deadline which has passed."""
        limits = self._limits
        if self._loop.time() >= self._end:
            message = f"Stopped: not complete within {self._end_seconds:g} seconds."
        elif self._reader is None or not self._reader.heard:
            message = f"The provider did not begin to answer within {limits.first_byte:g} seconds."
        else:
            message = f"Nothing new came from the provider for {limits.idle:g} seconds."
        return ProviderError("timed_out", message)

    def _judge(self, response: IncomingResponse) -> None:
        """Raise what went wrong, if anything. Complete = a finish reason or the end marker was seen, however the
        connection ended."""
        reader = self._reader
        assert reader is not None
        if reader.failure is not None:
            if reader.lingers and reader.failure.retry_after is None:
                reader.failure.retry_after = retry_after(response.headers, status=response.status)
            raise reader.failure
        if reader.complete:
            return
        if self._broken is not None:
            raise self._broken
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if not reader.heard and kind not in {"", "text/event-stream", "application/json"}:
            message = f"The provider answered with {kind[:80]} instead of an answer. Check the base URL."
            raise ProviderError("malformed_stream", message)
        what = "The provider ended the answer before it was complete." if reader.heard else "The answer was empty."
        raise ProviderError("incomplete", what)


def _scrubbed(event: StreamEvent, secret: Secret, proof: tuple[str, ...]) -> StreamEvent:
    said = {field.name: getattr(event, field.name) for field in fields(event)}
    remove = partial(without_key, secret=secret, also=proof)
    return replace(event, **{name: _without(value, remove) for name, value in said.items() if value})


def _without(value: Any, remove: Callable[[str], str], depth: int = DEEPEST) -> Any:
    """A JSON value without the key. What is nested deeper than anybody keeps is left out."""
    if isinstance(value, str):
        return remove(value)
    if isinstance(value, dict | list) and depth == 0:
        return None
    if isinstance(value, dict):
        return {remove(name): _without(item, remove, depth - 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_without(item, remove, depth - 1) for item in value]
    return value
