"""Sharing from the page: a link shows what was chosen, can be copied by a teammate, and is dead when it is revoked."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from tests.clients.until import wait_until
from tests.e2e.conftest import Problems
from tests.e2e.test_grid import all_finished, start
from tests.e2e.test_shell_pages import axe, sideways, violations
from tests.stack import Stack

Open = Callable[..., Page]
__all__ = ["axe"]
CHANGE = """async ([id, asked]) => {
  const headers = {
    "Content-Type": "application/json", "X-CSRFToken": document.querySelector(`meta[name="csrf-token"]`).content,
  };
  const { items } = await (await fetch(`/api/v1/comparisons/${id}/shares`)).json();
  await fetch(`/api/v1/shares/${items[0].id}`, { method: "PATCH", headers, body: JSON.stringify(asked) });
}"""
MAIL = "ada@example.org"
NO_COPIES = """() => {
  navigator.clipboard.writeText = () => Promise.reject(new Error("not allowed"));
  document.execCommand = () => false;
}"""
COPIED = "To be copied by a mate"


def opened(page: Page) -> None:
    """The dialog, with what the server knows."""
    page.locator("ts-follow-up [data-share]").click()
    expect(page.get_by_role("dialog", name="Share this comparison")).to_be_visible()
    expect(page.locator("ts-share [data-list] li")).not_to_have_count(0)
    expect(page.locator("ts-share [data-preview] p").first).to_be_attached()


def test_a_link_is_made_by_who_does_not_wait_for_the_preview(open_page: Open) -> None:
    page = open_page(fresh=True)
    page.goto(f"/c/{start(page, 'demo/fast@rate=0')}/")
    held: list[Route] = []
    page.route("**/shares/preview", lambda route: held.append(route))
    page.locator("ts-follow-up [data-share]").click()
    link = made(page)
    expect(page.locator("ts-share .share")).to_have_count(1)
    wait_until(lambda: page.evaluate("1") and held)  # asking the page lets its requests through
    held[0].continue_()
    expect(page.locator("ts-share [data-preview] p").first).to_be_attached()
    expect(page.locator("#share-address")).to_have_value(re.compile(f"{link}$"))


def made(page: Page) -> str:
    """The path of a new link."""
    page.locator("ts-share [data-create]").click()
    expect(page.locator("#share-address")).to_be_focused()
    return urlsplit(page.locator("#share-address").input_value()).path


@pytest.mark.parametrize("width", [390, 1366])
def test_a_link_is_made_used_and_revoked(open_page: Open, problems: Problems, axe: str, width: int) -> None:
    page = open_page(width=width, height=800)
    comparison = start(page, "demo/fast@rate=0")
    page.goto(f"/c/{comparison}/")
    all_finished(page, 1)
    opened(page)
    expect(page.locator("ts-share [data-list]")).to_have_text("Nobody else can see this comparison.")
    page.locator("#share-days").select_option("0")
    link = made(page)
    expect(page.locator("ts-share .share")).to_contain_text("until it is revoked")
    page.locator("ts-share [data-copy]").click()
    expect(page.locator("ts-share [data-status]")).to_have_text("Copied.")
    page.evaluate(NO_COPIES)
    page.locator("ts-share [data-copy]").click()
    expect(page.locator("ts-share [data-status]")).to_contain_text("The browser refused to copy.")
    assert violations(page, axe) == ""
    assert sideways(page) <= 0

    guest = open_page(link, signed_in=False)
    expect(guest.locator("ts-status")).to_have_text("Done · stop")
    expect(guest.locator("ts-follow-up [data-share]")).to_be_hidden()
    expect(guest.locator("[data-fork]")).to_have_count(0)
    expect(guest.locator("ts-connection")).to_have_attribute("data-state", "live")

    page.keyboard.press("Escape")
    expect(page.locator("ts-follow-up [data-share]")).to_be_focused()
    opened(page)
    expect(page.locator("ts-share [data-new-link]")).to_be_hidden()
    expect(page.locator("ts-share .share")).to_contain_text("opened once")
    page.locator("ts-share .share button").click()
    expect(page.locator("ts-share [data-status]")).to_have_text("The link does not work any more.")
    expect(page.locator("ts-share .share")).to_have_count(0)
    expect(guest.get_by_role("heading", name="No longer shared")).to_be_focused()
    assert violations(guest, axe) == ""
    assert sideways(guest) <= 0
    expect(guest.locator("ts-column, #ts-state, .asked-text")).to_have_count(0)
    problems.allow.append("404")
    guest.get_by_role("link", name="Try again").click()
    expect(guest.get_by_role("heading", name="This link does not work any more")).to_be_visible()
    guest.goto(link)
    expect(guest.get_by_role("heading", name="This link does not work any more")).to_be_visible()


def test_what_is_left_out_is_looked_through_named_and_not_shown(open_page: Open, axe: str, problems: Problems) -> None:
    page = open_page(width=1366, height=900)
    comparison = start(page, "demo/fast@rate=0", prompt=f"Write to {MAIL}")
    page.goto(f"/c/{comparison}/")
    all_finished(page, 1)
    opened(page)
    findings = page.locator("ts-share [data-findings]")
    parts = page.locator("ts-share .share-parts")
    expect(findings).to_contain_text("an e-mail address in the prompt of turn 1")
    expect(findings).to_contain_text("ad…@example.org")
    parts.get_by_label("Raw requests", exact=True).check()
    parts.get_by_label("Title and prompts", exact=True).uncheck()
    parts.get_by_label("Names of the models", exact=True).uncheck()
    expect(parts.get_by_label("Raw requests", exact=True)).not_to_be_checked()
    expect(page.locator("ts-share [data-preview]")).to_contain_text("A · Model A")
    page.get_by_text("Preview: what the link shows now", exact=True).click()
    assert violations(page, axe) == ""

    page.get_by_text("Password, number of openings, label", exact=True).click()
    page.locator("#share-password").fill("short")
    problems.allow.append("422")
    page.locator("ts-share [data-create]").click()
    expect(page.locator("#share-password-error")).to_have_text("A password has 8 to 200 characters.")
    expect(page.locator("#share-password")).to_be_focused()
    page.locator("#share-password").fill("a long password")
    link = made(page)
    expect(page.locator("ts-share .share")).to_contain_text("with password")

    guest = open_page(link, signed_in=False)
    assert urlsplit(guest.url).path.startswith("/shared/")
    assert violations(guest, axe) == ""
    problems.allow.append("403")
    guest.get_by_label("Password", exact=True).fill("not the password")
    guest.get_by_role("button", name="Open", exact=True).click()
    expect(guest.get_by_role("alert")).to_have_text("This is not the password.")
    guest.get_by_label("Password", exact=True).fill("a long password")
    guest.get_by_role("button", name="Open", exact=True).click()
    expect(guest.locator("ts-status")).to_have_text("Done · stop")
    expect(guest.locator(".model-name")).to_contain_text("Model A")
    expect(guest.locator(".left-out")).to_contain_text("prompts")
    assert MAIL not in guest.content()

    page.evaluate(CHANGE, [comparison, {"password": "another password"}])
    expect(guest.get_by_role("heading", name="No longer shared")).to_be_focused()
    guest.get_by_role("link", name="Try again").click()
    expect(guest.locator("main")).to_contain_text("Its password was set or changed after you opened it.")
    guest.get_by_label("Password", exact=True).fill("another password")
    guest.get_by_role("button", name="Open", exact=True).click()
    expect(guest.locator("ts-status")).to_have_text("Done · stop")
    assert "demo/" not in guest.locator("main").inner_text()
    assert violations(guest, axe) == ""
    expect(guest.locator("ts-connection")).to_have_attribute("data-state", "live")
    page.evaluate(CHANGE, [comparison, {"parts": []}])
    expect(guest.locator(".left-out")).to_contain_text("times, tokens, cost")
    expect(guest.locator("ts-metrics dd")).to_have_text(["–"] * 4 + [re.compile(r"^\s*–")])
    expect(guest.get_by_role("button", name="Race")).to_have_count(0)


def test_a_teammate_finds_it_again_and_makes_a_copy(open_page: Open, axe: str, site: Stack) -> None:
    page = open_page(width=1366, height=900)
    comparison = start(page, "demo/fast@rate=0", prompt=COPIED)
    page.goto(f"/c/{comparison}/")
    all_finished(page, 1)
    opened(page)
    page.locator("#share-audience").select_option("teammates")
    page.locator("#share-mode").select_option("snapshot")
    link = made(page)
    page.goto("/shared/")
    expect(page.locator(".row", has_text=COPIED).first).to_contain_text("signed-in teammates")
    assert violations(page, axe) == ""

    guest = open_page(link, signed_in=False)
    expect(guest.get_by_role("heading", name="Sign in")).to_be_visible()

    mate = open_page(site.manage("signin_link", "mate", "--create").strip(), signed_in=False, width=390, height=800)
    mate.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()
    mate.wait_for_url(f"{site.url}/")
    mate.goto(link)
    expect(mate.locator("ts-status")).to_have_text("Done · stop")
    expect(mate.get_by_text("Snapshot shared with you, read-only")).to_be_visible()
    assert sideways(mate) <= 0
    mate.goto("/shared/")
    assert sideways(mate) <= 0
    mate.locator(".row", has_text=COPIED).get_by_role("link").click()
    mate.locator("[data-fork]").click()
    mate.wait_for_url(lambda url: "/c/" in url and comparison not in url)
    expect(mate.locator("ts-status")).to_have_text("Done · stop")
    expect(mate.locator("ts-follow-up [data-share]")).to_be_visible()
