"""A caller who owns what she makes; the worker loop of this process ends with each test."""

from collections.abc import Iterator
from typing import Any

import pytest

from compare_site.comparisons import worker_loop
from tests.api.callers import Caller


@pytest.fixture(autouse=True)
def _end_the_loop() -> Iterator[None]:
    yield
    worker_loop.leave()


@pytest.fixture
def caller(owner: Any) -> Caller:
    return Caller.bearer(owner)
