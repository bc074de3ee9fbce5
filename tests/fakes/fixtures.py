"""A transport and a fake provider, for the ``conftest.py`` of any folder to import."""

from collections.abc import AsyncIterator

import pytest_asyncio

from providers.transport.http import Transport
from tests.fakes.provider_server import FakeProvider, says


@pytest_asyncio.fixture
async def transport() -> AsyncIterator[Transport]:
    made = Transport(connect_seconds=10)
    yield made
    await made.aclose()


@pytest_asyncio.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    """Answers "Hello" until told otherwise."""
    async with FakeProvider(says()) as made:
        yield made
