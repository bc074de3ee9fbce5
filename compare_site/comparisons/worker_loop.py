"""What each worker process has once: an event loop in a thread, an HTTP transport, a journal writer and a lease.

Made by ``worker_ready`` or the first task, after any fork. Task threads hand coroutines to the loop and wait. Nothing
here knows what a prompt is.
"""

import asyncio
import json
import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection, connections

from compare_site import valkey
from compare_site.comparisons import journal, transitions
from compare_site.comparisons.board import ValkeyBoard
from compare_site.comparisons.journal_writer import JournalWriter
from compare_site.comparisons.limiter import ValkeyLimiter
from compare_site.demo.server import DemoServer, serve
from providers.resolve import Transport, env_key_names

log = logging.getLogger(__name__)
GIVE_BACK_SECONDS = 1.0
BESIDE = 4
"""Threads that write down the ends of runs for which no task waits."""
_lock = threading.Lock()
_current: "WorkerLoop | None" = None


class WorkerLoop:
    """The loop thread of this process, and the thread that renews its lease. ``lease_id`` is its name in rows.

    ``_active``: the asyncio task of each run that is driven. ``_stops``: how each can be ended as stopped. ``_held``:
    runs in the hands of a task. ``_expected``: runs whose end no task waits for. ``_asked_at``: since when the loop has
    not answered the lease thread.
    """

    def __init__(self) -> None:
        self.lease_id = secrets.token_hex(16)
        self.pid = os.getpid()
        self.loop = asyncio.new_event_loop()
        self.writer: JournalWriter
        self.transport: Transport
        self.limiter: ValkeyLimiter
        self.board: ValkeyBoard
        self.stopping = False
        self._grace_over = False
        self._active: dict[str, asyncio.Task[Any]] = {}
        self._stops: dict[str, Callable[[], object]] = {}
        self._held: list[Sequence[str]] = []
        self._expected: dict[asyncio.Future[object], str] = {}
        self._beside = ThreadPoolExecutor(BESIDE, thread_name_prefix="worker-beside")
        self._blocking = ThreadPoolExecutor(thread_name_prefix="worker-blocking")
        self.loop.set_default_executor(self._blocking)
        self._background: set[asyncio.Task[Any]] = set()
        self._demo: DemoServer | None = None
        self._demo_lock: asyncio.Lock
        self._asked_at: float | None = None
        self._leaving = threading.Event()
        self._threads = [
            threading.Thread(target=self._run, name="worker-loop", daemon=True),
            threading.Thread(target=self._keep_lease, name="worker-lease", daemon=True),
        ]
        self._threads[0].start()
        try:
            self.submit(self._boot()).result()
        except BaseException:
            self.call(self.loop.stop)
            self._threads[0].join()
            self.loop.close()
            raise
        self._renew()
        connections.close_all()
        self._threads[1].start()

    def submit(self, work: Coroutine[Any, Any, Any]) -> "Future[Any]":
        """Run a coroutine in the loop, from a task thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def call(self, function: Callable[..., object], *args: Any) -> None:
        """Call a plain function in the loop, from a task thread."""
        self.loop.call_soon_threadsafe(function, *args)

    @contextmanager
    def holding(self, run_ids: Sequence[str]) -> Iterator[None]:
        """While a task runs: these runs are its own, even while they are not driven yet or are still being saved."""
        self._held.append(run_ids)
        try:
            yield
        finally:
            self._held.remove(run_ids)

    def expect(self, run_id: str) -> "asyncio.Future[object]":
        """In the loop: no Celery task waits for this run any more; ``beside`` will be called with its end."""
        expected: asyncio.Future[object] = self.loop.create_future()
        self._expected[expected] = run_id
        return expected

    def beside(self, expected: "asyncio.Future[object]", settle: Callable[[], object]) -> None:
        """In the loop: write an expected end down, in one of the ``BESIDE`` threads."""

        def over(done: "asyncio.Future[object]") -> None:
            del self._expected[expected]
            expected.set_result(done.exception())

        self.loop.run_in_executor(self._beside, settle).add_done_callback(over)

    def track(self, run_id: str, task: "asyncio.Task[Any]", stop: Callable[[], object] | None = None) -> None:
        """``task`` drives this run: Stop and shutdown find it here. ``stop`` makes it end by itself, as stopped."""
        self._active[run_id] = task
        self._stops[run_id] = stop or task.cancel
        task.add_done_callback(lambda _: self._untrack(run_id, task))
        if self._grace_over:
            task.cancel()

    def _untrack(self, run_id: str, task: "asyncio.Task[Any]") -> None:
        """Forget the task, unless the run is driven by a newer one already."""
        if self._active.get(run_id) is task:
            del self._active[run_id], self._stops[run_id]

    def keep(self, work: Coroutine[Any, Any, Any]) -> None:
        """In the loop: run this in the background until it is done or the worker leaves."""
        task = self.loop.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    def stop_runs(self, run_ids: list[str]) -> None:
        """Cancel the tasks of these runs, in the loop."""
        for run_id in run_ids:
            task = self._active.get(run_id)
            if task is not None:
                task.cancel()

    def _end_stopped(self, run_ids: list[str]) -> None:
        for run_id in run_ids:
            if run_id in self._stops:
                self._stops[run_id]()

    def shut_down(self, grace: float) -> None:
        """Let runs finish for ``grace`` seconds, then cancel them; their tasks write how far they came."""
        self.stopping = True
        self.loop.call_soon_threadsafe(self.loop.call_later, grace, self._cancel_all)

    def leave(self) -> None:
        """Give up the lease, close everything and end the threads: nothing runs here any more."""
        self.submit(self._end_expected()).result()
        self._leaving.set()
        self.submit(self._close()).result()
        self._beside.shutdown()
        self.loop.call_soon_threadsafe(self.loop.stop)
        for thread in self._threads:
            thread.join()
        self.loop.close()
        try:
            transitions.end_lease(self.lease_id)
        except DatabaseError as error:
            log.warning("lease not ended, it will run out: %s", type(error).__name__)
        # The loop closes without waiting for what it gave to threads: the books, a name that is looked up.
        self._blocking.shutdown()

    async def _end_expected(self) -> None:
        """Celery has waited for its tasks; runs that no task waits for get the same grace and are then cancelled."""
        if self._expected and not self.stopping:
            self._cancel_all()
        while self._expected:
            await asyncio.wait(list(self._expected))

    async def _close(self) -> None:
        runs, background = list(self._active.values()), list(self._background)
        for run in runs:
            run.cancel()
        await valkey.end_tasks(background)
        await asyncio.gather(*runs, return_exceptions=True)
        if self._demo is not None:
            await self._demo.close()
        await self._give_back()
        await self.transport.aclose()
        await self._client.aclose()

    async def _give_back(self) -> None:
        """Release the rate-limit slots held here. What cannot be released becomes free when its lease runs out."""
        try:
            await asyncio.wait_for(self.limiter.flush(), GIVE_BACK_SECONDS)
        except (valkey.RedisError, OSError, TimeoutError) as error:
            log.warning("limits not given back, they will run out: %s", type(error).__name__)
        await self._limits_client.aclose()

    async def demo_base_url(self) -> str:
        """Base URL of this worker's own demo server, started on first use."""
        async with self._demo_lock:
            if self._demo is None:
                self._demo = await serve()
            return self._demo.base_url

    def _cancel_all(self) -> None:
        self._grace_over = True
        self.stop_runs(list(self._active))

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    async def _boot(self) -> None:
        self._demo_lock = asyncio.Lock()
        self.transport = Transport()
        self._client = valkey.async_client()
        self._limits_client = valkey.async_client()
        self.limiter = ValkeyLimiter(self._limits_client, journal.CONTROL_CHANNEL)
        self.writer = JournalWriter(self._client)
        self.board = ValkeyBoard(self._client, self.keep)
        self.keep(self.writer.run())
        self.keep(self._listen())
        self.keep(self.limiter.run())

    async def _listen(self) -> None:
        """Hints to stop, from the web processes. If one is missed, the run streams on until the lease is renewed."""
        async with valkey.async_client(blocking=True) as client:
            while True:
                try:
                    async with client.pubsub() as pubsub:
                        await pubsub.subscribe(journal.CONTROL_CHANNEL)
                        self.writer.verify()
                        await self.limiter.learn()
                        async for message in pubsub.listen():
                            if message["type"] == "message":
                                self._obey(message["data"])
                except (valkey.RedisError, OSError) as error:
                    valkey.stop_if_cancelled()
                    log.warning("control channel lost, listening again: %s", type(error).__name__)
                    await asyncio.sleep(0.1)

    def _obey(self, message: bytes) -> None:
        """One hint; an older or newer process may send what we do not understand."""
        try:
            hint = json.loads(message)
            if "limits" in hint:
                self.limiter.hear(hint["limits"])
            else:
                self.stop_runs([str(run_id) for run_id in hint["stop"]])
        except (ValueError, TypeError, KeyError) as error:
            log.warning("a hint that says nothing: %s", type(error).__name__)

    def _keep_lease(self) -> None:
        while not self._leaving.wait(settings.LEASE_RENEW_SECONDS):
            self._renew()
            # SQLite folds its log into the file and deletes it whenever the last connection closes: with none that
            # stays open, every request and every claim of the site would pay for that.
            if connection.vendor != "sqlite":
                connections.close_all()
        connections.close_all()

    def _renew(self) -> None:
        started = time.monotonic()
        if self._is_stuck():
            log.error("the event loop stands still, so the lease is left to run out")
            return
        try:
            transitions.renew_lease(self.lease_id, env_key_names())
            self._compare_with_rows()
        except DatabaseError as error:
            log.warning("lease not renewed after %.1f s: %s", time.monotonic() - started, type(error).__name__)
            connections.close_all()
        except Exception as error:
            # Without this thread the worker would count as dead while it streams.
            log.error("lease not renewed: %s", type(error).__name__)
            connections.close_all()

    def _is_stuck(self) -> bool:
        """Whether the loop has not answered for as long as a lease: then nothing that this worker drives goes on."""
        asked_at = self._asked_at
        if asked_at is not None:
            return time.monotonic() - asked_at > settings.LEASE_SECONDS
        self._asked_at = time.monotonic()
        self.call(self._answer)
        return False

    def _answer(self) -> None:
        self._asked_at = None

    def _compare_with_rows(self) -> None:
        """Drop runs that somebody else ended or took over while we could not be told. End those that we are asked to
        stop. Give up those that are ours only in their rows, after a claim or an end that failed half-way: nobody else
        would end them while this worker lives."""
        driven = list(self._active)
        ours = transitions.runs_of(self.lease_id)
        lost = [run_id for run_id in driven if run_id not in ours]
        if lost:
            log.warning("%d runs are no longer ours", len(lost))
            self.call(self.stop_runs, lost)
        stopped = [run_id for run_id in driven if ours.get(run_id)]
        if stopped:
            self.call(self._end_stopped, stopped)
        # In this order: a run is held before it is claimed.
        strays = set(ours).difference(driven, list(self._expected.values()), *self._held)
        if strays:
            log.error("%d runs are ours and nobody drives them; they are given up", len(strays))
            transitions.disown(strays, self.lease_id)


def current() -> WorkerLoop:
    """The loop of this process; made on first use, once."""
    global _current
    with _lock:
        if _current is None or _current.pid != os.getpid():
            _current = WorkerLoop()
        return _current


def leave() -> None:
    """End the loop of this process, if there is one."""
    global _current
    with _lock:
        if _current is not None and _current.pid == os.getpid():
            _current.leave()
        _current = None


def existing() -> WorkerLoop | None:
    """The loop if there is one."""
    return _current if _current is not None and _current.pid == os.getpid() else None
