"""Runs every check that needs no running site, two at a time; prints what each said when it failed."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from scripts.install import ROOT, npm, say

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Check:
    """A command that must succeed."""

    name: str
    command: list[str]
    variables: dict[str, str] = field(default_factory=dict)


def checks(folder: str) -> list[Check]:
    """All of them, the slow ones first. ``folder``: an empty DATA_DIR."""
    manage = [sys.executable, "manage.py"]
    fresh = {"DATA_DIR": folder}
    deployed = {**fresh, "PUBLIC_URL": "https://touchstone.example"}
    templates = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "templates").rglob("*.html"))]
    return [
        Check("types of Python (mypy)", [str(BIN / "mypy")], fresh),
        Check("layers (import-linter)", [str(BIN / "lint-imports"), "--no-logo"]),
        Check("style of scripts (eslint)", [*npm(), "run", "--silent", "lint"]),
        Check("types of scripts (tsc)", [*npm(), "run", "--silent", "types"]),
        Check("style of Python (ruff)", [str(BIN / "ruff"), "check", "--no-cache", "."]),
        Check("format of Python (ruff)", [str(BIN / "ruff"), "format", "--no-cache", "--check", "."]),
        Check("templates (djade)", [str(BIN / "djade"), "--check", "--target-version", "5.2", *templates]),
        Check("compose (yamllint)", [str(BIN / "yamllint"), "--strict", "compose.yaml"]),
        Check("Dockerfile (hadolint)", [str(BIN / "hadolint"), "Dockerfile"]),
        Check("deployment (Django)", [*manage, "check", "--deploy", "--fail-level", "WARNING"], deployed),
        Check("migrations (Django)", [*manage, "makemigrations", "--check", "--dry-run"], fresh),
    ]


def run(check: Check) -> tuple[Check, float, subprocess.CompletedProcess[str]]:
    """The check, how long it took, and how it ended."""
    begun = time.monotonic()
    environment = {**os.environ, **check.variables}
    done = subprocess.run(
        check.command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return check, time.monotonic() - begun, done


def main() -> int:
    """The number of checks that failed."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as pool:
        for check, seconds, done in pool.map(run, checks(folder)):
            say(f"{'ok    ' if done.returncode == 0 else 'FAILED'} {check.name} ({seconds:.1f} s)")
            if done.returncode:
                failed += 1
                say(done.stdout)
    return failed


if __name__ == "__main__":
    sys.exit(main())
