"""One call to a group: deployments are asked one after the other until one answers; after the first token, no other.

``choice`` says in which order. What is known of each deployment is on the board that all workers share. Each gets the
request as its own protocol and capabilities want it.
"""

import asyncio
import math
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import NamedTuple

from providers.choice import order
from providers.client import ChatClient, asks_too_long, pause_before
from providers.contract.errors import ErrorCode, ProviderError, SetupError
from providers.contract.events import (
    Admitted,
    AttemptStarted,
    BlockOpened,
    ClientEvent,
    Delta,
    Retrying,
    Waiting,
)
from providers.contract.grouping import Board, Facts, Group, GroupEvent, HopFailed, Option, Standing, Trying
from providers.contract.limiter import Bucket, Limiter, Load
from providers.contract.messages import ChatRequest
from providers.contract.resolved import Target

REFUSES = frozenset({"authentication", "permission", "payment", "not_found"})
"""Asking this deployment again soon makes no sense; another one may well answer."""
CANNOT = frozenset({"unsupported", "context_too_long"})
"""The model cannot take this request: nothing is wrong with the deployment."""
BROKEN = frozenset({"timed_out", "incomplete", "malformed_stream"})
LONGEST_REST = 3600.0
MOST_SAID = 400
"""Characters of each hop's error. Enough for our own sentences to stay whole, since the page translates them whole."""
DEEPEST = 8
"""Groups that stand in for each other; the administration refuses circles, rows may hold one all the same."""
AT_ONCE = (AttemptStarted, Waiting, Admitted)
"""Events that are passed on at once, even though the hop may still fail."""
Failure = ProviderError | SetupError
Batch = Sequence[GroupEvent]

_dice = random.SystemRandom()


class Way(NamedTuple):
    """An option and the group whose rules hold for it."""

    option: Option
    group: Group


