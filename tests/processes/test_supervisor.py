"""The supervisor with small children: restarts, giving up, order, and death with the parent on every system."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from compare_site.processes import child as child_module
from compare_site.processes.child import Child, Spec
from compare_site.processes.supervisor import GaveUp, Supervisor
from tests.clients.until import wait_until

ROOT = Path(__file__).resolve().parents[2]
STAY = "import time; time.sleep(60)"
"""What a child does until the supervisor ends it. No test waits for it to be over: it is there so that a child which a
failing test leaves behind ends by itself."""
SLEEPER = (sys.executable, "-c", STAY)
WAITING = (
    *(sys.executable, "-c"),
    "from compare_site.processes.lifeline import wait_for_go; wait_for_go(); "
    f"import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('go'); {STAY}",
)
PARENT = f"""
import sys
from compare_site.processes import child
if sys.argv[1] == "pipe":
    child._libc = None
sleeper = (sys.executable, "-c", {STAY!r})
waiting = (sys.executable, "-c", "from compare_site.processes.lifeline import wait_for_go; wait_for_go();"
           {STAY!r})
foreign = child.Child(child.Spec("foreign", sleeper, 1, foreign=True))
ours = child.Child(child.Spec("ours", waiting, 1))
foreign.start(go=True)
ours.start(go=sys.argv[2] == "go")
print("started", flush=True)
{STAY}
"""


def spec(name: str, *command: str, foreign: bool = True) -> Spec:
    return Spec(name=name, command=command or SLEEPER, grace=5, foreign=foreign)


def test_a_child_that_dies_is_started_again() -> None:
    with Supervisor() as supervisor:
        supervisor.start(spec("a"))
        first = supervisor._children[0].pid
        assert first is not None
        os.kill(first, signal.SIGKILL)

        wait_until(lambda: supervisor.wait(seconds=0.05) == [] and supervisor._children[0].pid not in (None, first))
        second = supervisor._children[0].pid
        assert second is not None
    assert not psutil.pid_exists(second)


def test_a_child_that_cannot_start_ends_it_with_its_name() -> None:
    with Supervisor() as supervisor:
        supervisor.start(spec("broken", sys.executable, "-c", "raise SystemExit(3)"))
        with pytest.raises(GaveUp, match="broken ended 6 times right after its start"):
            supervisor.wait(seconds=30)


def test_a_signal_ends_the_wait_and_children_stop_in_reverse_order(tmp_path: Path) -> None:
    log = tmp_path / "log"
    note = (
        "import signal, sys, pathlib\n"
        "def end(*_):\n"
        "    with open(sys.argv[1], 'a') as log: log.write(sys.argv[2])\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "pathlib.Path(sys.argv[1] + sys.argv[2]).write_text('')\n"
        f"{STAY}\n"
    )
    with Supervisor() as supervisor:
        for name in "abc":
            supervisor.start(spec(name, sys.executable, "-c", note, str(log), name))
        wait_until(lambda: all(Path(f"{log}{name}").exists() for name in "abc"))
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
        assert supervisor.wait() == []
        assert supervisor.is_stopping
    assert log.read_text() == "cba"


def test_a_child_that_does_not_stop_is_killed() -> None:
    deaf = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('x', flush=True); {STAY}"
    reader, writer = os.pipe()
    child = Child(Spec(name="deaf", command=(sys.executable, "-c", deaf), grace=0.2, foreign=True, output=writer))
    child.start(go=True)
    pid = child.pid
    assert pid is not None
    os.close(writer)
    assert os.read(reader, 1) == b"x"
    os.close(reader)

    child.stop()

    assert not psutil.pid_exists(pid)


def test_children_wait_for_the_go(tmp_path: Path) -> None:
    with Supervisor() as supervisor:
        supervisor.start(spec("a", *WAITING, str(tmp_path / "first"), foreign=False))
        supervisor.wait(seconds=0.5)
        assert not (tmp_path / "first").exists()

        supervisor.go()
        wait_until((tmp_path / "first").exists)

        supervisor.start(spec("b", *WAITING, str(tmp_path / "later"), foreign=False))
        wait_until((tmp_path / "later").exists)


@pytest.mark.parametrize("gone", ["go", "waiting"])
@pytest.mark.parametrize("way", ["signal", "pipe"])
def test_children_die_with_a_parent_that_was_killed(way: str, gone: str) -> None:
    """``signal`` is what Linux does by itself, ``pipe`` what works on other systems; here both are tried."""
    if way == "signal" and child_module._libc is None:
        return
    command = [sys.executable, "-c", PARENT, way, gone]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        below = psutil.Process(parent.pid).children(recursive=True)
        assert len(below) >= 2
        parent.kill()
    _, alive = psutil.wait_procs(below, timeout=10)
    assert alive == []


def test_the_shell_around_a_foreign_program_passes_on_the_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "_libc", None)
    child = Child(spec("foreign"))
    child.start(go=True)
    assert child.pid is not None
    shell = psutil.Process(child.pid)
    below = wait_until(lambda: shell.children(recursive=True))

    child.stop()

    _, alive = psutil.wait_procs([*below], timeout=5)
    assert alive == []
