"""Who may call: a bearer, a cookie with its CSRF token, a share that only reads, and nobody else."""

from typing import Any

import pytest
from django.test import Client

from compare_site.accounts.models import ApiToken
from tests.api.callers import QUICK, Caller

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
BODY = {"prompt": "hello", "models": [QUICK]}


def with_csrf(user: Any) -> tuple[Client, str]:
    """A signed-in browser that is held to CSRF, and the token its pages would give it."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    client.get("/")
    return client, client.cookies["touchstone_csrf"].value


@pytest.mark.parametrize(
    "header",
    ["Bearer wrong", "Bearer ", "Bearer", "bearer\twrong", "Basic YTpi", "Token x", "Bearer é", "Bearer a b", ""],
)
def test_a_wrong_bearer_is_nobody_even_beside_a_good_cookie(owner: Any, header: str) -> None:
    anonymous = Client(headers={"Authorization": header})
    status, body = Caller(anonymous)("GET", "comparisons")
    assert (status, body["error"]["code"]) == (401, "not_signed_in")
    if header.lower().startswith("bearer "):
        anonymous.force_login(owner)
        assert Caller(anonymous)("GET", "comparisons")[0] == 401


def test_a_token_works_until_it_is_gone_or_its_user_is_switched_off(owner: Any) -> None:
    caller = Caller.bearer(owner)
    assert caller("GET", "comparisons")[0] == 200
    owner.is_active = False
    owner.save()
    assert caller("GET", "comparisons")[0] == 401
    owner.is_active = True
    owner.save()
    ApiToken.objects.all().delete()
    assert caller("GET", "comparisons")[0] == 401


def test_a_cookie_reads_without_and_writes_only_with_the_csrf_token(owner: Any) -> None:
    client, token = with_csrf(owner)
    call = Caller(client)
    assert call("GET", "comparisons")[0] == 200
    for headers in ({}, {"X_CSRFToken": "wrong"}, {"X_CSRFToken": "x" * 32}):
        status, body = call("POST", "comparisons", BODY, **headers)
        assert (status, body["error"]["code"]) == (403, "csrf_failed")
    assert call("POST", "comparisons", BODY, X_CSRFToken=token, Origin="http://evil.example")[0] == 403
    assert call("POST", "comparisons", BODY, X_CSRFToken=token)[0] == 201


def test_a_bearer_needs_no_csrf_token(owner: Any) -> None:
    caller = Caller.bearer(owner)
    caller.client.handler.enforce_csrf_checks = True
    assert caller("POST", "comparisons", BODY)[0] == 201


def test_a_share_reads_its_comparison_and_does_nothing_else(owner: Any) -> None:
    caller = Caller.bearer(owner)
    mine, other = caller.created()["id"], caller.created()["id"]
    run = caller("GET", f"comparisons/{mine}")[1]["runs"][0]["id"]
    link = caller("POST", f"comparisons/{mine}/shares")[1]["url"]
    guest = Client()
    guest.get(link.removeprefix("http://testserver"))
    look = Caller(guest)

    assert look("GET", f"comparisons/{mine}")[0] == 200
    assert look("GET", f"runs/{run}")[0] == 200
    assert look("GET", "comparisons") == (200, {"items": [], "next": None})
    for path in (f"comparisons/{other}", f"comparisons/{mine}/shares", "models", "providers", "openapi.json"):
        assert look("GET", path)[0] == 404, path
    for method, path in (
        ("POST", "comparisons"),
        ("PATCH", f"comparisons/{mine}"),
        ("DELETE", f"comparisons/{mine}"),
        ("POST", f"comparisons/{mine}/cancel"),
        ("POST", f"runs/{run}/cancel"),
        ("POST", f"runs/{run}/rerun"),
    ):
        assert look(method, path, {})[0] == 401, path


def test_a_signed_in_guest_keeps_the_share(owner: Any, stranger: Any) -> None:
    caller = Caller.bearer(owner)
    mine = caller.created()["id"]
    link = caller("POST", f"comparisons/{mine}/shares")[1]["url"]
    guest = Client()
    guest.force_login(stranger)
    assert Caller(guest)("GET", f"comparisons/{mine}")[0] == 404
    guest.get(link.removeprefix("http://testserver"))
    assert Caller(guest)("GET", f"comparisons/{mine}")[0] == 200
    assert Caller(guest)("DELETE", f"comparisons/{mine}")[0] == 404
