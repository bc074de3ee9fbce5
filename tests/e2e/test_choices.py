"""What is asked besides the prompt: a schema for the answer, a protocol, how to reason, the answer in one piece."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.clients.until import wait_until
from tests.e2e.conftest import Problems
from tests.e2e.test_shell_composer import KEEP, at_home
from tests.fakes.provider_server import answers, says
from tests.fakes.threaded import ThreadedProvider
from tests.stack import Stack

Open = Callable[..., Page]
MODEL = "doors/model-1"
SCHEMA = {"title": "Place", "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@pytest.fixture(scope="module")
def upstream(site: Stack) -> Iterator[ThreadedProvider]:
    """One provider with two doors."""
    with ThreadedProvider() as provider:
        address = ("--base-url", provider.provider.base_url)
        site.manage("add_provider", "doors", "--protocol", "openai_responses", *address)
        site.manage("add_provider", "doors", "--protocol", "openai_chat", *address, "--model", "model-1")
        yield provider


def with_models(page: Page, *models: str) -> None:
    """The draft has these columns."""
    expect(page.locator("ts-composer .chip-name")).not_to_have_count(0)
    draft = {"prompt": "Where?", "columns": [{"model": model} for model in models]}
    page.evaluate(KEEP, draft)
    page.reload()
    expect(page.locator("ts-composer .chip-name")).to_have_text(list(models))


def unfold(page: Page, name: str) -> None:
    expect(page.locator("ts-params dialog")).to_be_visible()
    fold = page.locator("ts-params details", has_text=name)
    if fold.get_attribute("open") is None:
        fold.locator("summary").click()


def run(page: Page) -> Any:
    """Starts it; what was sent."""
    with page.expect_request("**/api/v1/comparisons") as sent:
        page.keyboard.press("Control+Enter")
    return sent.value.post_data_json


def test_a_schema_is_asked_of_the_provider_and_its_verdict_is_shown(
    open_page: Open, upstream: ThreadedProvider
) -> None:
    upstream.play(says('{"city": 5}'))
    before = len(upstream.requests)
    page = open_page()
    with_models(page, MODEL)
    page.locator("[data-edit-params]").click()
    expect(page.locator("#p-schema")).to_be_hidden()
    unfold(page, "Answer as JSON")
    page.fill("#p-schema", "{city}")
    page.keyboard.press("Tab")
    expect(page.locator("#p-schema-error")).to_contain_text("A JSON object, please")
    expect(page.locator("#p-schema")).to_have_attribute("aria-invalid", "true")
    page.fill("#p-schema", json.dumps(SCHEMA))
    page.select_option("#p-method", "json_mode")
    expect(page.locator("#p-strict")).to_be_disabled()
    expect(page.locator("#p-strict-hint")).to_have_text("not with JSON mode: it knows no schema")
    page.select_option("#p-method", "json_schema")
    page.select_option("#p-strict", "true")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-params]")).to_contain_text("JSON Place")
    page.reload()
    expect(page.locator("[data-params]")).to_contain_text("strict yes")
    assert run(page)["output"] == {"schema": SCHEMA, "method": "json_schema", "strict": True}
    foot = page.locator("ts-column").first.locator(".ending")
    expect(foot).to_contain_text("Not the JSON that was asked for")
    expect(foot).to_contain_text("$.city: 5 is not of type 'string'")
    # What another test has started may be asked for after it has ended.
    bodies = [received.json for received in upstream.requests[before:]]
    asked = [body["response_format"]["json_schema"] for body in bodies if "response_format" in body]
    assert [(schema["schema"], schema["strict"]) for schema in asked] == [(SCHEMA, True)]


def test_what_the_server_finds_wrong_with_a_schema_is_said_at_it(open_page: Open, problems: Problems) -> None:
    problems.allow.append("422")
    page = open_page()
    with_models(page, "demo/fast")
    page.locator(".chip-edit").first.click()
    unfold(page, "Answer as JSON")
    page.fill("#p-schema", '{"type": "object", "properties": {"city": {"type": "town"}}}')
    page.keyboard.press("Control+Enter")
    expect(page.locator(".model-chip .override")).to_have_text("JSON by schema*")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog", name="Column A: demo/fast")).to_be_visible()
    expect(page.locator("#p-schema")).to_be_focused()
    expect(page.locator("#p-schema-error")).to_contain_text("This is no JSON Schema: $.properties.city.type")
    page.keyboard.press("Escape")
    expect(page.locator("#prompt")).to_have_value("Where?")
    expect(page.locator(".model-chip.refused")).to_have_count(1)


def test_a_column_offers_the_efforts_that_its_model_knows(open_page: Open) -> None:
    page = open_page()
    with_models(page, "moonshot/kimi-k3", "demo/fast")
    page.locator(".chip-edit").first.click()
    offered = page.locator("#p-effort option:not([hidden])")
    expect(offered).to_have_text(["not sent", "low", "high", "maximum"])
    page.select_option("#p-protocol", "messages")
    expect(offered).to_have_count(8)
    page.keyboard.press("Escape")
    page.locator(".chip-edit").nth(1).click()
    expect(offered).to_have_count(8)


def test_the_protocol_of_a_column_reaches_the_provider(open_page: Open, upstream: ThreadedProvider) -> None:
    upstream.play(answers())
    before = len(upstream.requests)
    page = open_page()
    with_models(page, MODEL, "demo/fast")
    page.locator(".chip-edit").nth(1).click()
    expect(page.locator("#p-samples")).to_be_visible()
    expect(page.locator("#p-protocol")).to_be_hidden()
    page.keyboard.press("Escape")
    page.locator(".chip-edit").first.click()
    offered = page.locator("#p-protocol option:not([hidden])")
    expect(offered).to_have_text(["automatic", "Chat Completions", "Responses"])
    page.select_option("#p-protocol", "responses")
    unfold(page, "Advanced")
    page.fill("#p-budget", "2048")
    page.select_option("#p-summary", "concise")
    page.select_option("#p-stream", "false")
    page.fill("#p-service_tier", "flex")
    page.select_option("#p-effort", "low")
    page.keyboard.press("Control+Enter")
    marks = page.locator(".model-chip").first.locator(".override")
    expect(marks).to_have_text(["via Responses", "effort low* +4"])
    expect(page.locator("ts-column").first.locator(".override").first).to_have_text("via Responses")
    own = {
        "model": MODEL,
        "protocol": "responses",
        "stream": False,
        "params": {"service_tier": "flex"},
        "reasoning": {"effort": "low", "summary": "concise", "budget": 2048},
    }
    assert run(page)["models"] == [own, "demo/fast"]
    received = wait_until(lambda: [one for one in upstream.requests[before:] if one.path.endswith("/responses")])
    body = received[0].json
    assert not body.get("stream")
    assert body["reasoning"] == {"effort": "low", "summary": "concise"}
    page.wait_for_url("**/c/*/")
    expect(page.locator("ts-column").first.locator(".override").first).to_have_text("via Responses")
    page.locator("ts-follow-up [data-edit]").click()
    at_home(page)
    expect(marks.first).to_have_text("via Responses")
    page.fill("#prompt", "Again")
    assert run(page)["models"] == [own, "demo/fast"]


def test_a_column_shows_what_it_inherits_and_sets_its_own_over_it(open_page: Open) -> None:
    page = open_page()
    with_models(page, "demo/fast", "demo/thinker")
    page.locator("[data-edit-params]").click()
    unfold(page, "Advanced")
    page.select_option("#p-stream", "false")
    page.select_option("#p-logprobs", "true")
    page.fill("#p-top_logprobs", "21")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#p-top_logprobs-error")).to_have_text("Between 0 and 20.")
    page.fill("#p-top_logprobs", "2")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-params]")).to_contain_text("alternatives 2")
    page.locator(".chip-edit").nth(1).click()
    expect(page.locator("#p-samples")).to_be_visible()
    unfold(page, "Advanced")
    expect(page.locator("#p-stream option").first).to_have_text("as all columns: in one piece")
    expect(page.locator("#p-top_logprobs")).to_have_attribute("placeholder", "2")
    page.select_option("#p-stream", "true")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".model-chip .override")).to_have_text("answer as it is written*")
    body = run(page)
    assert body["params"] == {"logprobs": True, "top_logprobs": 2}
    assert body["models"] == [{"model": "demo/fast", "stream": False}, {"model": "demo/thinker", "stream": True}]
