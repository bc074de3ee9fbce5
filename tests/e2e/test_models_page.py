"""The list of models in a browser: find, choose over two searches, compare; no barrier, no sideways scroll."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_shell_pages import axe, sideways, violations

__all__ = ["axe"]
WIDTHS = (320, 768, 1024, 1180)
Open = Callable[..., Page]


def test_models_are_found_chosen_and_compared(open_page: Open) -> None:
    page = open_page("/models/?provider=demo")
    count = page.locator("[data-count]")
    expect(count).to_have_text("Choose models to compare.")
    # Exactly: ids that other tests have typed are in the list, too.
    page.get_by_label("Choose demo/slow", exact=True).focus()
    page.keyboard.press("Space")
    expect(count).to_have_text("1 model chosen: demo/slow")
    page.get_by_label("Search").fill("thinker")
    page.get_by_label("Reasoning").check()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Choose demo/slow", exact=True)).to_have_count(0)
    expect(count).to_have_text("1 model chosen: demo/slow")
    page.get_by_label("Choose demo/thinker", exact=True).check()
    page.get_by_role("button", name="Compare these").click()
    chips = page.locator("ts-models .chip-name")
    expect(chips).to_have_text(["demo/slow", "demo/thinker"])
    assert page.url.endswith("/"), "the address has forgotten them"
    page.locator("[data-remove]").first.click()
    page.reload()
    expect(chips).to_have_text(["demo/thinker"])
    page.goto("/models/")
    expect(count).to_have_text("Choose models to compare.")
    page.locator("tbody th a").first.click()
    expect(page.get_by_role("heading", name="What it can")).to_be_visible()
    page.get_by_role("button", name="Try it").click()
    expect(chips).to_have_count(1)


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
