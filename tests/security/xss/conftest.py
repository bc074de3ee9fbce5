"""One site, one browser, one hostile provider for all tests here."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.security.live import Live, Operator
from tests.security.xss.browser import Watched, chromium, context_of
from tests.security.xss.hostile import Hostile
from tests.stack import Stack

PROVIDER = """
from providers.models import Endpoint, Provider
spec = {{"slug": "pay", "name": "Pay", "base_url": {url!r}, "auth": {{"kind": "none"}}}}
row = Provider.objects.create(slug="pay", name="Pay", spec_data=spec)
Endpoint.objects.create(provider=row, protocol="openai_chat", base_url={url!r}, allow_private=True)
"""


@dataclass
class Stage:
    """Everything that a test of this folder needs."""

    site: Live
    hostile: Hostile
    browser: Browser

    def page(self, actor: str) -> Watched:
        """A page of a fresh window of ``actor``."""
        context = context_of(self.browser, self.site.url, self.site.jars.get(actor, {}))
        return Watched(context.new_page(), self.site.url).watch()


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The real site with a provider that says hostile things."""
    folder = tmp_path_factory.mktemp("xss")
    with Hostile() as hostile, Stack(folder) as stack, Operator(stack) as operator, sync_playwright() as playwright:
        site = Live.of(operator)
        site.run(PROVIDER.format(url=hostile.base_url))
        with chromium(playwright) as browser:
            yield Stage(site, hostile, browser)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The whole corpus is for ``-m slow``: `make test` takes a sample of it."""
    if "slow" in config.option.markexpr:
        return
    skip = pytest.mark.skip(reason="the whole corpus: pytest -m slow tests/security/xss")
    for item in items:
        if item.path.parent == Path(__file__).parent and item.get_closest_marker("slow"):
            item.add_marker(skip)
