"""A member of staff adds, tests and rotates a key, then moves the provider: in the browser, against real hosts."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.providers.listener import Listener, listening

NAME, SLUG = "Moving its host", "moving-its-host"
KEY = "sk-live-first-5f0c2b7d9e31aa48-OLDK"
ROTATED = "sk-live-second-77e1d0c4b2a95f36-NEWK"
THIRD = "sk-live-third-0b9d8e7f6a5c4d3e-LAST"
STAFF = """
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
user, made = get_user_model().objects.get_or_create(username="keeper", defaults={"is_staff": True})
names = [f"{verb}_{model}" for model in ("provider", "endpoint", "apikey") for verb in ("view", "add", "change")]
user.user_permissions.set(Permission.objects.filter(content_type__app_label="providers", codename__in=names))
"""


@pytest.fixture
def hosts() -> Iterator[tuple[Listener, Listener]]:
    """The old host and the new one."""
    with listening() as old, listening() as new:
        yield old, new


@pytest.fixture
def page(site: Any, open_page: Callable[..., Page]) -> Page:
    """The browser of a member of staff who may keep providers and keys, and nothing else."""
    site.manage("shell", "--no-imports", "-c", STAFF)
    page = open_page("/accounts/sign-in/", signed_in=False)
    link = site.manage("signin_link", "keeper").strip().split()[-1]
    page.goto(urlsplit(link).path)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{site.url}/")
    return page


def test_a_key_from_its_first_test_to_the_move_of_its_host(page: Page, hosts: tuple[Listener, Listener]) -> None:
    old, new = hosts
    add_provider(page, old)
    old.accepts = KEY
    add_key(page)
    said(page, "works: the provider lists 2 models")
    assert f"Bearer {KEY}".encode() in old.bytes
    expect(page.get_by_label("Key:")).to_have_value("")
    assert KEY not in page.content()

    old.accepts = ROTATED
    enter_key(page, ROTATED)
    said(page, "works: the provider lists 2 models")
    assert ROTATED.encode() in old.bytes
    expect(page.get_by_text("NEWK", exact=True)).to_be_visible()

    seen = len(old.received)
    key_page = page.url
    move(page, new)
    page.goto(key_page)
    expect(page.get_by_text("nowhere: no key is stored")).to_be_visible()
    try_key(page)
    said(page, "does not work")
    assert new.received == []

    enter_key(page, THIRD)
    said(page, "works: the provider lists 2 models")
    assert f"Bearer {THIRD}".encode() in new.bytes
    for former in (KEY, ROTATED):
        assert former.encode() not in new.bytes
        assert former not in page.content()
    assert len(old.received) == seen


def said(page: Page, text: str) -> None:
    expect(page.locator(".messagelist")).to_contain_text(text)


def add_provider(page: Page, host: Listener) -> None:
    page.goto("/admin/providers/provider/add/")
    page.get_by_label("Name:").fill(NAME)
    page.get_by_label("Slug:").fill(SLUG)
    page.locator("#id_endpoints-0-base_url").fill(host.base_url)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("is a private address")).to_be_visible()
    page.locator("#id_endpoints-0-allow_private").check()
    page.get_by_role("button", name="Save", exact=True).click()
    said(page, "was added successfully")


def add_key(page: Page) -> None:
    page.goto("/admin/providers/apikey/add/")
    page.get_by_label("Provider:").select_option(label=NAME)
    page.get_by_label("Label:").fill("team key")
    page.get_by_label("Key:").fill("two words")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("no spaces or line breaks")).to_be_visible()
    assert "two words" not in page.content()
    enter_key(page, KEY)


def enter_key(page: Page, key: str) -> None:
    page.get_by_label("Key:").fill(key)
    try_key(page)


def try_key(page: Page) -> None:
    """And wait for the answer: the page before may say the same."""
    with page.expect_navigation():
        page.get_by_role("button", name="Save and test this key").click()


def move(page: Page, host: Listener) -> None:
    page.goto(f"/admin/providers/provider/?q={SLUG}")
    page.get_by_role("link", name=NAME, exact=True).click()
    page.wait_for_url("**/change/**")
    page.locator("#id_endpoints-0-base_url").fill(host.base_url)
    page.get_by_role("button", name="Save", exact=True).click()
    said(page, "wiped (team key)")
