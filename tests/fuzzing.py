"""How much generated input is tried: in ``make test`` a short sample, the same each time; in ``make fuzz`` much more,
other input each time, and what failed is tried first the next time.
"""

import os

from hypothesis import HealthCheck, settings

TIMES = int(os.environ.get("FUZZ", "0"))
SAMPLE = 4
LEAST = 5


def examples(count: int) -> int:
    """Of ``count`` examples a quarter, or as many times that as ``FUZZ`` says."""
    return count * TIMES if TIMES else max(count // SAMPLE, LEAST)


def configure() -> None:
    """For every test with generated input; their machine may be a slow one."""
    quiet = {"deadline": None, "suppress_health_check": list(HealthCheck)}
    settings.register_profile("ours", max_examples=examples(100), derandomize=not TIMES, print_blob=True, **quiet)
    settings.load_profile("ours")
