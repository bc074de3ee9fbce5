"""People and money as somebody meets them: invited, at home on their own pages, stopped at a limit."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Problems
from tests.e2e.test_grid import column, start, status
from tests.e2e.test_shell_pages import axe, sideways, violations
from tests.stack import Stack

Open = Callable[..., Page]
__all__ = ["axe"]
SECRET = "a long enough secret"


@pytest.fixture(autouse=True)
def _expected(problems: Problems) -> None:
    problems.allow.append("the server responded with a status of 4")


def _joined(open_page: Open, site: Stack, name: str, **options: object) -> Page:
    """Somebody who has just come in by an invitation."""
    link = site.manage("invite", name).strip()
    page = open_page(link[link.index("/accounts/") :], signed_in=False, **options)
    page.get_by_label("Password", exact=True).fill(SECRET)
    page.get_by_label("Password, once more").fill(SECRET)
    page.get_by_role("button", name="Join", exact=True).click()
    page.wait_for_url(f"{site.url}/")
    return page


def test_invited_by_a_link_at_home_and_signed_out_elsewhere(open_page: Open, site: Stack, axe: str) -> None:
    page = _joined(open_page, site, "ines", color_scheme="dark")
    page.goto(f"/c/{start(page, 'demo/fast@rate=20,tokens=100000,delay=0')}/")
    expect(page.locator("ts-connection")).to_contain_text("Live")
    other = open_page("/accounts/sign-in/", signed_in=False, width=390)
    other.get_by_label("User name", exact=True).fill("ines")
    other.get_by_label("Password", exact=True).fill(SECRET)
    other.get_by_role("main").get_by_role("button", name="Sign in").click()
    other.wait_for_url(f"{site.url}/")
    for path in ("/account/", "/account/spend/", "/account/tokens/", "/account/sessions/"):
        other.goto(path)
        assert violations(other, axe) == "", path
        assert sideways(other) <= 0, path
    expect(other.get_by_text("this browser")).to_have_count(1)
    other.get_by_role("button", name=re.compile("Sign out .+ on ")).click()

    expect(other.get_by_text("That browser was signed out.")).to_be_visible()
    expect(page.locator("ts-connection")).not_to_contain_text("Live")
    page.goto("/account/")
    expect(page).to_have_url(re.compile("/accounts/sign-in/"))


def test_forecast_before_and_a_stop_at_the_limit_in_mid_stream(open_page: Open, site: Stack, axe: str) -> None:
    admin = open_page("/admin/comparisons/spendlimit/add/")
    admin.get_by_label("Limits").select_option("comparison")
    admin.get_by_label("At most (USD)").fill("0.0001")
    admin.get_by_role("button", name="Save", exact=True).click()
    expect(admin.locator(".messagelist")).to_contain_text("was added successfully")
    try:
        page = _joined(open_page, site, "mona")
        expect(page.locator("ts-models button").first).to_be_visible()
        page.locator("#prompt").fill("How much is this?")
        expect(page.locator("ts-composer .forecast summary")).to_contain_text("Forecast:")
        page.locator("ts-composer .forecast summary").click()
        expect(page.locator("ts-composer .forecast-table tbody tr")).to_have_count(3)
        assert violations(page, axe) == ""

        page.goto(f"/c/{start(page, 'demo/thinker')}/")

        expect(status(page, "A")).to_contain_text("spend limit")
        expect(column(page, "A").locator(".column-body")).to_contain_text("A spend limit is reached")
        # A busy worker stops a little later: what has been said meanwhile was spent, too.
        expect(page.locator("ts-toolbar .spent")).to_have_text(re.compile(r"≈ \$0\.000[1-9]"))
        page.goto("/account/spend/")
        expect(page.locator(".figures")).to_contain_text("at most $0.0001")
        expect(page.get_by_role("cell", name=re.compile("≈"))).to_have_count(2)
    finally:
        admin.goto("/admin/comparisons/spendlimit/")
        admin.locator("#result_list tbody tr", has_text="0.0001").get_by_role("link").first.click()
        admin.get_by_role("link", name="Delete", exact=True).click()
        admin.get_by_role("button", name="Yes, I’m sure", exact=True).click()
        expect(admin.locator(".messagelist")).to_contain_text("was deleted successfully")
