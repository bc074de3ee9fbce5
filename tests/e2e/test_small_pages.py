"""Pages that nobody visits on purpose: refusals, dead links, a lost connection. Readable, in the reader's language, and
with a way on; checked for accessibility and width like all others.
"""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Problems
from tests.e2e.test_attachments import PICTURE
from tests.e2e.test_chinese import english
from tests.e2e.test_grid import start
from tests.e2e.test_shell_pages import axe, sideways, violations
from tests.stack import Stack

Open = Callable[..., Page]
Case = tuple[str, str, str]
__all__ = ["axe"]
EXPLAINED_AFTER = 11_000
"""Milliseconds."""
WIDTHS = (320, 390, 768, 1366, 1720)
GONE: list[Case] = [
    ("/nowhere/", "Not found", "未找到"),
    ("/s/no-such-token", "This link does not work any more", "此链接已失效"),
    ("/accounts/link/no-such-token/", "This link does not work any more", "此链接已失效"),
    ("/admin/", "Sign in", "登录"),
]
LANGUAGES = {"en": "en-US,en", "zh-Hans": "zh-CN,zh;q=0.9"}


@pytest.fixture(autouse=True)
def _expected(problems: Problems) -> None:
    problems.allow.append("the server responded with a status of 4")


def check(page: Page, axe: str, language: str = "en") -> None:
    """Nothing too wide, nothing in the other language, nothing that axe finds."""
    expect(page.locator("html")).to_have_attribute("lang", language)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert sideways(page) <= 0, width
    assert violations(page, axe) == ""
    if language != "en":
        assert english(page) == []


