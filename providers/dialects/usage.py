"""A provider's usage object as ``Usage``: by paths, never by guessing. What was not sent stays None."""

from decimal import Decimal, InvalidOperation
from typing import Any

from providers.contract.events import Usage
from providers.contract.spec import UsagePaths
from providers.dialects.jsonvalue import as_count, at_path


def read_usage(raw: dict[str, Any], paths: UsagePaths) -> Usage | None:
    """None when the object holds no count at all."""
    found = {
        name: _first(raw, getattr(paths, name))
        for name in ("input", "output", "total", "cache_read", "cache_creation", "reasoning", "audio")
    }
    if all(count is None for count in found.values()):
        return None
    reasoning = found["reasoning"] or 0
    cached = (found["cache_read"] or 0) + (found["cache_creation"] or 0)
    if found["output"] is not None and reasoning and not _output_is_whole(found, reasoning, paths):
        found["output"] += reasoning
    if found["input"] is not None and cached and not paths.input_includes_cache:
        found["input"] += cached
    return Usage(**found)


def _output_is_whole(found: dict[str, int | None], reasoning: int, paths: UsagePaths) -> bool:
    """Whether the output count holds the reasoning already. The total that was sent decides, else the catalog."""
    base = (found["input"] or 0) + (found["output"] or 0)
    if found["total"] == base:
        return True
    if found["total"] == base + reasoning:
        return False
    return paths.output_includes_reasoning


def _first(raw: dict[str, Any], candidates: tuple[str, ...]) -> int | None:
    return next((count for path in candidates if (count := as_count(at_path(raw, path))) is not None), None)


def read_cost(raw: dict[str, Any], paths: UsagePaths) -> str | None:
    """The cost in USD that the provider itself reports, as a decimal string."""
    for path in paths.cost:
        value = at_path(raw, path)
        if isinstance(value, int | float | str) and not isinstance(value, bool):
            try:
                amount = Decimal(str(value))
            except InvalidOperation:
                continue
            if amount.is_finite() and amount >= 0:
                return format(amount, "f")
    return None
