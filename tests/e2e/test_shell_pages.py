"""Every page of the shell: no accessibility violation, no sideways scroll, both themes and languages, and history
without scripts.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Problems
from tests.stack import ROOT, Stack

Open = Callable[..., Page]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (320, 360, 390, 560, 768, 1024, 1180, 1366, 1720)
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LONG = "an/extremely-long-model-identifier-that-does-not-fit-anywhere"


@pytest.fixture(scope="session")
def axe() -> str:
    return Path(AXE).read_text(encoding="utf-8")


def violations(page: Page, axe: str, *, only: str = "") -> str:
    """What axe finds, one a line; empty if nothing. ``only``: one rule, where the others were looked for before."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe)
    what = {"type": "rule", "values": [only]} if only else {"type": "tag", "values": TAGS}
    # What has passed is counted, not described: describing it takes longer than finding it.
    options = {"runOnly": what, "resultTypes": ["violations"], "selectors": False}
    found: list[str] = page.evaluate(
        """async (options) => {
          const { violations, passes } = await axe.run(document, options);
          if (violations.length + passes.length === 0) return ["axe has looked at nothing"];
          return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
        }""",
        options,
    )
    return "\n".join(found)


def sideways(page: Page) -> int:
    """How much wider than the window the page is, once it has painted what follows from the window's width."""
    overflow: int = page.evaluate(
        """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
          const root = document.documentElement;
          done(root.scrollWidth - root.clientWidth);
        })))"""
    )
    return overflow


def ready(page: Page) -> None:
    """The composer, with the list of models."""
    expect(page.locator("ts-composer .chip-name")).not_to_have_count(0)


@pytest.fixture
def comparison(open_page: Open) -> str:
    """The path of a comparison with a long title, long model name and tags; its runs have ended."""
    page = open_page("/accounts/link/none/")
    body = {
        "prompt": "Look at this\n" + "word " * 200,
        "system": "Be brief.",
        "models": ["demo/fast", f"demo/{LONG}", "demo/markdown"],
        "title": "A title with <b>markup</b> and 中文",
        "tags": ["maths", "数学"],
    }
    post = """async (body) => {
      const token = document.querySelector('meta[name="csrf-token"]').content;
      const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
      const send = (path, body) => fetch(path, {method: "POST", headers, body}).then((answer) => answer.json());
      const made = await send("/api/v1/comparisons", JSON.stringify(body));
      await send(`/api/v1/comparisons/${made.id}/cancel`);
      return made.id;
    }"""
    return f"/c/{page.evaluate(post, body)}/"


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1366, "light")])
def test_pages_have_no_accessibility_violation(
    open_page: Open, comparison: str, axe: str, width: int, scheme: str
) -> None:
    page = open_page("/history/", width=width, height=844, color_scheme=scheme)
    for path in ("/", "/history/", "/history/?q=nothing-like-this", comparison):
        page.goto(path)
        if path == "/":
            ready(page)
        if path == comparison:
            expect(page.locator("ts-connection")).to_have_attribute("data-state", "live")
        assert violations(page, axe) == "", path
    guest = open_page("/accounts/sign-in/", width=width, height=844, color_scheme=scheme, signed_in=False)
    assert violations(guest, axe) == ""
    guest.goto("/accounts/link/none/")
    assert violations(guest, axe) == ""


