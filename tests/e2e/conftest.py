"""One running site and one browser for all tests here; every page fails its test on console errors and CSP violations.

The browser: BROWSER_EXE, else a Chromium on PATH, else Playwright's own (BROWSER=playwright forces that).
"""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, expect, sync_playwright

from tests.stack import Stack

REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error("CSP", event.violatedDirective, event.blockedURI, event.sourceFile, event.lineNumber));
"""

expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a browser is marked, wherever it stands here."""
    for item in items:
        if "playwright_" in getattr(item, "fixturenames", ()):
            item.add_marker("e2e")


@pytest.fixture(scope="session")
def site(stack: Stack) -> Stack:
    """The running site."""
    return stack


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
def admin_state(site: Stack, chromium: Browser) -> dict[str, Any]:
    """Cookies of the administrator, who came in by the link that ``up`` prints."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site.sign_in_link)
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
    site: Stack, chromium: Browser, admin_state: dict[str, Any], problems: Problems
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
