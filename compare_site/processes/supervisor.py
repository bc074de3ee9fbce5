"""Keeps a few children running: restarts what dies, gives up on what cannot start, stops all in order."""

import os
import select
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from types import FrameType
from typing import Any, Self

from compare_site.processes.child import MOST_QUICK_DEATHS, Child, Spec

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class GaveUp(Exception):
    """A child died too often right after its start; its own output says why."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} ended {MOST_QUICK_DEATHS} times right after its start; see its last lines above.")


class Supervisor:
    """Used as a context; leaving it stops every child in the reverse order of the starts."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        self._go = False
        self._stop_asked = 0
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_reader, False)
        os.set_blocking(self._wake_writer, False)
        self._earlier: list[tuple[int, Any]] = []

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        for number in STOP_SIGNALS:
            self._earlier.append((number, signal.signal(number, self._ask_to_stop)))
        # A handler of its own makes SIGCHLD wake the wait below.
        self._earlier.append((signal.SIGCHLD, signal.signal(signal.SIGCHLD, lambda *_: None)))
        return self

    def __exit__(self, *_: object) -> None:
        for child in reversed(self._children):
            child.stop(at_once=self._stop_asked > 1)
        for number, handler in self._earlier:
            signal.signal(number, handler)
        signal.set_wakeup_fd(-1)
        os.close(self._wake_reader)
        os.close(self._wake_writer)

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked for the end."""
        return self._stop_asked > 0

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self._stop_asked += 1
        if self._stop_asked > 1:
            for child in self._children:
                with suppress(ProcessLookupError):
                    if child.pid is not None:
                        os.kill(child.pid, signal.SIGKILL)

    def start(self, spec: Spec) -> None:
        """Start a child and keep it running."""
        child = Child(spec)
        self._children.append(child)
        child.start(go=self._go)

    def go(self) -> None:
        """Everything that children wait for is there."""
        self._go = True
        for child in self._children:
            child.go()

    def wait(self, also: Sequence[int] = (), seconds: float | None = None) -> list[int]:
        """Watch the children until a descriptor of ``also`` is readable, the time is over or the end was asked for.

        Returns the readable ones. Raises GaveUp.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while not self.is_stopping:
            self._revive()
            timeout = self._next_in(deadline)
            readable, _, _ = select.select([self._wake_reader, *also], [], [], timeout)
            if self._wake_reader in readable:
                with suppress(BlockingIOError):
                    os.read(self._wake_reader, 4096)
            ready = [descriptor for descriptor in readable if descriptor in also]
            if ready or (deadline is not None and time.monotonic() >= deadline):
                return ready
        return []

    def _revive(self) -> None:
        for child in self._children:
            if child.has_died() and child.quick_deaths >= MOST_QUICK_DEATHS:
                raise GaveUp(child.spec.name)
            if child.pid is None and child.due_at <= time.monotonic():
                child.start(go=self._go)

    def _next_in(self, deadline: float | None) -> float | None:
        moments = [child.due_at for child in self._children if child.pid is None]
        if deadline is not None:
            moments.append(deadline)
        return max(0.0, min(moments) - time.monotonic()) if moments else None
