"""The smaller things of a comparison as a share with chosen parts receives them: settings, errors, hops. Pure."""

from collections.abc import Mapping
from typing import Any

MODEL_NAME = "Model {label}"
"""What stands for the name of a model that is not told."""
NUMBERS = ("temperature", "top_p", "max_tokens", "seed", "timeout", "max_retries", "logprobs", "top_logprobs")
EFFORTS = frozenset({"none", "minimal", "low", "medium", "high", "xhigh", "max"})
REQUEST = frozenset({"prompt", "system", "attachments", "names"})
"""An error in a provider's own words may quote any of these."""
CODES = ("code", "status", "retryable", "retry_after")
HOP = {"provider": "names", "model": "names", "base_url": "raw", "status": "names", "ms": "metrics", "error": "names"}


def shown_settings(settings: Mapping[str, Any], sees: frozenset[str]) -> dict[str, Any]:
    """All of it with the raw request; otherwise the parameters that are numbers, and how hard a model may think."""
    if "raw" in sees:
        return dict(settings)
    shown: dict[str, Any] = {}
    params = settings.get("params") or {}
    numbers = {name: params[name] for name in NUMBERS if isinstance(params.get(name), int | float)}
    if numbers:
        shown["params"] = numbers
    reasoning = settings.get("reasoning") or {}
    thinking: dict[str, Any] = {}
    if isinstance(reasoning.get("effort"), str) and reasoning["effort"] in EFFORTS:
        thinking["effort"] = reasoning["effort"]
    if isinstance(reasoning.get("budget"), int):
        thinking["budget"] = reasoning["budget"]
    if thinking:
        shown["reasoning"] = thinking
    return shown


def shown_error(error: Mapping[str, Any] | None, sees: frozenset[str]) -> dict[str, Any] | None:
    """What kind of error it is; the words only where all that they may quote is shown."""
    if error is None:
        return None
    shown = {name: error[name] for name in CODES if name in error}
    shown["message"] = error.get("message", "") if sees >= REQUEST else ""
    if "raw" in sees and "request_id" in error:
        shown["request_id"] = error["request_id"]
    return shown


def shown_hop(hop: Mapping[str, Any], sees: frozenset[str]) -> dict[str, Any]:
    """Which provider was asked, if it may be named at all."""
    if "names" not in sees:
        return {}
    return {name: hop[name] for name, part in HOP.items() if part in sees and name in hop}


def shown_numbers(figures: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Counts and times: numbers, and null for what is not known. Words do not belong there."""
    if figures is None:
        return None
    return {name: value for name, value in figures.items() if value is None or isinstance(value, int | float)}


def shown_cost(cost: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """An amount of money and how it is known."""
    names = ("amount", "currency", "source")
    return None if cost is None else {name: cost[name] for name in names if name in cost}
