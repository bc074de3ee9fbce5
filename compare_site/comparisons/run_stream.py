"""What the client says of one call becomes the run events of one run, and at the end the event that closes it.

Lives in the worker's event loop and does no I/O: events go to the run's ``Channel``, which folds and journals them.
"""

import itertools
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from compare_site.comparisons import calls, hops
from compare_site.comparisons import events as ev
from compare_site.comparisons.attachments import without_bytes
from compare_site.comparisons.bills import Told, bill, prices_of
from compare_site.comparisons.clean import clean, clean_text
from compare_site.comparisons.fold import RunFold
from compare_site.comparisons.jobs import Job
from compare_site.comparisons.journal_writer import Channel
from compare_site.comparisons.structured import read_answer
from compare_site.comparisons.takeover import end_timings
from compare_site.comparisons.transitions import Kept
from providers.contract import events as pe
from providers.contract.errors import ProviderError, SetupError
from providers.contract.grouping import Group, GroupEvent, HopFailed, Trying
from providers.contract.limiter import Limiter
from providers.contract.resolved import Target

SHORTEST_SPAN = 0.01
"""Seconds. An answer that came faster was buffered somewhere: its speed is not the model's."""
FAILED = "The provider ended its answer with an error: {word}."
STOPPED = SetupError("server", "The worker was stopped while the answer came. What had arrived is kept; run it again.")


class RunStream:
    """One run while its answer comes: what it has shown, and what the provider has said about it so far."""

    def __init__(self, job: Job, channel: Channel, limiter: Limiter) -> None:
        self.job = job
        self.channel = channel
        self.limiter = limiter
        self.started = False
        self.waited_before = 0.0
        """Milliseconds in line at deployments that were asked before the present one."""
        self.usage: pe.Usage | None = None
        self.raw_usage: dict[str, Any] | None = None
        self.reported_cost: str | None = None
        self.finish: pe.Finished | None = None
        self.target: Target | None = None
        """Who is asked now."""
        self.unsaid_failure: ProviderError | SetupError | None = None
        """How the last deployment failed. It is a retry if another one is asked, otherwise the end of the run."""

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
                text = clean_text(event.text)
                self._emit(ev.RunDelta(run=run, index=event.index, kind=event.kind, text=text, at=self.job.at()))
            case pe.BlockOpened():
                self._emit(_block(run, event, self.channel.fold))
            case pe.UsageReported():
                self.usage, self.raw_usage = event.usage, clean(event.raw)
                self.reported_cost = event.cost or self.reported_cost
                self._emit(ev.RunUsage(run=run, usage=event.usage))
            case pe.ResponseInfo():
                self._emit(_info(run, event, self.channel.fold))
            case pe.AttemptStarted():
                # Which deployment is asked goes without saying where there is only one.
                deployment = self.target if isinstance(self.job.target, Group) else None
                self._emit(hops.begun(run, event, deployment, self.channel.fold))
            case Trying():
                self._trying(event)
            case HopFailed():
                self._hop_failed(event)
            case pe.Retrying() | pe.Waiting() | pe.Admitted():
                self._between_attempts(event)
            case pe.Finished():
                self.finish = event

    def begins_at_once(self, target: Target | Group) -> bool:
        """Whether no limit of ours can make a call of this target wait. Of a group nobody can know that beforehand."""
        return isinstance(target, Target) and self.limiter.free(target.buckets)

    def start(self) -> None:
        """The first attempt begins: until then the run is queued, however long it waits in line."""
        if not self.started:
            self.started = True
            self._emit(ev.RunStarted(run=self.job.run.pk, at=self.job.at()))

    def _between_attempts(self, event: pe.Retrying | pe.Waiting | pe.Admitted) -> None:
        """Retries, and waiting in line for limits of ours; also before the first attempt."""
        run = self.job.run.pk
        if isinstance(event, pe.Retrying):
            self.unsaid_failure = None
            self._emit(hops.retrying(run, event.attempt, event.delay_ms, event.error))
        elif isinstance(event, pe.Waiting):
            wait = {"position": event.position, "delay_ms": event.delay_ms, "reason": event.reason}
            self._emit(ev.RunWaiting(run=run, at=self.job.at(), **wait))
        else:
            waited = self.channel.fold.waiting is not None
            self.start()
            if waited:
                self._emit(ev.RunAdmitted(run=run, waited_ms=self.waited_before + event.waited_ms))
        self.job.on_waiting()

    def _trying(self, event: Trying) -> None:
        """A target is about to be asked: from now on its request is the one that is kept with the run."""
        run = self.job.run.pk
        self._say_failure()
        self.waited_before = self.channel.fold.timings.waited_ms or 0.0
        if self.begins_at_once(event.target):
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

    def _hop_failed(self, event: HopFailed) -> None:
        self._say_failure()
        self.unsaid_failure = event.error
        self.job.asked = None
        target = event.option.target
        if event.sent and isinstance(target, Target):
            self._emit(hops.failed(self.job.run.pk, event, target, self.channel.fold))
            if target.key_pk is not None:
                self.job.used.append((target.key_pk, event.error))

    def _say_failure(self) -> None:
        """Another deployment is asked: the failure before it was no end, so it is a retry."""
        if self.unsaid_failure is not None:
            attempt = len(self.channel.fold.retries) + 1
            self._emit(hops.retrying(self.job.run.pk, attempt, 0, self.unsaid_failure))
            self.unsaid_failure = None

    def _emit(self, event: ev.Event) -> None:
        self.channel.emit(event)

    def finished(self) -> ev.RunEnded:
        """The stream was read to its end. A finish reason of ``error`` is a failure all the same."""
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
        """The run's task was cancelled: by whoever pressed Stop, by a spend limit, or because this worker stops."""
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
        timings = timings_of(self.job, self.channel, self.usage)
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


def timings_of(job: Job, channel: Channel, usage: pe.Usage | None = None) -> ev.Timings:
    """Tokens per second = output tokens / (last - first token time); unknown for answers that came at once."""
    timings = end_timings(channel.fold, job.at())
    trace = channel.fold.trace
    if not trace:
        return timings
    stalls = sum(1 for before, after in itertools.pairwise(trace) if after[0] - before[0] > ev.STALL_MS)
    span = (trace[-1][0] - trace[0][0]) / 1000
    counted = usage.output if usage is not None else None
    known = span >= SHORTEST_SPAN and not channel.fold.metadata.get(pe.ANSWERED_WHOLE)
    speed = round(counted / span, 1) if counted is not None and known else None
    return timings.model_copy(update={"tokens_per_s": speed, "stalls": stalls})