class GroupClient:
    """Calls ``group``. ``total``: seconds for the whole call, without its waits in line.

    ``client_for(target, seconds, waited)`` makes the client of one deployment: ``seconds`` are left of ``total``, and
    the call has waited ``waited`` seconds in line so far, which has a limit of its own.
    """

    def __init__(
        self,
        group: Group,
        client_for: Callable[[Target, float, float], Awaitable[ChatClient]],
        *,
        board: Board,
        limiter: Limiter,
        total: float,
    ) -> None:
        self._group = group
        self._board = board
        self._limiter = limiter
        self._client_for = client_for
        self._total = total
        self._end = 0.0
        self._waited = 0.0
        self._retries = group.retries
        self._failed: list[HopFailed] = []

    async def batches(self, request_for: Callable[[Target], ChatRequest]) -> AsyncGenerator[Batch, None]:
        """What happens, hop by hop. Raises ProviderError or SetupError that names them all when none has answered.

        ``request_for`` gives each target the request that suits it; SetupError if there is none.
        """
        loop = asyncio.get_running_loop()
        self._end = loop.time() + self._total
        hopeless: set[str] = set()
        again = 0
        while True:
            ways = [way for way in await self._ways() if way.option.key not in hopeless]
            for hop in self._hops(ways):
                try:
                    async with aclosing(self._tried(hop, request_for)) as batches:
                        async for batch in batches:
                            yield batch
                except (ProviderError, SetupError) as error:
                    failed = hop.failed(error)
                else:
                    return
                yield [self._note(hop, failed)]
                if hop.shown or not _moves_on(failed.error):
                    raise self._only(failed.error)
                if not _comes_back(failed.error):
                    hopeless.add(hop.way.option.key)
                if loop.time() >= self._end:
                    raise self._none()
            again += 1
            delay = self._pause(again)
            none_left = hopeless.issuperset(each.option.key for each in ways)
            if again > self._retries or none_left or loop.time() + delay >= self._end:
                raise self._none()
            last = _as_provider_error(self._failed[-1].error)
            yield [Retrying(len(self._failed), round(delay * 1000), last)]
            await asyncio.sleep(delay)

    def _hops(self, ways: Sequence[Way]) -> "Iterator[_Hop]":
        """Each option once, without waiting in its line; if all are at their limits, then the one with the shortest
        line, and that one waits."""
        full: list[_Hop] = []
        for way in ways:
            hop = _Hop(way, self._board, may_pass_on=bool(full) or way is not ways[-1])
            yield hop
            if hop.line is not None:
                full.append(hop)
        if full:
            yield _Hop(min(full, key=lambda hop: hop.line or 0).way, self._board, may_pass_on=False)

    def _note(self, hop: "_Hop", failed: HopFailed) -> HopFailed:
        # Deadlines are for the providers: time in our own lines does not count.
        self._end += hop.waited
        self._waited += hop.waited
        self._failed.append(failed)
        return failed

    async def _tried(self, hop: "_Hop", request_for: Callable[[Target], ChatRequest]) -> AsyncGenerator[Batch, None]:
        """One hop. Events are held back until the answer shows something, so that a failed hop leaves none behind."""
        target = hop.way.option.target
        if isinstance(target, SetupError):
            raise target
        request = request_for(target)
        if request.params.max_retries is not None:
            self._retries = request.params.max_retries
        once = request.model_copy(update={"params": request.params.model_copy(update={"max_retries": 0})})
        client = await self._client_for(target, max(self._end - hop.started, 0.001), self._waited)
        rendered = client.render(once)
        yield [Trying(target, rendered)]
        held: list[ClientEvent] = []
        hop.sent = True
        async with aclosing(client.batches(once, rendered)) as batches:
            async for batch in batches:
                hop.see(batch)
                if hop.shown:
                    yield [*held, *batch] if held else batch
                    held.clear()
                    continue
                held.extend(event for event in batch if not isinstance(event, AT_ONCE))
                if at_once := [event for event in batch if isinstance(event, AT_ONCE)]:
                    yield at_once
        if held:
            yield held

    async def _ways(self) -> list[Way]:
        """All options, also of fallback groups, in the order in which they are tried; those that rest come last."""
        groups = list(_all_groups(self._group))
        facts = await self._facts([option for group in groups for option in group.options])
        ways: dict[str, Way] = {}
        for group in groups:
            for option in order(group.options, facts, group.strategy, _dice):
                ways.setdefault(option.key, Way(option, group))
        return sorted(ways.values(), key=lambda way: facts[way.option.key].rests > 0)

    async def _facts(self, options: Sequence[Option]) -> dict[str, Facts]:
        buckets = {option.key: option.target.buckets for option in options if isinstance(option.target, Target)}
        loads = await self._limiter.loads(list({bucket for each in buckets.values() for bucket in each}))
        standings = await self._board.standings([option.key for option in options])
        return {
            option.key: _facts_of(option.key, buckets.get(option.key, ()), loads, standings.get(option.key, Standing()))
            for option in options
        }

    def _pause(self, again: int) -> float:
        """Seconds until the next round: the shortest pause that any of the deployments needs."""
        waits = [pause_before(failed.error, again) for failed in self._failed if _comes_back(failed.error)]
        return min((wait for wait in waits), default=0.0)

    def _only(self, error: Failure) -> Failure:
        """The error itself if there was only one hop, otherwise the one that names all."""
        return error if len(self._failed) == 1 else self._none(error)

    def _none(self, last: Failure | None = None) -> Failure:
        """The error that names every hop. Its code is that of all of them, or the last one's."""
        if not self._failed:
            message = f"There is no deployment in {self._group.name}. An administrator can add one."
            return SetupError("not_found", message)
        error = last or self._failed[-1].error
        hops = "; ".join(f"{failed.option.name}: {_words(failed.error)}" for failed in self._failed)
        message = f"No deployment of {self._group.name} has answered. {hops}"
        if not any(failed.sent for failed in self._failed):
            return SetupError(error.code, message)
        known = _as_provider_error(error)
        waits = [wait for failed in self._failed if (wait := _as_provider_error(failed.error).retry_after) is not None]
        return ProviderError(
            error.code,
            message,
            status=known.status,
            retryable=any(_may_pass(failed.error) for failed in self._failed),
            retry_after=min(waits, default=None),
            request_id=known.request_id,
        )


