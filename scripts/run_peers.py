"""Installs other people's servers in virtual environments of their own, and runs the tests that ask them.

``python -m scripts.run_peers llama``: only this one.
"""

import os
import subprocess
import sys

from scripts.install import CACHE, ROOT, Missing, call, digest, once

FOLDER = CACHE / "peers"
PEERS = {"litellm": ("litellm",), "llama": ("llama-build", "llama")}
"""Who is asked, and the locks that are installed for it, in order: what builds comes before what is built with it."""
MEASURED = {"langchain": ("langchain",)}
"""Clients that ``make bench`` alone installs, for their figures."""
BUILT = frozenset({"llama"})
"""Locks with a package that is compiled here, by what the lock before it has installed."""
QUICKLY = "-DCMAKE_C_FLAGS_RELEASE=-O0 -DCMAKE_CXX_FLAGS_RELEASE=-O0 -DLLAVA_BUILD=OFF"
"""Its model is tiny and its tests look at what is said, not how fast: making good machine code of it takes longest."""


def install(name: str) -> None:
    """The locked packages of requirements/<lock>.txt in .cache/peers/<name>."""
    names = {**PEERS, **MEASURED}[name]
    locks = [ROOT / "requirements" / f"{lock}.txt" for lock in names]
    home = FOLDER / name

    def work() -> None:
        call(sys.executable, "-m", "venv", "--clear", home)
        pip = (home / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
        path = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
        for lock in locks:
            own = ("--no-build-isolation",) if lock.stem in BUILT else ()
            call(*pip, "--no-deps", "--require-hashes", *own, "-r", lock, PATH=path, CMAKE_ARGS=QUICKLY)

    text = f"Installing {name} apart ..."
    if BUILT.intersection(names):
        text += " (a C++ compiler is needed, and some minutes)"
    once(FOLDER / f"installed-{name}", digest(locks), text, work)


def main(wanted: list[str]) -> int:
    """The exit status of pytest. Without names: all."""
    for name in wanted or PEERS:
        install(name)
    tests = [f"tests/peers/test_{name}.py" for name in wanted] or ["tests/peers"]
    command = [sys.executable, "-m", "pytest", "-q", *tests]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "PEERS_FOLDER": str(FOLDER)}).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Missing as error:
        sys.exit(f"{error}")
