"""A fake provider in a thread of its own, for tests that are not asynchronous."""

import asyncio
import threading
from typing import Self

from tests.fakes.provider_server import FakeProvider, Reply


class Upstream:
    """``answer`` is what a subclass does with each request."""

    def __init__(self) -> None:
        self.base_url = ""
        self._ready, self._stop = threading.Event(), asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._serve(),))

    async def answer(self, reply: Reply) -> None:
        """Say something."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._loop.close()

    async def _serve(self) -> None:
        async with FakeProvider(self.answer) as provider:
            self.base_url = provider.base_url
            self._ready.set()
            await self._stop.wait()
