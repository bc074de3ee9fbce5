"""How long a turn holds a thread of its worker: while it is answered, and not while all that is open waits in line.

Threads are few, and a line may be long: with a thread for each who waits, nobody else's prompt would begin.
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
    """Of one task. ``settle`` writes an end down, in a thread; ``stays``: its thread serves until the last run ends.

    ``serve`` is called in the task's thread, everything else in the loop.
    """

    def __init__(self, worker: WorkerLoop, settle: Callable[[Outcome], None], *, stays: bool = True) -> None:
        self._worker = worker
        self._settle = settle
        self._stays = stays
        self._outcomes: queue.SimpleQueue[Outcome | None] = queue.SimpleQueue()
        self._open: dict[str, Channel] = {}
        self._given_up = False
        self._expected: dict[str, asyncio.Future[object]] = {}

    def serve(self) -> None:
        """Write down what ends, until nothing is open any more or all of it waits in line."""
        while (outcome := self._outcomes.get()) is not None:
            self._settle(outcome)

    def open(self, job: Job, channel: Channel) -> None:
        """This run is driven from now on."""
        self._open[job.run.pk] = channel
        job.on_stand = self.look

    def put(self, outcome: Outcome) -> None:
        """A run has ended."""
        del self._open[outcome.job.run.pk]
        if self._given_up:
            self._worker.beside(self._expected.pop(outcome.job.run.pk), lambda: self._settle(outcome))
        else:
            self._outcomes.put(outcome)
            self.look()

    def look(self) -> None:
        """Something has ended or stands in line: perhaps the thread is needed no longer."""
        if self._given_up or (self._open and self._stays):
            return
        if all(_stands(channel.fold) for channel in self._open.values()):
            self._given_up = True
            self._expected = {run_id: self._worker.expect(run_id) for run_id in self._open}
            self._outcomes.put(None)


def _stands(fold: RunFold) -> bool:
    return fold.waiting is not None or fold.status == "retrying"
