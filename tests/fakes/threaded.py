"""A fake provider on a thread of its own, for tests that are not in an event loop themselves."""

import asyncio
import threading
from types import TracebackType
from typing import Any, Self

from providers.resolve import NewProvider, set_up_provider
from tests.clients.until import wait_until
from tests.fakes.provider_server import FakeProvider, Received, Script, says


class ThreadedProvider:
    """``with ThreadedProvider() as upstream``: answers "Hello" until told otherwise."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fake-provider")
        self.provider: FakeProvider

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def __enter__(self) -> Self:
        self._thread.start()
        self.provider = self._run(self._open())
        return self

    async def _open(self) -> FakeProvider:
        return await FakeProvider(says()).__aenter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self.provider.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def play(self, *scripts: Script) -> None:
        """What to do with the coming requests."""
        self.provider.play(*scripts)

    @property
    def requests(self) -> list[Received]:
        return self.provider.requests

    def received(self, number: int = 1, seconds: float = 10) -> Received:
        """The ``number``-th request, as soon as it has come."""
        wait_until(lambda: len(self.requests) >= number, seconds)
        return self.requests[number - 1]

    def as_rows(self, slug: str = "upstream") -> str:
        """Rows of a provider that leads here; the public id of a model of it."""
        set_up_provider(NewProvider(slug, "openai_chat", self.provider.base_url), "a test")
        return f"{slug}/model-1"
