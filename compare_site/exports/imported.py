"""Reading our own JSON again. The file may come from anywhere: all of it is checked, its ids only tie it together."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict, Field, JsonValue, StringConstraints, field_validator, model_validator

from compare_site.comparisons.clean import clean, is_too_deep, strict_json
from compare_site.comparisons.costs import MOST
from compare_site.comparisons.events import FINAL, Cost, Timings
from compare_site.comparisons.fold import Block, RunFold
from compare_site.comparisons.requests import ColumnInput, Common, MessageInput, Metadata, ModelName, Tags, Text
from compare_site.exports.document import FORMAT, VERSION
from providers.contract.events import FinishReason, Usage
from providers.contract.messages import BlockKind

MOST_TURNS, MOST_RUNS, MOST_BLOCKS = 500, 2000, 10_000
MOST_COUNT = 10**15
Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Word = Annotated[str, StringConstraints(max_length=364)]
Count = Annotated[int, Field(ge=0, le=MOST_COUNT)]
Ms = Annotated[float, Field(ge=0, le=1e12, allow_inf_nan=False)]


class NoDocument(Exception):
    """The file cannot be read; ``field`` is the part of it that is wrong, empty for the whole."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class Part(BaseModel):
    """Base of what a file holds. Fields that a later version has added are left out."""

    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)


class About(Part):
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    tags: Tags = Field(default_factory=list)
    metadata: Metadata = Field(default_factory=dict)
    left_out: list[Literal["prompt", "system", "attachments", "reasoning", "metrics", "raw", "names"]] = Field(
        default_factory=list, max_length=7
    )
    system: Text = ""
    settings: Common = Field(default_factory=Common)


class ColumnPart(Part):
    """``overrides`` must make a column that could have been asked for here."""

    id: Id
    model: ModelName
    samples: int = Field(default=1, ge=1, le=32)
    overrides: dict[str, JsonValue] = Field(default_factory=dict)

    @field_validator("overrides")
    @classmethod
    def _sound(cls, overrides: dict[str, JsonValue]) -> dict[str, JsonValue]:
        return ColumnInput.model_validate({**overrides, "model": "a/b"}).as_overrides()

    def as_input(self) -> ColumnInput:
        """The column as it would be asked for."""
        return ColumnInput(model=self.model, samples=self.samples)


class TurnPart(Part):
    id: Id
    parent: Id | None = None
    messages: list[MessageInput] = Field(min_length=1, max_length=1000)
    system: Text | None = None


class BlockPart(Part):
    index: int = Field(ge=0, le=MOST_BLOCKS)
    kind: BlockKind
    text: Text = ""
    id: Word | None = None
    name: Word | None = None
    data: dict[str, JsonValue] | None = None


class UsagePart(Part):
    input: Count | None = None
    output: Count | None = None
    total: Count | None = None
    cache_read: Count | None = None
    cache_creation: Count | None = None
    reasoning: Count | None = None
    audio: Count | None = None


class CostPart(Part):
    amount: Annotated[Decimal, Field(ge=0, lt=MOST, allow_inf_nan=False)]
    currency: Literal["USD"] = "USD"
    source: Literal["reported", "computed", "estimated"]


class TimingsPart(Part):
    queued_ms: Ms | None = None
    waited_ms: Ms | None = None
    connect_ms: Ms | None = None
    ttft_ms: Ms | None = None
    ttfa_ms: Ms | None = None
    total_ms: Ms | None = None
    tokens_per_s: Ms | None = None
    stalls: Count | None = None


class ErrorPart(Part):
    code: Annotated[str, StringConstraints(max_length=24)] = "server"
    message: Annotated[str, StringConstraints(max_length=4000)] = ""
    status: int | None = Field(default=None, ge=0, le=999)