class _Hop:
    """One option that is asked, and what the board is told about it. ``may_pass_on``: do not wait in its line, because
    there are others to ask."""

    def __init__(self, way: Way, board: Board, *, may_pass_on: bool) -> None:
        self.way = way
        self._board = board
        self._may_pass_on = may_pass_on
        self._loop = asyncio.get_running_loop()
        self.started = self._loop.time()
        self.shown = False
        self.sent = False
        self.waited = 0.0
        """Seconds in line."""
        self.line: float | None = None
        """Milliseconds that the wait would have taken, if this option was passed over because of it."""
        self._in_line_since: float | None = None
        self._head = False

    def see(self, batch: Sequence[ClientEvent]) -> None:
        """Take note of its events. Raises ProviderError if it would have to wait and others can be asked."""
        if self.shown:
            return
        for event in batch:
            if isinstance(event, Waiting):
                self.sent = False
                if self._in_line_since is None:
                    self._in_line_since = self._loop.time()
                if self._may_pass_on:
                    self.line = math.inf if event.delay_ms is None else event.delay_ms
                    raise ProviderError("rate_limited", "Its limits here are used up for now.")
            elif isinstance(event, Admitted):
                self.sent = True
                self.started = self._loop.time()
                self.waited = event.waited_ms / 1000
            elif isinstance(event, AttemptStarted):
                self._head = True
            elif isinstance(event, Delta | BlockOpened):
                self.shown = True
                self._board.answered(self.way.option.key, self._ms())
                break

    def failed(self, error: Failure) -> HopFailed:
        """Tell the board of the failure, unless it is the request that this option cannot take."""
        if self._in_line_since is not None and not self.sent:
            self.waited = self._loop.time() - self._in_line_since
        group = self.way.group
        counts = self.sent and error.code not in CANNOT and (self.shown or _moves_on(error))
        if counts and group.cooldown > 0:
            asked = error.retry_after if isinstance(error, ProviderError) else None
            limited = error.code == "rate_limited"
            rest = asked if limited and asked is not None else group.cooldown
            self._board.failed(
                self.way.option.key,
                allowed=group.allowed_failures,
                rest=min(rest, LONGEST_REST),
                at_once=limited or error.code in REFUSES,
            )
        return HopFailed(self.way.option, error, self._ms(), sent=self.sent, head=self._head)

    def _ms(self) -> float:
        return round((self._loop.time() - self.started) * 1000, 1)


def _facts_of(key: str, buckets: Sequence[Bucket], loads: Mapping[str, Load], standing: Standing) -> Facts:
    """``used``: the share of the limit that is used up most, be it the deployment's, its key's or its provider's."""
    used = 0.0
    for bucket in buckets:
        load = loads.get(bucket.name, Load())
        for gone, limit in (
            (load.requests, bucket.requests_per_minute),
            (load.tokens, bucket.tokens_per_minute),
            (load.in_flight, bucket.in_flight),
        ):
            used = max(used, gone / limit) if limit is not None else used
    return Facts(loads.get(key, Load()).in_flight, used, standing.latency_ms, standing.rests)


def _moves_on(error: Failure) -> bool:
    """Whether another deployment may do better."""
    return isinstance(error, SetupError) or error.retryable or error.code in REFUSES | CANNOT | BROKEN


def _may_pass(error: Failure) -> bool:
    """Whether the same deployment may do better a little later."""
    return isinstance(error, ProviderError) and error.retryable


def _comes_back(error: Failure) -> bool:
    """Whether this call may ask the same deployment again."""
    return _may_pass(error) and not asks_too_long(error)


def _as_provider_error(error: Failure) -> ProviderError:
    return error if isinstance(error, ProviderError) else ProviderError(error.code, error.message, retryable=False)


def _words(error: Failure) -> str:
    code: ErrorCode = error.code
    status = f" ({error.status})" if isinstance(error, ProviderError) and error.status is not None else ""
    return f"{code}{status} {error.message[:MOST_SAID]}"


def _all_groups(group: Group) -> Iterator[Group]:
    """The group itself, then what it falls back to, each once."""
    seen: set[str] = set()
    waiting = [(group, 0)]
    while waiting:
        own, depth = waiting.pop(0)
        if own.name in seen or depth > DEEPEST:
            continue
        seen.add(own.name)
        yield own
        waiting[:0] = [(each, depth + 1) for each in own.fallbacks]
