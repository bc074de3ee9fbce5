"""Ways around a login: guessing, forged cookies, spent, empty and borrowed tokens, ids that are SQL."""

import json
import re
import secrets
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core import signing
from django.test import Client
from django.utils import timezone

from compare_site.accounts.links import create_sign_in_link
from compare_site.accounts.models import ApiToken, SignInLink
from compare_site.accounts.tokens import create_api_token
from compare_site.sharing.actions import create_share
from compare_site.sharing.cookies import name_of
from compare_site.sharing.models import Share
from tests.security.matrix.people import CANARY, World

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
DOORS = ("/accounts/sign-in/", "/admin/login/")
PASSWORD = "a long test password"
SQL = (
    "' OR '1'='1",
    "' OR 1=1 --",
    "'; DROP TABLE comparisons_run; --",
    '" OR ""="',
    "1) OR (1=1",
    "admin'/*",
    "\\' OR 1=1 --",
    "%27%20OR%201=1",
    "' UNION SELECT password FROM accounts_user --",
    "owner\x00",
    "{{7*7}}${7*7}",
    "../../etc/passwd",
    "$(id)`id`",
    "*",
    "owner%",
    "_____",
)


def guess(client: Client, door: str, username: str, password: str, **headers: str) -> int:
    """Try once."""
    return client.post(door, {"username": username, "password": password}, headers=headers).status_code


@pytest.mark.parametrize("door", DOORS)
def test_guessing_is_locked_out_at_both_doors(everybody: World, door: str) -> None:
    """The right password does not help any more then, at either door; other people are not locked out."""
    name = "owner" if door == DOORS[0] else "admin"
    get_user_model().objects.get(username="admin").set_password(PASSWORD)
    answers = [guess(Client(), door, name, f"wrong {number}") for number in range(settings.AXES_FAILURE_LIMIT)]
    assert answers[:-1] == [200] * (settings.AXES_FAILURE_LIMIT - 1)
    assert answers[-1] == 429
    for other in DOORS:
        assert guess(Client(), other, name, PASSWORD) == 429
        assert guess(Client(), other, name, "wrong", **{"X-Forwarded-For": "10.9.8.7"}) == 429
        assert guess(Client(), other, name, "wrong", **{"Forwarded": "for=10.9.8.7", "X-Real-IP": "1.2.3.4"}) == 429
    assert guess(Client(), DOORS[0], "stranger", PASSWORD) == 302


def test_guessing_with_spellings_of_a_name(everybody: World) -> None:
    """Another case or white space is another name to the lock only if it is another name to the login."""
    for number in range(settings.AXES_FAILURE_LIMIT):
        guess(Client(), DOORS[0], "owner", f"wrong {number}")
    for spelling in ("owner", " owner", "owner ", "\towner", "owner\n"):
        client = Client()
        assert guess(client, DOORS[0], spelling, PASSWORD) == 429 or "_auth_user_id" not in client.session


def test_a_hundred_and_one_guesses(everybody: World) -> None:
    answers = [guess(Client(), DOORS[number % 2], "owner", f"wrong {number}") for number in range(101)]
    assert answers.count(200) == settings.AXES_FAILURE_LIMIT - 1
    assert answers[settings.AXES_FAILURE_LIMIT :] == [429] * (101 - settings.AXES_FAILURE_LIMIT)
    assert PASSWORD not in str(list(AccessAttempt.objects.values()))
    assert "wrong 1" not in str(list(AccessAttempt.objects.values()))


def test_a_wrong_name_and_a_wrong_password_look_alike(everybody: World) -> None:
    def said(name: str, password: str) -> str:
        page = Client().post(DOORS[0], {"username": name, "password": password}).content.decode()
        return re.sub(r'"\w{64}"', '"CSRF"', page.replace(name, "NAME"))

    pages = {said("owner", "wrong"), said("nobody-at-all", "wrong"), said("disabled", PASSWORD)}
    assert len(pages) == 1


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("text", SQL)
def test_sql_and_other_languages_as_a_name_or_password(everybody: World, door: str, text: str) -> None:
    for name, password in ((text, "x"), ("owner", text), (text, text)):
        client = Client(raise_request_exception=False)
        assert guess(client, door, name, password) == 200
        assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("text", SQL)
