"""A column in line says so: whom it waits for, where it stands, about how long; and it moves up."""

import json
import re
from collections.abc import Callable, Iterator
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_grid import column
from tests.fakes.counting import Counting
from tests.fakes.threaded import ThreadedProvider
from tests.stack import Stack

pytestmark = pytest.mark.e2e


@pytest.fixture
def upstream(site: Stack) -> Iterator[ThreadedProvider]:
    """A server in the place of LM Studio's, which the catalog has asked one at a time."""
    with ThreadedProvider() as running:
        url = running.provider.base_url
        site.manage("add_provider", "lm-studio", "--protocol", "openai_chat", "--base-url", url)
        yield running


def asked(site: Stack, *models: str) -> str:
    """The address of a comparison of the administrator's."""
    body = json.dumps({"prompt": "hi", "models": [f"lm-studio/{model}" for model in models]}).encode()
    headers = {"Authorization": f"Bearer {site.token('admin')}", "Content-Type": "application/json"}
    with urlopen(Request(f"{site.url}/api/v1/comparisons", body, headers), timeout=10) as answer:
        return str(json.load(answer)["url"])


def test_a_column_in_line_says_where_it_stands(
    site: Stack, open_page: Callable[..., Page], upstream: ThreadedProvider
) -> None:
    counting = Counting()
    counting.open.clear()
    upstream.play(counting)
    page = open_page(asked(site, "one", "two", "three"))
    status = page.locator("ts-column ts-status")
    expect(status.filter(has_text="Connecting")).to_have_count(1)
    expect(status.filter(has_text=re.compile(r"^Waiting for .+: next in line"))).to_have_count(1)
    expect(status.filter(has_text=re.compile(r"^Waiting for .+: 2nd in line"))).to_have_count(1)

    page.reload()
    expect(status.filter(has_text=re.compile(r"^Waiting for .+: 2nd in line"))).to_have_count(1)
    first_in_line = page.locator("ts-column", has=page.locator("ts-status", has_text="next in line"))
    stopped = first_in_line.get_by_role("button", name=re.compile("^Stop"))
    letter = str(stopped.get_attribute("aria-label")).removeprefix("Stop ")
    column(page, letter).get_by_role("button", name=f"Stop {letter}", exact=True).click()
    expect(status.filter(has_text="Stopped")).to_have_count(1)
    expect(status.filter(has_text="next in line")).to_have_count(1)

    counting.open.set()
    expect(status.filter(has_text="Done")).to_have_count(2, timeout=30_000)
    # No count, and those only: on a machine that stalls one may have been asked too early, or twice.
    stopped_one = {"A": "one", "B": "two", "C": "three"}[letter]
    assert {request.json["model"] for request in upstream.requests} >= {"one", "two", "three"} - {stopped_one}
