"""Drives the runs of a turn: claim, resolve, stream, fold, write. The task's thread on one side, the loop on the other.

The thread does all database work in short transactions; the loop does all waiting on providers. A run's row is written
when everything it has shown is in the journal, and its closing event goes out after the row.
"""

import asyncio
import itertools
import logging
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import Any

from django.db import connections

from compare_site.comparisons import calls, hops, takeover, transitions
from compare_site.comparisons import events as ev
from compare_site.comparisons.attachments import without_bytes
from compare_site.comparisons.bills import Told, bill, prices_of
from compare_site.comparisons.clean import clean, clean_text
from compare_site.comparisons.fold import RunFold, fold_run
from compare_site.comparisons.jobs import OURS, Job, patiently, prepare
from compare_site.comparisons.journal_writer import Channel
from compare_site.comparisons.key_uses import note_keys
from compare_site.comparisons.learning import note_learned
from compare_site.comparisons.measured import note_measured
from compare_site.comparisons.meter import admit, meter_of
from compare_site.comparisons.slots import Outcome, Slot
from compare_site.comparisons.structured import read_answer
from compare_site.comparisons.takeover import end_timings
from compare_site.comparisons.transitions import Kept
from compare_site.comparisons.worker_loop import WorkerLoop, current
from providers.contract import events as pe
from providers.contract.errors import ProviderError, SetupError
from providers.contract.grouping import Group, GroupEvent, HopFailed, Trying
from providers.contract.limiter import Limiter
from providers.contract.resolved import Target

log = logging.getLogger(__name__)
FLUSH_SECONDS = 5.0
STOP_FLUSH_SECONDS = 0.5
STALL_MS = 2000
LEAST_SPAN = 0.01
"""Seconds. What came faster was buffered somewhere, and says nothing of the model."""
FAILED = "The provider ended its answer with an error: {word}."
STOPPED = SetupError("server", "The worker was stopped while the answer came. What had arrived is kept; run it again.")


