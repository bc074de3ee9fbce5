"""Share links over HTTP: shown once, listed without their secret, dead when revoked."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from compare_site.api.schemas import ShareCreatedOut, SharesOut
from compare_site.api.shares import SharedOut
from compare_site.sharing.links import remember_visit
from compare_site.sharing.models import Share, ShareSnapshot
from tests.api.callers import Caller

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


@pytest.fixture
def comparison(caller: Caller) -> str:
    return str(caller.created()["id"])


def made(caller: Caller, comparison: str, **body: Any) -> dict[str, Any]:
    status, share = caller("POST", f"comparisons/{comparison}/shares", body or None)
    assert status == 201, share
    ShareCreatedOut.model_validate(share)
    return dict(share)


def opens(share: dict[str, Any], comparison: str) -> bool:
    guest = Client()
    guest.get(share["url"].removeprefix("http://testserver"))
    return Caller(guest)("GET", f"comparisons/{comparison}")[0] == 200


def test_the_address_is_told_once(caller: Caller, comparison: str) -> None:
    share = made(caller, comparison)
    token = share["url"].rpartition("/")[2]
    assert share["url"].startswith("http://testserver/s/")
    assert len(token) >= 43
    status, listed = caller("GET", f"comparisons/{comparison}/shares")
    assert status == 200
    SharesOut.model_validate(listed)
    assert [each["id"] for each in listed["items"]] == [share["id"]]
    assert token not in json.dumps(listed)
    assert token not in str(Share.objects.values().get())
    assert opens(share, comparison)


def test_revoking_ends_it_and_stays_listed(caller: Caller, comparison: str) -> None:
    share, other = made(caller, comparison), made(caller, comparison)
    assert caller("DELETE", f"shares/{share['id']}") == (204, None)
    assert caller("DELETE", f"shares/{share['id']}") == (204, None)
    assert not opens(share, comparison)
    assert opens(other, comparison)
    listed = {each["id"]: each for each in caller("GET", f"comparisons/{comparison}/shares")[1]["items"]}
    assert listed[share["id"]]["revoked_at"] is not None
    assert listed[other["id"]]["revoked_at"] is None


def test_an_end_may_be_set_in_the_future_only(caller: Caller, comparison: str) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert datetime.fromisoformat(made(caller, comparison, expires_at=later)["expires_at"]).tzinfo is not None
    path = f"comparisons/{comparison}/shares"
    for wrong in ("2020-01-01T00:00:00Z", "soon", True):
        assert caller("POST", path, {"expires_at": wrong})[0] == 422, wrong
    assert caller("POST", path, {"days": 3})[0] == 422
    assert Share.objects.count() == 1


def test_somebody_else_s_links_do_not_exist(caller: Caller, comparison: str, stranger: Any) -> None:
    share = made(caller, comparison)
    other = Caller.bearer(stranger)
    assert other("POST", f"comparisons/{comparison}/shares")[0] == 404
    assert other("GET", f"comparisons/{comparison}/shares")[0] == 404
    assert other("DELETE", f"shares/{share['id']}")[0] == 404
    for name in ("0" * 32, "x", "%00"):
        assert caller("DELETE", f"shares/{name}")[0] == 404
    assert opens(share, comparison)


def test_behind_a_proxy_the_link_has_the_public_address(caller: Caller, comparison: str, settings: Any) -> None:
    settings.PUBLIC_URL = "https://compare.example"
    assert made(caller, comparison)["url"].startswith("https://compare.example/s/")
    answer = caller.created()
    assert answer["url"].startswith("https://compare.example/c/")
    assert answer["ws_url"].startswith("wss://compare.example/ws/comparisons/")


def test_what_was_chosen_is_told_and_kept(caller: Caller, comparison: str) -> None:
    plain = made(caller, comparison)
    assert plain["parts"] == ["prompt", "system", "attachments", "reasoning", "metrics", "names"]
    assert (plain["audience"], plain["mode"], plain["has_password"], plain["views"]) == ("anyone", "live", False, 0)
    options = {"label": "for Ada", "audience": "teammates", "mode": "snapshot", "parts": ["metrics", "prompt"]}
    chosen = made(caller, comparison, **options, password="a long password", max_views=3)
    assert {name: chosen[name] for name in options} == {**options, "parts": ["prompt", "metrics"]}
    assert (chosen["has_password"], chosen["max_views"]) == (True, 3)
    assert "a long password" not in json.dumps(chosen)
    assert ShareSnapshot.objects.get().state["shared"]["parts"] == ["prompt", "metrics"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"parts": ["raw", "names", "prompt", "system"]}, "parts"),
        ({"parts": ["everything"]}, "parts.0"),
        ({"password": "short"}, "password"),
        ({"max_views": 0}, "max_views"),
        ({"audience": "world"}, "audience"),
        ({"label": "x" * 101}, "label"),
        ({"token": "mine"}, "token"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(caller: Caller, comparison: str, body: Any, field: str) -> None:
    status, answer = caller("POST", f"comparisons/{comparison}/shares", body)
    assert status == 422
    assert answer["error"]["details"][0]["field"] == field
    assert not Share.objects.exists()


def test_a_link_can_be_changed_until_it_is_revoked(caller: Caller, comparison: str, stranger: Any) -> None:
    share = made(caller, comparison, label="one", max_views=5)
    path = f"shares/{share['id']}"
    status, changed = caller("PATCH", path, {"label": "two", "password": "a long password"})
    assert status == 200
    assert (changed["label"], changed["has_password"], changed["max_views"]) == ("two", True, 5)
    assert caller("PATCH", path, {"password": None, "max_views": None})[1]["has_password"] is False
    assert caller("PATCH", path, {"expires_at": "2001-01-01T00:00:00Z"})[0] == 422
    assert caller("PATCH", path, {"parts": ["raw"]})[0] == 422
    assert Caller.bearer(stranger)("PATCH", path, {"label": "mine"})[0] == 404
    caller("DELETE", path)
    assert caller("PATCH", path, {"label": "three"})[0] == 409


def test_what_a_link_shows_and_to_whom_can_be_changed(caller: Caller, comparison: str) -> None:
    live, frozen = made(caller, comparison, parts=["names"]), made(caller, comparison, mode="snapshot")
    changed = caller("PATCH", f"shares/{live['id']}", {"parts": ["prompt", "names"], "audience": "teammates"})[1]
    assert (changed["parts"], changed["audience"]) == (["prompt", "names"], "teammates")
    assert opens(live, comparison) is False, "nobody is signed in"
    path = f"shares/{frozen['id']}"
    assert caller("PATCH", path, {"parts": ["names"]})[1]["parts"] == ["names"]
    kept = ShareSnapshot.objects.get().state
    assert (kept["shared"]["parts"], kept["turns"][0]["messages"], kept["title"]) == (["names"], [], "")
    status, answer = caller("PATCH", path, {"parts": ["prompt", "names"]})
    assert (status, answer["error"]["details"][0]["field"]) == (422, "parts")
    for wrong in ({"parts": None}, {"audience": None}, {"mode": "live"}):
        assert caller("PATCH", path, wrong)[0] == 422, wrong


def test_openings_are_counted(caller: Caller, comparison: str) -> None:
    share = made(caller, comparison)
    assert opens(share, comparison)
    listed = caller("GET", f"comparisons/{comparison}/shares")[1]["items"][0]
    assert listed["views"] == 1
    assert listed["last_viewed_at"] is not None


def test_what_one_person_shares_with_another_is_listed_by_name(
    caller: Caller, comparison: str, django_user_model: Any
) -> None:
    share = made(caller, comparison)
    reader = django_user_model.objects.create_user("reader")
    reads = Caller.bearer(reader)
    assert reads("GET", "shared") == (200, {"items": [], "next": None})
    remember_visit(Share.objects.get(pk=share["id"]), reader.pk)
    owner = Share.objects.get().created_by.get_username()

    status, found = reads("GET", f"shared?person={owner}")

    assert status == 200
    SharedOut.model_validate(found)
    assert [(item["id"], item["person"], item["locked"]) for item in found["items"]] == [(share["id"], owner, False)]
    assert found["items"][0]["url"] == f"http://testserver/shared/{share['id']}/"
    assert "prompt" in found["items"][0]["parts"]
    assert reads("GET", "shared?person=reader")[1]["items"] == []
    for none_of_ours in ("2%00", "0", "-1", "x", "999999999", "%C2%B2"):
        assert reads("GET", f"shared?cursor={none_of_ours}") == (200, {"items": [], "next": None})
    assert reads("GET", "shared?person=%00")[0] == 200
    assert caller("GET", "shared")[1]["items"] == [], "one's own links are not shared with one"
    assert caller("DELETE", f"shares/{share['id']}")[0] == 204
    assert reads("GET", "shared")[1]["items"] == []
