"""Asking through the transport in tests: the body, or how it failed."""

from typing import Any

import pytest

from providers.contract.errors import ProviderError
from providers.transport.http import BODY_LIMIT, Outgoing, Transport


async def get(transport: Transport, url: str, *, private: bool = False, **fields: Any) -> bytes:
    async with transport.stream(Outgoing("GET", url, allow_private=private, **fields)) as response:
        return await response.read()


async def failure(transport: Transport, url: str, *, private: bool = False) -> ProviderError:
    with pytest.raises(ProviderError) as caught:
        await get(transport, url, private=private)
    return caught.value


async def until_failure(transport: Transport, url: str, limit: int = BODY_LIMIT) -> tuple[list[bytes], ProviderError]:
    """The pieces of a body and how it failed."""
    pieces: list[bytes] = []

    async def read() -> None:
        async with transport.stream(Outgoing("GET", url, allow_private=True), limit=limit) as response:
            async for piece in response.aiter_bytes():
                pieces.append(piece)  # noqa: PERF401

    with pytest.raises(ProviderError) as caught:
        await read()
    return pieces, caught.value
