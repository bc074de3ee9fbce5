"""What a turn would cost before it is sent: low, expected, high for each column and in all. Estimates, and said to be.

Prices times tokens: those of the whole history by the length of its texts, those of the answer by the limit that was
asked for and by how long the model's own answers were here. What nobody knows stays unknown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from compare_site.comparisons import estimates, prompt_source
from compare_site.comparisons.history_chain import messages_of, pictures_before
from compare_site.comparisons.jobs import histories_of
from compare_site.comparisons.models import Column, Comparison, Run, Turn
from compare_site.comparisons.requests import AddTurn, Asking, StartComparison, settings_of
from compare_site.comparisons.spend import plain
from providers.contract.errors import SetupError
from providers.contract.messages import Message
from providers.resolve import lacking, prices_for

MEASURED = 50
"""So many of the last answers of a model say how long its answers are."""
MARKS = ("low", "expected", "high")


@dataclass(frozen=True, slots=True)
class Asked:
    """One column of a turn that is not asked yet."""

    model: str
    input_tokens: int
    max_tokens: int | None = None
    samples: int = 1


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of one column. ``output``: tokens of one answer; ``cost``: USD of all its samples. None = unknown."""

    asked: Asked
    output: tuple[int | None, int | None, int | None]
    cost: tuple[Decimal | None, Decimal | None, Decimal | None]
    basis: str
    """Where the length of the answer comes from: measured, max_tokens, or nothing."""

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        return {
            "model": self.asked.model,
            "samples": self.asked.samples,
            "input_tokens": self.asked.input_tokens,
            "output_tokens": dict(zip(MARKS, self.output, strict=True)),
            "basis": self.basis,
            **{mark: _text(cost) for mark, cost in zip(MARKS, self.cost, strict=True)},
        }


def of_start(user_id: int, asked: StartComparison) -> dict[str, Any]:
    """Of a comparison that is not started yet. Raises ``Refused`` for a kept prompt that cannot be filled in."""
    common, filled = asked.as_settings(), prompt_source.said(user_id, asked)
    messages = [Message.model_validate(each) for each in filled.messages]
    base, tools = estimates.tokens_of_messages(messages) + _files(asked), asked.tools
    columns = []
    for column in asked.models:
        system = column.system if column.system is not None else filled.system
        own_tools = column.tools or (None if "tools" in (column.off or ()) else tools)
        told = base + estimates.tokens_of(system or "") + _tools(own_tools)
        most = _most(common, column.as_overrides())
        columns.append(Asked(column.model, told, most, column.samples))
    return _answer(columns)


def of_turn(comparison: Comparison, asked: AddTurn) -> dict[str, Any]:
    """Of a follow-up: each column with its own history, or with that of the chosen answer."""
    turns = list(comparison.turns.all())
    parent = next((turn for turn in turns if turn.pk == asked.parent), turns[-1])
    filled = prompt_source.said(comparison.owner_id, asked)
    turn = Turn(comparison=comparison, messages=filled.messages, system=filled.system)
    newest = {(run.column_id, run.sample): run for run in parent.runs.order_by("attempt")}
    chosen = comparison.runs.filter(pk=asked.chosen).first() if asked.chosen else None
    columns = list(comparison.columns.all())
    before = {column.pk: chosen or newest.get((column.pk, 0)) for column in columns}
    runs = [
        Run(comparison=comparison, column=column, turn=turn, parent_id=before[column.pk].pk)  # type: ignore[union-attr]
        for column in columns
        if before[column.pk] is not None
    ]
    histories = histories_of(runs)
    told = {run.column_id: histories[run.pk] for run in runs}
    drawn = {column.model for column in columns if pictures_before(told.get(column.pk, ()), turn)}
    blind = lacking(drawn, "image_input") if drawn else frozenset[str]()
    found = []
    for column in columns:
        messages = _messages(comparison, column, told.get(column.pk, ()), turn, column.model not in blind)
        tools = settings_of(comparison.settings, column.overrides).get("tools")
        tokens = estimates.tokens_of_messages(messages) + _tools(tools) + _files(asked)
        found.append(Asked(column.model, tokens, _most(comparison.settings, column.overrides), column.samples))
    return _answer(found)


def _messages(comparison: Comparison, column: Column, ancestors: Any, turn: Turn, pictures: bool) -> list[Message]:
    system = turn.system if turn.system is not None else column.overrides.get("system", comparison.system)
    try:
        return messages_of(system or "", ancestors, turn, pictures)
    except SetupError:
        # Sending it says why this column cannot be asked; here it costs nothing.
        return []


def _files(asked: Asking) -> int:
    return estimates.MEDIA_TOKENS * len(asked.attachments or ())


def _tools(tools: Any) -> int:
    return estimates.tokens_of(str(tools)) if tools else 0


def _most(common: Mapping[str, Any], own: Mapping[str, Any]) -> int | None:
    most = {**common.get("params", {}), **own.get("params", {})}.get("max_tokens")
    return most if isinstance(most, int) else None


def _answer(columns: Sequence[Asked]) -> dict[str, Any]:
    models = {column.model for column in columns}
    prices, lengths = prices_for(models), {model: _lengths(model) for model in models}
    found = [_forecast(column, prices.get(column.model, []), lengths[column.model]) for column in columns]
    return {"currency": "USD", "estimated": True, "columns": [each.as_json() for each in found], "total": _total(found)}


def _forecast(asked: Asked, options: Sequence[Mapping[str, str] | None], lengths: Sequence[int]) -> Forecast:
    """``options``: the prices of whoever may answer, several for a group."""
    measured = estimates.spread(lengths)
    most = asked.max_tokens
    if measured is not None:
        low, middle, high = (min(length, most) if most is not None else length for length in measured)
        output: tuple[int | None, int | None, int | None] = (low, middle, most if most is not None else high)
        basis = "measured"
    else:
        output = (0, None, most)
        basis = "max_tokens" if most is not None else "unknown"
    costs = [_cost(options, asked, tokens, pick) for tokens, pick in zip(output, (min, _middle, max), strict=True)]
    return Forecast(asked, output, (costs[0], costs[1], costs[2]), basis)


def _cost(options: Sequence[Mapping[str, str] | None], asked: Asked, tokens: int | None, pick: Any) -> Decimal | None:
    if tokens is None or not options:
        return None
    each = [estimates.price(prices, asked.input_tokens, tokens) for prices in options]
    known = [cost for cost in each if cost is not None]
    return pick(known) * asked.samples if len(known) == len(each) else None


def _middle(costs: Sequence[Decimal]) -> Decimal:
    return sorted(costs)[len(costs) // 2]


def _lengths(model: str) -> list[int]:
    """How many tokens the last answers of a model had, as its provider counted them."""
    rows = Run.objects.filter(model=model, state="finished", finish_reason="stop", output_tokens__isnull=False)
    counted = rows.order_by("-queued_at").values_list("output_tokens", flat=True)[:MEASURED]
    return [length for length in counted if length is not None]


def _total(found: Sequence[Forecast]) -> dict[str, Any]:
    """Sums of what is known, and of how many columns it is not."""
    total: dict[str, Any] = {}
    for place, mark in enumerate(MARKS):
        known = [cost for each in found if (cost := each.cost[place]) is not None]
        total[mark] = plain(sum(known, Decimal(0))) if known else None
        total[f"{mark}_unknown"] = len(found) - len(known)
    return total


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else plain(amount)
