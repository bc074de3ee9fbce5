"""Error pages for people, JSON for programs."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from compare_site import errors

pytestmark = pytest.mark.django_db


def test_an_unknown_page_is_a_page(client: Client) -> None:
    answer = client.get("/nothing-here/")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("text/html")


def test_an_unknown_address_of_the_api_is_json(client: Client) -> None:
    answer = client.get("/api/v1/nothing-here")

    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize(
    ("view", "status", "code"),
    [
        (errors.bad_request, 400, "bad_request"),
        (errors.permission_denied, 403, "forbidden"),
        (errors.page_not_found, 404, "not_found"),
    ],
)
def test_below_the_api_every_error_has_one_shape(view: Any, status: int, code: str) -> None:
    answer: HttpResponse = view(RequestFactory().get("/api/v1/x"), ValueError("secret"))

    assert answer.status_code == status
    assert f'"code": "{code}"'.encode() in answer.content
    assert b"secret" not in answer.content


def test_a_crash_says_nothing_of_the_inside(client: Client) -> None:
    api = errors.server_error(RequestFactory().get("/api/v1/x"))
    page = errors.server_error(RequestFactory().get("/x"))

    assert (api.status_code, page.status_code) == (500, 500)
    assert b"internal_server_error" in api.content
    assert b"<html" in page.content
    assert b'data-theme="auto"' in page.content


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ('x" onload="', "auto")])
def test_a_crash_keeps_to_the_theme_of_the_browser(cookie: str, theme: str) -> None:
    request = RequestFactory().get("/x")
    request.COOKIES["theme"] = cookie

    assert f'data-theme="{theme}"'.encode() in errors.server_error(request).content
