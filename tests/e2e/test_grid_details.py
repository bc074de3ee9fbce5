"""Details of the grid that are easily lost: stopping all samples, names for guests, figures that fit, a still page."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, Route, expect

from tests.clients.until import wait_until
from tests.e2e.test_grid import all_finished, column, start, stored
from tests.e2e.test_shell_pages import sideways

Open = Callable[..., Page]
CUT_TOKENS = """(cached) => [...document.querySelectorAll("ts-metrics .wide dd")].filter((place) => {
  place.querySelector("small").textContent = cached;
  const range = document.createRange();
  range.selectNodeContents(place);
  const card = place.closest("ts-column").getBoundingClientRect();
  return range.getBoundingClientRect().right > card.right || place.scrollWidth > place.clientWidth + 1;
}).map((place) => place.textContent)"""
SHIFTS = """window.shifted = 0;
new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.shifted += entry.value; })
  .observe({ type: "layout-shift", buffered: true });"""
LITTLE = 0.02
ENDLESS = "demo/slow@tokens=4000"


def test_stop_ends_every_sample_of_a_column_and_of_no_other(open_page: Open) -> None:
    page = open_page()
    comparison = start(page, {"model": ENDLESS, "samples": 3}, ENDLESS)
    page.goto(f"/c/{comparison}/")
    stop = column(page, "A").locator(".stop")
    expect(stop).to_have_text("Stop all 3")
    expect(stop).to_have_attribute("aria-label", "Stop all 3 samples of A")
    expect(column(page, "B").locator(".stop")).to_have_text("Stop")
    stop.click()
    expect(stop).to_be_hidden()

    def states() -> list[str]:
        first = stored(page, comparison)["columns"][0]["id"]
        return [run["status"] for run in stored(page, comparison)["runs"] if run["column"] == first]

    wait_until(lambda: states() == ["cancelled"] * 3)
    expect(column(page, "B").locator(".stop")).to_be_visible()
    column(page, "B").locator(".stop").click()
    all_finished(page, 4)


def test_a_guest_reads_the_name_of_the_provider(open_page: Open) -> None:
    page = open_page()
    comparison = start(page, "demo/fast@rate=0")
    label = stored(page, comparison)["columns"][0]["provider"]
    assert label not in {"", "demo"}
    share = page.evaluate(
        """(id) => fetch(`/api/v1/comparisons/${id}/shares`, {method: "POST", body: "{}", headers: {
          "Content-Type": "application/json", "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content}})
          .then((answer) => answer.json())""",
        comparison,
    )
    guest = open_page(share["url"], signed_in=False)
    expect(guest.locator(".provider")).to_have_text(label)


def test_counts_of_tokens_are_never_cut(open_page: Open) -> None:
    page = open_page()
    page.goto(f"/c/{start(page, 'demo/thinker@rate=900', 'demo/fast@rate=0')}/")
    all_finished(page, 2)
    counts = column(page, "A").locator("ts-metrics .wide dd")
    expect(counts).to_contain_text("reasoning)")
    for width in (320, 390, 1366):
        page.set_viewport_size({"width": width, "height": 768})
        sideways(page)

        # What a long conversation with a cached beginning comes to; the page may draw its own figures at any time.
        assert page.evaluate(CUT_TOKENS, "(1,048,576 cached)") == [], width


@pytest.mark.parametrize("path", ["/", "/history/"])
def test_what_comes_later_finds_its_room(open_page: Open, path: str) -> None:
    page = open_page("/history/", height=844, fresh=True)
    models = [f"demo/{name}@rate=0" for name in ("fast", "thinker", "markdown")]
    start(page, *models, title="One of three", tags=["maths", "数学"])
    page.add_init_script(SHIFTS)
    held: list[Route] = []
    if path == "/":
        page.route("**/api/v1/models", lambda route: held.append(route))
    for width in (360, 390, 768, 1366):
        page.set_viewport_size({"width": width, "height": 844})
        held.clear()
        page.goto(path)
        if path == "/":
            expect(page.locator("ts-composer [data-add]")).to_be_visible()
            wait_until(lambda: page.evaluate("document.readyState") == "complete" and bool(held))
            held[0].continue_()
            expect(page.locator("ts-composer .chip-name")).not_to_have_count(0)
        # Two frames later everything that moved has been counted.
        sideways(page)

        assert page.evaluate("window.shifted") < LITTLE, width
