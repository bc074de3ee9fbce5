"""A viewer for tests of the hub."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from compare_site.comparisons import hub


class Watcher:
    """A viewer that folds what it is sent, acknowledges it, and remembers every frame."""

    def __init__(self, comparison_id: str, *, acknowledge: bool = True) -> None:
        self.frames: list[dict[str, Any]] = []
        self.texts: dict[str, str] = {}
        self.seq = ""
        self.viewer = hub.Viewer(comparison_id, self.take)
        self.acknowledge = acknowledge
        self.task: asyncio.Task[None] | None = None
        self.news = asyncio.Condition()

    async def join(self, cursor: str | None = None) -> "Watcher":
        await hub.current().attach(self.viewer, cursor)
        self.task = asyncio.create_task(self.viewer.pump())
        return self

    async def leave(self) -> None:
        hub.current().detach(self.viewer)
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)

    async def take(self, body: str) -> None:
        frame = json.loads(body)
        self.frames.append(frame)
        self.seq = frame["seq"]
        if frame["type"] == "snapshot":
            self.texts = {run["id"]: run["text"] for run in frame["state"]["runs"]}
        for event in frame.get("events", ()):
            if event["type"] == "run.delta":
                self.texts[event["run"]] = self.texts.get(event["run"], "") + event["text"]
        if self.acknowledge:
            self.viewer.acknowledge(self.seq)
        async with self.news:
            self.news.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        async def wait() -> None:
            async with self.news:
                await self.news.wait_for(condition)

        await asyncio.wait_for(wait(), 10)
