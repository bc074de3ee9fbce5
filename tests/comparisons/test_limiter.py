"""The limiter on a real Valkey: in one process what it decides, in two that they share it."""

import asyncio
import itertools
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import pytest
import redis.asyncio
from django.conf import settings

from compare_site.comparisons import limit_scripts, limiter
from compare_site.comparisons.limiter import ValkeyLimiter
from compare_site.valkey import stop_if_cancelled
from providers.contract.limiter import Bucket, Load, Ticket, Wait
from tests.clients.until import until
from tests.comparisons.limit_worker import CHANNEL, listen
from tests.valkey_server import ValkeyServer

SOCKET = settings.REDIS_URL.removeprefix("unix://")
ONE = Bucket("host:x", in_flight=1)


@asynccontextmanager
async def running(minute_ms: int = 60_000) -> AsyncIterator[ValkeyLimiter]:
    """A limiter as a worker has it, with its ear on the channel."""
    client = redis.asyncio.Redis(unix_socket_path=SOCKET, protocol=2)
    found = ValkeyLimiter(client, CHANNEL, minute_ms=minute_ms)
    hears = asyncio.Event()
    background = [asyncio.create_task(found.run()), asyncio.create_task(_listening(client, found, hears))]
    try:
        await asyncio.wait_for(hears.wait(), 20)
        await found.learn()
        yield found
    finally:
        for each in background:
            each.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await client.aclose()


async def _listening(client: Any, found: ValkeyLimiter, hears: asyncio.Event) -> None:
    while True:
        try:
            await listen(client, found, hears)
        except (redis.RedisError, OSError):
            stop_if_cancelled()
            await asyncio.sleep(0.05)


async def admitted(ticket: Ticket) -> list[Wait]:
    """Wait for the turn; what was said meanwhile.

    Not by ``wait_for``: before Python 3.12 it swallows a cancellation that comes together with the answer.
    """
    waits: list[Wait] = []
    while True:
        async with asyncio.timeout(20):
            wait = await ticket.next()
        if wait is None:
            return waits
        waits.append(wait)


async def test_one_at_a_time_in_the_order_of_arrival(valkey: Any) -> None:
    order: list[int] = []
    busy: list[int] = []
    all_there = asyncio.Event()

    async def call(number: int) -> None:
        async with ours.ticket([ONE], 0) as ticket:
            waits = await admitted(ticket)
            assert [(wait.position, wait.reason) for wait in waits[:1]] == [(number, "in_flight")][: min(number, 1)]
            assert busy == []
            busy.append(number)
            order.append(number)
            await all_there.wait()
            busy.clear()

    async with running() as ours:
        calls = []
        for number in range(4):
            calls.append(asyncio.create_task(call(number)))
            await until(lambda arrived=number: valkey.zcard(limit_scripts.ALIVE) > arrived)
        all_there.set()
        await asyncio.gather(*calls)

    assert order == [0, 1, 2, 3]


async def test_whoever_leaves_the_line_makes_room(valkey: Any) -> None:
    async with running() as ours, ours.ticket([ONE], 0) as holder:
        await admitted(holder)
        async with ours.ticket([ONE], 0) as second:
            first_word = await second.next()
            async with ours.ticket([ONE], 0) as third:
                assert first_word == Wait(1, None, "in_flight")
                assert await third.next() == Wait(2, None, "in_flight")
                await second.__aexit__(None, None, None)
                assert await asyncio.wait_for(third.next(), 10) == Wait(1, None, "in_flight")
        await until(lambda: valkey.zcard(limit_scripts.base_of(ONE.name) + ":q") == 0)


