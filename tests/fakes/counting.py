"""A script for the fake provider: it counts how many requests it answers at once, and can hold its answers back."""

import asyncio
import threading

from tests.clients.until import until
from tests.fakes.provider_server import Reply, says


class Counting:
    """``open`` is set: answers come at once. Cleared, every request waits until it is set again."""

    def __init__(self, seconds: float = 0.05) -> None:
        self.now = 0
        self.most = 0
        self.open = threading.Event()
        self.open.set()
        self._seconds = seconds

    async def __call__(self, reply: Reply) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(self._seconds)
            await until(lambda: self.open.is_set() or reply.request.gone.is_set(), 60)
            if not reply.request.gone.is_set():
                await says()(reply)
        finally:
            self.now -= 1
