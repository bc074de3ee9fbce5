"""Installs other people's servers in virtual environments of their own, and runs the tests that ask them."""

import os
import subprocess
import sys

from scripts.install import CACHE, ROOT, Missing, call, digest, once

FOLDER = CACHE / "peers"
PEERS = {"litellm": ("litellm",), "llama": ("llama-build", "llama")}
"""Who is asked, and the locks that are installed for it, in order: what builds comes before what is built with it."""


def install(name: str) -> None:
    """The locked packages of requirements/<name>.txt in .cache/peers/<name>."""
    lock = ROOT / "requirements" / f"{name}.txt"
    home = FOLDER / name

    def work() -> None:
        call(sys.executable, "-m", "venv", "--clear", home)
        pip = (home / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
        call(*pip, "--no-deps", "--require-hashes", "-r", lock)

    once(FOLDER / f"installed-{name}", digest([lock]), f"Installing {name} apart ...", work)


def main() -> int:
    """The exit status of pytest."""
    for name in PEERS:
        install(name)
    command = [sys.executable, "-m", "pytest", "-q", "tests/peers"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PEERS_FOLDER": str(FOLDER)}).returncode


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Missing as error:
        sys.exit(f"{error}")
