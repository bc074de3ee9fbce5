"""Waiting for a condition with a deadline, instead of sleeping and hoping."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class NeverCame(AssertionError):
    """The condition did not come true before the deadline."""


async def until(check: Callable[[], T], seconds: float = 10, step: float = 0.01) -> T:
    """The first true value of ``check``."""
    deadline = time.monotonic() + seconds
    while not (value := check()):
        if time.monotonic() > deadline:
            raise NeverCame(f"not within {seconds} s: {check}")
        await asyncio.sleep(step)
    return value


def wait_until(check: Callable[[], T], seconds: float = 10, step: float = 0.02) -> T:
    """The same outside an event loop."""
    deadline = time.monotonic() + seconds
    while not (value := check()):
        if time.monotonic() > deadline:
            raise NeverCame(f"not within {seconds} s: {check}")
        time.sleep(step)  # between two looks: a condition of another process has nothing that could wake us
    return value
