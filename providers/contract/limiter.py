"""Rate buckets reach the client through this; the site implements it on Valkey."""

from typing import Protocol


class Limiter(Protocol):
    """Grants permission to call a provider with a key."""

    async def acquire(self, bucket: str) -> None:
        """Return once one more call of ``bucket`` may be made."""
        ...
