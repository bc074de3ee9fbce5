"""The matrix bites: planted doors and planted faults turn it red."""

from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

from compare_site.api import catalog
from compare_site.api.urls import api
from compare_site.comparisons import access, admin, routing
from tests.security.matrix import inventory, probes
from tests.security.matrix.people import World
from tests.security.matrix.policy import Call, Page
from tests.security.matrix.probes import Knocker, all_doors, unclassified

pytestmark = [pytest.mark.slow, pytest.mark.django_db, pytest.mark.usefixtures("valkey")]


def test_planted_routes(settings: Any) -> None:
    settings.ROOT_URLCONF = "tests.security.matrix.planted_urls"
    problems = unclassified()
    assert "no policy for the page /planted/" in problems
    assert "no policy for the page deep-planted" in problems
    assert "no operation for the address /api/v1/planted" in problems
    assert "no policy for the page hasty:comparisons_turn_delete" in problems


def planted(request: HttpRequest) -> HttpResponse:
    """Somebody was in a hurry here too."""
    return HttpResponse("planted")


def thaw(monkeypatch: pytest.MonkeyPatch, router: Any) -> None:
    """An API whose operations are gathered anew, for this test."""
    monkeypatch.setattr(inventory, "document", inventory.document.__wrapped__)
    monkeypatch.setattr(router, "_frozen", False)
    monkeypatch.setattr(api, "_bound_routers_cache", None)
    monkeypatch.setattr(api, "_routers", [])


def test_planted_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    router = api.default_router
    thaw(monkeypatch, router)
    monkeypatch.setattr(router, "path_operations", dict(router.path_operations))
    router.add_api_operation("/planted", ["PUT"], planted)
    assert unclassified() == ["no policy for the operation PUT /api/v1/planted"]


def test_planted_method_of_a_known_address(monkeypatch: pytest.MonkeyPatch) -> None:
    view = catalog.router.path_operations["/models"]
    thaw(monkeypatch, catalog.router)
    monkeypatch.setattr(view, "operations", list(view.operations))
    catalog.router.add_api_operation("/models", ["DELETE"], planted)
    assert unclassified() == ["no policy for the operation DELETE /api/v1/models"]


def test_planted_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    known = routing.websocket_urlpatterns
    monkeypatch.setattr(routing, "websocket_urlpatterns", [*known, re_path(r"^ws/planted/$", known[0].callback)])
    assert unclassified() == ["no policy for the socket ^ws/planted/$"]


def test_policies_without_a_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "PAGES", [*probes.PAGES, Page("gone", "public", {})])
    monkeypatch.setattr(probes, "CALLS", [*probes.CALLS, Call("PUT /api/v1/gone", 200, own=True)])
    monkeypatch.setattr(probes, "SOCKETS", {**probes.SOCKETS, "^ws/gone/$": "nothing"})
    assert set(unclassified()) == {
        "no such page: gone",
        "no such operation: PUT /api/v1/gone",
        "no such socket: ^ws/gone/$",
    }


def test_a_forgotten_check_of_the_owner(everybody: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "may", lambda *_: True)
    wrong = Knocker(everybody, ["stranger"]).calls().wrong
    assert any(": shows the owner's text" in line for line in wrong)
    assert any(": changed something" in line for line in wrong)
    assert sum("expected 404" in line for line in wrong) >= 9


def test_a_check_of_reading_where_writing_was_meant(everybody: World, monkeypatch: pytest.MonkeyPatch) -> None:
    right = access.may
    monkeypatch.setattr(access, "may", lambda who, comparison, _need: right(who, comparison, "read"))
    wrong = Knocker(everybody, ["viewer"]).calls().wrong
    assert all(line.startswith("viewer: GET ") for line in wrong), wrong
    assert any("/shares ->" in line for line in wrong)


def test_a_site_without_the_login_middleware(everybody: World, settings: Any) -> None:
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "LoginRequired" not in name]
    wrong = Knocker(everybody, ["anonymous"]).pages().wrong
    assert any("GET / -> " in line for line in wrong)
    assert any("GET /history/ -> " in line for line in wrong)


def test_an_admin_page_that_lets_delete(everybody: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admin.ReadOnly, "has_delete_permission", lambda *_: True)
    wrong = Knocker(everybody, ["staff"]).pages("admin:comparisons_").wrong
    assert {line.split(" ")[2].split("/")[3] for line in wrong} >= {"comparison", "run"}


def test_every_door_is_counted_once() -> None:
    doors = list(all_doors())
    assert len(doors) >= 90
    assert {"playground", "comparison", "admin:providers_apikey_change", "GET /api/v1/runs/{run_id}"} <= set(doors)
