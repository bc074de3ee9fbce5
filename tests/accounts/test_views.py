"""Signing in and out at the real doors."""

from typing import Any

import pytest
from django.test import Client

from compare_site.accounts.links import create_sign_in_link
from compare_site.accounts.models import User
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.database

SIGN_IN = "/accounts/sign-in/"


def _sign_in(client: Client, name: str = "alice", password: str = PASSWORD, **more: Any) -> Any:
    return client.post(SIGN_IN, {"username": name, "password": password, **more})


def test_name_and_password_open_the_site_with_a_new_session(client: Client, alice: User) -> None:
    client.post("/accounts/language/", {"language": "en"})
    assert client.get("/private/").status_code == 302

    response = _sign_in(client)

    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/private/").content == b"alice"
    cookie = client.cookies["touchstone_session"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


def test_a_session_from_before_signing_in_is_not_carried_over(client: Client, alice: User) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key

    _sign_in(client)

    assert client.session.session_key != planted


def test_wrong_name_wrong_password_and_switched_off_look_the_same(client: Client, alice: User) -> None:
    User.objects.create_user("gone", password=PASSWORD, is_active=False)
    answers = [_sign_in(client, "alice", "wrong"), _sign_in(client, "nobody"), _sign_in(client, "gone")]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.content.split(b"SIGN-IN")[1] for answer in answers}) == 1
    assert b"not right" in answers[0].content


@pytest.mark.parametrize("name", ["a\x00b", "", "x" * 5000, "' OR 1=1 --"])
def test_odd_names_are_only_wrong(client: Client, alice: User, name: str) -> None:
    assert _sign_in(client, name).status_code == 200
    assert client.post("/admin/login/", {"username": name, "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize(
    ("target", "there"),
    [
        ("/history/?q=a", "/history/?q=a"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http://testserver.evil.example/", "/"),
        ("", "/"),
    ],
)
def test_next_leads_only_to_this_site(client: Client, alice: User, target: str, there: str) -> None:
    assert _sign_in(client, next=target)["Location"] == there


def test_guessing_is_locked_out_here_and_in_the_admin_but_not_for_others(
    client: Client, alice: User, settings: Any
) -> None:
    User.objects.create_user("bob", password=PASSWORD)
    answers = [_sign_in(client, password=f"guess {n}").status_code for n in range(settings.AXES_FAILURE_LIMIT)]

    assert answers[:-1] == [200] * (settings.AXES_FAILURE_LIMIT - 1)
    assert _sign_in(client).status_code == 429
    assert b"LOCKED" in _sign_in(client).content
    assert client.post("/admin/login/", {"username": "alice", "password": PASSWORD}).status_code == 429
    assert _sign_in(Client(), "bob").status_code == 302


def test_guessing_at_the_admins_door_locks_as_well(client: Client, boss: User, settings: Any) -> None:
    for n in range(settings.AXES_FAILURE_LIMIT):
        client.post("/admin/login/", {"username": "boss", "password": f"guess {n}"})

    assert _sign_in(client, "boss").status_code == 429


def test_signing_out_takes_a_post_and_ends_the_session(client: Client, alice: User) -> None:
    client.force_login(alice)

    assert client.get("/accounts/sign-out/").status_code == 405
    assert client.get("/private/").status_code == 200
    assert client.post("/accounts/sign-out/")["Location"] == SIGN_IN
    assert client.get("/private/").status_code == 302
    assert client.post("/accounts/sign-out/").status_code == 302


@pytest.mark.parametrize(
    "path", [SIGN_IN, "/accounts/sign-out/", "/accounts/language/", "/accounts/theme/", "/accounts/link/x/"]
)
def test_every_post_needs_the_csrf_token(strict: Client, db: None, path: str) -> None:
    assert strict.post(path, {"language": "en", "theme": "dark"}).status_code == 403


def test_a_link_asks_first_and_signs_in_once(client: Client, alice: User) -> None:
    path = create_sign_in_link("alice")

    assert [client.get(path).status_code, client.head(path).status_code] == [200, 200]
    assert client.get("/private/").status_code == 302
    assert client.get(path)["Cache-Control"].count("no-store") == 1
    assert client.post(path)["Location"] == "/"
    assert client.get("/private/").content == b"alice"
    for spent in (Client().get(path), Client().post(path)):
        assert spent.status_code == 404
        assert b"does not work any more" in spent.content


def test_a_link_replaces_the_session_of_somebody_else(client: Client, alice: User, boss: User) -> None:
    client.force_login(boss)
    before = client.session.session_key

    client.post(create_sign_in_link("alice"))

    assert client.get("/private/").content == b"alice"
    assert client.session.session_key != before


def test_a_link_gets_past_the_lock_out(client: Client, alice: User, settings: Any) -> None:
    for n in range(settings.AXES_FAILURE_LIMIT + 1):
        _sign_in(client, password=f"guess {n}")

    assert client.post(create_sign_in_link("alice")).status_code == 302


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_a_link_knows_no_other_methods(client: Client, alice: User, method: str) -> None:
    assert getattr(client, method)(create_sign_in_link("alice")).status_code == 405


def test_language_is_kept_in_a_cookie_and_with_the_user(client: Client, alice: User) -> None:
    assert client.post("/accounts/language/", {"language": "zh-hans", "next": "/history/"})["Location"] == "/history/"
    assert client.get("/").content.decode() == "|zh-hans|"

    client.force_login(alice)
    client.post("/accounts/language/", {"language": "zh-hans"})
    elsewhere = Client(headers={"Accept-Language": "en"})
    elsewhere.force_login(alice)

    assert elsewhere.get("/").content.decode() == "alice|zh-hans|"
    assert elsewhere.get("/")["Content-Language"] == "zh-hans"
    assert Client(headers={"Accept-Language": "en"}).get("/").content.decode() == "|en|"


def test_theme_is_kept_in_a_cookie_and_with_the_user(client: Client, alice: User) -> None:
    client.force_login(alice)
    response = client.post("/accounts/theme/", {"theme": "dark"})

    assert response.status_code == 204
    assert client.cookies["theme"].value == "dark"
    assert User.objects.get(pk=alice.pk).theme == "dark"
    assert Client().post("/accounts/theme/", {"theme": "light"}).cookies["theme"].value == "light"


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/accounts/language/", {"language": "xx"}),
        ("/accounts/language/", {}),
        ("/accounts/theme/", {"theme": "<script>"}),
        ("/accounts/theme/", {"theme": ""}),
    ],
)
def test_preferences_that_do_not_exist_are_refused(client: Client, db: None, path: str, data: dict[str, str]) -> None:
    response = client.post(path, data)

    assert response.status_code == 400
    assert not response.cookies


def test_preferences_lead_back_only_to_this_site(client: Client, db: None) -> None:
    response = client.post("/accounts/theme/", {"theme": "dark", "next": "https://evil.example/"})

    assert response["Location"] == "/"
