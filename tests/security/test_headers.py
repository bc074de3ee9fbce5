"""What every page tells the browser, checked on every page that anybody gets, error pages too."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin import site
from django.test import Client

from compare_site.staticfiles import import_map_hash
from tests.security.matrix.inventory import operations, routes
from tests.security.matrix.people import World, permit
from tests.security.matrix.policy import PAGES
from tests.security.matrix.probes import door_of, rows_of

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # no-referrer would make browsers send "Origin: null" with our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "X-DNS-Prefetch-Control": "off",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}
STRICTER = {("Referrer-Policy", "no-referrer")}
"""What single pages may say instead: an address with a token in it is told to nobody."""
LAX = {"'unsafe-inline'", "'unsafe-eval'", "'unsafe-hashes'", "'strict-dynamic'", "*", "http:", "https:"}
PUBLIC_FILES = {"admin:jsi18n"}
"""Answers that are the same for everybody and may be kept."""


def policy_of(response: Any) -> dict[str, list[str]]:
    """The directives of the one policy that a response has."""
    directives = (part.split() for part in response.headers["Content-Security-Policy"].split(";") if part.strip())
    return {name: values for name, *values in directives}


def faults_of(response: Any, *, is_admin: bool) -> Iterator[str]:
    """What is missing or too lax."""
    for name, value in FIXED.items():
        if response.headers.get(name) != value and (name, response.headers.get(name)) not in STRICTER:
            yield f"{name}: {response.headers.get(name)}"
    if "Content-Security-Policy" not in response.headers:
        yield "no policy"
        return
    yield from _laxness(policy_of(response), is_admin=is_admin)
    if "Content-Security-Policy-Report-Only" in response.headers:
        yield "a policy that only reports"
    if "no-store" not in response.headers.get("Cache-Control", ""):
        yield f"Cache-Control: {response.headers.get('Cache-Control')}"


def _laxness(policy: dict[str, list[str]], *, is_admin: bool) -> Iterator[str]:
    wanted: dict[str, list[str]] = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    for name, values in wanted.items():
        if is_admin and name == "require-trusted-types-for":
            continue
        allowed = {*values, import_map_hash()} if name == "script-src" else set(values)
        if name not in policy and policy.get("default-src") == ["'none'"] and "sandbox" in policy:
            continue  # a file that is shown for itself: nothing may be loaded or run, wherever it comes from
        if name not in policy or not set(policy[name]) <= allowed:
            yield f"{name}: {policy.get(name)}"
    if extra := policy.keys() - wanted.keys() - {"sandbox"}:
        yield f"unknown directives {extra}"
    for name, values in policy.items():
        if LAX & set(values):
            yield f"{name} is lax: {values}"


def test_the_policy_itself() -> None:
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["default-src"] == ["'none'"]
    assert directives["script-src"] == directives["connect-src"] == directives["style-src"] == ["'self'"]
    assert directives["require-trusted-types-for"] == ["'script'"]
    assert directives["frame-ancestors"] == directives["base-uri"] == directives["object-src"] == ["'none'"]
    assert set(directives["img-src"]) == {"'self'", "data:", "blob:"}
    assert directives["form-action"] == ["'self'"]
    assert directives["trusted-types"] == ["'none'"]


@pytest.mark.parametrize("actor", ["anonymous", "viewer", "owner", "staff", "admin"])
def test_every_page_that_somebody_gets(everybody: World, actor: str) -> None:
    policies, rows, seen = {page.door: page for page in PAGES}, rows_of(everybody), 0
    wrong: list[str] = []
    for route in routes():
        if route.pattern.startswith("/api/"):
            continue
        page = policies[door_of(route)]
        if actor == "staff_with":
            permit(everybody.staff_with, page.permissions_of("GET"))
        leads = {name: rows.get(value, value) for name, value in page.leads.items()}
        response = everybody.client(actor).get(route.path({**everybody.own.ids, **leads}))
        if response.status_code in {301, 302, 304}:
            continue
        seen += 1
        faults = list(faults_of(response, is_admin=route.pattern.startswith("/admin/")))
        if page.door in PUBLIC_FILES:
            faults = [fault for fault in faults if not fault.startswith("Cache-Control")]
        wrong += [f"{route.pattern} ({response.status_code}): {fault}" for fault in faults]
    print(f"\n{actor}: {seen} pages")
    assert not wrong, "\n".join(wrong)
    assert seen >= (40 if actor in {"admin", "staff"} else 5)


def test_every_answer_of_the_api(everybody: World) -> None:
    for operation in operations():
        for actor in ("anonymous", "owner", "owner_token", "stranger", "viewer"):
            response = everybody.client(actor).get(operation.path(everybody.own.ids))
            faults = list(faults_of(response, is_admin=False))
            assert not faults, (operation, actor, response.status_code, faults)


def test_redirects_and_refusals_too(everybody: World, client: Client) -> None:
    csrf = Client(enforce_csrf_checks=True)
    answers = [
        client.get("/"),
        client.get("/nowhere/"),
        client.get("/api/v1/nowhere"),
        client.get("/c/nowhere/"),
        client.post("/history/"),
        client.post("/accounts/theme/", {"theme": "pink"}),
        csrf.post("/accounts/theme/", {"theme": "dark"}),
        csrf.post("/accounts/sign-in/", {}),
        client.get("/s/unknown"),
    ]
    for response in answers:
        assert response.status_code >= 300
        assert not list(faults_of(response, is_admin=False)), (
            response.request,
            list(faults_of(response, is_admin=False)),
        )


def test_a_page_that_fails(settings: Any, everybody: World) -> None:
    settings.ROOT_URLCONF = "tests.security.failing_urls"
    response = everybody.client("owner").get("/fails/")
    assert response.status_code == 500
    assert list(faults_of(response, is_admin=False)) == []
    assert b"ZeroDivisionError" not in response.content


def test_trusted_types_are_required_everywhere_but_in_the_admin(everybody: World) -> None:
    paths = ["/", "/history/", f"/c/{everybody.own.comparison.pk}/", "/accounts/sign-in/", "/nowhere/"]
    for path in paths:
        for actor in ("owner", "viewer", "anonymous"):
            response = everybody.client(actor).get(path)
            assert policy_of(response)["require-trusted-types-for"] == ["'script'"], (path, actor)
    response = everybody.client("admin").get("/admin/")
    assert "require-trusted-types-for" not in policy_of(response)
    assert policy_of(response)["default-src"] == ["'none'"]
    assert site.is_registered(type(everybody.own.comparison))


def test_a_planted_lax_page_is_noticed(settings: Any, client: Client) -> None:
    settings.ROOT_URLCONF = "tests.security.failing_urls"
    wrong = {path: list(faults_of(client.get(path), is_admin=False)) for path in ("/inline/", "/kept/", "/framed/")}
    assert [fault.partition(":")[0] for fault in wrong["/inline/"]] == ["script-src", "script-src is lax"]
    assert [fault.partition(":")[0] for fault in wrong["/kept/"]] == ["Cache-Control"]
    assert [fault.partition(":")[0] for fault in wrong["/framed/"]] == ["X-Frame-Options"]


def test_cookies(everybody: World, settings: Any) -> None:
    client = Client()
    client.get("/accounts/sign-in/")
    client.post("/accounts/sign-in/", {"username": "owner", "password": "a long test password"})
    client.post("/accounts/theme/", {"theme": "dark"})
    client.post("/accounts/language/", {"language": "en"})
    names = {settings.SESSION_COOKIE_NAME, "theme", settings.LANGUAGE_COOKIE_NAME}
    assert names <= set(client.cookies)
    for name, morsel in client.cookies.items():
        assert morsel["samesite"] == "Lax", name
        assert morsel["httponly"] or name == settings.CSRF_COOKIE_NAME, name
        assert not morsel["domain"], name