def stream_turn(run_ids: list[str], *, wait_in_line: bool = True) -> None:
    """Drive these runs to their ends. Runs that are not queued (any more) are left alone.

    Without ``wait_in_line`` it returns as soon as all that is still open waits in line: their ends come by themselves.
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
    """In the loop: one asyncio task a run."""
    for job in jobs:
        channel = worker.writer.open(job.run.comparison_id, job.fold, job.run.fence)
        slot.open(job, channel)
        task = worker.loop.create_task(drive(worker, job, channel))
        channel.on_fenced = task.cancel
        worker.track(job.run.pk, task, partial(_stop, job, task))
        task.add_done_callback(partial(_put_outcome, slot, job, channel))
        meter_of(worker).watch(job, channel, task)
    slot.look()


def _stop(job: Job, task: "asyncio.Task[Any]") -> None:
    """In the loop: end it as stopped, unless it ends already."""
    if not (job.ending or job.over or job.stopped):
        job.stopped = True
        task.cancel()


def _put_outcome(slot: Slot, job: Job, channel: Channel, task: "asyncio.Task[ev.RunEnded | None]") -> None:
    slot.put(_outcome(task, job, channel))


def _outcome(task: "asyncio.Task[ev.RunEnded | None]", job: Job, channel: Channel) -> Outcome:
    """Whatever happened, there is an outcome: a bug of ours ends the run with a named error, too."""
    if task.cancelled():
        return Outcome(job, channel, None)
    error = task.exception()
    if error is None:
        return Outcome(job, channel, task.result())
    log.error("run %s failed inside: %s", job.run.pk, type(error).__name__, exc_info=error)
    problem = SetupError("server", OURS)
    return Outcome(job, channel, ev.RunFailed(run=job.run.pk, error=problem.as_dict(), timings=_timings(job, channel)))


async def drive(worker: WorkerLoop, job: Job, channel: Channel) -> ev.RunEnded | None:
    """Stream one run. Returns how it ended, not yet written; None if it lost its fence."""
    stream = _Stream(job, channel, worker.limiter)
    if isinstance(job.target, SetupError) or stream.is_free(job.target):
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
            # What had shown nothing is queued again by the sweeper as soon as this worker has left.
            return None
        event = stream.cut_off()
    # A stop that is left to us means that the journal is away: whoever pressed it waits for the row.
    await _flush(channel, STOP_FLUSH_SECONDS if job.stopped else FLUSH_SECONDS)
    return None if channel.fenced else event


async def _flush(channel: Channel, seconds: float = FLUSH_SECONDS) -> bool:
    """A journal that is away for long must not keep a run from ending; False if it is."""
    try:
        await asyncio.wait_for(channel.flushed(), seconds)
    except TimeoutError:
        log.warning("the last events of run %s are not in the journal yet", channel.run)
        return False
    return True


class _Stream:
    """From the client's events to run events: what one run has shown and said of itself so far."""

    def __init__(self, job: Job, channel: Channel, limiter: Limiter) -> None:
        self.job = job
        self.channel = channel
        self.limiter = limiter
        self.started = False
        self.waited_before = 0.0
        """In line at deployments that were asked before the present one."""
        self.usage: pe.Usage | None = None
        self.raw_usage: dict[str, Any] | None = None
        self.reported_cost: str | None = None
        self.finish: pe.Finished | None = None
        self.target: Target | None = None
        self.passed_on: ProviderError | SetupError | None = None
        """How a deployment failed, until it is known that another one is asked."""

    async def read(self, batches: "AsyncGenerator[Sequence[GroupEvent], None]") -> None:
        """Read the stream to its end. Raises ProviderError or SetupError."""
        async with aclosing(batches):
            async for batch in batches:
                for event in joined(batch):
                    self._take(event)

    def _take(self, event: GroupEvent) -> None:
        run = self.job.run.pk
        match event:
            case pe.Delta():
                self._emit(
                    ev.RunDelta(
                        run=run, index=event.index, kind=event.kind, text=clean_text(event.text), at=self.job.at()
                    )
                )
            case pe.BlockOpened():
                self._emit(_block(run, event, self.channel.fold))
            case pe.UsageReported():
                self.usage, self.raw_usage = event.usage, clean(event.raw)
                self.reported_cost = event.cost or self.reported_cost
                self._emit(ev.RunUsage(run=run, usage=event.usage))
            case pe.ResponseInfo():
                self._emit(_info(run, event, self.channel.fold))
            case pe.AttemptStarted():
                self._emit(hops.begun(run, event, self._one_of_several(), self.channel.fold))
            case Trying():
                self._try(event)
            case HopFailed():
                self._note_failed(event)
            case pe.Retrying() | pe.Waiting() | pe.Admitted():
                self._stand(event)
            case pe.Finished():
                self.finish = event

    def is_free(self, target: Target | Group) -> bool:
        """Whether a call of it begins at once, as far as one can know here."""
        return isinstance(target, Target) and self.limiter.free(target.buckets)

    def start(self) -> None:
        """The first attempt begins: until then the run is queued, however long it waits in line."""
        if not self.started:
            self.started = True
            self._emit(ev.RunStarted(run=self.job.run.pk, at=self.job.at()))

    def _stand(self, event: pe.Retrying | pe.Waiting | pe.Admitted) -> None:
        """What happens between two attempts, and before the first."""
        run = self.job.run.pk
        if isinstance(event, pe.Retrying):
            self.passed_on = None
            self._emit(hops.retrying(run, event.attempt, event.delay_ms, event.error))
        elif isinstance(event, pe.Waiting):
            wait = {"position": event.position, "delay_ms": event.delay_ms, "reason": event.reason}
            self._emit(ev.RunWaiting(run=run, at=self.job.at(), **wait))
        else:
            waited = self.channel.fold.waiting is not None
            self.start()
            if waited:
                self._emit(ev.RunAdmitted(run=run, waited_ms=self.waited_before + event.waited_ms))
        self.job.on_stand()

    def _one_of_several(self) -> Target | None:
        """The deployment that is asked, where it does not go without saying."""
        return self.target if isinstance(self.job.target, Group) else None

    def _try(self, event: Trying) -> None:
        """What is kept of request and target is that of the one which is asked now."""
        fold, run = self.channel.fold, self.job.run.pk
        if self.passed_on is not None:
            self._emit(hops.retrying(run, len(fold.retries) + 1, 0, self.passed_on))
            self.passed_on = None
        self.waited_before = fold.timings.waited_ms or 0.0
        if self.is_free(event.target):
            self.start()
        self.target = self.job.asked = event.target
        files, dropped = (self.job.ask.files, self.job.ask.dropped) if self.job.ask else ({}, {})
        report = event.rendered.report
        report = report.model_copy(update={"dropped": {**report.dropped, **dropped}})
        self.job.kept = Kept(
            sent=without_bytes(event.rendered.body, files),
            provider=event.target.spec.name,
            api_key=event.target.key_pk,
            wire=calls.wire_of(event.target, event.rendered),
            slug=event.target.spec.slug,
        )
        self._emit(ev.RunMeta(run=run, request_report=report.model_dump(mode="json")))

    def _note_failed(self, event: HopFailed) -> None:
        if self.passed_on is not None:
            self._emit(hops.retrying(self.job.run.pk, len(self.channel.fold.retries) + 1, 0, self.passed_on))
        self.passed_on = event.error
        self.job.asked = None
        target = event.option.target
        if event.sent and isinstance(target, Target):
            self._emit(hops.failed(self.job.run.pk, event, target, self.channel.fold))
            if target.key_pk is not None:
                self.job.used.append((target.key_pk, event.error))

    def _emit(self, event: ev.Event) -> None:
        self.channel.emit(event)

    def finished(self) -> ev.RunEnded:
        """The provider said that it had finished: also by a word for its own failure."""
        finish = self.finish
        if finish is None:
            self._check_output()
            return self.ended(ev.RunFinished)
        said = {"finish_reason": finish.reason, "native_finish_reason": clean(finish.native_reason)}
        if finish.reason == "error":
            error = ProviderError("server", FAILED.format(word=finish.native_reason or "error"))
            return self.ended(ev.RunFailed, **said, error=clean(error.as_dict()))
        self._check_output()
        return self.ended(ev.RunFinished, **said)

    def _check_output(self) -> None:
        """Whether a complete answer keeps to the schema that was asked for."""
        ask, fold = self.job.ask, self.channel.fold
        if ask is not None and ask.output is not None and ask.method is not None:
            found = clean(read_answer(fold, ask.output, ask.method))
            self._emit(ev.RunMeta(run=self.job.run.pk, metadata={**fold.metadata, "output": found}))

    def cut_off(self) -> ev.RunEnded:
        """Somebody else wanted the end: who pressed Stop, a limit, or whoever stops this worker."""
        if self.job.stopped:
            return self.ended(ev.RunCancelled)
        kind = ev.RunFailed if self.job.over else ev.RunInterrupted
        return self.ended(kind, error=(self.job.over or STOPPED).as_dict())

    def ended(self, kind: type[ev.RunEnded], **fields: Any) -> ev.RunEnded:
        """The closing event, with what is known of usage, cost and time. A partial answer has no finish reason."""
        self.job.ending, fold = True, self.channel.fold
        asked = self.job.ask.request if self.job.ask is not None else None
        whole = kind is ev.RunFinished or self.finish is not None
        told = Told(self.usage, self.raw_usage, self.reported_cost, whole)
        cost = bill(self.target, told, fold, asked)
        prices = prices_of(self.target, fold.model)
        self.job.kept = replace(self.job.kept, raw_usage=self.raw_usage, prices=prices)
        timings = _timings(self.job, self.channel, self.usage)
        return kind(run=self.job.run.pk, usage=self.usage, cost=cost, timings=timings, **fields)


