"""Tries much generated input, other input each time; ``make test`` has a short sample of it, the same each time.

FUZZ=50: fifty times what once was enough, instead of ten times.
"""

import os
import subprocess
import sys

from scripts.install import ROOT, Missing, npm

HOURS = 2


def main() -> int:
    """How many of the two parts, scripts and Python, failed."""
    environment = {**os.environ, "FUZZ": os.environ.get("FUZZ", "10")}
    pytest = [sys.executable, "-m", "pytest", "-q", "-n", "auto", "-m", "hypothesis", f"--timeout={HOURS * 3600}"]
    commands = ([*npm(), "test", "--silent"], pytest)
    return sum(subprocess.run(command, cwd=ROOT, env=environment).returncode != 0 for command in commands)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as error:
        sys.exit(f"{error}")
