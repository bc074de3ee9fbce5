"""A whole site with two workers and one simulated provider outside of them: something to break, and to look into."""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Self

import psutil

from tests.clients.until import wait_until
from tests.stack import PARTS, ROOT, START_SECONDS, Stack


class Rig:
    """``manage.py up --workers N`` in a folder of its own, and the provider ``upstream``. Use it as a context."""

    def __init__(self, workers: int = 2, **environment: str) -> None:
        self.workers = workers
        self.folder = Path(tempfile.mkdtemp(prefix="ts-rig-"))
        self.stack = Stack(self.folder, workers=workers, environment=environment)
        self.token = ""
        self.provider_url = ""
        self._provider: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Of the site."""
        return self.stack.url

    def _start(self) -> None:
        command = [sys.executable, "-m", "compare_site.demo"]
        environment = self.stack.environment()
        self._provider = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        assert self._provider.stdout is not None
        self.provider_url = self._provider.stdout.readline().strip()
        self.stack.start()
        self.add_provider("upstream", self.provider_url)
        self.token = self.stack.token("viewer")
        self.wait_ready()

    def add_provider(self, slug: str, url: str) -> None:
        """One more provider that speaks Chat Completions, with the model ``fast``."""
        protocol = ("--protocol", "openai_chat")
        self.stack.manage("add_provider", slug, *protocol, "--base-url", url, "--model", "fast")

    def open_requests(self, process: psutil.Process) -> int:
        """How many connections to the provider a process has."""
        port = int(self.provider_url.removesuffix("/v1").rpartition(":")[2])
        known = [each for each in process.net_connections("tcp") if each.status == "ESTABLISHED"]
        return sum(1 for each in known if each.raddr[1:] == (port,))

    def busiest_worker(self) -> tuple[psutil.Process, int]:
        """The worker with most open requests, and how many."""
        found = [(process, self.open_requests(process)) for process in self.stack.processes("worker")]
        return max(found, key=lambda each: each[1])

    def is_ready(self) -> bool:
        """All processes are up, the site says so, and every worker has a lease that holds."""
        counts = [len(self.stack.processes(part)) for part in PARTS]
        expected = [self.workers if part == "worker" else 1 for part in PARTS]
        return counts == expected and self.stack.is_ready() and self._leases() == self.workers

    def _leases(self) -> int:
        path = self.folder / "data" / "touchstone.sqlite3"
        query = "SELECT count(*) FROM comparisons_workerlease WHERE lease_until > strftime('%Y-%m-%d %H:%M:%f', 'now')"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as database:
            return int(database.execute(query).fetchone()[0])

    def wait_ready(self) -> None:
        """Until everything is (again) as it should be."""
        wait_until(self.is_ready, seconds=START_SECONDS, step=0.1)

    def close(self) -> None:
        """Stop everything and remove the folder."""
        try:
            self.stack.stop()
        finally:
            if self._provider is not None:
                self._provider.kill()
                self._provider.communicate()
            shutil.rmtree(self.folder, ignore_errors=True)
