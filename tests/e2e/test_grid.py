"""The grid on the product's own page: what the models said is what stands there, whenever and wherever one looks."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.clients.until import wait_until
from tests.e2e.test_shell_composer import KEEP
from tests.e2e.test_shell_pages import sideways

Open = Callable[..., Page]
POST = """async ([path, body]) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
  const answer = await fetch(`/api/v1${path}`, {method: "POST", headers, body: JSON.stringify(body)});
  return answer.json();
}"""
SHOWN = """() => [...document.querySelectorAll("ts-column")].map((column) =>
  [...column.querySelectorAll(".answer-text .answer-source")].map((part) => part.textContent).join(""))"""
SLOW = "demo/slow@delay=1500,tokens=70"
"""Streams for nine seconds: over a reload."""
THINKING = "demo/thinker@delay=1500,reasoning=300,tokens=30"
"""Thinks for five seconds."""
TO_THE_TOP = """async (body) => {
  body.scrollTop = 0;
  for (let frame = 0; frame < 10; frame += 1) await new Promise((done) => requestAnimationFrame(done));
  return body.scrollTop;
}"""
"""Where it is then: the last words of an answer may still pull it to its end."""
WIDTHS = (320, 390, 600, 768, 1024, 1366, 1720)


def start(page: Page, *models: Any, prompt: str = "Compare, please", **more: Any) -> str:
    """A comparison by the API; its id."""
    created = page.evaluate(POST, ["/comparisons", {"prompt": prompt, "models": list(models), **more}])
    return str(created["id"])


def ask_here(page: Page, *models: str) -> str:
    """One whose page is there before it begins: what lasts some seconds only is seen by a slow browser, too."""
    expect(page.locator("ts-composer .chip-name")).not_to_have_count(0)
    page.evaluate(KEEP, {"prompt": "Compare, please", "columns": [{"model": model} for model in models]})
    page.reload()
    expect(page.locator("ts-composer .chip-name")).to_have_text(list(models))
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/c/*/")
    return page.url.rstrip("/").rsplit("/", 1)[1]


def stored(page: Page, comparison: str) -> dict[str, Any]:
    state: dict[str, Any] = page.evaluate(f"fetch('/api/v1/comparisons/{comparison}').then((answer) => answer.json())")  # type: ignore[call-overload]
    return state


def column(page: Page, letter: str) -> Any:
    return page.locator("ts-column").filter(has=page.locator(".badge", has_text=re.compile(f"^{letter}$")))


def status(page: Page, letter: str) -> Any:
    return column(page, letter).locator("ts-status")


def left_of(page: Page, letter: str) -> float:
    return float(column(page, letter).evaluate("(element) => element.getBoundingClientRect().left"))


def all_finished(page: Page, number: int) -> None:
    ended = re.compile(rf"^({number} of {number} finished|(?!.*running).*(failed|stopped))$")
    expect(page.locator("ts-toolbar .progress")).to_have_text(ended, timeout=60_000)


def shown_equals_stored(page: Page, comparison: str) -> None:
    """In the source view the text of every column is what the API says, to the last character."""
    page.get_by_role("button", name="Source", exact=True).click()
    expected = {run["column"]: run["text"] for run in stored(page, comparison)["runs"]}
    columns = [each["id"] for each in stored(page, comparison)["columns"]]
    wait_until(lambda: page.evaluate(SHOWN) == [expected[each] for each in columns])


def test_every_column_shows_what_the_model_said_through_a_reload_and_in_a_second_tab(open_page: Open) -> None:
    page = open_page()
    comparison = ask_here(page, "demo/markdown", SLOW, "demo/fast", "demo/long@tokens=900")
    expect(status(page, "B")).to_have_text("Streaming")
    expect(column(page, "B").locator(".answer")).to_contain_text("Simulated answer")
    page.reload()
    second = open_page(f"/c/{comparison}/")
    for each in (page, second):
        all_finished(each, 4)
        shown_equals_stored(each, comparison)


def test_endings_never_look_like_whole_answers(open_page: Open) -> None:
    page = open_page()
    comparison = start(
        page,
        "demo/broken",
        "demo/refuses",
        "demo/tools",
        "demo/flaky",
        {"model": "demo/fast", "params": {"max_tokens": 5}},
    )
    page.goto(f"/c/{comparison}/")
    all_finished(page, 5)
    expect(status(page, "A")).to_contain_text("broke off")
    expect(column(page, "A").locator(".ending")).to_contain_text("Not complete")
    expect(status(page, "B")).to_have_text("Refused")
    expect(column(page, "C").locator("ts-tool-call")).to_contain_text("get_weather")
    expect(status(page, "D")).to_have_text("Done · stop")
    expect(status(page, "E")).to_have_text("Cut off · length")
    expect(column(page, "E").locator(".ending")).to_contain_text("token limit")
    unknown = column(page, "A").locator("ts-metrics dd").nth(3)
    expect(unknown).to_have_text("–")
    expect(unknown).to_have_attribute("title", "unknown")


def test_reasoning_opens_while_it_streams_and_closes_when_the_answer_starts(open_page: Open) -> None:
    page = open_page()
    ask_here(page, THINKING)
    details = page.locator("ts-reasoning details")
    expect(details).to_have_attribute("open", "")
    expect(page.locator("ts-reasoning .reasoning-text")).not_to_be_empty()
    all_finished(page, 1)
    expect(details).not_to_have_attribute("open", "")
    expect(page.locator("ts-reasoning summary")).to_contain_text("tokens")
    column(page, "A").locator(".column-body").focus()
    page.keyboard.press("t")
    expect(details).to_have_attribute("open", "")


def test_keys_stop_one_stop_all_and_re_run(open_page: Open) -> None:
    page = open_page()
    slow = "demo/slow@delay=500,tokens=400"
    page.goto(f"/c/{start(page, slow, slow, 'demo/stall')}/")
    expect(status(page, "B")).to_have_text("Streaming")
    page.locator("h1").first.evaluate("() => document.activeElement.blur()")
    page.keyboard.press("2")
    expect(column(page, "B").locator(".column-body")).to_be_focused()
    page.keyboard.press("Escape")
    expect(status(page, "B")).to_have_text("Stopped")
    expect(column(page, "B").locator(".ending")).to_contain_text("not complete")
    expect(status(page, "A")).not_to_have_text("Stopped")
    page.keyboard.press("ArrowLeft")
    expect(column(page, "A").locator(".column-body")).to_be_focused()
    page.keyboard.press("Shift+Escape")
    for letter in "AC":
        expect(status(page, letter)).to_have_text("Stopped")
    page.keyboard.press("r")
    attempts = column(page, "A").locator(".attempts")
    expect(attempts).to_contain_text("attempt 2 of 2")
    expect(status(page, "A")).to_have_text("Streaming")
    attempts.get_by_role("button", name="Earlier attempt", exact=True).click()
    expect(attempts).to_contain_text("attempt 1 of 2")
    expect(status(page, "A")).to_have_text("Stopped")
    attempts.get_by_role("button", name="Later attempt", exact=True).click()
    expect(attempts).to_contain_text("attempt 2 of 2")
    page.keyboard.press("Shift+Escape")
    expect(status(page, "A")).to_have_text("Stopped")


def test_follow_ups_stack_and_a_re_run_above_one_asks_for_a_branch(open_page: Open, problems: Any) -> None:
    problems.allow.append("409")
    page = open_page()
    comparison = start(page, "demo/fast@rate=0", "demo/tools", prompt="First question")
    page.goto(f"/c/{comparison}/")
    all_finished(page, 2)
    expect(column(page, "A").locator(".asked-here")).to_be_hidden()
    expect(page.locator("ts-follow-up [data-send]")).to_have_attribute("aria-disabled", "false")
    page.fill("#follow-up", "Second question")
    page.keyboard.press("Control+Enter")
    expect(column(page, "A").locator(".turn")).to_have_count(2)
    all_finished(page, 2)
    expect(column(page, "A").locator(".asked-here summary")).to_have_text(["First question", "Second question"])
    shown = column(page, "A").locator(".turn")
    expect(shown.nth(0)).to_contain_text("message 1")
    expect(shown.nth(1)).to_contain_text("message 2")
    first = next(run for run in stored(page, comparison)["runs"] if run["text"] and "message 1" in run["text"])
    page.evaluate(
        "(run) => document.querySelector('ts-column .run').dispatchEvent("
        "new CustomEvent('ts-rerun', {bubbles: true, detail: {run}}))",
        first["id"],
    )
    dialog = page.get_by_role("dialog", name="This answer has a follow-up")
    dialog.get_by_role("button", name="Start a branch").click()
    expect(column(page, "A").locator(".attempts").first).to_contain_text("attempt 2 of 2")
    add = page.get_by_role("button", name="Add model")
    question = page.get_by_role("dialog", name="Add a model in a new comparison?")
    add.click()
    expect(question).to_contain_text("Follow-ups are not taken along.")
    question.get_by_role("button", name="Cancel").click()
    expect(add).to_be_focused()
    add.click()
    question.get_by_role("button", name="Open a new comparison").click()
    expect(page.get_by_role("dialog", name="Add models")).to_be_visible()
    expect(page.locator("#prompt")).to_have_value("First question")


def test_layouts_views_and_the_json_dialog(open_page: Open) -> None:
    page = open_page()
    fast = "demo/fast@rate=0"
    page.goto(f"/c/{start(page, 'demo/markdown@rate=0', fast, {'model': fast, 'samples': 2})}/")
    all_finished(page, 4)
    samples = column(page, "C").locator(".samples button")
    expect(samples).to_have_count(2)
    samples.nth(1).click()
    expect(samples.nth(1)).to_have_attribute("aria-pressed", "true")
    expect(column(page, "C").locator(".answer")).to_contain_text("Simulated answer")
    page.get_by_role("button", name="Focus + strip", exact=True).click()
    expect(column(page, "A").locator(".column-body")).to_be_visible()
    expect(column(page, "B").locator(".column-body")).to_be_hidden()
    column(page, "B").locator(".widen").click()
    expect(column(page, "B").locator(".column-body")).to_be_visible()
    page.keyboard.press("f")
    expect(column(page, "A").locator(".column-body")).to_be_visible()
    column(page, "A").locator("[data-do=json]").click()
    dialog = page.get_by_role("dialog", name="Run of A")
    expect(dialog.locator("pre")).to_contain_text('"status": "finished"')
    page.keyboard.press("Escape")
    expect(column(page, "A").locator("[data-do=json]")).to_be_focused()
    column(page, "A").get_by_role("button", name="More actions for A").click()
    expect(page.locator(".column-menu button").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".column-menu")).to_be_hidden()


def test_a_bar_a_column_and_a_text_that_says_the_same(open_page: Open) -> None:
    page = open_page(height=1000)
    page.goto(f"/c/{start(page, 'demo/thinker@tokens=30,reasoning=60', 'demo/broken')}/")
    all_finished(page, 2)
    expect(page.locator("ts-race rect.kind-reasoning")).to_have_count(1)
    expect(page.locator("ts-race rect.kind-error")).to_have_count(1)
    said = re.compile("A: Done · stop, first token after.*B: Failed · broke off", re.DOTALL)
    expect(page.locator("ts-race svg")).to_have_attribute("aria-label", said)


def test_columns_scroll_together_when_asked(open_page: Open) -> None:
    page = open_page()
    page.goto(f"/c/{start(page, *['demo/markdown@rate=0'] * 3)}/")
    all_finished(page, 3)
    first, second = (column(page, letter).locator(".column-body") for letter in "AB")
    wait_until(lambda: first.evaluate(TO_THE_TOP) == 0)
    first.hover()
    page.mouse.wheel(0, 120)
    wait_until(lambda: first.evaluate("(body) => body.scrollTop") > 0)
    before = second.evaluate("(body) => body.scrollTop")
    page.get_by_role("button", name="Sync scroll", exact=True).click()
    first.hover()
    page.mouse.wheel(0, 150)
    wait_until(lambda: second.evaluate("(body) => body.scrollTop") != before)


def test_the_status_line_speaks_and_answers_do_not(open_page: Open) -> None:
    page = open_page()
    page.goto(f"/c/{start(page, 'demo/slow@tokens=400', 'demo/slow@tokens=400')}/")
    # What has ended before somebody looks is no news: it ends now.
    expect(status(page, "A")).to_have_text("Streaming")
    expect(status(page, "B")).to_have_text("Streaming")
    column(page, "A").locator(".stop").click()
    expect(page.locator("ts-grid [data-status]")).to_contain_text("1 stopped, 1 running")
    expect(column(page, "B").locator(".column-body")).to_have_attribute("aria-busy", "true")

    expect(page.locator("ts-column [aria-live]")).to_have_count(0)
    page.keyboard.press("Shift+Escape")
    all_finished(page, 2)
    expect(column(page, "B").locator(".column-body")).to_have_attribute("aria-busy", "false")


def test_a_phone_shows_one_column_with_tabs(open_page: Open) -> None:
    page = open_page(width=390, height=844, has_touch=True)
    page.goto(f"/c/{start(page, 'demo/fast@rate=0', 'demo/markdown@rate=0', 'demo/broken@rate=0')}/")
    all_finished(page, 3)
    page.locator(".tab").nth(1).click()
    expect(page.locator(".tab").nth(1)).to_have_attribute("aria-current", "true")
    wait_until(lambda: 0 <= left_of(page, "B") <= 16)


def test_the_page_never_scrolls_sideways(open_page: Open) -> None:
    page = open_page()
    models = [f"demo/{name}@rate=0" for name in ("markdown", "tools", "broken", "thinker")]
    page.goto(f"/c/{start(page, *models)}/")
    all_finished(page, 4)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 768})

        assert sideways(page) <= 0, width


def test_without_javascript_the_answers_are_there(open_page: Open) -> None:
    page = open_page()
    comparison = start(page, "demo/fast@rate=0")
    page.goto(f"/c/{comparison}/")
    all_finished(page, 1)
    (run,) = stored(page, comparison)["runs"]
    plain = open_page(f"/c/{comparison}/", java_script_enabled=False)

    assert plain.locator(".plain-answer").first.text_content() == run["text"]
