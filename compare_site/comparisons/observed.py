"""Capabilities that an answer has proved. Only what is certain: what it contained, never what was missing."""

from collections.abc import Mapping

from compare_site.comparisons.fold import RunFold


def newly_shown(fold: RunFold, known: Mapping[str, bool]) -> frozenset[str]:
    """The capabilities that this answer has shown and that are not known to be there yet."""
    counted = fold.usage.reasoning if fold.usage is not None else None
    shown = {
        "reasoning": bool(counted) or any(block.kind == "reasoning" and block.text for block in fold.content),
        "tools": any(block.kind == "tool_call" for block in fold.content),
        "logprobs": any((block.data or {}).get("logprobs") for block in fold.content),
    }
    return frozenset(name for name, there in shown.items() if there and known.get(name) is not True)
