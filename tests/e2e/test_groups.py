"""An administrator makes a group of two deployments in the browser; it is chosen, and the second one answers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fakes.provider_server import refuses
from tests.fakes.threaded import ThreadedProvider
from tests.stack import Stack

LIMITED = refuses(429, {"error": {"message": "not so fast"}})
CONFIG = """
model_list:
- model_name: brought-along
  litellm_params: {model: openai/gpt-6-luna, api_key: sk-CANARY-in-the-browser-0123456789}
"""


@pytest.fixture
def busy(site: Stack) -> Iterator[ThreadedProvider]:
    """A provider that is limited whenever it is asked."""
    with ThreadedProvider() as upstream:
        upstream.play(LIMITED)
        site.manage("add_provider", "busy", "--protocol", "openai_chat", "--base-url", upstream.provider.base_url)
        yield upstream


def test_a_group_from_the_administration_to_an_answer(
    site: Stack, open_page: Callable[..., Page], busy: ThreadedProvider
) -> None:
    page = open_page("/admin/providers/modelgroup/add/")
    make_group(page)
    page.goto("/")
    page.locator("ts-composer [data-add]").click()
    page.locator("#picker-search").fill("fast or else")
    expect(page.locator("ts-picker [role=option]")).to_have_count(1)
    option = page.locator("ts-picker [role=option][data-id='group/fast-slow']")
    expect(option).to_be_visible()
    expect(page.locator("ts-picker").get_by_text("Groups", exact=True)).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("ts-composer .chip-name").last).to_contain_text("group/fast-slow")
    page.locator("#prompt").fill("Who answers?")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/c/*/")

    column = page.locator("ts-column").last
    expect(column.get_by_role("heading")).to_contain_text("fast-slow")
    expect(column).to_contain_text("Done · stop")
    expect(column).to_contain_text("Group · fast")  # which model has answered
    assert len(busy.requests) == 1


def make_group(page: Page) -> None:
    """Two deployments, the second through the button for one more; a circle is refused on the way."""
    page.get_by_label("Name:").fill("fast-slow")
    page.locator("#id_label").fill("Fast or else")
    page.locator("#id_deployments-0-model").fill("busy/model-1")
    page.locator("#deployments-group .add-row a").click()
    page.locator("#id_deployments-1-model").fill("demo/fast")
    page.locator("#id_deployments-1-priority").fill("2")
    page.locator("#id_fallbacks").fill("group/fast-slow")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("There is no model group “fast-slow” here")).to_be_visible()
    page.locator("#id_fallbacks").fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".messagelist")).to_contain_text("was added successfully")


def test_a_configuration_is_looked_at_and_then_taken(open_page: Callable[..., Page], tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(CONFIG)
    page = open_page("/admin/providers/modelgroup/")
    page.get_by_role("link", name="Import from LiteLLM", exact=True).click()
    for tick, heading in ((True, "What would happen; nothing was changed"), (False, "What was done")):
        page.locator("#id_file").set_input_files(file)
        page.locator("#id_only_try").set_checked(tick)
        page.get_by_role("button", name="Import", exact=True).click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.locator("#import-report")).to_contain_text("openai/gpt-6-luna in group/brought-along")
        assert "CANARY" not in page.content()
    page.goto("/admin/providers/modelgroup/")
    expect(page.get_by_role("link", name="brought-along", exact=True)).to_be_visible()
