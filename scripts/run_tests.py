"""Runs every test: the scripts' own, then Python on SQLite with a real browser, then what concerns the database again
on PostgreSQL. A failure does not keep the later ones from running.
"""

import os
import subprocess
import sys
import time

from scripts import browser
from scripts.install import ROOT, Missing, npm, say

MOST_PROCESSES = 4
"""Each starts sites and servers of its own."""


def marked(mark: str) -> list[str]:
    """The files with tests of that mark: reading all the others takes as long as running many of these."""
    files = (ROOT / "tests").rglob("test_*.py")
    return sorted(str(path.relative_to(ROOT)) for path in files if f"mark.{mark}" in path.read_text(encoding="utf-8"))


def main() -> int:
    """The number of parts that failed."""
    browser.install()
    # In the order of tests.conftest.
    pytest = [sys.executable, "-m", "pytest", "-q", "--dist", "loadfile", "--no-loadscope-reorder"]
    cores = os.cpu_count() or 2
    # A quarter of the time these tests wait for a process, a socket or a deadline: one more of them fills that.
    waiting, busy = (["-n", str(min(count, MOST_PROCESSES))] for count in (cores + 1, cores))
    parts: list[tuple[str, list[str], dict[str, str]]] = [
        ("scripts", [*npm(), "test", "--silent"], {}),
        ("SQLite", [*pytest, *waiting, "-m", "not e2e"], {"TEST_DATABASE": "sqlite"}),
        # Apart: the browser's driver keeps an event loop running in its process, which asynchronous tests cannot share.
        ("browser", [*pytest, *busy, "-m", "e2e", "tests/e2e"], {"TEST_DATABASE": "sqlite"}),
        ("hostile texts in a browser", [*pytest, *busy, "-m", "e2e", "tests/security"], {"TEST_DATABASE": "sqlite"}),
        ("PostgreSQL", [*pytest, *waiting, "-m", "database", *marked("database")], {"TEST_DATABASE": "postgres"}),
    ]
    # What is compiled is kept, whatever the surroundings say: every process of every part would do it anew.
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    failed = []
    for name, command, variables in parts:
        say(f"\n=== Tests: {name}")
        begun = time.monotonic()
        done = subprocess.run(command, cwd=ROOT, env={**kept, **variables})
        say(f"=== {name}: {'passed' if done.returncode == 0 else 'FAILED'} in {time.monotonic() - begun:.0f} s")
        if done.returncode:
            failed.append(name)
    if failed:
        say(f"\nFailed: {', '.join(failed)}")
    return len(failed)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as error:
        sys.exit(f"{error}")
