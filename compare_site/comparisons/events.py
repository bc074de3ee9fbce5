"""Run events: what the journal keeps and viewers receive. A closed union, told apart by ``type``.

Contract: ARCHITECTURE.md, "Websocket". Only fields that were set are written, so a reader tells "not said" from
"null". Readers ignore unknown types and fields: an older process may read a newer journal during a deploy.
"""

import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from providers.contract.events import FinishReason, Usage
from providers.contract.messages import BlockKind

RunState = Literal["queued", "running", "retrying", "finished", "failed", "cancelled", "interrupted"]
FINAL: frozenset[str] = frozenset({"finished", "failed", "cancelled", "interrupted"})


STALL_MS = 2000
"""A longer pause between two deltas counts as a stall."""


class Event(BaseModel):
    """Base of all run events. ``run`` is the id of the run it speaks of."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Timings(BaseModel):
    """Durations in ms since the run was queued; ``None`` = did not happen or is not known.

    ``waited_ms``: how much of it was spent in line for limits of ours. ``ttft_ms`` and ``ttfa_ms`` leave that out: a
    provider is not slow because we made it wait. ``queued_ms``, ``total_ms`` and every ``at`` contain it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    queued_ms: float | None = None
    waited_ms: float | None = None
    connect_ms: float | None = None
    ttft_ms: float | None = None
    ttfa_ms: float | None = None
    total_ms: float | None = None
    tokens_per_s: float | None = None
    stalls: int | None = None


class Cost(BaseModel):
    """Money in ``currency``; ``amount`` is a decimal string. An unknown cost is null, never "0"."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    amount: str
    currency: str = "USD"
    source: Literal["reported", "computed", "estimated"]


class RunQueued(Event):
    type: Literal["run.queued"] = "run.queued"
    run: str
    column: str
    turn: str
    sample: int
    attempt: int
    parent: str | None = None


class RunStarted(Event):
    """A worker has claimed the run. ``at``: ms since it was queued."""

    type: Literal["run.started"] = "run.started"
    run: str
    at: float = 0


class RunWaiting(Event):
    """The run stands in line for a limit of ours, and nothing of its next attempt has been sent.

    ``position``: 1 = the next one. ``delay_ms``: about how long from ``at`` on (ms since it was queued); null = nobody
    can know. ``reason``: requests, tokens, in_flight, stagger or paused (the provider has asked for a break).
    """

    type: Literal["run.waiting"] = "run.waiting"
    run: str
    position: int
    delay_ms: int | None
    reason: str
    at: float


class RunAdmitted(Event):
    """The wait is over. ``waited_ms``: all waits of this run so far."""

    type: Literal["run.admitted"] = "run.admitted"
    run: str
    waited_ms: float


class RunMeta(Event):
    """Facts about the request and the response as they become known; a field that is set replaces the old one."""

    type: Literal["run.meta"] = "run.meta"
    run: str
    response_id: str | None = None
    model: str | None = None
    request_report: dict[str, Any] | None = None
    hops: list[dict[str, Any]] | None = None
    connect_ms: float | None = None
    metadata: dict[str, Any] | None = None


class RunBlock(Event):
    type: Literal["run.block"] = "run.block"
    run: str
    index: int
    kind: BlockKind
    id: str | None = None
    name: str | None = None
    data: dict[str, Any] | None = None


class RunBlockData(Event):
    """What became known of an open block: ``id`` and ``name`` if said, ``data`` merged over what it had."""

    type: Literal["run.block_data"] = "run.block_data"
    run: str
    index: int
    id: str | None = None
    name: str | None = None
    data: dict[str, Any] | None = None


class RunDelta(Event):
    """Text added to block ``index``. ``at``: ms since the run was queued, of the first chunk in the delta."""

    type: Literal["run.delta"] = "run.delta"
    run: str
    index: int
    kind: Literal["text", "reasoning", "tool_call", "refusal"]
    text: str
    at: float


class RunUsage(Event):
    """The provider's token counts so far; a later one replaces it. The only event that may follow a run's end."""

    type: Literal["run.usage"] = "run.usage"
    run: str
    usage: Usage


class RunRetrying(Event):
    type: Literal["run.retrying"] = "run.retrying"
    run: str
    attempt: int
    delay_ms: int
    error: dict[str, Any]


class RunEnded(Event):
    """Base of the four ends. All may carry what was known when the run ended."""

    run: str
    finish_reason: FinishReason | None = None
    native_finish_reason: str | None = None
    usage: Usage | None = None
    cost: Cost | None = None
    timings: Timings | None = None
    error: dict[str, Any] | None = None


class RunFinished(RunEnded):
    type: Literal["run.finished"] = "run.finished"


class RunFailed(RunEnded):
    type: Literal["run.failed"] = "run.failed"


class RunInterrupted(RunEnded):
    type: Literal["run.interrupted"] = "run.interrupted"


class RunCancelled(RunEnded):
    type: Literal["run.cancelled"] = "run.cancelled"


class TurnAdded(Event):
    type: Literal["turn.added"] = "turn.added"
    turn: dict[str, Any]


class ComparisonUpdated(Event):
    """Title, tags or columns changed; only the fields that changed are set."""

    type: Literal["comparison.updated"] = "comparison.updated"
    title: str | None = None
    tags: list[str] | None = None
    columns: list[dict[str, Any]] | None = None


RunEvent = Annotated[
    RunQueued
    | RunStarted
    | RunWaiting
    | RunAdmitted
    | RunMeta
    | RunBlock
    | RunBlockData
    | RunDelta
    | RunUsage
    | RunRetrying
    | RunFinished
    | RunFailed
    | RunInterrupted
    | RunCancelled
    | TurnAdded
    | ComparisonUpdated,
    Field(discriminator="type"),
]
ADAPTER: TypeAdapter[RunEvent] = TypeAdapter(RunEvent)
KNOWN: frozenset[str] = frozenset(kind.model_fields["type"].default for kind in get_args(get_args(RunEvent)[0]))
"""The types of the union above: what ``decode_many`` reads."""


def encode(event: Event) -> bytes:
    """One event as JSON, ``type`` first, unset fields left out."""
    fields = event.model_dump(mode="json", exclude_unset=True)
    return json.dumps({"type": event.type, **fields}, ensure_ascii=False, separators=(",", ":")).encode()  # type: ignore[attr-defined]


def decode_many(frame: bytes | str) -> list[RunEvent]:
    """The known events of one journal frame (a JSON array)."""
    return [ADAPTER.validate_python(item) for item in _known(json.loads(frame))]


def _known(items: Iterable[Any]) -> Iterable[Any]:
    return (item for item in items if isinstance(item, dict) and item.get("type") in KNOWN)
