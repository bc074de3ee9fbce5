"""The pages below /account/, on the site as it is."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import clear_url_caches

from compare_site import settings as whole
from compare_site.accounts.models import ApiToken, BrowserSession, User
from compare_site.accounts.tokens import bearer_of, create_api_token
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.database
NEW = "another long secret"


@pytest.fixture(autouse=True)
def whole_site(bare_site: None, settings: Any) -> None:
    settings.ROOT_URLCONF, settings.TEMPLATES = whole.ROOT_URLCONF, whole.TEMPLATES
    clear_url_caches()


@pytest.fixture
def browser(client: Client, alice: User) -> Client:
    client.post("/accounts/sign-in/", {"username": "alice", "password": PASSWORD})
    return client


def test_preferences_are_kept_and_obeyed_by_the_next_page(browser: Client, alice: User) -> None:
    assert 'data-letters="on"' in browser.get("/").content.decode()

    saved = browser.post("/account/", {"language": "zh-hans", "theme": "dark"}, follow=True)

    alice.refresh_from_db()
    assert (alice.language, alice.theme, alice.letter_keys) == ("zh-hans", "dark", False)
    page = saved.content.decode()
    assert 'lang="zh-Hans" data-theme="dark"' in page
    assert 'data-letters="off"' in page
    assert browser.post("/account/", {"language": "", "theme": "auto", "letter_keys": "on"}).status_code == 302
    alice.refresh_from_db()
    assert (alice.language, alice.theme, alice.letter_keys) == ("", "", True)


@pytest.mark.parametrize("said", [{"language": "xx", "theme": "dark"}, {"language": "en", "theme": "<b>"}])
def test_preferences_that_do_not_exist_change_nothing(browser: Client, alice: User, said: dict[str, str]) -> None:
    page = browser.post("/account/", said)

    assert (page.status_code, 'aria-invalid="true"' in page.content.decode()) == (200, True)
    alice.refresh_from_db()
    assert (alice.language, alice.theme) == ("", "")


def test_the_switch_of_the_help_is_the_same_preference(browser: Client, alice: User) -> None:
    assert browser.post("/account/shortcuts/", {"letters": "off"}).status_code == 204
    assert browser.post("/account/shortcuts/", {"letters": "perhaps"}).status_code == 400
    alice.refresh_from_db()
    assert not alice.letter_keys


def test_a_new_password_ends_every_other_browser_and_not_this_one(browser: Client, alice: User) -> None:
    other = Client()
    other.post("/accounts/sign-in/", {"username": "alice", "password": PASSWORD})

    changed = browser.post("/account/password/", {"current": PASSWORD, "password": NEW, "again": NEW})

    assert changed.status_code == 302
    assert browser.get("/account/").status_code == 200
    assert other.get("/account/").status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"current": "wrong"}, "This is not your present password."),
        ({"current": ""}, "This is not your present password."),
        ({"again": "something else"}, "The two passwords are not the same."),
        ({"password": "alice123", "again": "alice123"}, "too similar to the username"),
    ],
)
def test_problems_with_a_password_stand_at_their_field(
    browser: Client, alice: User, said: dict[str, str], problem: str
) -> None:
    page = browser.post("/account/password/", {"current": PASSWORD, "password": NEW, "again": NEW, **said})

    assert problem in page.content.decode()
    assert NEW not in page.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_who_came_by_a_link_sets_a_first_password(client: Client, alice: User) -> None:
    alice.set_unusable_password()
    alice.save()
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")

    assert b"Set a password" in client.get("/account/").content
    assert client.post("/account/password/", {"password": NEW, "again": NEW}).status_code == 302
    alice.refresh_from_db()
    assert alice.check_password(NEW)


def test_a_token_is_shown_once_and_revoked(browser: Client, alice: User) -> None:
    page = browser.post("/account/tokens/", {"label": "laptop"}).content.decode()
    found = re.search(r'id="made-token" type="text" readonly value="([\w-]{43})"', page)

    assert found
    token = ApiToken.objects.get(user=alice, label="laptop")
    assert bearer_of(found[1])
    listed = browser.get("/account/tokens/").content.decode()
    assert "laptop" in listed
    assert "last used" in listed
    assert found[1] not in listed
    assert browser.post(f"/account/tokens/{token.pk}/revoke/").status_code == 302
    assert bearer_of(found[1]) is None


def test_somebody_elses_token_and_session_do_not_exist(browser: Client, boss: User) -> None:
    row, _ = create_api_token(boss)
    Client().post("/accounts/sign-in/", {"username": "boss", "password": PASSWORD})
    session = BrowserSession.objects.get(user=boss)

    assert browser.post(f"/account/tokens/{row.pk}/revoke/").status_code == 404
    assert browser.post(f"/account/sessions/{session.pk}/end/").status_code == 404
    assert ApiToken.objects.exists()
    assert BrowserSession.objects.filter(pk=session.pk).exists()


def test_sessions_are_named_and_signed_out(browser: Client, alice: User) -> None:
    phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1"
    others = [Client(headers={"User-Agent": phone}) for _ in range(3)]
    for other in others:
        other.post("/accounts/sign-in/", {"username": "alice", "password": PASSWORD})
    page = browser.get("/account/sessions/").content.decode()

    assert page.count("Safari on iPhone") >= 3
    assert page.count("this browser") == 1
    first = BrowserSession.objects.get(session_key=others[0].session.session_key)
    assert browser.post(f"/account/sessions/{first.pk}/end/").status_code == 302
    assert [other.get("/account/").status_code for other in others] == [302, 200, 200]
    assert "2 browsers" in browser.post("/account/sessions/others/end/", follow=True).content.decode()
    assert [other.get("/account/").status_code for other in others] == [302] * 3
    assert browser.get("/account/").status_code == 200
