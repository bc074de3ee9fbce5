"""Sharing from the page: a link is made, shown once, works without signing in, and is dead when it is revoked."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Problems
from tests.e2e.test_grid import all_finished, start
from tests.e2e.test_shell_pages import axe, sideways, violations

Open = Callable[..., Page]
__all__ = ["axe"]


def opened(page: Page) -> None:
    """The dialog, with what the server knows."""
    page.locator("ts-follow-up [data-share]").click()
    expect(page.get_by_role("dialog", name="Share this comparison")).to_be_visible()
    expect(page.locator("ts-share [data-list] li")).not_to_have_count(0)


@pytest.mark.parametrize("width", [390, 1366])
def test_a_link_is_made_used_and_revoked(open_page: Open, problems: Problems, axe: str, width: int) -> None:
    page = open_page(width=width, height=800)
    comparison = start(page, "demo/fast@rate=0")
    page.goto(f"/c/{comparison}/")
    all_finished(page, 1)
    opened(page)
    expect(page.locator("ts-share [data-list]")).to_have_text("Nobody else can see this comparison.")
    page.locator("#share-days").select_option("0")
    page.locator("ts-share [data-create]").click()
    expect(page.locator("#share-address")).to_be_focused()
    expect(page.locator("ts-share .share")).to_contain_text("until it is revoked")
    assert violations(page, axe) == ""
    assert sideways(page) <= 0
    link = urlsplit(page.locator("#share-address").input_value()).path

    guest = open_page(link, signed_in=False)
    expect(guest.locator("ts-status")).to_have_text("Done · stop")
    expect(guest.locator("ts-follow-up [data-share]")).to_be_hidden()

    page.keyboard.press("Escape")
    expect(page.locator("ts-follow-up [data-share]")).to_be_focused()
    opened(page)
    expect(page.locator("ts-share [data-new-link]")).to_be_hidden()
    page.locator("ts-share .share button").click()
    expect(page.locator("ts-share [data-status]")).to_have_text("The link does not work any more.")
    expect(page.locator("ts-share .share")).to_have_count(0)
    problems.allow.append("404")
    guest.goto(link)
    expect(guest.get_by_role("heading", name="This link does not work any more")).to_be_visible()
