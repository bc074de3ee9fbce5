"""The limiter of a worker process: its calls wait in line at buckets that all workers share through Valkey.

Without Valkey no call is refused: a claimed run must end, and our limits are a courtesy to providers, which have their
own. So a ticket that gets no answer for ``OPEN_SECONDS`` passes, and a Valkey that comes back empty is told what was
granted.
"""

import asyncio
import itertools
import json
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from compare_site.comparisons import limit_scripts as scripts
from compare_site.valkey import RedisError, stop_if_cancelled
from providers.contract.limiter import Bucket, Load, Reason, Wait

log = logging.getLogger(__name__)
MINUTE_MS = 60_000
LEASE_MS = 8_000
"""A ticket that is not renewed for so long is dead: its slots and its place in line are free. As long as a worker's
lease."""
RENEW_SECONDS = 2.0
SETTLE_MS = 3_000
"""No slot is given out for so long after Valkey has lost everything: until all workers have told theirs again."""
OPEN_SECONDS = 5.0
ANSWER_SECONDS = 2.0
POLL_SECONDS, LEAST_POLL_SECONDS = 0.5, 0.05
NEWS_SECONDS = 1.0
"""How often a run's place in line is looked up, and so how often it is told at most."""
STALE_SECONDS = 5.0
"""How often it is told at least, for pages that have just been opened."""
DRIFT_MS = 1500
PACE_MS = 100
PACING_MS = 10_000
"""For so long after a pause the calls that waited start ``PACE_MS`` apart: if the provider is still busy, the first
refusal stops the others."""
ADRIFT = (RedisError, OSError, TimeoutError)


@dataclass(slots=True)
class _Grant:
    """What was granted here, for as long as its minute or its slot lasts."""

    buckets: tuple[Bucket, ...]
    tokens: int
    at: float
    runs: bool = True


class ValkeyTicket:
    """One call's place in line; see ``providers.contract.limiter.Ticket``."""

    def __init__(self, limiter: "ValkeyLimiter", name: str, buckets: tuple[Bucket, ...], tokens: int) -> None:
        self.used: int | None = None
        self.name = name
        self.buckets = buckets
        self.tokens = tokens
        self.arrival = ""
        self.admitted = False
        self.left = False
        self.wait: Wait | None = None
        self.asked_at = 0.0
        self.adrift_since: float | None = None
        self._limiter = limiter
        self._told: tuple[Wait, float] | None = None
        self._news = asyncio.Event()

    async def next(self) -> Wait | None:
        """None once admitted; otherwise its place in line, as soon as that is worth telling."""
        if self._told is None and not self.admitted:
            await self._limiter.enter(self)
        while not self.admitted:
            wait = self.wait
            if wait is not None and self._is_news(wait):
                self._told = (wait, time.monotonic())
                return wait
            self._news.clear()
            await self._news.wait()
        return None

    def _is_news(self, wait: Wait) -> bool:
        if self._told is None:
            return True
        told, at = self._told
        passed = time.monotonic() - at
        if passed < NEWS_SECONDS or passed > STALE_SECONDS:
            return passed > STALE_SECONDS
        if (wait.position, wait.reason) != (told.position, told.reason):
            return True
        if wait.delay_ms is None or told.delay_ms is None:
            return wait.delay_ms is not told.delay_ms
        return abs(max(told.delay_ms - passed * 1000, 0) - wait.delay_ms) > DRIFT_MS

    def hear(self) -> None:
        """Something has changed."""
        self._news.set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._limiter.leave(self)


