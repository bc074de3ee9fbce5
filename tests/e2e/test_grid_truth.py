"""The grid under load on the product's own page: what stands in the document is what the provider says it sent."""

import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.clients.until import wait_until
from tests.e2e.test_grid import ask_here

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
Open = Callable[..., Page]
RATE, TOKENS, COLUMNS = 80, 640, 12
STATE = "(id) => fetch(`/api/v1/comparisons/${id}`).then((answer) => answer.json())"
TEXTS = """(selector) => [...document.querySelectorAll("ts-column")].map((column) =>
  [...column.querySelectorAll(selector)].map((part) => part.textContent).join(""))"""
FRAMES = """() => {
  const shrunk = (window.__shrunk = []);
  const longest = new Map();
  const look = () => {
    for (const column of document.querySelectorAll("ts-column")) {
      const length = column.querySelector(".answer-text")?.textContent.length ?? 0;
      if (length + 200 < (longest.get(column) ?? 0)) shrunk.push([length, longest.get(column)]);
      longest.set(column, Math.max(length, longest.get(column) ?? 0));
    }
    requestAnimationFrame(look);
  };
  look();
}"""


def sent(run: dict[str, Any]) -> str:
    """The text as the provider says it sent it."""
    root = run["hops"][-1]["base_url"].removesuffix("/v1")
    with urllib.request.urlopen(f"{root}/_sent/{run['response_id']}", timeout=10) as answer:
        report = json.load(answer)
    assert report["finished"]
    return str(report["text"])


def words(text: str) -> str:
    """Without white space: paragraphs have none between them in the document."""
    return re.sub(r"\s+", "", text)


def test_twelve_fast_columns_with_a_reload_in_the_middle(open_page: Open) -> None:
    page = open_page("/", width=1720)
    plain = f"demo/fast@rate={RATE},tokens={TOKENS}"
    models = [plain if number % 2 else f"{plain},unicode=1" for number in range(COLUMNS)]
    comparison = ask_here(page, *models)
    middle = TOKENS // 4  # characters: enough to see it grow, early enough for a slow browser
    long_enough = f"(texts) => texts.length === {COLUMNS} && texts.every((text) => text.length > {middle})"
    page.wait_for_function(f"() => ({long_enough})(({TEXTS})('.answer-text'))", timeout=60_000)
    assert "running" in {run["status"] for run in page.evaluate(STATE, comparison)["runs"]}
    page.reload()
    page.evaluate(FRAMES)
    expect(page.locator("ts-toolbar .progress")).to_have_text(f"{COLUMNS} of {COLUMNS} finished", timeout=90_000)
    state = page.evaluate(STATE, comparison)
    runs = {run["column"]: run for run in state["runs"]}
    truth = [sent(runs[column["id"]]) for column in state["columns"]]
    assert page.evaluate("window.__shrunk") == []
    plain_truth = [words(text) for text in truth[1::2]]
    wait_until(lambda: [words(text) for text in page.evaluate(TEXTS, ".answer-text")[1::2]] == plain_truth)
    page.get_by_role("button", name="Source", exact=True).click()
    wait_until(lambda: page.evaluate(TEXTS, ".answer-text .answer-source") == truth)
    assert len(set(truth)) == COLUMNS
