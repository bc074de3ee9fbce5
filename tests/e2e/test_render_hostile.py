"""Our hostile texts in a real browser under the product's policy: nothing fires, nothing is fetched or violated.

The same texts as plain HTML on a page without a policy are the control: they do fire there.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.clients.until import wait_until
from tests.corpus import EVIL_HOST, SPIES, address_shapes, xss_payloads
from tests.e2e.render_stage import running_stage

CONTROL_FIRES = 85
CONTROL_FETCHES = 25
"""At least so many run script or fetch in a page that just inserts them (100 and 30 in Chromium 156)."""
INSERT = """async (payloads) => {
  window.frames_ = await Promise.all(payloads.map((payload) => new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.src = "/blank";
    frame.addEventListener("load", () => {
      const body = frame.contentDocument.body;
      body.innerHTML = payload;
      for (const element of body.querySelectorAll("*")) {
        for (const type of ["click", "mouseover", "pointerdown", "focus", "mouseenter"]) {
          element.dispatchEvent(new MouseEvent(type, { bubbles: true, cancelable: true }));
        }
        element.focus?.();
      }
      resolve(frame);
    }, { once: true });
    document.body.append(frame);
  })));
}"""
FIRED = """() => window.frames_.filter((frame) => {
  try { return frame.contentWindow.__fired.length > 0; } catch { return false; }
}).length"""


class Requests:
    """Every request that the browser makes for another host; none of them leaves the machine."""

    def __init__(self, context: BrowserContext, own: str) -> None:
        self.foreign: list[str] = []
        self._own = urlsplit(own).netloc
        context.route("**/*", self._route)

    def seen(self, page: Page) -> list[str]:
        """Those so far; asking the page lets Playwright handle what is waiting."""
        page.evaluate("0")
        return self.foreign

    def _route(self, route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in {"http", "https", "ws", "ftp"} and address.netloc != self._own:
            self.foreign.append(route.request.url)
            route.abort()
        else:
            route.continue_()


@pytest.fixture(scope="module")
def stage() -> Iterator[str]:
    with running_stage() as url:
        yield url


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context()
    context.add_init_script(SPIES)
    yield context
    context.close()


def opened(context: BrowserContext, url: str) -> tuple[Page, list[str]]:
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(url)
    wait_until(lambda: page.evaluate("'show' in (window.stage ?? {}) && Boolean(window.stage.renderAll)"))
    return page, errors


@pytest.mark.parametrize("mode", ["whole", "characters", "pieces"])
def test_no_text_fires_fetches_or_violates(stage: str, context: BrowserContext, mode: str) -> None:
    requests = Requests(context, stage)
    page, errors = opened(context, f"{stage}/")
    texts = [*xss_payloads(), *address_shapes()]
    assert len(xss_payloads()) >= 220
    assert len(address_shapes()) >= 80
    made: dict[str, Any] = page.evaluate(
        "([texts, mode]) => window.stage.renderAll(texts, mode, 20261121)", [texts, mode]
    )
    assert page.evaluate("window.__fired") == []
    assert page.evaluate("window.__violations") == []
    assert requests.seen(page) == []
    assert errors == []
    assert [
        address for address in made["addresses"] if not address.startswith(("https://", "http://", "mailto:"))
    ] == []
    assert len(made["addresses"]) > 60
    assert page.url == f"{stage}/"
    assert len(context.pages) == 1


def test_the_way_a_text_is_cut_makes_no_difference(stage: str, context: BrowserContext) -> None:
    page, _ = opened(context, f"{stage}/")
    texts = [*xss_payloads(), *address_shapes()]
    whole, characters = (
        page.evaluate("([texts, mode]) => window.stage.renderAll(texts, mode)", [texts, mode])["pictures"]
        for mode in ("whole", "characters")
    )
    assert whole == characters


def test_a_picture_is_asked_for_only_by_a_click_and_in_a_new_tab(stage: str, context: BrowserContext) -> None:
    requests = Requests(context, stage)
    page, _ = opened(context, f"{stage}/")
    page.evaluate("window.stage.show('![a cat](https://img.evil.example/c.png)')")
    assert requests.foreign == []
    with context.expect_page():
        page.get_by_role("link", name="a cat (img.evil.example)").click()
    wait_until(lambda: requests.seen(page) == ["https://img.evil.example/c.png"])
    assert page.url == f"{stage}/"


def test_the_control_fires(stage: str, context: BrowserContext) -> None:
    requests = Requests(context, stage)
    page = context.new_page()
    page.goto(f"{stage}/control")
    page.evaluate(INSERT, [text for text in (*xss_payloads(), *address_shapes()) if "<" in text])
    wait_until(lambda: page.evaluate(FIRED) >= CONTROL_FIRES, seconds=20)
    wait_until(lambda: len({address for address in requests.seen(page) if EVIL_HOST in address}) >= CONTROL_FETCHES)


def test_the_control_violates_the_policy(stage: str, context: BrowserContext) -> None:
    """The ear for violations is not deaf."""
    page, errors = opened(context, f"{stage}/")
    page.evaluate("try { document.body.innerHTML = '<b>x</b>' } catch { /* Trusted Types */ }")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    wait_until(lambda: len(page.evaluate("window.__violations")) >= 2)
    wait_until(lambda: page.evaluate("1") and errors)  # asking the page lets its messages through
