"""The wait ends at the deadline, wherever it was moved to; somebody else's cancellation stays one."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from providers.transport.watchdog import Overdue, Watchdog


async def never() -> AsyncIterator[bytes]:
    await asyncio.Event().wait()
    yield b""


async def some(*items: bytes) -> AsyncIterator[bytes]:
    for item in items:
        yield item


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_items_and_the_end() -> None:
    watchdog = Watchdog(now() + 60)
    items = some(b"a", b"b")

    assert [await watchdog.next(items) for _ in range(3)] == [b"a", b"b", None]
    watchdog.close()


async def test_overdue() -> None:
    with pytest.raises(Overdue):
        await Watchdog(now() + 0.02).next(never())


async def test_a_deadline_that_is_past_ends_a_wait_too() -> None:
    with pytest.raises(Overdue):
        await Watchdog(now() - 5).next(never())


async def test_a_deadline_can_come_nearer_and_go_further() -> None:
    watchdog = Watchdog(now() + 0.01)
    await watchdog.next(some(b"a"))
    later = watchdog.deadline = now() + 0.15

    with pytest.raises(Overdue):
        await watchdog.next(never())

    assert now() >= later
    watchdog = Watchdog(now() + 60)
    await watchdog.next(some(b"a"))
    watchdog.deadline = now() + 0.01
    with pytest.raises(Overdue):
        await watchdog.next(never())


async def test_what_is_there_is_read_before_an_old_deadline_counts() -> None:
    watchdog = Watchdog(now() - 5)

    assert await watchdog.next(some(b"a")) == b"a"
    watchdog.close()


async def test_cancellation_from_outside_stays_a_cancellation() -> None:
    task = asyncio.create_task(Watchdog(now() + 60).next(never()))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_task_is_usable_after_a_deadline() -> None:
    with pytest.raises(Overdue):
        await Watchdog(now() + 0.01).next(never())

    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0
    await asyncio.sleep(0)
