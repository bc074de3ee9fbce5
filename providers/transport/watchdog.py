"""Deadlines over a stream of awaits: one timer, moved forward cheaply, that cancels a wait when it is due.

``asyncio.timeout`` would set up and take down a timer at each chunk; this one is only looked at when it fires.
"""

import asyncio
from collections.abc import AsyncIterator

GRACE = 0.05
"""What has arrived while the reader was busy elsewhere is still read."""


class Overdue(Exception):
    """The deadline passed while waiting."""


class Watchdog:
    """Guards the waits of one task. ``close`` it in the end."""

    __slots__ = ("_deadline", "_due", "_loop", "_task", "_timer")

    def __init__(self, deadline: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadline = deadline
        self._task: asyncio.Task[object] | None = None
        self._due = False
        self._timer: asyncio.TimerHandle | None = None

    @property
    def deadline(self) -> float:
        """On the clock of the loop."""
        return self._deadline

    @deadline.setter
    def deadline(self, when: float) -> None:
        self._deadline = when
        if self._timer is not None and when < self._timer.when():
            self._arm(when)

    async def next(self, iterator: AsyncIterator[bytes]) -> bytes | None:
        """The next item, None at the end; Overdue when the deadline passes first."""
        self._task = asyncio.current_task()
        if self._timer is None:
            self._arm(max(self._deadline, self._loop.time() + GRACE))
        try:
            return await anext(iterator)
        except StopAsyncIteration:
            return None
        except asyncio.CancelledError:
            if self._due and self._task is not None and self._task.uncancel() == 0:
                raise Overdue from None
            raise
        finally:
            self._task = None

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self, when: float) -> None:
        self.close()
        self._timer = self._loop.call_at(when, self._fire)

    def _fire(self) -> None:
        self._timer = None
        if self._loop.time() < self._deadline:
            self._arm(self._deadline)
        elif self._task is not None:
            self._due = True
            self._task.cancel()
