"""A batch from a form to its files, and a comparison that leaves as a file and comes back, as people walk."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Problems
from tests.e2e.test_grid import POST, all_finished, column, start, stored
from tests.e2e.test_shell_pages import axe, sideways, violations

Open = Callable[..., Page]
__all__ = ["axe"]
ODD = {"a=b": "one\r\ntwo=2"}
QUICK, SLOW = "demo/fast@rate=0,tokens=12,delay=0", "demo/fast@rate=20,tokens=4000"


def saved(page: Page, name: str) -> Path:
    """The file behind an entry of the open menu."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    return Path(download.value.path())


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1366, "light")])
def test_a_batch_is_walked(open_page: Open, problems: Problems, axe: str, width: int, scheme: str) -> None:
    page = open_page("/batches/new/", width=width, height=850, color_scheme=scheme)
    problems.allow.append("422")
    title = f"A walk, {width} wide"
    page.get_by_role("button", name="Start the batch").click()
    expect(page.locator("#inputs-error")).to_contain_text("Write one input in each line")
    expect(page.get_by_label("A model to add")).to_be_visible()
    assert violations(page, axe) == ""
    assert sideways(page) <= 0
    page.get_by_label("Models, one in each line").fill(SLOW)
    page.get_by_label("A model to add").fill("demo/fast")
    page.get_by_role("button", name="Add model").click()
    expect(page.get_by_label("Models, one in each line")).to_have_value(f"{SLOW}\ndemo/fast")
    page.get_by_label("Models, one in each line").fill(f"{SLOW}\n{QUICK}")
    page.get_by_label("Title", exact=True).fill(title)
    page.get_by_label("Inputs at once").fill("1")
    file = {"name": "q.csv", "mimeType": "text/csv", "buffer": b"prompt,city\nWhere?,Rome\nWhen?,Paris\n"}
    page.locator("[name=file]").set_input_files(file)
    page.get_by_role("button", name="Start the batch").click()

    rows = page.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("running")
    expect(rows.nth(1)).to_contain_text("waiting")
    page.reload()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("[data-state]")).to_have_text("stopped")
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible()
    assert violations(page, axe) == ""
    assert sideways(page) <= 0
    page.get_by_label("Search the inputs").fill("paris")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("When?")
    assert page.url.endswith("?q=paris")
    page.get_by_label("Show", exact=True).select_option("failed")
    expect(page.get_by_text("No input fits.")).to_be_visible()
    page.get_by_role("button", name="Export", exact=True).click()
    assert b"not started" in saved(page, "CSV table").read_bytes()
    page.get_by_role("button", name="Delete this batch").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    page.wait_for_url("**/batches/")
    expect(page.get_by_role("heading", name="Batches", exact=True)).to_be_visible()
    expect(page.locator("main")).not_to_contain_text(title)


def named_anew(page: Page, comparison: str, axe: str) -> None:
    page.locator("details.asked > summary").click()
    name = page.get_by_role("button", name="Title, tags and metadata…", exact=True)
    name.click()
    dialog = page.get_by_role("dialog", name="Title, tags and metadata")
    dialog.get_by_label("Title", exact=True).fill("<i>A better name</i>")
    dialog.get_by_label("Tags").fill("silver")
    dialog.get_by_label("Key 1", exact=True).fill("ticket")
    dialog.get_by_label("Value 1", exact=True).fill("T=7")
    assert violations(page, axe) == ""
    dialog.get_by_role("button", name="Save").click()
    expect(name).to_be_focused()
    expect(page).to_have_title("<i>A better name</i> · Touchstone")
    expect(page.locator("[data-asked-all]")).to_contain_text("#silver")
    kept = stored(page, comparison)
    assert (kept["title"], kept["tags"], kept["metadata"]) == ("<i>A better name</i>", ["silver"], {"ticket": "T=7"})


def test_a_comparison_leaves_and_comes_back(open_page: Open, problems: Problems, axe: str, tmp_path: Path) -> None:
    page = open_page(width=1366, height=850)
    comparison = start(page, {"model": QUICK, "tags": ["gold"], "metadata": ODD})
    page.goto(f"/c/{comparison}/")
    all_finished(page, 1)
    page.get_by_role("button", name="Export", exact=True).click()
    assert violations(page, axe) == ""
    file = tmp_path / "file.json"
    file.write_bytes(saved(page, "JSON, to import again").read_bytes())
    said = json.loads(file.read_bytes())

    column(page, "A").get_by_role("button", name="More actions for A").click()
    page.get_by_role("button", name="Copy as code…", exact=True).click()
    dialog = page.get_by_role("dialog", name="Request of A as code")
    expect(dialog.locator("pre")).to_contain_text("curl --no-buffer")
    dialog.get_by_role("button", name="Python, openai").click()
    expect(dialog.locator("pre")).to_contain_text("from openai import OpenAI")
    assert violations(page, axe) == ""
    page.keyboard.press("Escape")

    column(page, "A").get_by_role("button", name="More actions for A").click()
    page.get_by_role("button", name="Tags and metadata…", exact=True).click()
    dialog = page.get_by_role("dialog", name="Tags and metadata of A")
    dialog.get_by_label("Tags").fill("<b>best</b>")
    expect(dialog.get_by_label("Key 1", exact=True)).to_have_value("a=b")
    dialog.get_by_role("button", name="Add a pair").click()
    dialog.get_by_label("Value 2", exact=True).fill("9")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_label("Key 2", exact=True)).to_be_focused()
    expect(dialog.get_by_text("Give this value a key.")).to_be_visible()
    assert violations(page, axe) == ""
    page.keyboard.type("score")
    dialog.get_by_role("button", name="Save").click()
    expect(column(page, "A").locator(".run-foot .chip")).to_have_text(["#<b>best</b>", "a=b: one two=2", "score: 9"])
    column(page, "A").get_by_role("button", name="More actions for A").click()
    page.get_by_role("button", name="Tags and metadata…", exact=True).click()
    dialog.get_by_role("button", name="Remove pair 2").click()
    dialog.get_by_role("button", name="Save").click()
    expect(column(page, "A").locator(".run-foot .chip")).to_have_text(["#<b>best</b>", "a=b: one two=2"])
    run = stored(page, comparison)["runs"][0]
    assert run["labels"] == ODD
    page.evaluate(POST, [f"/runs/{run['id']}/rerun", {}])
    expect(column(page, "A").locator(".run-foot .chip")).to_have_text(["#gold", "a=b: one two=2"])

    named_anew(page, comparison, axe)

    problems.allow.append("422")
    page.goto("/history/")
    page.locator("ts-import input").set_input_files({"name": "x.json", "mimeType": "application/json", "buffer": b"{}"})
    expect(page.locator("[data-import-problem]")).to_contain_text("not a comparison that was exported")
    page.locator("ts-import input").set_input_files(file)
    page.wait_for_url("**/c/*/")
    assert comparison not in page.url
    expect(page.locator("ts-column")).to_contain_text(said["runs"][0]["text"][:20])
    expect(page.locator("ts-column")).to_contain_text("imported")
