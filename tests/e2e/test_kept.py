"""Kept prompts and column sets in a browser: written, found, filled in, sent, loaded again, and nothing is lost."""

import json
import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.clients.until import wait_until
from tests.e2e.conftest import Problems
from tests.e2e.test_shell_pages import axe, sideways, violations

__all__ = ["axe"]
Open = Callable[..., Page]
CHIPS = "ts-composer .chip-name"
NAME = "Greeting 问候 <b>"
PAIR, GONE = "Two <i> of these tests", "Gone from these tests"
"""Sets of others may stand beside them."""


def ready(page: Page) -> None:
    expect(page.locator(CHIPS)).not_to_have_count(0)


def looked_at(page: Page, axe: str) -> None:
    assert violations(page, axe) == ""
    assert sideways(page) == 0


def turn_of(page: Page) -> Any:
    """The last turn of the comparison that is open."""
    page.wait_for_url("**/c/*/")
    path = f"/api/v1/comparisons/{page.url.rstrip('/').rsplit('/', 1)[1]}"
    state: Any = page.evaluate("(path) => fetch(path).then((answer) => answer.json())", path)
    return state["system"], [(each["role"], each["content"][0]["text"]) for each in state["turns"][-1]["messages"]]


def written(page: Page, axe: str) -> None:
    """A prompt with few-shot messages and two variables, which survives a reload before it is saved."""
    page.fill("[name=name]", NAME)
    page.fill("[name=system]", "In {language}.")
    page.locator("[data-add-example]").click()
    page.keyboard.type("Greet Bob")
    page.locator("[data-add-example]").click()
    page.keyboard.type("Hello {{Bob}}")
    expect(page.locator(".example select").last).to_have_value("assistant")
    page.fill("[name=prompt]", 'Greet {名字} as {"a": {"b": 1}}')
    expect(page.locator("[data-variables] li")).to_have_text(["{language}", "{名字}"])
    looked_at(page, axe)
    page.reload()
    expect(page.locator("[name=prompt]")).to_have_value('Greet {名字} as {"a": {"b": 1}}')
    expect(page.locator(".example textarea").last).to_have_value("Hello {{Bob}}")
    page.fill("[name=name]", "")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#name-error")).to_have_text("A prompt needs a name.")
    expect(page.locator("[name=name]")).to_be_focused()
    page.keyboard.type(NAME)
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    expect(page.locator("h1")).to_have_text(NAME)
    for width in (320, 390, 1720, 1366):
        page.set_viewport_size({"width": width, "height": 800})
        assert sideways(page) == 0
    looked_at(page, axe)


def test_a_prompt_is_written_used_and_used_again(open_page: Open, axe: str) -> None:
    page = open_page("/prompts/new/")
    written(page, axe)
    page.get_by_role("link", name="Use in playground", exact=True).click()
    fields = page.locator(".kept-fields textarea")
    expect(fields).to_have_count(2)
    expect(fields.first).to_be_focused()
    assert "prompt=" not in page.url
    ready(page)
    page.keyboard.type("English")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".kept-fields .error-text").last).to_have_text("The variable {名字} needs a value.")
    expect(fields.last).to_be_focused()
    page.keyboard.type("{language} 你好")
    looked_at(page, axe)
    page.reload()
    ready(page)
    expect(fields.last).to_have_value("{language} 你好")
    page.keyboard.press("Control+Enter")
    system, said = turn_of(page)
    assert system == "In English."
    assert said == [
        ("user", "Greet Bob"),
        ("assistant", "Hello {Bob}"),
        ("user", 'Greet {language} 你好 as {"a": {"b": 1}}'),
    ]
    page.locator(".asked summary").click()
    expect(page.locator("[data-asked-all]")).to_contain_text("Hello {Bob}")

    page.goto("/prompts/?q=问候")
    page.get_by_role("link", name=NAME, exact=True).click()
    expect(page.get_by_role("heading", name="Your comparisons with version 1")).to_be_visible()
    expect(page.locator(".plain-list a[href^='/c/']")).to_have_count(1)
    page.locator("[data-delete]").click()
    looked_at(page, axe)
    page.keyboard.press("Escape")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export", exact=True).click()
    page.locator("[data-delete]").click()
    page.locator("[data-confirm]").click()
    page.wait_for_url("**/prompts/")
    page.locator("[data-file]").set_input_files(download.value.path())
    expect(page.locator("[data-status]")).to_contain_text("1 prompt was brought in.")
    page.goto("/prompts/?q=问候")
    page.get_by_role("link", name=NAME, exact=True).click()
    page.locator("[data-duplicate]").click()
    expect(page.locator("h1")).to_have_text(f"{NAME} (copy)")