def test_sql_everywhere_else(everybody: World, text: str) -> None:
    client = everybody.client("stranger")
    quoted = "".join(f"%{byte:02x}" for byte in text.encode())
    for path in (f"/c/{quoted}/", f"/s/{quoted}", f"/accounts/link/{quoted}/", f"/api/v1/runs/{quoted}"):
        assert client.get(path).status_code == 404, path
    for name in ("q", "tag", "model", "cursor"):
        for path in ("/history/", "/api/v1/comparisons"):
            response = client.get(path, {name: text})
            assert response.status_code in {200, 400, 404, 422}, (path, name)
            assert everybody.own.comparison.pk not in response.content.decode()
    for headers in ({"Authorization": f"Bearer {quoted}"}, {"Authorization": f"Bearer {text!r}"}):
        assert Client(headers=headers).get("/api/v1/comparisons").status_code == 401
    body = json.dumps({"prompt": text, "models": [text], "title": text, "tags": [text], "metadata": {text: text}})
    response = client.post("/api/v1/comparisons", body, content_type="application/json")
    assert response.status_code in {201, 422}
    response = everybody.client("admin").get("/admin/comparisons/run/", {"q": text})
    assert response.status_code in {200, 302, 400}


def test_session_cookies_that_were_made_up(everybody: World) -> None:
    name = settings.SESSION_COOKIE_NAME
    real = everybody.jars["owner"][name]
    forged = signing.dumps({"_auth_user_id": str(everybody.own.user.pk)}, key="guess")
    for value in (
        *("", "0", real[:-1], real + "x", real.upper(), real.swapcase(), real[::-1], f" {real}", f'"{real}', "null"),
        *(forged, json.dumps({"_auth_user_id": 1}), "a" * 4000, f"{real}\x00", f"{real},{real}", SQL[0], "../" + real),
    ):
        client = Client(raise_request_exception=False)
        client.cookies[name] = value
        response = client.get("/api/v1/comparisons")
        assert response.status_code == 401, value
        assert client.get("/history/").status_code == 302, value


def test_share_cookies_that_were_made_up(everybody: World) -> None:
    own, path = everybody.own, f"/api/v1/comparisons/{everybody.own.comparison.pk}"
    (name, real), *_ = everybody.jars["viewer"].items()
    other = everybody.other
    other_name, other_value = name_of(other.share.pk), everybody.jars["viewer"][name]
    for jar in (
        {name: ""},
        {name: real[:-1]},
        {name: real + "0"},
        {name: real.upper()},
        {name: real[::-1]},
        {name: own.share.token_sha256},
        {name: own.share.pk},
        {name: own.share_token},
        {name: "0" * 64},
        {name.upper(): real},
        {f"__Host-{name}": real},
        {name[:-1]: real},
        {"share_": real},
        {"share": real},
        {other_name: other_value},
        {other_name: real},
    ):
        client = Client(raise_request_exception=False)
        client.cookies.load(jar)
        assert client.get(path).status_code in {401, 404}, jar
    client = Client()
    client.cookies.load({name: real})
    assert client.get(path).status_code == 200
    client.cookies.load({name_of(share_id): "0" * 64 for share_id in (f"{number:032x}" for number in range(300))})
    assert client.get("/history/").status_code == 302


def test_a_share_opens_its_own_comparison_only(everybody: World) -> None:
    viewer = everybody.client("viewer")
    assert viewer.get(f"/c/{everybody.own.comparison.pk}/").status_code == 200
    assert viewer.get(f"/c/{everybody.other.comparison.pk}/").status_code == 302 or (
        viewer.get(f"/c/{everybody.other.comparison.pk}/").status_code == 404
    )
    assert viewer.get(f"/api/v1/runs/{everybody.other.run.pk}").status_code == 404


@pytest.mark.parametrize(
    "value", ["", "null", "None", "undefined", "[]", "0", "true", "a" * 10_000, "\u00e9" * 43, "%00"]
)
def test_empty_null_and_odd_tokens(everybody: World, value: str) -> None:
    """Nothing is stored under the hash of an empty string, and nothing matches a missing hash."""
    quoted = "".join(f"%{byte:02x}" for byte in value.encode()) or "%20"
    assert Client().get(f"/s/{quoted}").status_code == 404
    for method in ("get", "post"):
        assert getattr(Client(), method)(f"/accounts/link/{quoted}/").status_code == 404
    bearer = value.encode("utf-8").decode("latin-1")
    response = Client(headers={"Authorization": f"Bearer {bearer}"}).get("/api/v1/comparisons")
    assert response.status_code == 401


def test_what_is_stored_opens_nothing(everybody: World) -> None:
    """A copy of the database is no login: hashes are not tokens."""
    link = create_sign_in_link("owner")
    token = link.rstrip("/").rpartition("/")[2]
    row = SignInLink.objects.get()
    assert token not in str(row.__dict__)
    assert Client().post(f"/accounts/link/{row.token_sha256}/").status_code == 404
    share, _ = create_share(everybody.own.comparison, everybody.own.user.pk)
    assert Client().get(f"/s/{share.token_sha256}").status_code == 404
    bearer = ApiToken.objects.get(user=everybody.own.user).token_sha256
    assert Client(headers={"Authorization": f"Bearer {bearer}"}).get("/api/v1/models").status_code == 401
    for stolen in (token, share.token_sha256):
        assert Client(headers={"Authorization": f"Bearer {stolen}"}).get("/api/v1/models").status_code == 401


