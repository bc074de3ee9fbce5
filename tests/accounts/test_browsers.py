"""Which browsers somebody is signed in with."""

import pytest
from django.test import Client
from django.utils import timezone

from compare_site.accounts import browsers
from compare_site.accounts.models import BrowserSession, User
from compare_site.accounts.sessions import live_sessions
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.database
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"
EDGE = CHROME + " Edg/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1"


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (CHROME, "Chrome on Windows"),
        (EDGE, "Edge on Windows"),
        (IPHONE, "Safari on iPhone"),
        ("curl/8", "An unknown browser"),
        ("", "An unknown browser"),
    ],
)
def test_words(agent: str, words: str) -> None:
    assert browsers.words_of(agent) == words


def _browser(user: User, agent: str) -> Client:
    client = Client(headers={"User-Agent": agent})
    client.post("/accounts/sign-in/", {"username": user.username, "password": PASSWORD})
    return client


def test_signing_in_is_noted_and_signing_out_forgotten(alice: User, boss: User) -> None:
    first, second = _browser(alice, FIREFOX), _browser(alice, IPHONE)
    _browser(boss, CHROME)

    assert {row.user_agent for row in browsers.sessions_of(alice)} == {FIREFOX, IPHONE}
    first.post("/accounts/sign-out/")
    assert [row.session_key for row in browsers.sessions_of(alice)] == [second.session.session_key]


def test_one_of_ones_own_is_ended_and_nobody_elses(alice: User, boss: User) -> None:
    here, there, other = _browser(alice, FIREFOX), _browser(alice, IPHONE), _browser(boss, CHROME)
    rows = {row.user_agent: row.pk for row in BrowserSession.objects.all()}

    assert browsers.end_session(alice, rows[IPHONE])
    assert not browsers.end_session(alice, rows[CHROME])
    keys = [str(each.session.session_key) for each in (here, there, other)]
    assert live_sessions(keys) == {keys[0], keys[2]}


def test_all_others_at_once(alice: User, boss: User) -> None:
    here, *others = (_browser(alice, agent) for agent in (FIREFOX, IPHONE, EDGE))
    _browser(boss, CHROME)

    assert browsers.end_others(alice, here.session.session_key) == 2
    assert here.get("/private/").status_code == 200
    assert [each.get("/private/").status_code for each in others] == [302, 302]
    assert BrowserSession.objects.count() == 2


def test_a_session_from_before_is_noted_when_it_is_used(alice: User) -> None:
    here = _browser(alice, FIREFOX)
    BrowserSession.objects.all().delete()
    browsers._noted.clear()

    here.get("/private/")

    row = BrowserSession.objects.get()
    assert (row.user_agent, row.session_key) == (FIREFOX, here.session.session_key)
    BrowserSession.objects.update(last_seen_at=timezone.now() - 2 * browsers.NOTED_EVERY)
    here.get("/private/")
    assert BrowserSession.objects.get().last_seen_at < timezone.now() - browsers.NOTED_EVERY


def test_what_has_run_out_is_not_listed(alice: User) -> None:
    here = _browser(alice, FIREFOX)
    here.session.delete()

    assert browsers.sessions_of(alice) == []
    assert not BrowserSession.objects.exists()
