"""The list of models in a browser: find, choose over two searches, compare; no barrier, no sideways scroll."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_shell_pages import axe, sideways, violations

__all__ = ["axe"]
WIDTHS = (320, 768, 1024, 1180)
Open = Callable[..., Page]


def test_models_are_found_chosen_and_compared(open_page: Open) -> None:
    # Ids that other tests have typed are in the list, too, and may be many: looked for exactly, and by the whole id.
    page = open_page("/models/?provider=demo&q=demo/slow")
    count = page.locator("[data-count]")
    expect(count).to_have_text("Choose models to compare.")
    page.get_by_label("Choose demo/slow", exact=True).focus()
    page.keyboard.press("Space")
    expect(count).to_have_text("1 model chosen: demo/slow")
    filters = page.get_by_role("search")
    filters.get_by_label("Search", exact=True).fill("demo/thinker")
    filters.get_by_label("Reasoning", exact=True).check()
    page.keyboard.press("Enter")
    page.wait_for_url("**can=reasoning*")
    expect(page.get_by_label("Choose demo/slow", exact=True)).to_have_count(0)
    expect(count).to_have_text("1 model chosen: demo/slow")
    page.get_by_label("Choose demo/thinker", exact=True).check()
    page.get_by_role("button", name="Compare these", exact=True).click()
    chips = page.locator("ts-models .chip-name")
    expect(chips).to_have_text(["demo/slow", "demo/thinker"])
    expect(page).to_have_url(re.compile("/$"))  # the address has forgotten them
    page.locator("ts-models [data-remove]").first.click()
    expect(chips).to_have_text(["demo/thinker"])
    page.reload()
    expect(chips).to_have_text(["demo/thinker"])
    page.goto("/models/?q=demo/fast")
    expect(count).to_have_text("Choose models to compare.")
    page.get_by_role("link", name="Fast (simulated)", exact=True).click()
    expect(page.get_by_role("heading", name="What it can", exact=True)).to_be_visible()
    page.get_by_role("button", name="Try it", exact=True).click()
    expect(chips).to_have_text(["demo/fast"])


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1366, "light")])
def test_the_pages_have_no_barrier_at_any_width(open_page: Open, axe: str, width: int, scheme: str) -> None:
    page = open_page("/healthz", width=width, height=844, color_scheme=scheme)
    for path in ("/models/?q=o", "/models/?max_price=x", "/models/providers/", "/models/one/?id=demo/fast"):
        page.goto(path)
        assert violations(page, axe) == "", path
        for other in WIDTHS if width == 390 else ():
            page.set_viewport_size({"width": other, "height": 800})
            assert sideways(page) <= 0, (path, other)
        page.set_viewport_size({"width": width, "height": 844})