def test_a_token_opens_only_the_door_it_is_for(everybody: World) -> None:
    """The token of a share signs nobody in, a sign-in link is no bearer, a bearer is no link."""
    link = create_sign_in_link("owner").rstrip("/").rpartition("/")[2]
    for token in (everybody.own.share_token, everybody.own.bearer):
        assert Client().post(f"/accounts/link/{token}/").status_code == 404
    for token in (link, everybody.own.bearer):
        assert Client().get(f"/s/{token}").status_code == 404
    for token in (link, everybody.own.share_token):
        assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/models").status_code == 401
    assert SignInLink.objects.get().used_at is None


def test_links_spent_expired_or_of_somebody_who_left(everybody: World) -> None:
    link = create_sign_in_link("owner")
    assert Client().post(link).status_code == 302
    assert [Client().post(link).status_code for _ in range(3)] == [404] * 3
    late = create_sign_in_link("owner")
    SignInLink.objects.filter(used_at=None).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().post(late).status_code == 404
    gone = create_sign_in_link("stranger")
    get_user_model().objects.filter(username="stranger").update(is_active=False)
    assert Client().post(gone).status_code == 404


def test_a_login_gets_a_new_session_and_a_sign_out_ends_it(everybody: World) -> None:
    """A session id that somebody planted before the login is worth nothing after it."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    client.get("/accounts/sign-in/")
    assert guess(client, DOORS[0], "owner", PASSWORD) == 302
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    assert key != "a" * 32
    assert client.get("/history/").status_code == 200
    client.post("/accounts/sign-out/")
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = key
    assert thief.get("/history/").status_code == 302


def test_shares_that_have_ended_open_nothing_anywhere(everybody: World) -> None:
    paths = [
        f"/c/{everybody.own.comparison.pk}/",
        f"/api/v1/comparisons/{everybody.own.comparison.pk}",
        f"/api/v1/runs/{everybody.own.run.pk}",
    ]
    viewer = everybody.client("viewer")
    assert [viewer.get(path).status_code for path in paths] == [200, 200, 200]
    for change in ({"revoked_at": timezone.now()}, {"expires_at": timezone.now() - timedelta(seconds=1)}):
        Share.objects.filter(pk=everybody.own.share.pk).update(**change)
        for path in paths:
            response = everybody.client("viewer").get(path)
            assert response.status_code in {302, 401, 404}
            assert CANARY.encode() not in response.content
        assert Client().get(f"/s/{everybody.own.share_token}").status_code == 404
        Share.objects.filter(pk=everybody.own.share.pk).update(revoked_at=None, expires_at=None)
    assert Client().get(f"/s/{everybody.own.share_token}").status_code == 302


def test_many_random_guesses_of_shares_links_and_bearers(everybody: World) -> None:
    """They hit nothing, and what is stored has 256 bits, so that nobody has to count them."""
    _, token = create_api_token(everybody.own.user)
    for stored in (everybody.own.share_token, everybody.own.bearer, token, create_sign_in_link("owner")[15:-1]):
        assert len(stored) >= 43
    for _ in range(50):
        made_up = secrets.token_urlsafe(32)
        assert Client().get(f"/s/{made_up}").status_code == 404
        assert Client(headers={"Authorization": f"Bearer {made_up}"}).get("/api/v1/models").status_code == 401


def test_where_a_form_sends_people_afterwards_is_here(everybody: World) -> None:
    for target in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "http:///evil.example",
    ):
        form: dict[str, Any] = {"username": "owner", "password": PASSWORD, "next": target}
        answers = [Client().post(f"/accounts/sign-in/?next={target}", form)]
        answers.append(Client().post("/accounts/theme/", {"theme": "dark", "next": target}))
        answers.append(Client().post("/accounts/language/", {"language": "en", "next": target}))
        for response in answers:
            assert response.status_code == 302
            assert response["Location"].startswith("/"), target
            assert not response["Location"].startswith(("//", "/\\")), target


def test_nobody_becomes_an_administrator_by_coming_first(db: None) -> None:
    assert get_user_model().objects.count() == 0
    client = Client(raise_request_exception=False)
    for path in ("/", "/admin/", "/accounts/sign-in/", "/admin/accounts/user/add/", "/accounts/signup/"):
        assert client.get(path).status_code in {200, 302, 404}
        client.post(path, {"username": "first", "password1": PASSWORD, "password2": PASSWORD, "is_superuser": "on"})
    assert get_user_model().objects.count() == 0
