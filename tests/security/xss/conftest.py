"""One site, one browser, one hostile provider for all tests here."""

from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.security.live import Live, Operator
from tests.security.xss.browser import chromium
from tests.security.xss.hostile import SLUGS, Hostile
from tests.security.xss.stage import WAIT, Stage
from tests.stack import Stack

expect.set_options(timeout=WAIT)
ADD = """
import io
from django.core.management import call_command
for protocol, slug in {slugs!r}.items():
    call_command("add_provider", slug, "--protocol", protocol, "--base-url", {url!r}, stdout=io.StringIO())
said = None
"""


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The real site with a provider that says hostile things by every protocol it speaks."""
    folder = tmp_path_factory.mktemp("xss")
    with ExitStack() as entered:
        hostile = entered.enter_context(Hostile())
        ports = {"DISCOVERY_PORTS": str(urlsplit(hostile.base_url).port)}
        stack = entered.enter_context(Stack(folder, environment=ports))
        site = Live.of(entered.enter_context(Operator(stack)))
        playwright = entered.enter_context(sync_playwright())
        site.run(ADD.format(slugs=SLUGS, url=hostile.base_url))
        with chromium(playwright) as browser:
            yield Stage(site, hostile, browser)
