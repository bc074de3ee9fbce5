"""The worker loop of this process ends with each test."""

from tests.comparisons.conftest import _end_the_loop, upstream

__all__ = ["_end_the_loop", "upstream"]
