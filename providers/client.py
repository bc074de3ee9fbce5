"""One call to one model: attempts with retries before the first token, as a stream of client events.

Knows no protocol (adapters do) and no HTTP (transport does). One instance serves one target in one event loop.
"""

import asyncio
import json
import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Self

from providers.admission import Turns, spent
from providers.attempt import Attempt, Limits
from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError, SetupError
from providers.contract.events import ClientEvent, Retrying
from providers.contract.limiter import Limiter, Unlimited
from providers.contract.messages import ChatRequest
from providers.contract.resolved import Target
from providers.credentials import authorize, without_key
from providers.dialects.jsonvalue import as_dict, as_text, at_path, read_json
from providers.dialects.routing import with_routing
from providers.transport.http import Outgoing, Transport

MAX_RETRIES = 2
RETRY_CAP = 60.0
BACKOFF_FIRST = 0.5
BACKOFF_CAP = 8.0

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
        """Let every attempt wait for its turn, all of them together for ``patience`` seconds at most."""
        self._limiter, self._patience = limiter, patience
        return self

    def render(self, request: ChatRequest) -> RenderedRequest:
        """What will be sent, without the credential."""
        return with_routing(self._target.adapter.render(request, self._target.spec), request, self._target.spec)

    async def stream(self, request: ChatRequest) -> AsyncGenerator[ClientEvent, None]:
        """The events of the call as they happen; ProviderError when it fails, SetupError when it cannot be made.

        Leave early by cancelling the task or through ``contextlib.aclosing``: both close the connection at once.
        """
        async with aclosing(self.batches(request, self.render(request))) as batches:
            async for batch in batches:
                for event in batch:
                    yield event

    async def batches(
        self, request: ChatRequest, rendered: RenderedRequest
    ) -> AsyncGenerator[Sequence[ClientEvent], None]:
        """The same for who has many calls: what came together, together. ``rendered``: what ``render`` gave."""
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
                    failure = safe(error, self._target, shown=attempt.shown)
                    turns.refused(failure)
                else:
                    return
            delay = pause_before(failure, number)
            if attempt.shown or not failure.retryable or number > retries or loop.time() + delay >= end:
                raise failure
            yield [Retrying(number, round(delay * 1000), failure)]
            await asyncio.sleep(delay)
            number += 1


def encode(rendered: RenderedRequest) -> bytes:
    """The body as bytes; a lone surrogate, which no encoding has, becomes a question mark."""
    return json.dumps(rendered.body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def safe(error: ProviderError, target: Target, *, shown: bool) -> ProviderError:
    """The same error without our key in its words. One that came before any token may be tried again."""
    return ProviderError(
        error.code,
        without_key(error.message, target.credential),
        status=error.status,
        retryable=error.retryable or (error.code == "incomplete" and not shown),
        retry_after=error.retry_after,
        request_id=without_key(error.request_id, target.credential) if error.request_id else None,
    )


def pause_before(error: ProviderError | SetupError, attempt: int) -> float:
    """Seconds until the next attempt: what the provider asked for, else longer each time, never in step."""
    if isinstance(error, ProviderError) and error.retry_after is not None:
        return min(error.retry_after, RETRY_CAP)
    return min(BACKOFF_FIRST * 2.0 ** (attempt - 1), BACKOFF_CAP) * _dice.uniform(0.5, 1.0)


async def list_models(target: Target, transport: Transport) -> list[str]:
    """The model ids the provider lists, sorted; ProviderError if it does not answer as its catalog entry says."""
    spec = target.spec
    if not spec.models_path:
        raise ProviderError("unsupported", "This provider offers no list of its models. Type the model id instead.")
    ids = _ids(await _get(target, transport, spec.models_path), spec.models_items, spec.models_id)
    return sorted({_without(each, spec.models_strip) for each in ids})


async def check_key(target: Target, transport: Transport) -> int:
    """How many models the provider lists for this key, asking only what costs nothing; raises if it is refused."""
    spec = target.spec
    if spec.check_path:
        await _get(target, transport, spec.check_path)
    elif not spec.models_path:
        raise ProviderError("unsupported", "This provider has no free request that a key could be tested with.")
    return len(await list_models(target, transport)) if spec.models_path else 0


async def _get(target: Target, transport: Transport, path: str) -> bytes:
    url = target.base_url.rstrip("/") + path
    headers = {"accept": "application/json", "accept-encoding": "gzip", **target.spec.headers}
    plain = Outgoing("GET", url, headers, allow_private=target.allow_private, routes=target.routes)
    try:
        outgoing = await authorize(target.spec.auth, target.credential, plain, target.origins, transport)
        status, answered, body = await transport.get(outgoing)
        if not 200 <= status < 300:
            raise target.adapter.classify(status, answered, body)
    except ProviderError as error:
        raise safe(error, target, shown=False) from None
    return body


def _ids(body: bytes, items: str, name: str) -> list[str]:
    try:
        value = read_json(body)
    except ValueError:
        message = "The provider's list of models is not JSON. Check the base URL."
        raise ProviderError("malformed_stream", message) from None
    found = value if not items or isinstance(value, list) else at_path(value, items)
    if not isinstance(found, list):
        raise ProviderError("malformed_stream", "The provider's list of models has an unknown form.")
    ids = {as_text(as_dict(item).get(name)) or as_text(item) for item in found}
    return sorted(ids - {""})


def _without(model_id: str, beginnings: tuple[str, ...]) -> str:
    return next((model_id.removeprefix(each) for each in beginnings if model_id.startswith(each)), model_id)
