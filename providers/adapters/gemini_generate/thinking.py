"""How hard a Gemini model may think: a token budget up to 2.5, a level from 3 on, nothing before 2.5."""

import re
from typing import Any

from providers.contract.messages import Effort, ReasoningParams

GENERATION = re.compile(r"gemini-(\d+)(?:\.(\d+))?")
THINKS_SINCE = (2, 5)
LEVELS_SINCE = (3, 0)
BUDGETS: dict[Effort, int] = {
    "none": 0,
    "minimal": 512,
    "low": 1024,
    "medium": 8192,
    "high": 24576,
    "xhigh": 24576,
}
"""The most effort is the largest budget the model takes."""
LEVELS: dict[Effort, str] = {
    "none": "MINIMAL",
    "minimal": "MINIMAL",
    "low": "LOW",
    "medium": "MEDIUM",
    "high": "HIGH",
    "xhigh": "HIGH",
    "max": "HIGH",
}
LEVELS_OF_PRO: dict[Effort, str] = {**LEVELS, "none": "LOW", "minimal": "LOW"}
CONFIG = "generationConfig.thinkingConfig"


def generation(model: str) -> tuple[int, int] | None:
    """(2, 5) of ``gemini-2.5-flash``; None of names without a number, like ``gemini-flash-latest``."""
    found = GENERATION.search(model)
    return (int(found[1]), int(found[2] or 0)) if found else None


def signs_calls(model: str) -> bool:
    """Whether a first function call without a signature is refused."""
    return "gemini" in model and (generation(model) or LEVELS_SINCE) >= LEVELS_SINCE


class Thinking:
    """``thinkingConfig`` for a wish, and what became of the wish."""

    def __init__(self, wish: ReasoningParams, model: str) -> None:
        self.config: dict[str, Any] = {}
        self.renamed: dict[str, str] = {}
        self.clamped: dict[str, Any] = {}
        self.dropped: dict[str, str] = {}
        known = generation(model)
        if known is not None and known < THINKS_SINCE:
            said = {"effort", "summary", "budget", "enabled", "exclude"} & wish.model_dump(exclude_none=True).keys()
            self.dropped = {f"reasoning_{name}": "this model does not think" for name in sorted(said)}
            return
        self._model = model
        self._by_level = known is None or known >= LEVELS_SINCE
        effort = self._effort(wish)
        if effort is not None and self._by_level:
            self._level(effort, wish)
        elif effort is not None:
            wanted = BUDGETS.get(effort, _bounds(model)[1])
            self._budget(wanted, "reasoning_effort" if wish.effort is not None else "reasoning_enabled")
        self._own_budget(wish, effort)
        self._thoughts(wish, effort)

    def _effort(self, wish: ReasoningParams) -> Effort | None:
        if wish.effort is None and wish.budget is None and wish.enabled is False:
            return "none"
        return wish.effort

    def _level(self, effort: Effort, wish: ReasoningParams) -> None:
        name = "reasoning_effort" if wish.effort is not None else "reasoning_enabled"
        level = (LEVELS_OF_PRO if "-pro" in self._model else LEVELS)[effort]
        self.config["thinkingLevel"] = level
        self.renamed[name] = f"{CONFIG}.thinkingLevel"
        if level.lower() != effort:
            self.clamped[name] = {"from": effort if wish.effort is not None else False, "to": level}

    def _budget(self, wanted: int, name: str) -> None:
        low, high = _bounds(self._model)
        allowed = wanted if wanted == 0 and "-pro" not in self._model else min(max(wanted, low), high)
        self.config["thinkingBudget"] = allowed
        self.renamed[name] = f"{CONFIG}.thinkingBudget"
        if allowed != wanted:
            self.clamped[name] = {"from": wanted, "to": allowed}

    def _own_budget(self, wish: ReasoningParams, effort: Effort | None) -> None:
        if wish.budget is not None:
            if effort is not None:
                self.dropped["reasoning_budget"] = "effort and budget exclude each other; effort was sent"
            elif self._by_level:
                self.config["thinkingBudget"] = wish.budget
                self.renamed["reasoning_budget"] = f"{CONFIG}.thinkingBudget"
            else:
                self._budget(wish.budget, "reasoning_budget")
        elif wish.enabled and effort is None and not self._by_level:
            self.config["thinkingBudget"] = -1
            self.renamed["reasoning_enabled"] = f"{CONFIG}.thinkingBudget"

    def _thoughts(self, wish: ReasoningParams, effort: Effort | None) -> None:
        """Text of thoughts comes only where it is asked for."""
        wanted = wish.exclude is not True and effort != "none" and wish.budget != 0
        self.config["includeThoughts"] = wanted
        if wish.exclude is not None:
            self.renamed["reasoning_exclude"] = f"{CONFIG}.includeThoughts"
        if wish.summary is not None:
            self.renamed["reasoning_summary"] = f"{CONFIG}.includeThoughts"
            if wish.summary != "auto":
                self.clamped["reasoning_summary"] = {"from": wish.summary, "to": "auto"}


def _bounds(model: str) -> tuple[int, int]:
    """The budgets a 2.5 model takes, apart from 0."""
    if "-pro" in model:
        return 128, 32768
    return (512, 24576) if "lite" in model else (1, 24576)
