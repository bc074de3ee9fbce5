"""What must be readable on the grid at every width: how an answer ended, which tab is whose, what is an estimate."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.clients.until import wait_until
from tests.e2e.test_grid import POST, THINKING, all_finished, ask_here, left_of, start
from tests.e2e.test_shell_pages import sideways

Open = Callable[..., Page]
ENDINGS = (
    "demo/fast@rate=0",
    "demo/thinker@rate=900",
    "demo/broken",
    "demo/fast@error=401",
    "demo/refuses",
    {"model": "demo/fast", "params": {"max_tokens": 5}},
    "demo/tools",
    "demo/fast@rate=400",
)
CUT = """() => {
  const cut = [];
  for (const column of document.querySelectorAll("ts-column")) {
    const place = column.querySelector(".column-state").getBoundingClientRect();
    const status = column.querySelector("ts-status");
    const words = status.lastElementChild;
    const range = document.createRange();
    range.selectNodeContents(words);
    const text = range.getBoundingClientRect();
    const beside = [...column.querySelectorAll(".win, .sent-note, .stop")].filter((item) => item.checkVisibility());
    const covered = beside.some((item) => item.getBoundingClientRect().left < text.right);
    const clipped = [words, status].some((item) => getComputedStyle(item).overflowX !== "visible"
      && text.right > item.getBoundingClientRect().right + 1);
    if (covered || clipped || text.right > place.right || text.left < place.left) cut.push(status.textContent);
  }
  return cut;
}"""
CUT_WINS = """() => [...document.querySelectorAll(".win:not([hidden]) [aria-hidden=true]")]
  .filter((words) => words.scrollWidth > words.clientWidth + 1).map((words) => words.textContent)"""


@pytest.mark.parametrize("number", [4, 8])
def test_how_an_answer_ended_is_readable_at_every_width(open_page: Open, number: int) -> None:
    page = open_page()
    page.goto(f"/c/{start(page, *ENDINGS[:number])}/")
    all_finished(page, number)
    expect(page.locator(".win:visible", has_text="fastest").first).to_be_visible()
    for width in (1366, 1720, 768, 390, 320):
        page.set_viewport_size({"width": width, "height": 768})
        sideways(page)

        assert page.evaluate(CUT) == [], width
        assert page.evaluate(CUT_WINS) == [], width
    page.set_viewport_size({"width": 1366, "height": 768})
    page.get_by_role("button", name="Focus + strip", exact=True).click()
    sideways(page)

    assert page.evaluate(CUT) == []


def test_the_badge_of_a_winner_names_all_it_won(open_page: Open) -> None:
    page = open_page()
    slower = "demo/fast@rate=40,tokens=60,delay=1000"
    page.goto(f"/c/{start(page, 'demo/fast@rate=1000,tokens=200', slower, slower)}/")
    all_finished(page, 3)
    badge = page.locator("ts-column").first.locator(".win")
    expect(badge).to_have_attribute("title", re.compile(r"^fastest · .*most tokens/s$"))
    expect(badge.locator(".visually-hidden")).to_have_text(badge.get_attribute("title") or "")


def test_the_tab_of_the_column_in_view_stays_marked_when_the_window_changes(open_page: Open) -> None:
    page = open_page()
    page.goto(f"/c/{start(page, *['demo/fast@rate=0'] * 12)}/")
    all_finished(page, 12)
    tabs = page.locator(".tab")
    marked = page.locator(".tab[aria-current]")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(marked).to_have_count(1)
    expect(marked.locator(".tab-letter")).to_have_text("A")
    expect(tabs.locator(".tab-letter")).to_have_text(list("ABCDEFGHIJKL"))
    expect(tabs.nth(1)).to_have_attribute("title", "demo/fast@rate=0 · Done · stop")
    tabs.nth(2).click()
    expect(marked.locator(".tab-letter")).to_have_text("C")
    page.set_viewport_size({"width": 844, "height": 390})
    page.set_viewport_size({"width": 375, "height": 667})
    wait_until(lambda: page.locator(".tab[aria-current] .tab-letter").all_inner_texts() == [in_view(page)])
    tabs.last.click()
    expect(marked.locator(".tab-letter")).to_have_text("L")
    expect(tabs.last).to_be_in_viewport(ratio=0.9)


def in_view(page: Page) -> str:
    """The letter of the column that fills the phone."""
    return min("ABCDEFGHIJKL", key=lambda letter: abs(left_of(page, letter) - 8))


def test_an_estimated_count_of_reasoning_says_so_until_the_provider_reports(open_page: Open) -> None:
    page = open_page()
    ask_here(page, THINKING)
    facts = page.locator("ts-reasoning .facts")
    expect(facts).to_have_text(re.compile(r"\d… tokens"))
    expect(facts).to_have_attribute("title", re.compile("^Estimated from the number of characters"))
    expect(page.locator("ts-metrics small", has_text="reasoning")).to_have_attribute("title", re.compile("^Estimated"))
    all_finished(page, 1)
    expect(facts).to_have_text(re.compile(r"^ · \d+ tokens · [\d.]+ s$"))
    expect(facts).not_to_have_attribute("title", re.compile("."))


def test_a_stream_that_has_gone_quiet_says_so(open_page: Open) -> None:
    page = open_page()
    page.goto(f"/c/{start(page, 'demo/stall')}/")
    expect(page.locator("ts-status")).to_have_text(re.compile(r"^No news for \d+ s$"))
    page.keyboard.press("Shift+Escape")
    expect(page.locator("ts-status")).to_have_text("Stopped")


def test_tab_comes_to_the_first_button_of_a_foot_and_back_to_the_one_that_was_used(open_page: Open) -> None:
    page = open_page()
    page.goto(f"/c/{start(page, 'demo/thinker@rate=0')}/")
    all_finished(page, 1)
    page.locator(".column-body").focus()
    foot = page.locator(".column-foot")
    expect(foot.locator("[tabindex='0']")).to_have_text("Copy")
    foot.locator("[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.locator(".column-body").focus()
    expect(foot.locator("[tabindex='0']")).to_have_text("JSON")


BLOCKS = "body.querySelectorAll('.answer-rendered :is(p, li, h3, h4, h5, pre, table)')"
BLOCK_AT_TOP = f"""async (body) => {{
  for (let frame = 0; frame < 4; frame += 1) await new Promise((done) => requestAnimationFrame(done));
  const edge = body.getBoundingClientRect().top;
  return [...{BLOCKS}].findIndex((block) => block.getBoundingClientRect().bottom > edge + 1);
}}"""
HALF_OF = f"""async (body, index) => {{
  // Pages that were never in view have no height of their own yet: the second time it is known.
  for (let time = 0; time < 2; time += 1) {{
    const {{ top, height }} = {BLOCKS}[index].getBoundingClientRect();
    body.scrollTop += top + height / 2 - body.getBoundingClientRect().top;
    for (let frame = 0; frame < 4; frame += 1) await new Promise((done) => requestAnimationFrame(done));
  }}
}}"""

EMPHASIS_AT_THE_END = f"""(body, index) => {{
  const block = {BLOCKS}[index];
  block.textContent = block.textContent.repeat(3);
  block.append(Object.assign(document.createElement("em"), {{ textContent: "end" }}));
}}"""


def test_readers_keep_their_place_when_the_layout_changes(open_page: Open) -> None:
    """Also in the first blocks of a page of the answer: the height of the page before them changes a frame later.

    And whatever else stands in the block that is read: words that are set in another way are no place of their own.
    """
    page = open_page(width=1720, height=900)
    page.goto(f"/c/{start(page, *['demo/long@rate=0,tokens=3000'] * 3)}/")
    all_finished(page, 3)
    body = page.locator(".column-body").nth(1)
    body.evaluate(EMPHASIS_AT_THE_END, 8)
    toolbar = page.locator("ts-toolbar")
    for block in (8, 20, 21, 32):
        body.evaluate(HALF_OF, block)
        assert body.evaluate(BLOCK_AT_TOP) == block
        for layout in ("Focus + strip", "Columns", "Stack", "Columns"):
            toolbar.get_by_role("button", name=layout, exact=True).click()
            if layout != "Focus + strip":
                assert body.evaluate(BLOCK_AT_TOP) == block, (block, layout)


def test_readers_of_the_end_stay_there_when_the_layout_changes(open_page: Open) -> None:
    page = open_page(width=1720, height=900)
    page.goto(f"/c/{start(page, *['demo/long@rate=0,tokens=3000'] * 2)}/")
    all_finished(page, 2)
    body = page.locator(".column-body").first
    body.evaluate("(body) => { body.scrollTop = body.scrollHeight; }")
    for layout in ("Stack", "Columns"):
        page.locator("ts-toolbar").get_by_role("button", name=layout, exact=True).click()
        body.evaluate(BLOCK_AT_TOP)
        assert body.evaluate("(body) => body.scrollHeight - body.clientHeight - body.scrollTop") <= 1, layout


def test_what_was_asked_fits_a_phone_however_long_its_words(open_page: Open) -> None:
    page = open_page(width=390, height=844)
    words = {
        "prompt": "W" * 300,
        "title": "T" * 180,
        "tags": ["y" * 60],
        "metadata": {"ticket": "M" * 300, "team": "a"},
    }
    page.goto(f"/c/{start(page, 'demo/fast@rate=0', **words)}/")
    page.locator(".asked summary").click()
    asked = page.locator("[data-asked-all]")
    expect(asked.locator(".asked-text").first).to_have_text(f"ticket = {'M' * 300}\nteam = a")
    sideways(page)

    assert asked.evaluate("(box) => box.scrollWidth - box.clientWidth") <= 0
    assert page.locator("ts-toolbar").evaluate("(bar) => bar.clientHeight") >= 28


def test_menus_are_as_wide_as_their_words(open_page: Open) -> None:
    page = open_page()
    page.goto(f"/c/{start(page, 'demo/fast@rate=0', 'demo/fast@rate=0')}/")
    all_finished(page, 2)
    page.get_by_role("button", name="More actions for B").click()
    expect(page.locator(".column-menu")).to_be_visible()
    assert width_of(page, ".column-menu") < 300
    page.keyboard.press("Escape")
    page.locator("header [popovertarget=user-menu]").click()
    expect(page.locator("#user-menu")).to_be_visible()
    assert width_of(page, "#user-menu") < 300


def width_of(page: Page, selector: str) -> float:
    return float(page.locator(selector).evaluate("(item) => item.getBoundingClientRect().width"))


def test_whoever_has_the_link_is_told_that_the_page_is_read_only(open_page: Open) -> None:
    page = open_page()
    comparison = start(page, "demo/fast@rate=0")
    page.goto(f"/c/{comparison}/")
    expect(page.locator(".follow-up .chip")).to_have_count(0)
    link = page.evaluate(POST, [f"/comparisons/{comparison}/shares", {}])["url"]
    guest = open_page(urlsplit(link).path, signed_in=False)
    expect(guest.locator(".follow-up .chip")).to_have_text("Shared with you, read-only")
    expect(guest.locator(".follow-up-form")).to_be_hidden()
    expect(guest.locator("ts-status")).to_have_text("Done · stop")


def test_the_list_of_runs_in_the_admin_has_one_line_a_run(open_page: Open) -> None:
    page = open_page()
    models = ["demo/fast@rate=0", "demo/broken@rate=0", "demo/thinker"]
    comparison = start(page, *models)
    page.goto(f"/c/{comparison}/")
    all_finished(page, 3)
    page.goto(f"/admin/comparisons/run/?q={comparison}")
    rows = page.locator("#result_list tbody tr")
    first = rows.filter(has_text="demo/thinker")
    expect(first.locator(".field-price")).to_have_text(re.compile(r"^\$0\.0+\d{2}$"))
    expect(first.locator(".field-tokens")).to_have_text(re.compile(r"^\d+ / \d+$"))
    expect(rows.filter(has_text="demo/broken").locator(".field-ending")).to_have_text("failed · incomplete")
    assert page.locator("#result_list").evaluate("(list) => list.scrollWidth - list.parentElement.clientWidth") <= 0
    for width in (1366, 1024):
        page.set_viewport_size({"width": width, "height": 768})
        sideways(page)
        lines = first.locator("td:not(.field-model)").evaluate_all("(cells) => cells.map((cell) => cell.clientHeight)")

        assert max(lines) < 40, width
