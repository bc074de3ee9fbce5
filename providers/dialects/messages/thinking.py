"""How hard a Claude thinks: effort, budget and visibility as each generation of models takes them."""

from typing import Any

from providers.contract.messages import Effort, ReasoningParams
from providers.dialects.fields import Fields
from providers.dialects.messages.claude import Claude

BUDGETS: dict[Effort, int] = {
    "minimal": 1024,
    "low": 2048,
    "medium": 8192,
    "high": 16384,
    "xhigh": 32768,
    "max": 32768,
}
"""Tokens for an effort where the model takes a budget only."""
LEAST = 1024
NO_BUDGET = "this model takes an effort, no token budget"


def clamp(fields: Fields, name: str, wanted: Any, sent: Any) -> Any:
    """Note that something else is sent than what was wanted; returns what is sent."""
    if wanted != sent:
        fields.clamped[name] = {"from": wanted, "to": sent}
    return sent


def put_thinking(fields: Fields, wish: ReasoningParams | None, model: Claude, max_tokens: int | None) -> bool:
    """Add what was wished for; returns whether the model was told to think. ``max_tokens``: as asked for, if it was."""
    if wish is None:
        return False
    if _is_off(wish):
        _switch_off(fields, wish, model)
        return False
    if not (model.budgets or model.adaptive):
        _drop_all(fields, wish, "this model does not think")
        return False
    budget = _budget(fields, wish, model, max_tokens)
    if wish.effort is not None and model.efforts:
        effort = fields.nearest_effort(wish.effort, model.efforts)
        fields.put("reasoning_effort", effort, "output_config.effort")
    if budget is None and not model.adaptive:
        return False
    thinking: dict[str, Any] = {"type": "adaptive"} if budget is None else {"type": "enabled", "budget_tokens": budget}
    if display := _display(wish, model):
        thinking["display"] = display
    fields.body["thinking"] = thinking
    return True


def _is_off(wish: ReasoningParams) -> bool:
    return wish.enabled is False or wish.effort == "none" or (wish.budget == 0 and wish.effort is None)


def _switch_off(fields: Fields, wish: ReasoningParams, model: Claude) -> None:
    if model.off:
        fields.body["thinking"] = {"type": model.off}
    elif model.adaptive:
        _drop_all(fields, wish, "this model always thinks")


def _drop_all(fields: Fields, wish: ReasoningParams, why: str) -> None:
    for name, value in wish.model_dump(exclude_none=True).items():
        if value is not False or name == "enabled":
            fields.drop(f"reasoning_{name}", why)


def _budget(fields: Fields, wish: ReasoningParams, model: Claude, max_tokens: int | None) -> int | None:
    """The token budget to send, if any: the one asked for, or one for the effort where only a budget makes it think."""
    if not model.budgets:
        if wish.budget is not None:
            fields.drop("reasoning_budget", NO_BUDGET)
        return None
    if wish.budget is not None:
        return _room(fields, "reasoning_budget", wish.budget, max_tokens)
    if wish.effort is not None and model.known and not model.adaptive:
        budget = _room(fields, "reasoning_effort", BUDGETS[wish.effort], max_tokens)
        if budget is not None and not model.efforts:
            fields.renamed["reasoning_effort"] = "thinking.budget_tokens"
        return budget
    if wish.enabled and not model.adaptive:
        return _room(fields, "reasoning_enabled", BUDGETS["medium"], max_tokens)
    return None


def _room(fields: Fields, name: str, budget: int, max_tokens: int | None) -> int | None:
    """A budget is at least 1024 and leaves something of ``max_tokens``."""
    fitting = max(budget, LEAST)
    if max_tokens is not None:
        fitting = min(fitting, max_tokens - 1)
        if fitting < LEAST:
            fields.drop(name, f"thinking needs max_tokens over {LEAST}")
            return None
    return int(clamp(fields, name, budget, fitting))


def _display(wish: ReasoningParams, model: Claude) -> str:
    """Text of the thinking is what people come for: asked for wherever it does not come by itself."""
    if wish.exclude:
        return "omitted"
    return "summarized" if model.hides or wish.summary is not None else ""
