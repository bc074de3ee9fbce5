"""A page of another site can make a browser send a request with cookies: it must change nothing."""

import json
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from tests.security.matrix.inventory import operations, routes
from tests.security.matrix.people import World
from tests.security.matrix.policy import BODIES, PAGES, SAFE
from tests.security.matrix.probes import digest, door_of, rows_of, undone

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
SECRET = "a" * 16 + "B" * 16
ORIGINS = (
    "null",
    "http://evil.example",
    "http://testserver.evil.example",
    "http://eviltestserver",
    "http://sub.testserver",
    "http://testserver:81",
    "https://testserver",
    "http://testserver/",
    "HTTP://TESTSERVER",
    "",
)
SIMPLE = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x")
"""What a form of another site can send without asking."""


def doors(world: World) -> list[tuple[str, str, str, Any]]:
    """Every (actor, method, path, body) that changes something for whoever carries the cookies."""
    policies, rows = {page.door: page for page in PAGES}, rows_of(world)
    found: list[tuple[str, str, str, Any]] = []
    for route in routes():
        if route.pattern.startswith("/api/"):
            continue
        page = policies[door_of(route)]
        leads = {name: rows.get(value, value) for name, value in page.leads.items()}
        if ("POST" in page.statuses and page.permissions_of("POST") != ()) or page.who in {"public", "staff"}:
            actor = "admin" if page.is_admin else "anonymous"
            if page.expected(actor, "POST") != {405}:
                found.append((actor, "POST", route.path({**world.own.ids, **leads}), None))
    for operation in operations():
        if operation.method not in SAFE:
            body = BODIES.get(str(operation), {})
            found.append(("owner", operation.method, operation.path(world.own.ids), body))
    return found


def every(found: list[Any], ways: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Every door in one way, in turn, and every eighth door in all of them: one middleware decides for all."""
    for index, door in enumerate(found):
        for way in ways if index % 8 == 0 else [ways[index % len(ways)]]:
            yield door, way


def knock(client: Client, door: tuple[str, str, str, Any], headers: dict[str, str], kind: str | None = None) -> Any:
    _actor, method, path, body = door
    content = "" if body is None else json.dumps(body)
    usual = "application/x-www-form-urlencoded" if body is None else "application/json"
    return client.generic(method, path, content, content_type=kind or usual, headers=headers)


def browser(world: World, actor: str) -> Client:
    client = world.client(actor, csrf=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = SECRET
    return client


def test_without_the_token_nothing_is_changed(everybody: World) -> None:
    found, before = doors(everybody), digest()
    refusals = [{}, {"X-CSRFToken": "b" * 32}, {"X-CSRFToken": ""}, {"X-CSRFToken": SECRET[:-1]}]
    for door, headers in every(found, refusals):
        response = knock(browser(everybody, door[0]), door, headers)
        assert response.status_code == 403, (door, headers, response.status_code)
    assert digest() == before
    print(f"\n{len(found)} doors, {len(refusals)} wrong tokens")
    assert len(found) >= 50


def test_from_another_origin_the_right_token_does_not_help(everybody: World) -> None:
    found, before = doors(everybody), digest()
    for door, origin in every(found, ORIGINS):
        headers = {"X-CSRFToken": SECRET, "Origin": origin}
        response = knock(browser(everybody, door[0]), door, headers)
        assert response.status_code == 403, (door, origin, response.status_code)
    assert digest() == before


def test_simple_content_types_need_the_token_too(everybody: World) -> None:
    found, before = doors(everybody), digest()
    senders: list[dict[str, str]] = [{}, {"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
    for door, (kind, headers) in every(found, list(product(SIMPLE, senders))):
        response = knock(browser(everybody, door[0]), door, headers, kind)
        assert response.status_code == 403, (door, kind, headers, response.status_code)
    assert digest() == before


def test_with_the_token_and_our_own_origin_it_works(everybody: World) -> None:
    """The control: otherwise the tests above prove only that everything is refused."""
    for door, headers in every(doors(everybody), [{}, {"Origin": "http://testserver"}]):
        with undone():
            response = knock(browser(everybody, door[0]), door, {"X-CSRFToken": SECRET, **headers})
            assert response.status_code != 403 or "autocomplete" in door[2], (door, headers)
            assert response.status_code < 500


def test_a_bearer_needs_no_token_but_must_be_right(everybody: World) -> None:
    """A browser does not send it by itself. A wrong bearer is not saved by a good cookie."""
    path = f"/api/v1/comparisons/{everybody.own.comparison.pk}/cancel"
    good = everybody.client("owner_token", csrf=True)
    assert good.post(path, {}, content_type="application/json").status_code == 200
    for bearer in ("wrong", "", everybody.other.bearer):
        client = browser(everybody, "owner")
        response = client.get(path.removesuffix("/cancel"), headers={"Authorization": f"Bearer {bearer}"})
        assert response.status_code == (404 if bearer == everybody.other.bearer else 401)
