"""Gives the thread of a task back to its worker while all that is open of the turn waits in line or for a retry.

A worker has few threads (``WORKER_CONCURRENCY``) and a line for a rate limit may be long: if everybody who waits kept a
thread, prompts to other providers could not begin.
"""

import asyncio
import queue
from collections.abc import Callable
from dataclasses import dataclass

from compare_site.comparisons import events as ev
from compare_site.comparisons.fold import RunFold
from compare_site.comparisons.jobs import Job
from compare_site.comparisons.journal_writer import Channel
from compare_site.comparisons.worker_loop import WorkerLoop


@dataclass(slots=True)
class Outcome:
    """How a run ended; ``event`` is None if somebody else holds it now."""

    job: Job
    channel: Channel
    event: ev.RunEnded | None


class Slot:
    """The hold of one task on its thread. Called in the loop, except ``serve``, which is the thread's part.

    ``settle`` writes an end down, in a thread. ``stays``: the thread serves until the last run has ended.
    """

    def __init__(self, worker: WorkerLoop, settle: Callable[[Outcome], None], *, stays: bool = True) -> None:
        self._worker = worker
        self._settle = settle
        self._stays = stays
        self._outcomes: queue.SimpleQueue[Outcome | None] = queue.SimpleQueue()
        self._open: dict[str, Channel] = {}
        self._released = False
        self._expected: dict[str, asyncio.Future[object]] = {}

    def serve(self) -> None:
        """In the task's thread: write down what ends, until the thread is released."""
        while (outcome := self._outcomes.get()) is not None:
            self._settle(outcome)

    def add(self, job: Job, channel: Channel) -> None:
        """This run is driven from now on."""
        self._open[job.run.pk] = channel
        job.on_waiting = self.release_if_waiting

    def ended(self, outcome: Outcome) -> None:
        """A run has ended: the thread writes it down, or one of the worker's own if this one was released."""
        del self._open[outcome.job.run.pk]
        if self._released:
            self._worker.beside(self._expected.pop(outcome.job.run.pk), lambda: self._settle(outcome))
        else:
            self._outcomes.put(outcome)
            self.release_if_waiting()

    def release_if_waiting(self) -> None:
        """Release the thread if nothing is open any more, or if all that is open waits and the thread need not stay."""
        if self._released or (self._open and self._stays):
            return
        if all(_is_waiting(channel.fold) for channel in self._open.values()):
            self._released = True
            self._expected = {run_id: self._worker.expect(run_id) for run_id in self._open}
            self._outcomes.put(None)


def _is_waiting(fold: RunFold) -> bool:
    return fold.waiting is not None or fold.status == "retrying"