async def test_a_cancelled_wait_leaves_nothing_behind(valkey: Any) -> None:
    async def wait_in_line() -> None:
        async with ours.ticket([ONE], 0) as ticket:
            await admitted(ticket)

    async with running() as ours, ours.ticket([ONE], 0) as holder:
        await admitted(holder)
        waiting = asyncio.create_task(wait_in_line())
        await until(lambda: valkey.zcard(limit_scripts.base_of(ONE.name) + ":q") == 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await until(lambda: valkey.zcard(limit_scripts.base_of(ONE.name) + ":q") == 0)


async def test_a_cancellation_that_the_client_swallows_is_heard(valkey: Any) -> None:
    """As redis-py does before Python 3.12, if the command has just been sent."""
    async with running() as ours:
        ask, asked = ours._scripts["ASK"], asyncio.Event()

        async def deaf(**sent: Any) -> Any:
            answer = await ask(**sent)
            asked.set()
            with suppress(asyncio.CancelledError):
                await asyncio.Event().wait()
            return answer

        ours._scripts["ASK"] = deaf

        async def call() -> None:
            async with ours.ticket([ONE], 0) as ticket:
                await admitted(ticket)
                raise AssertionError("it was told to stop")

        waiting = asyncio.create_task(call())
        await asked.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await until(lambda: valkey.zcard(limit_scripts.ALIVE) == 0)


async def test_requests_of_a_minute_wait_for_the_minute(valkey: Any) -> None:
    bucket = Bucket("provider:x", requests_per_minute=2)
    async with running() as ours:
        for _ in range(2):
            async with ours.ticket([bucket], 0) as ticket:
                assert await ticket.next() is None
        async with ours.ticket([bucket], 0) as ticket:
            wait = await ticket.next()

    assert wait is not None
    assert (wait.position, wait.reason) == (1, "requests")
    assert wait.delay_ms is not None
    assert 50_000 < wait.delay_ms <= 60_000


async def test_tokens_are_estimated_before_and_corrected_after(valkey: Any) -> None:
    bucket = Bucket("provider:x", tokens_per_minute=100)
    async with running() as ours:
        async with ours.ticket([bucket], 90) as ticket:
            assert await ticket.next() is None
            async with ours.ticket([bucket], 20) as other:
                wait = await other.next()
                assert wait is not None
                assert wait.reason == "tokens"
            ticket.used = 70
        await ours.flush()
        await until(lambda: int(valkey.hget(limit_scripts.base_of(bucket.name) + ":s", "sum")) == 70)
        async with ours.ticket([bucket], 30) as ticket:
            assert await ticket.next() is None


async def test_more_than_a_whole_minute_passes_alone(valkey: Any) -> None:
    bucket = Bucket("provider:x", tokens_per_minute=100)
    async with running() as ours:
        async with ours.ticket([bucket], 5000) as ticket:
            assert await ticket.next() is None
        async with ours.ticket([bucket], 1) as ticket:
            assert await ticket.next() is not None


async def test_a_ticket_passes_all_its_buckets_or_none(valkey: Any) -> None:
    wide, narrow = Bucket("provider:x", in_flight=5, counted=True), Bucket("key:1", in_flight=1)
    async with running() as ours, AsyncExitStack() as stack:
        for _ in range(3):
            ticket = await stack.enter_async_context(ours.ticket([wide, narrow], 7))
            await ticket.next()

        assert await ours.loads([wide, narrow]) == {"provider:x": Load(1, 1, 7), "key:1": Load(1, 0, 0)}


async def test_a_pause_reaches_every_worker_and_the_next_one(valkey: Any) -> None:
    bucket = Bucket("key:1", pausable=True)
    async with running() as ours, running() as theirs:
        assert ours.free([bucket])
        assert theirs.free([bucket])
        ours.pause([bucket, Bucket("host:x")], 30)
        assert not ours.free([bucket])
        assert ours.free([Bucket("host:x")])
        await until(lambda: not theirs.free([bucket]))
        async with theirs.ticket([bucket], 0) as ticket:
            wait = await ticket.next()
        async with running() as later:
            assert not later.free([bucket])

    assert wait is not None
    assert (wait.position, wait.reason) == (1, "paused")
    assert wait.delay_ms is not None
    assert 20_000 < wait.delay_ms <= 30_000


async def test_after_a_pause_one_follows_the_other(valkey: Any) -> None:
    bucket = Bucket("key:1", pausable=True)
    async with running() as ours:
        ours.pause([bucket], 0.2)
        await until(lambda: valkey.exists(limit_scripts.PAUSES))

        async def call() -> None:
            async with ours.ticket([bucket], 0) as ticket:
                await admitted(ticket)
                last = valkey.hget(limit_scripts.base_of(bucket.name) + ":s", "last")
                starts.append(int(last))

        starts: list[int] = []
        await asyncio.gather(*(call() for _ in range(4)))

    assert len(set(starts)) == 4
    assert all(later - earlier >= limiter.PACE_MS for earlier, later in itertools.pairwise(starts))


async def test_starts_are_staggered(valkey: Any) -> None:
    bucket = Bucket("host:x", stagger_ms=80, counted=True)
    async with running() as ours:

        async def call() -> None:
            async with ours.ticket([bucket], 0) as ticket:
                await admitted(ticket)

        await asyncio.gather(*(call() for _ in range(5)))
        starts = [at for _, at in valkey.zrange(limit_scripts.base_of("host:x") + ":w", 0, -1, withscores=True)]

    assert all(later - earlier >= 80 for earlier, later in itertools.pairwise(starts))


async def test_without_valkey_calls_pass_after_a_while(
    valkey: Any, valkey_server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "OPEN_SECONDS", 0.5)
    async with running() as ours, ours.ticket([ONE], 0) as holder:
        await admitted(holder)
        valkey_server.stop()
        try:
            async with ours.ticket([ONE], 0) as ticket:
                assert await admitted(ticket) == []
        finally:
            valkey_server.start()


async def test_all_pass_a_valkey_that_does_not_answer_at_about_the_same_time(
    valkey: Any, valkey_server: ValkeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limiter, "OPEN_SECONDS", 0.5)
    assert valkey_server.process is not None
    async with running() as ours, ours.ticket([ONE], 0) as holder, AsyncExitStack() as stack:
        await admitted(holder)
        tickets = [await stack.enter_async_context(ours.ticket([ONE], 0)) for _ in range(16)]
        for ticket in tickets:
            assert await ticket.next() is not None
        valkey_server.process.send_signal(signal.SIGSTOP)
        try:
            async with asyncio.timeout(8 * limiter.ANSWER_SECONDS):
                await asyncio.gather(*map(admitted, tickets))
        finally:
            valkey_server.process.send_signal(signal.SIGCONT)


async def test_slots_outlive_a_restart_of_valkey(valkey: Any, valkey_server: ValkeyServer) -> None:
    async with running() as ours, running() as theirs, ours.ticket([ONE], 0) as holder:
        await admitted(holder)
        async with theirs.ticket([ONE], 0) as other:
            assert await other.next() is not None
            valkey_server.stop()
            valkey_server.start()
            waiting = asyncio.create_task(admitted(other))
            await until(lambda: valkey.zscore(limit_scripts.base_of(ONE.name) + ":h", holder.name) is not None)
            assert not waiting.done()
            await holder.__aexit__(None, None, None)
            await waiting