def test_what_is_written_becomes_a_prompt_and_is_found_again(open_page: Open, axe: str) -> None:
    page = open_page()
    ready(page)
    page.fill("#prompt", "Explain {topic} in plainest words")
    page.locator("[data-save-prompt]").click()
    page.fill("#save-name", "Explain")
    looked_at(page, axe)
    page.keyboard.press("Enter")
    expect(page.locator("[data-kept-name]")).to_have_text("Explain")
    expect(page.locator(".kept-fields textarea")).to_have_count(1)
    page.locator("[data-kept-drop]").click()
    expect(page.locator("[data-kept]")).to_be_hidden()
    page.fill("#prompt", "Something else")

    page.locator("[data-prompts]").click()
    expect(page.locator(".prompt-option")).not_to_have_count(0)
    looked_at(page, axe)
    page.keyboard.type("nowhere to be found")
    expect(page.locator("ts-prompt-picker [data-hint]")).to_have_text("No prompt has these words.")
    looked_at(page, axe)
    page.fill("#prompt-search", "PLAINEST")
    expect(page.locator(".prompt-option-name")).to_have_text(["Explain v1"])
    page.keyboard.press("Enter")
    expect(page.locator("#prompt")).to_have_value("Explain {topic} in plainest words")
    page.locator("[data-kept-undo]").click()
    expect(page.locator("#prompt")).to_have_value("Something else")

    page.locator("[data-prompts]").click()
    page.fill("#prompt-search", "plainest")
    expect(page.locator(".prompt-option-name")).to_have_text(["Explain v1"])
    page.keyboard.press("Enter")
    page.locator(".kept-fields textarea").fill("tides")
    page.fill("#prompt", "Explain {topic} to {whom}")
    expect(page.locator("[data-kept-changed]")).to_be_visible()
    page.locator(".kept-fields textarea").last.fill("a child")
    page.locator("[data-save-prompt]").click()
    page.get_by_role("button", name="Save as a new version of “Explain”").click()
    expect(page.locator("[data-kept-version]")).to_have_text("v2")
    expect(page.locator("[data-kept-changed]")).to_be_hidden()
    page.locator("[data-save-prompt]").click()
    page.fill("#save-name", "Another")
    page.keyboard.press("Enter")
    expect(page.locator("[data-kept-name]")).to_have_text("Another")
    page.keyboard.press("Control+Enter")
    assert turn_of(page)[1] == [("user", "Explain tides to a child")]

    page.locator(".asked summary").click()
    page.get_by_role("button", name="Save as prompt…").last.click()
    page.fill("#save-name", "From an answer")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Saved as “From an answer”").click()
    expect(page.locator(".said-text").first).to_have_text("Explain tides to a child")


def set_called(page: Page, name: str) -> Locator:
    """Its row in the list of sets."""
    return page.locator(".set").filter(has=page.locator(".set-name", has_text=re.compile(f"^{re.escape(name)}$")))


def test_columns_are_kept_and_a_new_playground_opens_with_them(open_page: Open, problems: Problems, axe: str) -> None:
    page = open_page(fresh=True)
    ready(page)
    page.locator("ts-models [data-remove]").last.click()
    expect(page.locator(CHIPS)).to_have_text(["demo/fast", "demo/thinker"])
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if held or route.request.method != "GET":
            route.continue_()
        else:
            held.append(route)

    # Whoever does not wait for the list of sets saves one all the same.
    page.route("**/api/v1/column-sets", hold_the_first)
    page.locator("[data-sets]").click()
    expect(page.locator("#set-name")).to_be_visible()
    page.locator("#set-name").press("Enter")
    expect(page.locator("#set-name-error")).to_have_text("A set needs a name.")
    page.fill("#set-name", PAIR)
    page.keyboard.press("Enter")
    expect(set_called(page, PAIR)).to_be_visible()
    wait_until(lambda: page.evaluate("1") and held)  # asking the page lets its requests through
    held[0].continue_()
    set_called(page, PAIR).get_by_role("button", name=f"New playgrounds open with “{PAIR}”").click()
    expect(set_called(page, PAIR).locator("[aria-pressed]")).to_have_attribute("aria-pressed", "true")
    set_called(page, PAIR).get_by_role("button", name=f"Change “{PAIR}”").click()
    set_called(page, PAIR).locator(".set-tools input").fill(f"{PAIR}, renamed")
    page.keyboard.press("Enter")
    expect(set_called(page, f"{PAIR}, renamed")).to_be_visible()
    expect(set_called(page, PAIR)).to_have_count(0)
    looked_at(page, axe)
    page.keyboard.press("Escape")
    body = json.dumps({"name": GONE, "columns": ["nobody/model", "demo/fast"], "team": True})
    token = page.locator("meta[name=csrf-token]").get_attribute("content")
    post = "([body, token]) => fetch('/api/v1/column-sets', {method: 'POST', body, headers: {'X-CSRFToken': token}})"
    page.evaluate(f"{post}.then(() => null)", [body, token])
    page.locator("[data-sets]").click()
    expect(set_called(page, GONE).locator(".set-gone")).to_have_count(1)
    set_called(page, GONE).locator("[data-load]").click()
    expect(page.locator(CHIPS)).to_have_text(["nobody/model", "demo/fast"])

    fresh = open_page()
    expect(fresh.locator(CHIPS)).to_have_text(["demo/fast", "demo/thinker"])
    fresh.locator("[data-sets]").click()
    for name in (f"{PAIR}, renamed", GONE):
        row = set_called(fresh, name)
        row.get_by_role("button", name=f"Change “{name}”").click()
        row.get_by_role("button", name="Delete…", exact=True).click()
        row.get_by_role("button", name="Delete for everybody", exact=True).click()
        expect(row).to_have_count(0)
    expect(fresh.locator("ts-column-sets [data-status]")).to_have_text("Deleted.")
    assert problems.unexpected == []