class ValkeyLimiter:
    """A ``providers.contract.limiter.Limiter`` on Valkey, for one event loop; ``run`` must be running beside the calls.

    ``channel``: where workers tell each other of pauses.
    """

    def __init__(self, client: Any, channel: str, *, minute_ms: int = MINUTE_MS) -> None:
        self._client = client
        self._channel = channel
        self._minute_ms = minute_ms
        self._own = secrets.token_hex(6)
        self._numbers = itertools.count(1)
        self._epoch = ""
        self._away = False
        self._unanswered = False
        self._grants: dict[str, _Grant] = {}
        self._line: dict[str, ValkeyTicket] = {}
        self._paused: dict[str, float] = {}
        self._outbox: deque[Callable[[], Awaitable[Any]]] = deque()
        self._moved = asyncio.Event()
        self._to_send = asyncio.Event()
        self._sending = asyncio.Lock()
        self._scripts = {
            name: client.register_script(getattr(scripts, name))
            for name in ("ASK", "RELEASE", "RENEW", "REGISTER", "PAUSE", "PAUSED", "LOADS")
        }

    def free(self, buckets: Sequence[Bucket]) -> bool:
        """Whether these can be passed without asking; costs nothing."""
        return not any(bucket.limited or (bucket.pausable and self._is_paused(bucket.name)) for bucket in buckets)

    def ticket(self, buckets: Sequence[Bucket], tokens: int) -> ValkeyTicket:
        """A ticket for one call."""
        return ValkeyTicket(self, f"{self._own}.{next(self._numbers)}", tuple(buckets), max(tokens, 0))

    def pause(self, buckets: Sequence[Bucket], seconds: float) -> None:
        """No call of the pausable buckets starts for so long, in any worker."""
        names = [bucket.name for bucket in buckets if bucket.pausable]
        ms = round(seconds * 1000)
        if not names or ms <= 0:
            return
        lasting = [[name, ms + PACING_MS] for name in names]
        self._learn(lasting)
        news = json.dumps({"limits": {"paused": lasting}})
        arguments = [ms, PACING_MS, self._channel, news, *names]
        self._send(lambda: self._call("PAUSE", [scripts.PAUSES, *map(scripts.base_of, names)], arguments))

    async def loads(self, buckets: Sequence[Bucket]) -> Mapping[str, Load]:
        """What goes on now; all zero while Valkey is away."""
        if not buckets:
            return {}
        try:
            found = await self._call("LOADS", [scripts.ALIVE, *_bases(buckets)], [self._minute_ms])
        except ADRIFT:
            return {bucket.name: Load() for bucket in buckets}
        return {bucket.name: Load(*found[3 * i : 3 * i + 3]) for i, bucket in enumerate(buckets)}

    def hear(self, news: Mapping[str, Any]) -> None:
        """What another worker has told on the channel."""
        self._learn(news.get("paused", ()))
        self._moved.set()

    async def learn(self) -> None:
        """Read the pauses that hold now, which were announced before this worker began to listen."""
        try:
            found = await self._call("PAUSED", [scripts.PAUSES], [])
        except ADRIFT:
            return
        self._learn([[found[i].decode(), found[i + 1]] for i in range(0, len(found), 2)])

    async def run(self) -> None:
        """Renew leases, move the lines and send releases, until cancelled."""
        await asyncio.gather(self._forever(self._renew), self._forever(self._move), self._forever(self._deliver))

    async def flush(self) -> None:
        """Send all releases now, before the worker leaves. Raises what Valkey raises."""
        async with self._sending:
            while self._outbox:
                await self._outbox[0]()
                self._outbox.popleft()

    async def enter(self, ticket: ValkeyTicket) -> None:
        """Ask for the first time; a ticket that is not admitted is in line from then on."""
        if not await self._ask(ticket):
            self._line[ticket.name] = ticket
            self._moved.set()

    def leave(self, ticket: ValkeyTicket) -> None:
        """Release whatever the ticket holds, without waiting."""
        ticket.left = True
        self._line.pop(ticket.name, None)
        if not ticket.asked_at:
            return
        grant = self._grants.get(ticket.name)
        if grant is not None:
            grant.runs = False
            grant.tokens = grant.tokens if ticket.used is None else ticket.used
        used = "" if ticket.used is None else ticket.used
        news = json.dumps({"limits": {}})
        arguments = [ticket.name, used, self._channel, news]
        self._send(lambda: self._call("RELEASE", [scripts.ALIVE, *_bases(ticket.buckets)], arguments))
        self._moved.set()

    def _is_paused(self, name: str) -> bool:
        until = self._paused.get(name)
        if until is None:
            return False
        if until > time.monotonic():
            return True
        del self._paused[name]
        return False

    def _learn(self, paused: Sequence[Sequence[Any]]) -> None:
        for name, ms in paused:
            until = time.monotonic() + int(ms) / 1000
            self._paused[str(name)] = max(until, self._paused.get(str(name), 0.0))

    def _send(self, command: Callable[[], Awaitable[Any]]) -> None:
        self._outbox.append(command)
        self._to_send.set()

    async def _call(self, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                answer = await self._scripts[script](keys=keys, args=arguments)
        except ADRIFT as error:
            stop_if_cancelled()
            if not self._away:
                log.warning("limits cannot be reached, trying again: %s", type(error).__name__)
            self._away = True
            raise
        self._away = False
        # Whoever was told to stop meanwhile leaves the line, also if that was swallowed.
        stop_if_cancelled()
        return answer

    async def _forever(self, step: Callable[[], Awaitable[None]]) -> None:
        while True:
            stop_if_cancelled()
            try:
                await step()
            except ADRIFT:
                await asyncio.sleep(POLL_SECONDS)
            except Exception:
                # A bug here must not leave runs in line for ever: whoever waits gives up in time, the others go on.
                log.exception("limiter failed, trying again")
                await asyncio.sleep(POLL_SECONDS)

    async def _deliver(self) -> None:
        await self._to_send.wait()
        if self._outbox:
            await self.flush()
        self._to_send.clear()

    async def _renew(self) -> None:
        await asyncio.sleep(RENEW_SECONDS)
        now = time.monotonic()
        for name in [name for name, each in self._grants.items() if not each.runs and self._is_past(each, now)]:
            del self._grants[name]
        if self._grants or self._line:
            await self._heartbeat()

    async def _heartbeat(self) -> None:
        """Say that we live; if Valkey knows of nothing any more, tell it all again."""
        running = [name for name, each in self._grants.items() if each.runs]
        answer = await self._call("RENEW", [scripts.ALIVE, scripts.META], [LEASE_MS, *running, *self._line])
        epoch = answer.decode()
        if self._epoch and epoch != self._epoch:
            log.warning("limits were lost, telling again what %d calls hold", len(self._grants))
            for name, grant in list(self._grants.items()):
                await self._register(name, grant)
        self._epoch = epoch or self._epoch

    def _is_past(self, grant: _Grant, now: float) -> bool:
        return now - grant.at > self._minute_ms / 1000

    async def _register(self, name: str, grant: _Grant) -> None:
        age = round((time.monotonic() - grant.at) * 1000)
        arguments: list[Any] = [name, age, grant.tokens, LEASE_MS, int(grant.runs)]
        for bucket in grant.buckets:
            counts = bucket.counted or bucket.requests_per_minute or bucket.tokens_per_minute
            arguments += [int(bool(counts) and age < self._minute_ms), int(bool(bucket.counted or bucket.in_flight))]
        await self._call("REGISTER", [scripts.ALIVE, *_bases(grant.buckets)], arguments)

    async def _move(self) -> None:
        """Ask for those in line: the first of each line until one must wait, the others for news of their place."""
        self._unanswered = False
        for line in self._lines():
            heads = iter(line)
            for ticket in heads:
                if not await self._ask_again(ticket):
                    break
            now = time.monotonic()
            for ticket in heads:
                if now - ticket.asked_at >= NEWS_SECONDS:
                    await self._ask_again(ticket)
        try:
            async with asyncio.timeout(self._until_next()):
                await self._moved.wait()
        except TimeoutError:
            pass  # somebody's turn may have come by now
        self._moved.clear()

    async def _ask_again(self, ticket: ValkeyTicket) -> bool:
        """A Valkey that is silent is waited for once for all who are in line, not once for each."""
        if self._unanswered:
            return self._adrift(ticket)
        admitted = await self._ask(ticket)
        self._unanswered = self._away
        return admitted

    def _lines(self) -> list[list[ValkeyTicket]]:
        """Tickets of the same buckets, in the order of their arrival."""
        found: dict[tuple[Bucket, ...], list[ValkeyTicket]] = {}
        for ticket in sorted(self._line.values(), key=lambda each: int(each.arrival or time.time_ns())):
            found.setdefault(ticket.buckets, []).append(ticket)
        return list(found.values())

    def _until_next(self) -> float | None:
        """Seconds until it is worth asking again if nothing is heard; None: nobody waits here."""
        if not self._line:
            return None
        delays = (line[0].wait.delay_ms for line in self._lines() if line[0].wait is not None)
        soonest = min((delay / 1000 for delay in delays if delay is not None), default=POLL_SECONDS)
        return min(max(soonest, LEAST_POLL_SECONDS), POLL_SECONDS)

    async def _ask(self, ticket: ValkeyTicket) -> bool:
        """Whether the ticket is admitted now; from then on it is out of the line."""
        ticket.asked_at = time.monotonic()
        limits: list[Any] = []
        for each in ticket.buckets:
            numbers = (each.requests_per_minute, each.tokens_per_minute, each.in_flight, each.stagger_ms)
            limits += ["" if number is None else number for number in numbers]
            limits.append(int(each.counted))
        known = [ticket.name, ticket.arrival, ticket.tokens, LEASE_MS, self._epoch, secrets.token_hex(4)]
        settings = [SETTLE_MS, self._minute_ms, PACE_MS, PACING_MS, self._channel, json.dumps({"limits": {}})]
        keys = [scripts.ALIVE, scripts.META, *_bases(ticket.buckets)]
        try:
            answer = await self._call("ASK", keys, [*known, *settings, *limits])
        except ADRIFT:
            return self._adrift(ticket)
        granted, arrival, position, delay, reason, epoch = answer
        ticket.adrift_since, ticket.arrival = None, arrival.decode()
        # An epoch that is new to us is for the heartbeat to find: it then tells what we hold.
        self._epoch = self._epoch or epoch.decode()
        if granted:
            return self._admit(ticket)
        if ticket.left:
            self.leave(ticket)
        why: Reason = reason.decode()
        ticket.wait = Wait(position, None if delay < 0 else delay, why)
        ticket.hear()
        return False

    def _adrift(self, ticket: ValkeyTicket) -> bool:
        now = time.monotonic()
        ticket.adrift_since = ticket.adrift_since or now
        if now - ticket.adrift_since < OPEN_SECONDS:
            return False
        log.warning("limits could not be asked for %g seconds: a call passes without", OPEN_SECONDS)
        return self._admit(ticket)

    def _admit(self, ticket: ValkeyTicket) -> bool:
        if ticket.left:
            # It went while its question was on the way: what it was granted after that must not stay.
            self.leave(ticket)
            return True
        self._line.pop(ticket.name, None)
        ticket.admitted = True
        self._grants[ticket.name] = _Grant(ticket.buckets, ticket.tokens, time.monotonic())
        ticket.hear()
        return True


def _bases(buckets: Sequence[Bucket]) -> list[str]:
    return [scripts.base_of(bucket.name) for bucket in buckets]
