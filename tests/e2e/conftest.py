"""One running site and one browser for all tests here; every page fails its test on console errors and CSP violations.

The browser is the one of ``scripts.browser``.
BROWSER_SLOWDOWN=6 makes pages that many times slower: a test that does not wait for what it needs is found so.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Page,
    Playwright,
    expect,
    sync_playwright,
)

from scripts.browser import executable
from tests.e2e.site import Site
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
def one_site(stack: Stack, admin_state: dict[str, Any]) -> Iterator[Site]:
    """The running site, whose commands do not start a process each. Its administrator has signed in."""
    with Site(stack) as site:
        site.keep()
        yield site


@pytest.fixture(scope="module")
def site(one_site: Site) -> Site:
    """It, as if new: no file finds what another has left, their order is another each time."""
    one_site.restore()
    return one_site


@pytest.fixture(scope="session")
def playwright_() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def chromium(playwright_: Playwright) -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright_.chromium.launch(executable_path=executable(), args=arguments)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def admin_state(stack: Stack, chromium: Browser) -> dict[str, Any]:
    """Cookies of the administrator, who came in by the link that ``up`` prints."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(stack.sign_in_link)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{stack.url}/")
    state: dict[str, Any] = dict(context.storage_state())
    context.close()
    return state


def slow_down(page: Page) -> None:
    """As often as BROWSER_SLOWDOWN says."""
    if rate := os.environ.get("BROWSER_SLOWDOWN"):
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": float(rate)})


@dataclass
class Problems:
    """What a page must not do. ``allow`` names texts that a test provokes on purpose."""

    seen: list[tuple[str, str]] = field(default_factory=list)
    """What, and where."""
    allow: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        slow_down(page)
        page.add_init_script(REPORT_VIOLATIONS)
        page.on("console", self.console)
        page.on("pageerror", self.failed)

    def console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.seen.append((f"{message.type}: {message.text}", message.location["url"]))

    def failed(self, error: Error) -> None:
        self.seen.append((f"page error: {error}", ""))

    @property
    def unexpected(self) -> list[str]:
        found = [each for each in self.seen if not any(allowed in each[0] for allowed in self.allow)]
        return [f"{text} {where}" for text, where in found]


@pytest.fixture
def problems() -> Iterator[Problems]:
    problems = Problems()
    yield problems
    assert problems.unexpected == []


class Window:
    """A window that several tests use, one after the other: it has our scripts already, a new one would fetch and
    compile them all. Nothing but that is left of a test in it.
    """

    def __init__(self, chromium: Browser, site: Site, state: dict[str, Any] | None) -> None:
        self._site, self._cookies = site, (state or {"cookies": []})["cookies"]
        self.context = chromium.new_context(base_url=site.url)
        self.page = self.context.new_page()
        self._problems = Problems()
        slow_down(self.page)
        self.page.add_init_script(REPORT_VIOLATIONS)
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self._problems.failed(error))

    def take(self, problems: Problems, width: int, height: int, scheme: Any = "light") -> Page:
        """For a new test."""
        self.context.add_cookies(self._cookies)
        self._problems = problems
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": height})
        return self.page

    def _console(self, message: ConsoleMessage) -> None:
        # What stands below is no page and names no icon: the browser looks for one, and may say so later.
        if not message.location["url"].endswith("/favicon.ico"):
            self._problems.console(message)

    def clear(self) -> None:
        """Leave what is shown, and forget everything but the cache."""
        self.context.set_offline(False)
        # A page of ours without scripts: storage can be reached, and nothing writes into it again.
        self.page.goto(f"{self._site.url}/healthz")
        self.page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
        self._problems = Problems()
        self.context.clear_cookies()
        self.page.mouse.move(0, 0)


@dataclass
class Windows:
    """Those of this test process. ``free``: signed in as the administrator or not, and in nobody's use."""

    chromium: Browser
    site: Site
    state: dict[str, Any]
    free: dict[bool, list[Window]] = field(default_factory=lambda: {True: [], False: []})

    def one(self, signed_in: bool) -> Window:
        """A free one, else a new one."""
        if self.free[signed_in]:
            return self.free[signed_in].pop()
        return Window(self.chromium, self.site, self.state if signed_in else None)

    def back(self, window: Window, signed_in: bool) -> None:
        """It may be used again, unless something is wrong with it."""
        try:
            window.clear()
        except Error:
            with suppress(Error):
                window.context.close()
        else:
            self.free[signed_in].append(window)


@pytest.fixture(scope="session")
def windows(one_site: Site, chromium: Browser, admin_state: dict[str, Any]) -> Windows:
    return Windows(chromium, one_site, admin_state)


@pytest.fixture
def open_page(site: Site, windows: Windows, problems: Problems) -> Iterator[Callable[..., Page]]:
    """``open_page("/history/", width=390, color_scheme="dark")``: a page of a window that no other page of this test
    has; ``signed_in=False``: nobody. With other options, or ``fresh``, it is a new window: for routes, listeners and
    scripts that cannot be taken away.
    """
    contexts: list[BrowserContext] = []
    used: list[tuple[Window, bool]] = []

    def new(width: int, height: int, signed_in: bool, **options: Any) -> Page:
        context = windows.chromium.new_context(
            base_url=windows.site.url,
            viewport={"width": width, "height": height},
            storage_state=windows.state if signed_in else None,  # type: ignore[arg-type]
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        problems.watch(page)
        return page

    def opened(
        path: str = "/",
        *,
        width: int = 1366,
        height: int = 768,
        signed_in: bool = True,
        color_scheme: str = "light",
        fresh: bool = False,
        **options: Any,
    ) -> Page:
        if fresh or options:
            page = new(width, height, signed_in, color_scheme=color_scheme, **options)
        else:
            window = windows.one(signed_in)
            used.append((window, signed_in))
            page = window.take(problems, width, height, color_scheme)
        page.goto(path)
        return page

    yield opened
    for context in contexts:
        context.close()
    for window, signed_in in used:
        windows.back(window, signed_in)
