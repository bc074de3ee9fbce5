"""The worker loop of this process ends with each test."""

from tests.comparisons.conftest import _end_the_loop

__all__ = ["_end_the_loop"]
