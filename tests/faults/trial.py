"""One trial: comparisons stream while people watch, something is killed, and everything is held against the provider.

What must hold: every run final within ``LIMIT_SECONDS`` of the fault; what a viewer saw is still there; nothing is
doubled or invented; no provider is asked again once a viewer had seen text; work handed in during the fault is done.
"""

import asyncio
import random
import signal
import time
from dataclasses import dataclass, field
from typing import Any, Literal

import aiohttp
import psutil

from tests.clients.api_client import Api
from tests.clients.picture import FINAL, need, shown
from tests.clients.truth import check_all, sent_of
from tests.faults.rig import Rig
from tests.faults.watchers import HABITS, Watcher, watchers

Fault = Literal["worker", "valkey", "web", "freeze"]
FAULTS: tuple[Fault, ...] = ("worker", "valkey", "web", "freeze")
LIMIT_SECONDS = 12.0
FROZEN_SECONDS = 10.5
"""Longer than a lease and the next sweep: others have taken the runs over when the worker wakes up."""
AFTER_SECONDS = 2.0
"""How long viewers stay after the end: a worker that wakes up must not add anything."""


@dataclass
class Verdict:
    """What one trial showed. ``runs``: how many ended in which state."""

    fault: Fault
    seed: int
    runs: dict[str, int] = field(default_factory=dict)
    held: int = 0
    """Open requests that the killed worker had."""
    redriven: int = 0
    asked_again_unseen: int = 0
    """Runs whose provider was asked again after it had sent something that no viewer saw."""
    slowest: float = 0.0
    """Seconds from the fault to the last end."""
    problems: list[str] = field(default_factory=list)


@dataclass
class Scene:
    """One comparison and those who watch it."""

    id: str
    watchers: list[Watcher]
    watching: list["asyncio.Task[None]"]

    @property
    def steady(self) -> Watcher:
        """Who never leaves: its clock counts."""
        return self.watchers[0]