def stranger(open_page: Open, path: str, language: str, scheme: str = "light") -> Page:
    headers = {"Accept-Language": LANGUAGES[language]}
    return open_page(path, signed_in=False, color_scheme=scheme, extra_http_headers=headers)


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh-Hans", "dark")])
def test_refusals_are_pages_like_all_others(open_page: Open, axe: str, language: str, scheme: str) -> None:
    page = stranger(open_page, "/healthz", language, scheme)
    for path, *headings in GONE:
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(headings[language != "en"])
        expect(page.locator("main .primary")).to_be_visible()
        check(page, axe, language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_form_without_its_cookie(open_page: Open, axe: str, language: str) -> None:
    page = stranger(open_page, "/accounts/sign-in/", language)
    page.context.clear_cookies()
    sign_in(page, "anybody")
    expect(page.locator("h1")).to_have_text({"en": "This form has expired"}.get(language, "表单已过期"))
    check(page, axe, language)


def test_too_many_guesses(open_page: Open, axe: str) -> None:
    page = stranger(open_page, "/accounts/sign-in/", "en")
    for _ in range(10):
        sign_in(page, "nobody")
    for language, heading in (("en", "Too many attempts"), ("zh-Hans", "尝试次数过多")):
        if language != "en":
            page = stranger(open_page, "/accounts/sign-in/", language)
            sign_in(page, "nobody")
        expect(page.locator("h1")).to_have_text(heading)
        check(page, axe, language)
        page.locator("main a").click()
        expect(page.locator("#id_username")).to_be_visible()


def sign_in(page: Page, name: str, password: str = "wrong") -> None:
    page.fill("#id_username", name)
    page.fill("#id_password", password)
    with page.expect_navigation():
        page.locator("main button").click()


def member(open_page: Open, site: Stack, name: str) -> Page:
    """A page of a member, who came in by a link."""
    page = open_page(site.manage("signin_link", name, "--create").strip(), signed_in=False)
    page.locator("main").get_by_role("button").click()
    page.wait_for_url(f"{site.url}/")
    return page


def test_a_member_is_told_that_the_administration_is_not_for_him(open_page: Open, site: Stack, axe: str) -> None:
    page = member(open_page, site, "mia")
    page.goto("/admin/providers/provider/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Not allowed")
    check(page, axe)
    page.locator("main .primary").click()
    page.wait_for_url(f"{site.url}/")


def test_the_door_of_the_administration_leads_back_to_it(open_page: Open, site: Stack) -> None:
    page = open_page("/admin/providers/provider/", signed_in=False)
    assert page.url.startswith(f"{site.url}/accounts/sign-in/")
    expect(page.locator("main input[name=next]")).to_have_value("/admin/providers/provider/")


def test_a_history_without_anything_and_a_page_of_it_that_is_not_there(open_page: Open, site: Stack, axe: str) -> None:
    page = member(open_page, site, "nora")
    page.goto("/history/")
    expect(page.get_by_role("heading", name="No comparisons yet")).to_be_visible()
    check(page, axe)
    page.goto("/history/?cursor=none")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()


def watched(page: Page) -> str:
    """The page of a comparison that still runs."""
    comparison = start(page, "demo/slow", {"model": "demo/fast", "params": {"max_tokens": 5}})
    page.goto(f"/c/{comparison}/")
    expect(page.locator("ts-connection")).to_have_attribute("data-state", "live")
    return comparison


def out_of_reach(page: Page, word: str, axe: str) -> None:
    """Says so, and offers nothing that would be refused."""
    expect(page.locator("ts-connection")).to_have_text(word)
    expect(page.locator("p[data-connection]")).to_be_visible()
    for gone in (".stop", "[data-do=rerun]", ".again", ".follow-up-form", "[data-share]", "[data-stop]"):
        expect(page.locator(gone).locator("visible=true")).to_have_count(0)
    expect(page.locator("ts-follow-up [data-new]")).to_be_visible()
    expect(page.locator("[data-live]")).to_have_count(0)
    check(page, axe)


CALL = """([method, path]) => fetch(path, {method, headers:
  {"X-CSRFToken": document.querySelector("meta[name=csrf-token]").content}}).then((answer) => answer.status)"""


def test_a_comparison_that_is_deleted_while_it_is_watched(open_page: Open, axe: str) -> None:
    page = open_page()
    comparison = watched(page)
    assert page.evaluate(CALL, ["DELETE", f"/api/v1/comparisons/{comparison}"]) == 204
    out_of_reach(page, "Deleted", axe)


def test_whoever_signs_out_elsewhere_is_told_so_here(open_page: Open, site: Stack, axe: str) -> None:
    page = member(open_page, site, "olga")
    watched(page)
    page.evaluate(CALL, ["POST", "/accounts/sign-out/"])
    out_of_reach(page, "Signed out", axe)
    page.get_by_role("link", name="Sign in again").click()
    expect(page.locator("#id_username")).to_be_visible()


def test_whoever_was_signed_out_while_writing_signs_in_elsewhere_and_goes_on(open_page: Open, site: Stack) -> None:
    page = member(open_page, site, "otto")
    page.fill("#prompt", "nothing of it is lost")
    page.evaluate(CALL, ["POST", "/accounts/sign-out/"])
    page.locator("#prompt").press("Control+Enter")
    link = page.locator("ts-composer").get_by_role("link", name="Sign in again in another tab")
    expect(link).to_have_attribute("rel", "noopener")
    with page.context.expect_page() as opened:
        link.click()
    elsewhere = opened.value
    expect(elsewhere.locator("#id_username")).to_be_visible()
    elsewhere.goto(site.manage("signin_link", "otto").strip())
    elsewhere.locator("main").get_by_role("button").click()
    elsewhere.wait_for_url(f"{site.url}/")
    elsewhere.close()
    page.locator("#prompt").press("Control+Enter")
    page.wait_for_url("**/c/*/")
    # As if it had happened again: a file goes another way than all other calls.
    page.locator("meta[name=csrf-token]").evaluate("meta => { meta.content = 'a'.repeat(64); }")
    page.set_input_files("ts-follow-up ts-attach input", PICTURE)
    expect(page.locator("ts-follow-up ts-attach .attached .chip:not(:has(progress)) .one-line")).to_have_text("dot.png")


@pytest.mark.parametrize("width", [390])
def test_a_lost_network_is_said_at_once_and_explained_soon(
    open_page: Open, problems: Problems, axe: str, width: int
) -> None:
    # An attempt that its ten seconds end before it has failed is closed unopened.
    problems.allow += ["ERR_INTERNET_DISCONNECTED", "WebSocket is closed before the connection is established"]
    page = open_page(width=width, fresh=True)
    page.clock.install()
    watched(page)
    page.context.set_offline(True)
    expect(page.locator("ts-connection")).to_have_attribute("data-state", "reconnecting")
    expect(page.locator("p[data-connection]")).to_be_hidden()
    page.clock.run_for(EXPLAINED_AFTER)
    expect(page.locator("p[data-connection]")).to_contain_text("The connection is lost.")
    check(page, axe)
    page.context.set_offline(False)
    expect(page.locator("ts-connection")).to_have_attribute("data-state", "live", timeout=30_000)
    expect(page.locator("p[data-connection]")).to_be_hidden()


def test_what_went_wrong_in_the_server_is_a_page_too(chromium: Any, axe: str) -> None:
    from django.template.loader import render_to_string

    page = chromium.new_page()
    page.set_content(render_to_string("500.html"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Something broke")
    assert violations(page, axe) == ""
    page.close()
