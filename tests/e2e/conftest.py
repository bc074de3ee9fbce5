"""One running site and one browser for all tests here; every page fails its test on console errors and CSP violations.

The browser: BROWSER_EXE, else a Chromium on PATH, else Playwright's own (BROWSER=playwright forces that).
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("CSP", event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber));
"""

expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker("e2e")


@dataclass
class Site:
    """A site of its own folder, started by ``manage.py up``."""

    folder: Path
    url: str = ""
    state: dict[str, Any] = field(default_factory=dict)
    """The cookies of the signed-in administrator."""

    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
        data = {"DATA_DIR": str(self.folder / "data"), "STATIC_ROOT": str(self.folder / "static")}
        return {**kept, **data, "PYTHONUNBUFFERED": "1"}

    def manage(self, *arguments: str) -> str:
        """What a management command printed."""
        command = [sys.executable, str(ROOT / "manage.py"), *arguments]
        done = subprocess.run(command, env=self.environment(), capture_output=True, text=True, timeout=120, check=True)
        return done.stdout


def _read_lines(process: subprocess.Popen[str], lines: Queue[str]) -> None:
    assert process.stdout is not None
    with process.stdout as output:
        for line in output:
            lines.put(line)


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """``manage.py up`` on a free port, with the static files of the sources as they are now."""
    folder = Path(tempfile.mkdtemp(prefix="ts-e2e-"))
    site = Site(folder)
    (folder / "data").mkdir(mode=0o700)
    site.manage("collectstatic", "--noinput", "--verbosity", "0")
    command = [sys.executable, str(ROOT / "manage.py"), "up", "--port", "0"]
    with (folder / "up.log").open("w") as log:
        process = subprocess.Popen(command, env=site.environment(), stdout=subprocess.PIPE, stderr=log, text=True)
        lines: Queue[str] = Queue()
        reader = threading.Thread(target=_read_lines, args=(process, lines), daemon=True)
        reader.start()
        try:
            site.url = _said(lines, r"running at (http://[^/\s]+)/")
            site.state = {"link": _said(lines, r"(http://\S+/accounts/link/\S+)")}
            yield site
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            reader.join(5)
    shutil.rmtree(folder, ignore_errors=True)


def _said(lines: "Queue[str]", pattern: str) -> str:
    while True:
        found = re.search(pattern, lines.get(timeout=START_SECONDS))
        if found:
            return found.group(1)


def _executable() -> str | None:
    if os.environ.get("BROWSER") == "playwright":
        return None
    named = os.environ.get("BROWSER_EXE")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def playwright_() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright_: Playwright) -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright_.chromium.launch(executable_path=_executable(), args=arguments)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def admin_state(site: Site, chromium: Browser) -> dict[str, Any]:
    """Cookies of the administrator, who came in by the link that ``up`` prints."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.state["link"])
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/")
    state: dict[str, Any] = dict(context.storage_state())
    context.close()
    return state


@dataclass
class Problems:
    """What a page must not do. ``allow`` names texts that a test provokes on purpose."""

    seen: list[str] = field(default_factory=list)
    allow: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.add_init_script(REPORT_VIOLATIONS)
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.seen.append(f"page error: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append(f"{message.type}: {message.text}")

    @property
    def unexpected(self) -> list[str]:
        return [text for text in self.seen if not any(allowed in text for allowed in self.allow)]


@pytest.fixture
def problems() -> Iterator[Problems]:
    problems = Problems()
    yield problems
    assert problems.unexpected == []


@pytest.fixture
def open_page(
    site: Site, chromium: Browser, admin_state: dict[str, Any], problems: Problems
) -> Iterator[Callable[..., Page]]:
    """``open_page("/history/", width=390, scheme="dark")``: a page of a fresh context; ``signed_in=False``: nobody."""
    contexts: list[BrowserContext] = []

    def opened(
        path: str = "/", *, width: int = 1366, height: int = 768, signed_in: bool = True, **options: Any
    ) -> Page:
        context = chromium.new_context(
            base_url=site.url,
            viewport={"width": width, "height": height},
            storage_state=admin_state if signed_in else None,  # type: ignore[arg-type]
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        problems.watch(page)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