class RunPart(Part):
    id: Id
    column: Id
    turn: Id
    sample: int = Field(default=0, ge=0, le=31)
    attempt: int = Field(default=1, ge=1, le=1_000_000)
    parent: Id | None = None
    status: Literal["queued", "running", "retrying", "finished", "failed", "cancelled", "interrupted"]
    content: list[BlockPart] = Field(default_factory=list, max_length=MOST_BLOCKS)
    finish_reason: FinishReason | None = None
    native_finish_reason: Word | None = None
    response_id: Word | None = None
    model: Word | None = None
    usage: UsagePart | None = None
    cost: CostPart | None = None
    timings: TimingsPart = Field(default_factory=TimingsPart)
    request_report: dict[str, JsonValue] | None = None
    error: ErrorPart | None = None
    trace: list[tuple[Ms, Literal["text", "reasoning", "tool_call", "refusal"], Count]] = Field(
        default_factory=list, max_length=200_000
    )

    def as_fold(self, run_id: str, exported_at: str) -> RunFold:
        """The answer as our rows keep it, marked as one that was not asked for here."""
        ended = self.status in FINAL
        error = self.error.model_dump(exclude_none=True) if self.error else None
        if not ended:
            error = {"code": "incomplete", "message": "This answer was still running when it was exported."}
        cost = self.cost and Cost(amount=format(self.cost.amount, "f"), currency="USD", source=self.cost.source)
        return RunFold(
            id=run_id,
            status=self.status if ended else "interrupted",
            content=[Block.model_validate(block.model_dump()) for block in self.content],
            finish_reason=self.finish_reason,
            native_finish_reason=self.native_finish_reason,
            response_id=self.response_id,
            model=self.model,
            usage=Usage.model_validate(self.usage.model_dump()) if self.usage else None,
            cost=cost,
            timings=Timings.model_validate(self.timings.model_dump()),
            request_report=_report_of(self.request_report),
            error=error,
            metadata={"imported": {"run": self.id, "exported_at": exported_at}},
            trace=self.trace,
        )


def _report_of(report: dict[str, Any] | None) -> dict[str, Any] | None:
    """Only what pages know how to show: an object of names for each word."""
    if report is None:
        return None
    words = ("sent", "renamed", "clamped", "dropped")
    kept = {word: report[word] for word in words if isinstance(report.get(word), dict)}
    clamped = kept.get("clamped", {})
    sound = {name: value for name, value in clamped.items() if isinstance(value, dict) and {"from", "to"} <= set(value)}
    return {**kept, "clamped": sound}


class Document(Part):
    """A whole file. Ids in it only tie its parts together."""

    format: Literal["touchstone.comparison"]
    version: Literal[1]
    exported_at: datetime
    comparison: About
    columns: list[ColumnPart] = Field(min_length=1, max_length=32)
    turns: list[TurnPart] = Field(min_length=1, max_length=MOST_TURNS)
    runs: list[RunPart] = Field(max_length=MOST_RUNS)

    @model_validator(mode="after")
    def _ties(self) -> "Document":
        columns, turns = {column.id: column for column in self.columns}, _turns(self.turns)
        if len(columns) < len(self.columns):
            raise NoDocument(_("Two columns have the same id."), "columns")
        runs = {run.id: run for run in self.runs}
        if len(runs) < len(self.runs):
            raise NoDocument(_("Two runs have the same id."), "runs")
        places = set()
        for number, run in enumerate(self.runs):
            column = columns.get(run.column)
            if column is None or run.turn not in turns or run.sample >= column.samples:
                raise NoDocument(_("Its column, turn or sample is not in this file."), f"runs.{number}")
            if run.parent is not None and not _precedes(runs.get(run.parent), run, turns):
                raise NoDocument(_("Its parent is no answer of an earlier turn in this file."), f"runs.{number}")
            places.add((run.column, run.turn, run.sample, run.attempt))
        if len(places) < len(self.runs):
            raise NoDocument(_("Two runs are the same attempt at the same answer."), "runs")
        return self


def _turns(parts: Iterable[TurnPart]) -> dict[str, int]:
    """The place of each turn; a turn comes after the one that it follows."""
    turns: dict[str, int] = {}
    for number, turn in enumerate(parts):
        if turn.id in turns:
            raise NoDocument(_("Two turns have the same id."), f"turns.{number}")
        if (turn.parent is None) != (number == 0) or (turn.parent is not None and turn.parent not in turns):
            raise NoDocument(_("It must follow a turn that stands before it."), f"turns.{number}")
        turns[turn.id] = number
    return turns


def _precedes(parent: RunPart | None, run: RunPart, turns: dict[str, int]) -> bool:
    return parent is not None and turns.get(parent.turn, len(turns)) < turns[run.turn]


def read_document(raw: bytes) -> Document:
    """The file, checked. Raises NoDocument, or pydantic's ValidationError with the place of each problem."""
    try:
        value = strict_json(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NoDocument(_("This file is no JSON.")) from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise NoDocument(_("This is not a comparison that was exported as JSON."))
    if value.get("version") != VERSION:
        raise NoDocument(_("This file was written by another version of Touchstone, which this one cannot read."))
    if is_too_deep(value):
        raise NoDocument(_("This file is nested too deeply."))
    return Document.model_validate(clean(value))
