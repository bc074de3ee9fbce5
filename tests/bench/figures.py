"""Percentiles, and what the machine was doing meanwhile."""

import os
import platform
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which ``share`` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, 95th and 99th percentile, and how many there were."""
    named = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
    return {name: round(percentile(values, share), 1) for name, share in named.items()} | {"count": len(values)}


def machine() -> dict[str, object]:
    """Kind of machine and its load now."""
    load = [round(each, 1) for each in os.getloadavg()]
    return {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load": load,
    }
