"""An upstream that does what a test tells it; the worker loop of this process ends with each test."""

from collections.abc import Iterator

import pytest

from compare_site.comparisons import worker_loop
from tests.fakes.threaded import ThreadedProvider
from tests.providers.conftest import master_key

__all__ = ["master_key"]


@pytest.fixture(autouse=True)
def _end_the_loop() -> Iterator[None]:
    yield
    worker_loop.leave()


@pytest.fixture
def upstream() -> Iterator[ThreadedProvider]:
    with ThreadedProvider() as running:
        yield running
