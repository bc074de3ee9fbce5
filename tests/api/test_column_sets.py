"""Column sets over HTTP: what is kept of a column, who sees a set, the default."""

from typing import Any

import pytest

from compare_site.library.models import ColumnSet
from tests.api.callers import QUICK, Caller

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
COLUMNS = [
    QUICK,
    {
        "model": QUICK,
        "samples": 3,
        "params": {"temperature": 0},
        "system": "",
        "protocol": "chat",
        "extra": {"top_k": 1},
        "tags": ["t"],
        "off": ["tools"],
    },
    "gone/long-ago",
]


def made(caller: Caller, **changes: Any) -> dict[str, Any]:
    common = {"params": {"max_tokens": 9}, "reasoning": {"effort": "low"}}
    status, body = caller("POST", "column-sets", {"name": "Three", "columns": COLUMNS, "common": common, **changes})
    assert status == 201, body
    return dict(body)


def test_a_set_is_kept_as_it_was_said_and_can_be_asked_for(caller: Caller) -> None:
    made_set = made(caller)
    path = f"column-sets/{made_set['id']}"
    assert made_set["columns"] == [{"model": QUICK}, COLUMNS[1], {"model": "gone/long-ago"}]
    assert made_set["common"] == {"params": {"max_tokens": 9}, "reasoning": {"effort": "low"}}
    assert caller("GET", path)[1] == made_set
    caller.created(models=made_set["columns"][:2], **made_set["common"])
    status, changed = caller("PATCH", path, {"name": " Two ", "columns": ["demo/fast"]})
    assert (status, changed["name"], changed["columns"]) == (200, "Two", [{"model": "demo/fast"}])
    assert changed["common"] == made_set["common"]
    assert caller("DELETE", path)[0] == 204
    assert caller("GET", path)[0] == 404


def test_what_is_wrong_is_named(caller: Caller) -> None:
    for change, field in (
        ({"name": ""}, "name"),
        ({"columns": []}, "columns"),
        ({"columns": ["demo/fast"] * 33}, "columns"),
        ({"columns": [{"model": "demo/fast", "params": {"temperature": "hot"}}]}, "columns.0.params.temperature"),
        ({"common": {"params": {"unknown": 1}}}, "common.params.unknown"),
        ({"more": 1}, "more"),
    ):
        body = {"name": "n", "columns": ["demo/fast"], **change}
        status, answer = caller("POST", "column-sets", body)
        assert (status, [each["field"] for each in answer["error"]["details"]]) == (422, [field])
    assert ColumnSet.objects.count() == 0


def test_the_team_sees_what_is_shared_and_everybody_has_a_default(caller: Caller, stranger: Any) -> None:
    mate = Caller.bearer(stranger)
    path = f"column-sets/{made(caller)['id']}"
    assert mate("GET", path)[0] == mate("PUT", f"{path}/default")[0] == 404
    caller("PATCH", path, {"team": True})
    assert mate("PATCH", path, {"name": "x"})[0] == mate("DELETE", path)[0] == 404
    assert mate("PUT", f"{path}/default")[1]["default"] is True
    assert caller("GET", path)[1]["default"] is False
    assert caller("PUT", f"{path}/default")[0] == 200
    other = made(caller, name="Another")
    assert [(each["name"], each["default"]) for each in caller("GET", "column-sets")[1]["items"]] == [
        ("Another", False),
        ("Three", True),
    ]
    caller("PUT", f"column-sets/{other['id']}/default")
    assert [each["default"] for each in caller("GET", "column-sets")[1]["items"]] == [True, False]
    caller("DELETE", f"column-sets/{other['id']}/default")
    assert [each["default"] for each in caller("GET", "column-sets")[1]["items"]] == [False, False]
    caller("PATCH", path, {"team": False})
    assert mate("GET", "column-sets")[1]["items"] == []
