"""Writing a comparison: the draft is never lost, one submit is one comparison, and everything works by keyboard."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, expect

from tests.clients.until import wait_until
from tests.e2e.conftest import Problems

Open = Callable[..., Page]
KEEP = """(draft) => {
  const key = `touchstone:${document.body.dataset.user || "nobody"}:draft`;
  sessionStorage.setItem(key, JSON.stringify(draft));
}"""
"""As the page keeps what was written in this tab."""
CHIPS = "ts-composer .chip-name"


def ready(page: Page) -> None:
    expect(page.locator(CHIPS)).not_to_have_count(0)


def number_of(page: Page, prompt: str) -> int:
    """How many comparisons ask this."""
    found: int = page.evaluate(
        "(q) => fetch(`/api/v1/comparisons?q=${q}`).then((answer) => answer.json()).then(({ items }) => items.length)",
        prompt,
    )
    return found


def at_home(page: Page) -> None:
    """Another page than before: there, with its list of models."""
    page.wait_for_url(lambda url: urlsplit(url).path == "/")
    ready(page)


def models(page: Page) -> list[str]:
    return page.locator(CHIPS).all_inner_texts()


def all_ended(page: Page) -> None:
    expect(page.locator("ts-follow-up [data-send]")).to_have_attribute("aria-disabled", "false")
    expect(page.locator("ts-follow-up [data-stop]")).to_be_hidden()


def test_the_first_visit_runs_with_ctrl_enter_alone(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(CHIPS)).to_have_text(["demo/fast", "demo/thinker", "demo/markdown"])
    expect(page.locator("#prompt")).to_be_focused()
    page.keyboard.type("Hello 你好")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/c/*/")
    expect(page.locator("ts-composer")).to_be_hidden()
    expect(page.locator("[data-asked]")).to_have_text("Hello 你好")
    expect(page).to_have_title("Hello 你好 · Touchstone")
    all_ended(page)
    address = page.url
    page.get_by_role("button", name="中文", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page).to_have_url(address)
    page.get_by_role("button", name="English", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_going_back_shows_the_composer_again(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.fill("#prompt", "there and back")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/c/*/")
    page.go_back()
    expect(page.locator("ts-composer")).to_be_visible()
    at_home(page)
    expect(page.locator(CHIPS)).to_have_count(3)
    page.go_forward()
    page.wait_for_url("**/c/*/")
    expect(page.locator("[data-asked]")).to_have_text("there and back")


def test_enter_that_ends_a_word_of_an_input_method_does_not_run(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.fill("#prompt", "你好")
    event = "new KeyboardEvent('keydown', {key: 'Enter', ctrlKey: true, isComposing: true, bubbles: true})"
    page.evaluate(f"document.querySelector('#prompt').dispatchEvent({event})")
    expect(page.locator("ts-composer form")).not_to_have_attribute("aria-busy", "true")
    assert page.url.endswith("/")
    assert "/c/" not in page.url


def test_clicking_twice_makes_one_comparison(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.fill("#prompt", "pressed-two-times")
    page.evaluate("const run = document.querySelector('[data-run]'); run.click(); run.click();")
    page.wait_for_url("**/c/*/")
    assert number_of(page, "pressed-two-times") == 1


def test_an_empty_prompt_is_said_at_the_field(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.locator("[data-run]").click()
    expect(page.locator("#prompt-error")).to_have_text("Write a prompt first.")
    expect(page.locator("#prompt")).to_be_focused()
    expect(page.locator("#prompt")).to_have_attribute("aria-invalid", "true")
    page.keyboard.type("x")
    expect(page.locator("#prompt-error")).to_be_empty()


def test_nothing_is_lost_without_network_and_one_comparison_comes_of_it(open_page: Open, problems: Problems) -> None:
    problems.allow.append("ERR_INTERNET_DISCONNECTED")
    page = open_page()
    ready(page)
    page.fill("#prompt", "kept-without-network")
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator('[data-error="form"]')).to_contain_text("Nothing is lost")
    page.context.set_offline(False)
    page.reload()
    ready(page)
    expect(page.locator("#prompt")).to_have_value("kept-without-network")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/c/*/")
    assert number_of(page, "kept-without-network") == 1


def test_a_repeated_attempt_after_a_lost_answer_is_the_same_comparison(open_page: Open, problems: Problems) -> None:
    problems.allow.append("ERR_FAILED")
    page = open_page(fresh=True)
    ready(page)
    page.fill("#prompt", "lost-its-answer")
    lost = []

    def lose_the_first(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch())
        route.abort()

    # Not `times=1`: with the last route gone the browser lets go on what it still holds.
    page.route("**/api/v1/comparisons", lose_the_first)
    page.keyboard.press("Control+Enter")
    expect(page.locator('[data-error="form"]')).to_be_visible()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/c/*/")
    assert number_of(page, "lost-its-answer") == 1


def test_what_the_server_refuses_is_said_at_the_field(open_page: Open, problems: Problems) -> None:
    problems.allow.append("422")
    page = open_page()
    ready(page)
    page.fill("#prompt", "refused")
    page.locator(".composer-labels summary").click()
    page.fill("#tags", "x" * 65)
    page.locator(".composer-labels summary").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#tags-error")).not_to_be_empty()
    expect(page.locator("#tags")).to_be_focused()
    expect(page.locator("#prompt")).to_have_value("refused")


def test_who_is_quicker_than_the_list_of_models_gets_it_when_it_comes(open_page: Open) -> None:
    page = open_page("/history/", fresh=True)
    held: list[Route] = []
    page.route("**/api/v1/models", lambda route: held.append(route))
    page.goto("/")
    add = page.locator("ts-composer [data-add]")
    add.click()
    add.click()
    wait_until(lambda: page.evaluate("1") and held)  # asking the page lets its requests through
    expect(page.get_by_role("dialog")).to_be_hidden()
    held[0].continue_()
    expect(page.locator("#picker-search")).to_be_focused()
    page.keyboard.type("demo/broken")
    expect(page.locator("ts-picker [role=option][data-id='demo/broken']")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_who_writes_before_the_page_is_ready_loses_nothing(open_page: Open) -> None:
    page = open_page("/history/", fresh=True)
    script: list[Route] = []
    lists: list[Route] = []
    page.route("**/js/main*.js", lambda route: route.continue_() if script else script.append(route))
    page.route("**/api/v1/models", lambda route: lists.append(route))
    page.goto("/", wait_until="commit")
    page.fill("#prompt", "quick")
    page.locator("[data-run]").click()
    wait_until(lambda: page.evaluate("1") and script)
    script[0].continue_()
    expect(page.locator("[data-count]").first).to_have_text("0 models")
    expect(page.locator("#prompt")).to_have_value("quick")
    page.reload()
    expect(page.locator("#prompt")).to_have_value("quick")
    page.locator("#prompt").focus()
    page.keyboard.press("Control+Enter")
    wait_until(lambda: page.evaluate("1") and len(lists) == 2)
    expect(page.locator("[data-error=models]").first).to_be_empty()
    lists[1].continue_()
    page.wait_for_url("**/c/*/")
    expect(page.locator("ts-column")).to_have_count(3)
    page.keyboard.press("Shift+Escape")


def test_the_picker_works_by_keyboard(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.locator("ts-composer [data-add]").focus()
    page.keyboard.press("Enter")
    search = page.locator("#picker-search")
    expect(search).to_be_focused()
    page.keyboard.type("demo s")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("3")
    expect(page.locator("ts-picker [aria-selected=true]")).to_contain_text("× 3")
    page.keyboard.press("Enter")
    expect(page.locator(CHIPS)).to_have_count(6)
    expect(page.locator("ts-composer [data-add]")).to_be_focused()
    assert models(page)[3] == models(page)[5]


def test_a_full_id_can_be_typed_and_an_unavailable_model_cannot_be_chosen(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.locator("ts-composer [data-add]").click()
    expect(page.locator("#picker-search")).to_be_focused()
    page.keyboard.type("demo/ft:fast:acme::x1")
    page.keyboard.press("Enter")
    expect(page.locator(CHIPS).last).to_have_text("demo/ft:fast:acme::x1")
    page.locator("ts-composer [data-add]").click()
    page.fill("#picker-search", "openai/gpt")  # what other tests have added may fill the list
    disabled = page.locator("ts-picker [aria-disabled=true]").first
    expect(disabled.locator(".picker-why")).not_to_be_empty()
    disabled.click(force=True)
    expect(page.locator("ts-picker [data-apply]")).to_be_disabled()
    page.keyboard.press("Escape")
    expect(page.locator("ts-picker dialog")).to_be_hidden()
    expect(page.locator("ts-composer [data-add]")).to_be_focused()


def test_a_column_has_its_own_system_prompt_and_samples(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.locator(".composer-system summary").click()
    page.fill("#system", "Be brief.")
    page.locator(".chip-edit").nth(1).click()
    expect(page.locator("#p-system")).to_be_focused()
    expect(page.locator("#p-system")).to_have_attribute("placeholder", "as all columns: Be brief.")
    page.keyboard.type("Rhyme.")
    page.fill("#p-samples", "40")
    page.keyboard.press("Enter")
    expect(page.locator("#p-samples-error")).to_have_text("Between 1 and 32.")
    page.fill("#p-samples", "3")
    page.keyboard.press("Enter")
    expect(page.locator(".model-chip").nth(1).locator(".override")).to_have_text(["system*", "× 3"])
    page.locator(".chip-edit").nth(2).click()
    page.locator("#p-no-system").check()
    expect(page.locator("#p-system")).to_be_disabled()
    page.locator("ts-params [data-apply]").click()
    expect(page.locator(".model-chip").nth(2).locator(".override")).not_to_have_count(0)
    page.reload()
    ready(page)
    expect(page.locator("[data-count]").first).to_have_text("3 models · 5 answers")
    page.fill("#prompt", "samples")
    with page.expect_request("**/api/v1/comparisons") as sent:
        page.keyboard.press("Control+Enter")
    own = [{"model": "demo/thinker", "system": "Rhyme.", "samples": 3}, {"model": "demo/markdown", "system": ""}]
    assert sent.value.post_data_json["models"] == ["demo/fast", *own]
    page.wait_for_url("**/c/*/")
    expect(page.locator("ts-column .samples button")).to_have_count(3)
    expect(page.locator("ts-toolbar .progress")).to_contain_text("of 5 finished")
    page.locator("ts-follow-up [data-edit]").click()
    at_home(page)
    expect(page.locator(".model-chip").nth(1).locator(".override")).to_have_text(["system*", "× 3"])


def test_parameters_for_all_and_for_one(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.locator("[data-edit-params]").click()
    page.fill("#p-temperature", "hot")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#p-temperature-error")).to_have_text("A number, please.")
    page.fill("#p-temperature", "0")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-params]")).to_have_text("temp 0")
    page.locator(".chip-edit").nth(1).click()
    expect(page.locator("#p-temperature")).to_have_attribute("placeholder", "0")
    page.fill("#p-temperature", "0.6")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".model-chip").nth(1).locator(".override")).to_have_text("temp 0.6*")
    page.fill("#prompt", "parameters")
    with page.expect_request("**/api/v1/comparisons") as sent:
        page.keyboard.press("Control+Enter")
    body = sent.value.post_data_json
    assert body["params"] == {"temperature": 0}
    assert body["models"] == ["demo/fast", {"model": "demo/thinker", "params": {"temperature": 0.6}}, "demo/markdown"]


def test_chips_are_one_stop_and_delete_removes(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.locator("#prompt").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".chip-edit").nth(1)).to_be_focused()
    page.keyboard.press("Delete")
    expect(page.locator(CHIPS)).to_have_text(["demo/fast", "demo/markdown"])
    expect(page.locator(".chip-edit").nth(1)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("ts-composer [data-add]")).to_be_focused()


def test_the_next_comparison_starts_with_the_same_models(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.locator(".chip-remove").first.click()
    page.fill("#prompt", "same models")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/c/*/")
    page.locator("ts-follow-up [data-new]").click()
    at_home(page)
    expect(page.locator(CHIPS)).to_have_text(["demo/thinker", "demo/markdown"])
    expect(page.locator("#prompt")).to_have_value("")


def test_an_old_comparison_opens_as_a_new_draft(open_page: Open) -> None:
    page = open_page()
    ready(page)
    page.fill("#prompt", "again\nplease")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/c/*/")
    page.reload()
    page.locator("ts-follow-up [data-edit]").click()
    at_home(page)
    expect(page.locator("#prompt")).to_have_value("again\nplease")


def test_a_follow_up_reaches_every_column(open_page: Open) -> None:
    page = open_page()
    ready(page)
    # One of them does not end by itself: it is stopped below.
    page.evaluate(KEEP, {"columns": [{"model": "demo/fast"}, {"model": "demo/stall"}]})
    page.reload()
    ready(page)
    page.fill("#prompt", "first question")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/c/*/")
    expect(page.locator("ts-follow-up [data-stop]")).to_be_visible()
    page.fill("#follow-up", "too early")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#follow-up-error")).to_contain_text("still running")
    expect(page.locator("ts-column").first).to_contain_text("Simulated answer")
    page.locator("ts-follow-up [data-stop]").click()
    all_ended(page)
    page.fill("#follow-up", "second question")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-asked]")).to_have_text("second question")
    expect(page.locator("#follow-up")).to_have_value("")
    page.locator(".asked summary").click()
    expect(page.locator(".asked-text")).to_have_text(["first question", "second question"])
    page.locator("ts-follow-up [data-stop]").click()
    all_ended(page)


def test_signing_out_forgets_the_draft(open_page: Open, site: Any) -> None:
    page = open_page("/accounts/sign-in/", signed_in=False)
    link = site.manage("signin_link", "visitor", "--create").strip().splitlines()[-1].split()[-1]
    page.goto(f"/accounts/link/{link.rstrip('/').rsplit('/', 1)[-1]}/")
    page.get_by_role("main").get_by_role("button").click()
    ready(page)
    page.fill("#prompt", "secret plan")
    page.locator("[popovertarget=user-menu]").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.wait_for_url("**/accounts/sign-in/**")
    stored = "JSON.stringify([{...sessionStorage}, {...localStorage}])"
    assert "secret plan" not in page.evaluate(stored)
