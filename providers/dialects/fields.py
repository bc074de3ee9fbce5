"""Body fields of a request, and the record of what became of each parameter on its way there."""

import re
from collections.abc import Collection, Iterable
from typing import Any, TypeVar

from providers.contract.messages import ChatRequest, Effort
from providers.contract.quirks import ResponsesQuirks
from providers.contract.spec import Quirks
from providers.dialects.jsonvalue import as_dict
from providers.dialects.tools import FunctionTool

Number = TypeVar("Number", int, float)
EFFORTS: tuple[Effort, ...] = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


class Fields:
    """``refused``: our name of a parameter -> why this server does not take it."""

    def __init__(self, refused: dict[str, str]) -> None:
        self._refused = refused
        self.body: dict[str, Any] = {}
        self.renamed: dict[str, str] = {}
        self.clamped: dict[str, Any] = {}
        self.dropped: dict[str, str] = {}

    def put(self, name: str, value: Any, field: str | None = None) -> None:
        """Send ``value`` under ``field`` (dotted: in an object) unless it is unset or refused by this server."""
        field = field or name
        if value is None:
            return
        if name in self._refused:
            self.drop(name, self._refused[name])
            return
        if field != name:
            self.renamed[name] = field
        *outer, last = field.split(".")
        place = self.body
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = value

    def drop(self, name: str, reason: str) -> None:
        self.dropped[name] = reason
        self.clamped.pop(name, None)

    def at_most(self, name: str, value: Number | None, highest: Number | None) -> Number | None:
        """``value``, cut to ``highest``."""
        if value is None or highest is None or value <= highest:
            return value
        self.clamped[name] = {"from": value, "to": highest}
        return highest

    def nearest_effort(self, wanted: Effort, known: tuple[Effort, ...]) -> Effort:
        """``wanted`` if the server knows it, else the nearest one it knows, the weaker of two."""
        if not known or wanted in known:
            return wanted
        place = EFFORTS.index(wanted)
        nearest = min(known, key=lambda effort: (abs(EFFORTS.index(effort) - place), EFFORTS.index(effort)))
        self.clamped["reasoning_effort"] = {"from": wanted, "to": nearest}
        return nearest


def efforts_for(model_id: str, quirks: Quirks | ResponsesQuirks) -> tuple[Effort, ...]:
    """The efforts that this very model knows; empty: all are passed on."""
    return next((own for models, own in quirks.efforts_of.items() if re.search(models, model_id)), quirks.efforts)


def marks_of(request: ChatRequest) -> list[dict[str, Any]]:
    """The cache breakpoints that the messages ask for."""
    marks = (as_dict((block.data or {}).get("cache_control")) for each in request.messages for block in each.content)
    return [mark for mark in marks if mark]


def note_ttls(fields: Fields, request: ChatRequest, known: Collection[str]) -> None:
    """A breakpoint that shall live for another time than these is sent without one."""
    others = sorted({str(mark["ttl"]) for mark in marks_of(request) if mark.get("ttl")} - set(known))
    if others:
        fields.clamped["cache_control"] = {"from": {"ttl": others[0]}, "to": {}}


def note_tools(fields: Fields, tools: Iterable[Any], *, strict: bool, breakpoints: bool) -> None:
    """What was said of functions and is not sent: they can be ``strict`` here, or have ``breakpoints`` behind them."""
    functions = [tool for tool in tools if isinstance(tool, FunctionTool)]
    if not strict and any(tool.strict for tool in functions):
        fields.drop("strict", "functions cannot be strict here")
    if not breakpoints and any(tool.cache_control for tool in functions):
        fields.drop("tools.cache_control", "there are no cache breakpoints behind tools here")


def reasons(request: ChatRequest, by_default: str, known: tuple[Effort, ...] = ()) -> bool:
    """Whether the model will think: because it was told to, or because models named like ``by_default`` always do.

    ``known``: the efforts it can be told; where "none" is not among them it cannot be told to stop.
    """
    wish = request.reasoning
    if wish is not None and (not known or "none" in known or wish.effort != "none"):
        if wish.effort == "none" or (wish.enabled is False and wish.effort is None):
            return False
        if wish.effort is not None or wish.budget is not None or wish.enabled:
            return True
    return bool(by_default and re.search(by_default, request.model_id))


def refusals(rejects: tuple[str, ...], while_reasoning: tuple[str, ...], active: bool) -> dict[str, str]:
    """Our names of parameters -> why they are dropped."""
    said = dict.fromkeys(while_reasoning, "this model does not take it while it reasons") if active else {}
    return {**said, **dict.fromkeys(rejects, "this provider refuses it")}