def joined(batch: Sequence[GroupEvent]) -> Iterable[GroupEvent]:
    """The same with neighbouring deltas of a block made one: they came at the same moment."""
    return batch if len(batch) == 1 else _joined(batch)


def _joined(batch: Sequence[GroupEvent]) -> Iterator[GroupEvent]:
    for delta, group in itertools.groupby(batch, lambda event: event.index if isinstance(event, pe.Delta) else None):
        if delta is None:
            yield from group
        else:
            yield _one([event for event in group if isinstance(event, pe.Delta)])


def _one(deltas: list[pe.Delta]) -> pe.Delta:
    first = deltas[0]
    return first if len(deltas) == 1 else replace(first, text="".join(delta.text for delta in deltas))


def _block(run: str, event: pe.BlockOpened, fold: RunFold) -> ev.RunBlock | ev.RunBlockData:
    """A block is opened once; what is said of it later only adds to it."""
    fields = {"id": event.id, "name": event.name, "data": event.data}
    said = {name: value for name, value in clean(fields).items() if value is not None}
    if any(block.index == event.index for block in fold.content):
        return ev.RunBlockData(run=run, index=event.index, **said)
    return ev.RunBlock(run=run, index=event.index, kind=event.kind, **said)


def _info(run: str, event: pe.ResponseInfo, fold: RunFold) -> ev.RunMeta:
    said: dict[str, Any] = {}
    if event.response_id:
        said["response_id"] = clean_text(event.response_id)
    if event.model:
        said["model"] = clean_text(event.model)
    if event.metadata:
        said["metadata"] = {**fold.metadata, **clean(event.metadata)}
    return ev.RunMeta(run=run, **said)


def _timings(job: Job, channel: Channel, usage: pe.Usage | None = None) -> ev.Timings:
    """Tokens per second = output tokens / (last - first token time); unknown for answers that came at once."""
    timings = end_timings(channel.fold, job.at())
    trace = channel.fold.trace
    if not trace:
        return timings
    stalls = sum(1 for before, after in itertools.pairwise(trace) if after[0] - before[0] > STALL_MS)
    span = (trace[-1][0] - trace[0][0]) / 1000
    counted = usage.output if usage is not None else None
    known = span >= LEAST_SPAN and not channel.fold.metadata.get(pe.ANSWERED_WHOLE)
    speed = round(counted / span, 1) if counted is not None and known else None
    return timings.model_copy(update={"tokens_per_s": speed, "stalls": stalls})


def _settle(worker: WorkerLoop, outcome: Outcome) -> None:
    """In the task's thread: write the row once, then let the closing event go out. One run must not stop the others."""
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
        # A value that the database refuses, of a provider that lies: the text is worth more than its numbers.
        log.error("run %s cannot be stored as it is: %s", job.run.pk, type(error).__name__)
    fold = takeover.blank_fold(job.run)
    fold.content = [block.model_copy(update={"data": None}) for block in channel.fold.content]
    timings = _timings(job, channel)
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
    """Whoever watches has not heard of the end yet: the writer goes on trying."""
    await channel.flushed()
    worker.writer.close(channel)
