"""The real site as real processes: ``manage.py up`` on a free port with a folder of its own, for tests and bench.

with Stack(folder) as stack:
    token = stack.token("anna")
    httpx.get(f"{stack.url}/api/v1/models", headers={"Authorization": f"Bearer {token}"})
    stack.kill("worker")          # the supervisor starts it again
"""

import os
import re
import signal
import subprocess
import sys
import urllib.request
from functools import cache
from pathlib import Path
from typing import Self

import psutil

from scripts.install import CACHE, digest
from tests import migrated
from tests.clients.until import wait_until

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 90
STOP_SECONDS = 30
INHERITED = ("PATH", "HOME", "LANG", "TMPDIR", "XDG_RUNTIME_DIR")
PARTS = {"valkey": "valkey-server", "web": "manage.py web", "worker": "manage.py worker"}


class Stack:
    """One running site. ``environment`` adds variables (``DATABASE_URL``, ``PRIVATE_HOSTS`` ...). ``from_nothing``: it
    makes its tables itself, as for somebody who starts it for the first time.
    """

    def __init__(
        self,
        folder: Path,
        *,
        workers: int = 1,
        environment: dict[str, str] | None = None,
        from_nothing: bool = False,
    ) -> None:
        self.folder = folder
        self.url = ""
        self._workers = workers
        self._environment = environment or {}
        self._from_nothing = from_nothing or "DATABASE_URL" in self._environment
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def environment(self) -> dict[str, str]:
        """What its processes are given: little of ours, so that no key or setting of a developer gets in."""
        kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
        own = {"DATA_DIR": str(self.folder / "data"), "STATIC_ROOT": str(static_root()), "LOG_LEVEL": "INFO"}
        return {**kept, **own, **self._environment}

    def start(self, port: int = 0) -> None:
        """Start it and wait until it can work."""
        (self.folder / "data").mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._from_nothing:
            migrated.begin_with(self.folder / "data")
        collect()
        command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", str(port), f"--workers={self._workers}"]
        with self._out.open("wb") as out, self._log.open("ab") as log:
            self._process = subprocess.Popen(command, env=self.environment(), stdout=out, stderr=log)
        try:
            self.url = wait_until(lambda: self._said(r"running at (http://[^/\s]+)/"), START_SECONDS)
            wait_until(self.is_ready, START_SECONDS)
        except BaseException:
            self.stop()
            raise

    @property
    def _out(self) -> Path:
        return self.folder / "up.out"

    @property
    def _log(self) -> Path:
        return self.folder / "up.log"

    @property
    def log(self) -> str:
        """Everything that its processes have logged."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def _said(self, pattern: str) -> str:
        assert self._process is not None
        found = re.search(pattern, self._out.read_text())
        if found is None and self._process.poll() is not None:
            raise AssertionError(f"up ended with {self._process.returncode}:\n{self.log[-4000:]}")
        return found[1] if found else ""

    @property
    def sign_in_link(self) -> str:
        """The administrator's, as ``up`` printed it; it works once."""
        return self._said(r"(http://\S+/accounts/link/\S+)")

    def is_ready(self) -> bool:
        """What /readyz says."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=10) as answer:
                return bool(answer.status == 200)
        except OSError:  # refused, or cut off while it stops
            return False

    def manage(self, *arguments: str, text: str | None = None) -> str:
        """What a management command printed. ``text`` is its standard input."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(command, env=self.environment(), input=text, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise AssertionError(f"manage.py {arguments[0]} ended with {done.returncode}: {done.stderr}")
        return done.stdout

    def token(self, user: str) -> str:
        """A new API token of ``user``, who is made as a member if unknown."""
        return self.manage("api_token", user, "--create").strip()

    @property
    def pid(self) -> int:
        """Of ``up`` itself."""
        assert self._process is not None
        return self._process.pid

    def processes(self, part: str = "") -> list[psutil.Process]:
        """Everything below ``up``, or one part of it: valkey, web, worker."""
        found = []
        for process in psutil.Process(self.pid).children(recursive=True):
            try:
                words = " ".join(process.cmdline())
            except psutil.NoSuchProcess:
                continue
            if PARTS.get(part, "") in words:
                found.append(process)
        return found

    def kill(self, part: str, number: int = signal.SIGKILL, index: int = 0) -> psutil.Process:
        """Send a signal to the process of a part (the ``index``-th); returns that process."""
        process = wait_until(lambda: self.processes(part)[index : index + 1])[0]
        process.send_signal(number)
        return process

    def crash(self) -> None:
        """Kill ``up`` itself, so that it can stop nothing."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def stop(self) -> int:
        """Ctrl-C, and its exit code. Nothing of it is left, or the test fails."""
        if self._process is None:
            return 0
        below = self.processes() if self._process.poll() is None else []
        for process in below:
            if process.is_running() and process.status() == psutil.STATUS_STOPPED:
                process.resume()
        self._process.send_signal(signal.SIGINT)
        try:
            code = self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise AssertionError(f"up did not stop within {STOP_SECONDS} s:\n{self.log[-4000:]}") from None
        finally:
            self._process = None
        _, alive = psutil.wait_procs(below, timeout=5)
        assert alive == [], f"processes outlived up: {alive}"
        return code


@cache
def static_root() -> Path:
    """Collected static files of the sources as they are now; a folder for every state of them. Reading them all takes
    as long as a page.
    """
    sources = [ROOT / "static", ROOT / "package-lock.json"]
    sources += [ROOT / "compare_site" / name for name in ("staticfiles.py", "stylesheets.py")]
    return CACHE / "test-static" / digest(sources)[:16]


def collect() -> None:
    """Collect them unless that was done; safe when several test processes begin at once."""
    target = static_root()
    if (target / "staticfiles.json").exists():
        return
    making = target.with_name(f"{target.name}.{os.getpid()}")
    environment = {**os.environ, "STATIC_ROOT": str(making), "DJANGO_SETTINGS_MODULE": "compare_site.settings"}
    environment.pop("DATABASE_URL", None)
    command = [sys.executable, str(ROOT / "manage.py"), "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(command, env=environment, check=True)
    try:
        making.rename(target)
    except OSError:
        # Another process was faster.
        assert (target / "staticfiles.json").exists()
