"""One supervised process: how it starts, that it dies with us, how it is stopped."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from compare_site.processes.lifeline import VARIABLE, Lifeline

QUICK_SECONDS = 3.0
MOST_QUICK_DEATHS = 6
PAUSES = (0.0, 0.2, 0.5, 1.0, 2.0)
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
WATCHED = (
    '"$@" & child=$!; trap "kill $child" TERM; '
    f'(cat <&"${VARIABLE}" >/dev/null; kill -9 $child 2>/dev/null) & wait $child; wait $child'
)
"""Where the system does not tell of the parent's death: a shell that reads the lifeline for a foreign program."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What to start. ``grace``: seconds it gets to stop. ``before``: run before every start.

    ``foreign``: not our code, so it does not read the lifeline itself.
    """

    name: str
    command: Sequence[str]
    grace: float
    foreign: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    descriptors: tuple[int, ...] = ()
    output: int | None = None
    before: Callable[[], object] | None = None


class Child:
    """The process of a Spec, through its restarts."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.quick_deaths = 0
        self.due_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline: Lifeline | None = None
        self._started_at = 0.0

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid if self._process is not None else None

    def start(self, *, go: bool) -> None:
        """Start it in a session of its own, so that Ctrl-C reaches the supervisor alone, which stops in order."""
        if self.spec.before is not None:
            self.spec.before()
        environment = {**os.environ, **self.spec.environment}
        command, descriptors = self.spec.command, self.spec.descriptors
        lifeline = None if self.spec.foreign and _libc is not None else Lifeline()
        if lifeline is not None:
            environment[VARIABLE] = str(lifeline.child_end)
            descriptors = (*descriptors, lifeline.child_end)
            if self.spec.foreign:
                command = ("/bin/sh", "-c", WATCHED, "sh", *command)
        self._process = subprocess.Popen(  # noqa: S603 - commands of ours only
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self.spec.output,
            pass_fds=descriptors,
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()) if _libc is not None else None,
        )
        self._started_at = time.monotonic()
        self._lifeline = lifeline
        if lifeline is not None:
            lifeline.forget_child_end()
        if go:
            self.go()

    def go(self) -> None:
        """Let it begin its work."""
        if self._lifeline is not None:
            self._lifeline.go()

    def has_died(self) -> bool:
        """Whether it ended since it was last started; then it is due again after a pause that grows."""
        if self._process is None or self._process.poll() is None:
            return False
        lived = time.monotonic() - self._started_at
        self.quick_deaths = self.quick_deaths + 1 if lived < QUICK_SECONDS else 0
        self.due_at = time.monotonic() + PAUSES[min(self.quick_deaths, len(PAUSES) - 1)]
        self._forget()
        return True

    def _forget(self) -> None:
        self._process = None
        if self._lifeline is not None:
            self._lifeline.close()
            self._lifeline = None

    def stop(self, *, at_once: bool = False) -> None:
        """Ask, wait for its grace, then kill; return when it is gone."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGKILL if at_once else signal.SIGTERM)
        try:
            self._process.wait(self.spec.grace)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._forget()


def _die_with(parent: int) -> Callable[[], None]:
    def ask_for_death() -> None:
        assert _libc is not None
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return ask_for_death