@pytest.fixture(autouse=True)
def _expected_statuses(problems: Problems) -> None:
    problems.allow.append("the server responded with a status of 404")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dialogs_have_no_accessibility_violation(open_page: Open, axe: str, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    ready(page)
    # What is not a matter of colours is the same in the dark.
    only = "color-contrast" if scheme == "dark" else ""
    page.locator("ts-composer [data-add]").click()
    expect(page.locator("#picker-search")).to_be_focused()
    page.keyboard.type("a")
    page.locator("ts-picker [role=option]").first.click()
    assert violations(page, axe, only=only) == ""
    page.keyboard.press("Escape")
    page.locator(".chip-edit").first.click()
    page.fill("#p-seed", "x")
    page.keyboard.press("Control+Enter")
    assert violations(page, axe, only=only) == ""
    page.keyboard.press("Escape")
    page.locator("header [data-help]").click()
    assert violations(page, axe, only=only) == ""


def test_no_page_scrolls_sideways_at_any_width(open_page: Open, comparison: str) -> None:
    page = open_page("/", width=WIDTHS[0])
    ready(page)
    for path in ("/", "/history/", comparison, "/accounts/link/none/"):
        if path != "/":
            page.set_viewport_size({"width": WIDTHS[0], "height": 800})
            page.goto(path)
        if path == comparison:
            expect(page.locator("ts-connection")).to_have_attribute("data-state", "live")
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            assert sideways(page) <= 0, (path, width)


def test_dialogs_fit_on_a_small_phone(open_page: Open) -> None:
    page = open_page(width=320, height=600)
    ready(page)
    for opener, dialog in (("ts-composer [data-add]", "ts-picker dialog"), ("[data-edit-params]", "ts-params dialog")):
        page.locator(opener).click()
        expect(page.locator(dialog)).to_be_visible()
        box = page.locator(dialog).bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
        assert box["y"] + box["height"] <= 600
        expect(page.locator(f"{dialog} [data-apply]")).to_be_in_viewport()
        page.keyboard.press("Escape")
        expect(page.locator(dialog)).to_be_hidden()


def test_everything_to_press_is_large_enough(open_page: Open) -> None:
    page = open_page(width=390)
    ready(page)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, a[href], summary, input, select, textarea")]
          .filter((item) => item.checkVisibility() && !item.matches(".skip-link"))
          .map((item) => [item.outerHTML.slice(0, 80), item.getBoundingClientRect()])
          .filter(([, box]) => box.width < 24 || box.height < 24)
          .map(([html, box]) => `${html} ${box.width}x${box.height}`)"""
    )
    assert small == []


def test_the_theme_is_kept(open_page: Open) -> None:
    page = open_page(color_scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)
    button = page.locator("ts-theme button")
    for name in ("light", "dark"):
        with page.expect_response("**/accounts/theme/"):
            button.click()
        expect(button).to_have_attribute("aria-label", f"Theme: {name}")
    dark = page.evaluate(background)
    page.reload()
    assert page.evaluate(background) == dark != light
    with page.expect_response("**/accounts/theme/"):
        button.click()
    assert page.evaluate(background) == light


def test_the_language_is_switched_where_one_is(open_page: Open) -> None:
    page = open_page("/history/?q=sky")
    page.get_by_role("button", name="中文", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    assert page.url.endswith("/history/?q=sky")
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_single_keys_can_be_switched_off(open_page: Open) -> None:
    page = open_page("/history/")
    page.locator("h1").click()
    page.keyboard.press("?")
    dialog = page.locator("ts-help dialog")
    expect(dialog).to_be_visible()
    with page.expect_response("**/account/shortcuts/"):
        page.locator("input[data-letters]").uncheck()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    # It is kept with the person: the next page knows it, wherever they sign in.
    page.reload()
    expect(page.locator("body")).to_have_attribute("data-letters", "off")
    page.locator("header [data-help]").click()
    with page.expect_response("**/account/shortcuts/"):
        page.locator("input[data-letters]").check()


def test_deleting_can_be_undone_and_many_are_chosen_at_once(open_page: Open, comparison: str, axe: str) -> None:
    page = open_page("/history/")
    item = page.locator(f'[data-id="{comparison.split("/")[2]}"]')
    bulk = page.locator("#acts")
    expect(bulk.get_by_role("button", name="Pin", exact=True)).to_be_disabled()
    page.get_by_label("Select all", exact=True).check()
    expect(item.get_by_role("checkbox")).to_be_checked()
    page.get_by_label("Select all", exact=True).uncheck()
    item.get_by_role("checkbox").check()
    expect(bulk).to_contain_text("1 selected")
    bulk.get_by_label("Tag for the selected ones").fill("chosen")
    bulk.get_by_role("button", name="Add tag", exact=True).click()
    expect(item.get_by_role("link", name="#chosen", exact=True)).to_be_visible()
    item.get_by_role("button", name="Delete").click()
    undo = page.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_be_visible()
    expect(item).to_have_count(0)
    assert violations(page, axe) == ""
    undo.click()
    expect(item).to_have_count(1)
    item.get_by_role("button", name="Delete").click()
    expect(undo).to_be_visible()
    expect(item).to_have_count(0)
    page.goto(comparison)
    expect(page.get_by_role("heading")).to_have_text("Not found")
    page.goto("/history/trash/?tag=chosen")
    expect(item).to_contain_text("Gone for good on")
    page.locator(".active-filters").get_by_role("link", name="Tag: chosen").click()
    page.wait_for_url(re.compile(r"/history/trash/\??$"))
    assert violations(page, axe) == ""


def test_history_is_read_and_searched_without_scripts(open_page: Open, comparison: str, site: Stack) -> None:
    page = open_page("/history/", java_script_enabled=False)
    page.fill("#q", "中文")
    page.get_by_role("button", name="Search", exact=True).click()
    page.wait_for_url("**/history/?*q=*")
    page.get_by_role("link", name="A title with <b>markup</b> and 中文", exact=True).first.click()
    page.wait_for_url(f"{site.url}/c/*/")
    expect(page.get_by_role("heading", level=1)).to_have_text("A title with <b>markup</b> and 中文")
