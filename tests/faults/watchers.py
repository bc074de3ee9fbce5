"""Viewers with habits: one stays, one loses its connection, one reloads, one comes late. What they saw is held
against the server, whatever they have forgotten since.
"""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.clients.api_client import Api
from tests.clients.picture import DELTA_KINDS, FINAL, Frame, need, same, shown, text_of
from tests.clients.socket_client import Viewer
from tests.clients.until import until

Memory = dict[str, dict[str, str]]
HABITS = ("stays", "drops", "reloads")


@dataclass
class Watcher(Viewer):
    """A viewer that remembers what it saw before each reload, and when each run ended."""

    memories: list[Memory] = field(default_factory=list)
    ended_at: dict[str, float] = field(default_factory=dict)
    claimed_at: dict[str, float] = field(default_factory=dict)
    nonces: set[str] = field(default_factory=set)
    drop_every: int = 0
    fresh_every: int = 0

    def __post_init__(self) -> None:
        self.on_events = self._note

    def _note(self, events: list[Frame], _: int) -> None:
        now = time.monotonic()
        for event in events:
            run = event.get("run", "")
            if event["type"].removeprefix("run.") in FINAL:
                self.ended_at.setdefault(run, now)
            elif event["type"] == "run.started":
                self.claimed_at[run] = now
            elif event["type"] == "run.meta" and event.get("response_id"):
                self.nonces.add(event["response_id"])

    async def connect(self, *, fresh: bool = False) -> None:
        """As a browser: a reload forgets, but we do not."""
        if fresh:
            self.memories.append(self.seen())
        await super().connect(fresh=fresh)

    def seen(self) -> Memory:
        """All text of all runs as it is on the screen now."""
        return {run_id: {kind: text_of(run, kind) for kind in DELTA_KINDS} for run_id, run in self.picture.runs.items()}

    async def watch(self, seconds: float) -> None:
        """Until every run has ended, with this viewer's habits."""
        await self.follow(seconds, drop_every=self.drop_every, fresh_every=self.fresh_every)

    async def until_seen(self, share: float, runs: int, seconds: float) -> None:
        """While it watches: until that share of ``runs`` has ended or shown text."""
        known = self.picture
        await until(lambda: sum(map(_is_seen, known.runs.values())) >= share * runs, seconds)

    def check(self, state: dict[str, Any]) -> None:
        """The picture is what the API says, and nothing that was ever seen is missing. Raises ContractBroken."""
        same(self.picture, state)
        runs = {run["id"]: run for run in state["runs"]}
        for memory in self.memories:
            for run_id, texts in memory.items():
                need(run_id in runs, f"run {run_id} was seen and is gone")
                for kind, text in texts.items():
                    need(text_of(runs[run_id], kind).startswith(text), f"{kind} of run {run_id} was seen and is gone")


def _is_seen(run: dict[str, Any]) -> bool:
    return shown(run) or run["status"] in FINAL


def watchers(api: Api, comparison_id: str, rng: random.Random, habits: Sequence[str] = HABITS) -> list[Watcher]:
    """One watcher for each habit."""
    made = []
    for habit in habits:
        one = Watcher(api.socket_url(comparison_id), api.http, api.headers)
        if habit != "stays":
            one.drop_every = rng.randint(3, 12)
        if habit == "reloads":
            one.fresh_every = rng.randint(1, 2)
        made.append(one)
    return made
