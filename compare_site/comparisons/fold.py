"""The one fold: events become the state of a run, for the row, for a joining browser and for a checkpoint.

``static/js/core/fold.js`` is the same function; ``tests/journals/*.json`` prove that they agree. Both change the state
that they are given and return it: callers that need the old one keep a copy.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from compare_site.comparisons import events as ev
from compare_site.comparisons.events import Cost, RunState, Timings
from providers.contract.events import FinishReason, Usage


class Block(BaseModel):
    """One content block of an answer, in time order."""

    model_config = ConfigDict(extra="ignore")

    index: int
    kind: str
    text: str = ""
    id: str | None = None
    name: str | None = None
    data: dict[str, Any] | None = None


class Waiting(BaseModel):
    """Where a run stands in line, as ``run.waiting`` says it."""

    model_config = ConfigDict(extra="ignore")

    position: int
    delay_ms: int | None = None
    reason: str = ""
    at: float = 0


class RunFold(BaseModel):
    """The state of one run. ``trace`` = [at ms, kind, characters] of every delta: what replay needs."""

    model_config = ConfigDict(extra="ignore")

    id: str
    column: str = ""
    turn: str = ""
    sample: int = 0
    attempt: int = 1
    parent: str | None = None
    status: RunState = "queued"
    waiting: Waiting | None = None
    content: list[Block] = Field(default_factory=list)
    finish_reason: FinishReason | None = None
    native_finish_reason: str | None = None
    response_id: str | None = None
    model: str | None = None
    usage: Usage | None = None
    cost: Cost | None = None
    timings: Timings = Timings()
    request_report: dict[str, Any] | None = None
    hops: list[dict[str, Any]] = Field(default_factory=list)
    retries: list[dict[str, Any]] = Field(default_factory=list)
    error: dict[str, Any] | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    trace: list[tuple[float, str, int]] = Field(default_factory=list)

    def text_of(self, kind: str) -> str:
        """The text of all blocks of ``kind``, joined by nothing."""
        return "".join(block.text for block in self.content if block.kind == kind)

    @property
    def has_shown(self) -> bool:
        """Whether a viewer can have seen anything of an answer."""
        return any(block.text or block.kind not in {"text", "reasoning"} for block in self.content)


ENDS: dict[str, RunState] = {
    "run.finished": "finished",
    "run.failed": "failed",
    "run.interrupted": "interrupted",
    "run.cancelled": "cancelled",
}


def fold_run(state: RunFold, event: ev.Event) -> RunFold:
    """Apply one event of this run. After an end only ``run.usage`` still counts; a new ``run.queued`` starts afresh."""
    if isinstance(event, ev.RunQueued):
        return RunFold(
            id=event.run,
            column=event.column,
            turn=event.turn,
            sample=event.sample,
            attempt=event.attempt,
            parent=event.parent,
        )
    if isinstance(event, ev.RunUsage):
        state.usage = event.usage
    elif state.status not in ev.FINAL:
        _apply(state, event)
    return state


def _apply(state: RunFold, event: ev.Event) -> None:
    """What each event does to a run that has not ended."""
    if isinstance(event, ev.RunDelta):
        _append_text(state, event)
    elif isinstance(event, ev.RunBlock):
        _open_block(state, event)
    elif isinstance(event, ev.RunBlockData):
        _extend_block(state, event)
    elif isinstance(event, ev.RunStarted | ev.RunWaiting | ev.RunAdmitted):
        _start_or_wait(state, event)
    elif isinstance(event, ev.RunMeta):
        _set_meta(state, event)
    elif isinstance(event, ev.RunRetrying):
        state.status, state.waiting = "retrying", None
        state.retries.append({"attempt": event.attempt, "delay_ms": event.delay_ms, "error": event.error})
    elif isinstance(event, ev.RunEnded):
        _end(state, event)


def _start_or_wait(state: RunFold, event: ev.RunStarted | ev.RunWaiting | ev.RunAdmitted) -> None:
    """Waiting changes no status: before the first attempt the run is still queued, between two it is retrying."""
    if isinstance(event, ev.RunWaiting):
        state.waiting = Waiting.model_validate(event.model_dump(include=set(Waiting.model_fields)))
        return
    state.status, state.waiting = "running", None
    if isinstance(event, ev.RunStarted):
        state.timings = Timings(queued_ms=event.at)
    else:
        state.timings = state.timings.model_copy(update={"waited_ms": event.waited_ms})


def _append_text(state: RunFold, event: ev.RunDelta) -> None:
    block = next((block for block in reversed(state.content) if block.index == event.index), None)
    if block is None:
        block = Block(index=event.index, kind=event.kind)
        state.content.append(block)
    block.text += event.text
    state.status = "running"
    state.trace.append((event.at, event.kind, len(event.text)))


def _open_block(state: RunFold, event: ev.RunBlock) -> None:
    state.status = "running"
    if any(block.index == event.index for block in state.content):
        return
    state.content.append(Block(index=event.index, kind=event.kind, id=event.id, name=event.name, data=event.data))


def _extend_block(state: RunFold, event: ev.RunBlockData) -> None:
    known = next((block for block in state.content if block.index == event.index), None)
    if known is None:
        return
    known.id = event.id if event.id is not None else known.id
    known.name = event.name if event.name is not None else known.name
    known.data = known.data if event.data is None else {**(known.data or {}), **event.data}


def _set_meta(state: RunFold, event: ev.RunMeta) -> None:
    for name in event.model_fields_set - {"type", "run", "connect_ms"}:
        setattr(state, name, getattr(event, name))
    if event.connect_ms is not None:
        state.timings = state.timings.model_copy(update={"connect_ms": event.connect_ms})
        state.status = "running"


def _end(state: RunFold, event: ev.RunEnded) -> None:
    state.status = ENDS[event.type]  # type: ignore[attr-defined]
    state.waiting = None
    for name in event.model_fields_set - {"type", "run"}:
        setattr(state, name, getattr(event, name))
