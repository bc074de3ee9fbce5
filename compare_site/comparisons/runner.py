"""Drives the runs of a turn from the claim to the row, in two places: the thread of a Celery task and the event loop.

The thread does all database work, in short transactions; the loop does all waiting for providers. A run's row is
written when everything that it has shown is in the journal, and its closing event follows the row.
"""

import asyncio
import logging
from functools import partial
from typing import Any

from django.db import connections

from compare_site.comparisons import calls, takeover, transitions
from compare_site.comparisons import events as ev
from compare_site.comparisons.clean import clean
from compare_site.comparisons.fold import RunFold, fold_run
from compare_site.comparisons.jobs import OURS, Job, patiently, prepare
from compare_site.comparisons.journal_writer import Channel
from compare_site.comparisons.key_uses import note_keys
from compare_site.comparisons.learning import note_learned
from compare_site.comparisons.measured import note_measured
from compare_site.comparisons.meter import admit, meter_of
from compare_site.comparisons.run_stream import RunStream, timings_of
from compare_site.comparisons.slots import Outcome, Slot
from compare_site.comparisons.transitions import Kept
from compare_site.comparisons.worker_loop import WorkerLoop, current
from providers.contract.errors import ProviderError, SetupError

log = logging.getLogger(__name__)
FLUSH_SECONDS = 5.0
"""How long the end of a run waits for a journal that is away."""
STOP_FLUSH_SECONDS = 0.5


def stream_turn(run_ids: list[str], *, wait_in_line: bool = True) -> None:
    """Drive these runs to their ends. Runs that are not queued (any more) are left alone.

    ``wait_in_line`` False: return as soon as every run that is still open waits for a rate limit or a retry. The loop
    then drives them on, and their ends are written without this thread.
    """
    worker = current()
    if worker.stopping:
        log.info("this worker is stopping; %d runs are left to others", len(run_ids))
        return
    with worker.holding(run_ids):
        jobs = prepare(transitions.claim(run_ids, worker.lease_id))
        open_books = admit(jobs)
        slot = Slot(worker, partial(_settle, worker), stays=wait_in_line)
        worker.call(_start, worker, jobs, slot)
        open_books()
        slot.serve()


def _start(worker: WorkerLoop, jobs: list[Job], slot: Slot) -> None:
    """In the loop: start one asyncio task per run."""
    for job in jobs:
        channel = worker.writer.open(job.run.comparison_id, job.fold, job.run.fence)
        slot.add(job, channel)
        task = worker.loop.create_task(drive(worker, job, channel))
        channel.on_fenced = task.cancel
        worker.track(job.run.pk, task, partial(_stop, job, task))
        task.add_done_callback(partial(_report, slot, job, channel))
        meter_of(worker).watch(job, channel, task)
    slot.release_if_waiting()


def _stop(job: Job, task: "asyncio.Task[Any]") -> None:
    """In the loop: end it as stopped, unless it ends already."""
    if not (job.ending or job.over or job.stopped):
        job.stopped = True
        task.cancel()


def _report(slot: Slot, job: Job, channel: Channel, task: "asyncio.Task[ev.RunEnded | None]") -> None:
    slot.ended(_outcome(task, job, channel))


def _outcome(task: "asyncio.Task[ev.RunEnded | None]", job: Job, channel: Channel) -> Outcome:
    """Whatever happened, there is an outcome: a bug of ours ends the run with a named error, too."""
    if task.cancelled():
        return Outcome(job, channel, None)
    error = task.exception()
    if error is None:
        return Outcome(job, channel, task.result())
    log.error("run %s failed inside: %s", job.run.pk, type(error).__name__, exc_info=error)
    timings = timings_of(job, channel)
    event = ev.RunFailed(run=job.run.pk, error=SetupError("server", OURS).as_dict(), timings=timings)
    return Outcome(job, channel, event)


async def drive(worker: WorkerLoop, job: Job, channel: Channel) -> ev.RunEnded | None:
    """Stream one run. Returns how it ended, not yet written; None if it lost its fence."""
    stream = RunStream(job, channel, worker.limiter)
    if isinstance(job.target, SetupError) or stream.begins_at_once(job.target):
        stream.start()
    try:
        await stream.read(calls.batches(worker, job))
        event: ev.RunEnded = stream.finished()
    except (ProviderError, SetupError) as error:
        if channel.fold.waiting is None:
            stream.start()
        event = stream.ended(ev.RunFailed, error=clean(error.as_dict()))
    except asyncio.CancelledError:
        if channel.fenced or not (job.stopped or job.over or (worker.stopping and channel.fold.has_shown)):
            # Lost to somebody else; or this worker stops and nobody has seen anything: the sweeper queues it again.
            return None
        event = stream.cut_off()
    # A stop is left to the worker only while the journal is away: do not keep whoever pressed it waiting for long.
    await _flush(channel, STOP_FLUSH_SECONDS if job.stopped else FLUSH_SECONDS)
    return None if channel.fenced else event


async def _flush(channel: Channel, seconds: float = FLUSH_SECONDS) -> bool:
    """Wait until everything is in the journal, at most ``seconds``. False if it is not: the run ends all the same."""
    try:
        await asyncio.wait_for(channel.flushed(), seconds)
    except TimeoutError:
        log.warning("the last events of run %s are not in the journal yet", channel.run)
        return False
    return True


def _settle(worker: WorkerLoop, outcome: Outcome) -> None:
    """In a thread: write the row once, then send the closing event. Whatever fails here must not stop other runs."""
    job = outcome.job
    try:
        event = _written(outcome)
        worker.submit(_close(worker, outcome.channel, event)).result()
        note_keys(job, event, outcome.channel.fold)
        note_measured(job, event, outcome.channel.fold)
        note_learned(job, event, outcome.channel.fold)
    except Exception as error:
        log.error("run %s not settled: %s", job.run.pk, type(error).__name__)
        worker.call(worker.writer.close, outcome.channel)
    finally:
        connections.close_all()


def _written(outcome: Outcome) -> ev.RunEnded | None:
    """The end that is in the row now; None if somebody else holds the run."""
    job, channel, event = outcome.job, outcome.channel, outcome.event
    if event is None:
        return None
    try:
        return event if _end(job, fold_run(channel.fold.model_copy(deep=True), event), job.kept) else None
    except Exception as error:
        # The provider sent a value that the database refuses. Keep the text and give up the rest.
        log.error("run %s cannot be stored as it is: %s", job.run.pk, type(error).__name__)
    fold = takeover.blank_fold(job.run)
    fold.content = [block.model_copy(update={"data": None}) for block in channel.fold.content]
    timings = timings_of(job, channel)
    event = ev.RunFailed(run=job.run.pk, error=SetupError("server", OURS).as_dict(), timings=timings)
    return event if _end(job, fold_run(fold, event)) else None


def _end(job: Job, final: RunFold, kept: Kept | None = None) -> bool:
    return patiently(lambda: transitions.end(job.run.pk, job.run.fence, final, kept))


async def _close(worker: WorkerLoop, channel: Channel, event: ev.RunEnded | None) -> None:
    if event is not None:
        channel.emit(event)
        if not await _flush(channel):
            worker.keep(_close_when_written(worker, channel))
            return
    worker.writer.close(channel)


async def _close_when_written(worker: WorkerLoop, channel: Channel) -> None:
    """Viewers have not heard of the end yet, so the channel stays open until the writer succeeds."""
    await channel.flushed()
    worker.writer.close(channel)