class Trial:
    """Uses a rig that is ready; leaves it to ``Rig.wait_ready``."""

    def __init__(self, rig: Rig, api: Api, fault: Fault, seed: int) -> None:
        self.rig = rig
        self.api = api
        self.rng = random.Random(f"{fault} {seed}")
        self.verdict = Verdict(fault, seed)
        self.scenes: list[Scene] = []
        self.fault_at = 0.0
        self.frozen: psutil.Process | None = None

    async def run(self) -> Verdict:
        """Play it, then judge."""
        try:
            await self._play()
            await self._judge()
        except (AssertionError, TimeoutError, aiohttp.ClientError) as error:
            self.verdict.problems.append(f"{type(error).__name__}: {error}"[:600])
        finally:
            await self._leave()
        return self.verdict

    async def _play(self) -> None:
        for _ in range(2):
            await self._compare([self._streaming(number) for number in range(4)])
        for scene in self.scenes:
            await _until(lambda scene=scene: _all_shown(scene.steady), 20, "no text came before the fault")
        await asyncio.sleep(self.rng.uniform(0, 1.5))
        begun = time.monotonic()
        for _ in range(2):
            await self._compare([self._late(number) for number in range(3)])
        # Counted from their start: where starting takes long, they must not have shown anything either.
        await asyncio.sleep(begun + self.rng.uniform(0, 1.0) - time.monotonic())
        self._strike()
        # Handed in while it is broken, and watched by somebody who comes late.
        await self._compare(["upstream/fast@rate=40,tokens=30"] * 2, habits=("stays",))
        self._watch(self.scenes[0], self.rng, ("stays",))
        if self.frozen is not None:
            await asyncio.sleep(self.fault_at + FROZEN_SECONDS - time.monotonic())
        everybody = [task for scene in self.scenes for task in scene.watching]
        left = self.fault_at + LIMIT_SECONDS * 2 - time.monotonic()
        await asyncio.wait_for(asyncio.gather(*everybody), max(1.0, left))
        await asyncio.gather(*(_stay(scene.steady) for scene in self.scenes))

    def _streaming(self, number: int) -> str:
        """A model that is in the middle of its answer when the fault comes."""
        rng = self.rng
        kind = ("fast", "thinker", "markdown", "fast")[number]
        options = f"rate={rng.randint(30, 60)},tokens={rng.randint(180, 240)},delay={rng.randint(0, 150)}"
        odd = ",unicode=1,usage=0" if number == 3 else ",reasoning=60" if kind == "thinker" else ""
        return f"upstream/{kind}@{options}{odd},seed={rng.randint(1, 999_999_999)}"

    def _late(self, number: int) -> str:
        """A model that has shown nothing yet."""
        return f"upstream/fast@rate=60,tokens=20,delay={self.rng.randint(800, 1500)},seed={self.rng.randint(1, 10**8)}"

    async def _compare(self, models: list[str], habits: tuple[str, ...] = HABITS) -> None:
        """Start a comparison and watch it; asks again under the same key while the site is away."""
        key = f"{self.verdict.fault}-{self.verdict.seed}-{self.rng.random()}"
        for patience in range(200):
            try:
                made = await self.api.create(f"Trial {key}", models, key=key)
                break
            except (aiohttp.ClientError, ConnectionError):
                need(patience < 199, "the site did not come back")
                await asyncio.sleep(0.1)
        scene = Scene(made["id"], [], [])
        self.scenes.append(scene)
        self._watch(scene, self.rng, habits)

    def _watch(self, scene: Scene, rng: random.Random, habits: tuple[str, ...]) -> None:
        for one in watchers(self.api, scene.id, rng, habits):
            scene.watchers.append(one)
            scene.watching.append(asyncio.create_task(one.watch(60)))

    def _strike(self) -> None:
        fault = self.verdict.fault
        if fault in ("worker", "freeze"):
            victim, self.verdict.held = self.rig.busiest_worker()
            need(self.verdict.held, "no worker had anything to do")
        else:
            victim = self.rig.stack.processes(fault)[0]
        self.fault_at = time.monotonic()
        victim.send_signal(signal.SIGSTOP if fault == "freeze" else signal.SIGKILL)
        if fault == "freeze":
            self.frozen = victim
            # Whatever else waits meanwhile: stopped in the middle of a write, it has everybody on SQLite wait for it.
            asyncio.get_running_loop().call_later(FROZEN_SECONDS, self._wake)

    def _wake(self) -> None:
        if self.frozen is not None:
            self.frozen.send_signal(signal.SIGCONT)
            self.frozen = None

    async def _judge(self) -> None:
        for scene in self.scenes:
            state = await self.api.comparison(scene.id)
            for watcher in scene.watchers:
                watcher.check(state)
            for run in state["runs"]:
                self._count(run, scene)
            await check_all(self.api.http, state["runs"])
            for run in state["runs"]:
                need(run.get("response_id") or not shown(run), f"run {run['id']} has text of no answer")
            await self._asked_once(scene, state)
        self._expect()

    def _count(self, run: dict[str, Any], scene: Scene) -> None:
        verdict = self.verdict
        need(run["status"] in FINAL, f"run {run['id']} is {run['status']} for ever")
        verdict.runs[run["status"]] = verdict.runs.get(run["status"], 0) + 1
        took = scene.steady.ended_at.get(run["id"], self.fault_at) - self.fault_at
        verdict.slowest = max(verdict.slowest, round(took, 2))
        if took > LIMIT_SECONDS:
            verdict.problems.append(f"run {run['id']} was final only {took:.1f} s after the fault ({run['status']})")
        if run["status"] == "finished":
            return
        code = (run.get("error") or {}).get("code")
        if run["status"] != "interrupted" or code != "server":
            verdict.problems.append(f"run {run['id']} is {run['status']} ({code})")
        elif not shown(run):
            verdict.problems.append(f"run {run['id']} had shown nothing and was not driven again")

    def _expect(self) -> None:
        """A worker that lives ends its runs as if nothing had happened, whatever else is broken."""
        broken = self.verdict.runs.get("interrupted", 0)
        if broken > self.verdict.held:
            self.verdict.problems.append(f"{broken} runs interrupted, but the worker that went had {self.verdict.held}")

    async def _asked_once(self, scene: Scene, state: dict[str, Any]) -> None:
        """Count what was asked again. That nobody had seen the first answer is the watchers' own check: a text that was
        seen stays, and it begins with the nonce of its request."""
        async with self.api.http.get(f"{self.rig.provider_url.removesuffix('/v1')}/_requests") as response:
            requests = [each for each in (await response.json())["requests"] if each["id"]]
        answers = {run["response_id"] for run in state["runs"] if run.get("response_id")}
        # The prompt is this comparison's alone, so the history says whose request it was.
        digests = {each["digest"] for each in requests if each["id"] in answers}
        again = [each for each in requests if each["digest"] in digests and each["id"] not in answers]
        for each in again:
            report = await sent_of(self.api.http, {"id": "", "response_id": each["id"], "hops": self._hops()})
            self.verdict.asked_again_unseen += bool(report["tokens"])
        self.verdict.redriven += len(again)
        need(len(again) <= self.verdict.held, f"{len(again)} answers were asked for and thrown away")

    def _hops(self) -> list[dict[str, str]]:
        return [{"base_url": self.rig.provider_url}]

    async def _leave(self) -> None:
        self._wake()
        for scene in self.scenes:
            for task in scene.watching:
                task.cancel()
            await asyncio.gather(*scene.watching, return_exceptions=True)
            for watcher in scene.watchers:
                await watcher.disconnect()


def _all_shown(watcher: Watcher) -> bool:
    runs = watcher.picture.runs.values()
    return bool(runs) and all(shown(run) for run in runs)


async def _stay(watcher: Watcher) -> None:
    """A little longer, to see that nothing more comes."""
    frames = watcher.picture.frames
    try:
        if watcher._socket is None:
            await watcher.connect()
        await watcher.until(lambda _: False, AFTER_SECONDS)
    except TimeoutError:
        return
    need(watcher.picture.frames == frames, "frames came after the end")


async def _until(check: Any, seconds: float, message: str) -> None:
    deadline = time.monotonic() + seconds
    while not check():
        need(time.monotonic() < deadline, message)
        await asyncio.sleep(0.02)


async def play(rig: Rig, faults: list[tuple[Fault, int]], report: Any = None) -> list[Verdict]:
    """Trials one after the other on one rig; ``report`` is called with each verdict."""
    verdicts = []
    async with Api(rig.url, rig.token) as api:
        for fault, seed in faults:
            await asyncio.to_thread(rig.wait_ready)
            verdict = await Trial(rig, api, fault, seed).run()
            verdicts.append(verdict)
            if report is not None:
                report(verdict)
    return verdicts
