"""Lists through HTTP: filters narrow and are checked; what was deleted is listed apart and comes back; labels."""

from typing import Any

import pytest

from compare_site.comparisons import figures
from compare_site.comparisons.models import Comparison
from tests.api.callers import QUICK, Caller, drive

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


def titles(caller: Caller, query: str = "", path: str = "comparisons") -> list[str]:
    status, body = caller("GET", f"{path}?{query}")
    assert status == 200, body
    return [item["title"] for item in body["items"]]


def test_every_filter_narrows_the_list(caller: Caller) -> None:
    caller.created(title="one", prompt="Der Himmel", tags=["sky"], metadata={"case": "7", "a.b": "x=y"})
    column = {"model": QUICK, "tags": ["best"], "metadata": {"score": "9"}}
    drive()
    caller.created(title="two", prompt="天空为什么是蓝色的", models=[column, "demo/fail-auth"])
    drive()
    Comparison.objects.get(title="two").runs.update(cost="0.5")
    figures.catch_up()
    Comparison.objects.filter(title="one").update(created_at="2026-01-31T23:30:00Z")
    for query, found in {
        "q=himmel": ["one"],
        "q=蓝色": ["two"],
        "tag=sky": ["one"],
        "tag=best": ["two"],
        "model=fail": ["two"],
        "provider=demo": ["two", "one"],
        "provider=dem": [],
        "status=finished": ["two", "one"],
        "status=failed": ["two"],
        "status=running": [],
        "from=2026-01-31&to=2026-01-31": ["one"],
        "to=2026-01-31T23:30:00Z": [],
        "from=2026-02-01": ["two"],
        "cost_min=0.9": ["two"],
        "cost_min=0.9&cost_max=0.95": [],
        "metadata.case=7": ["one"],
        "metadata.a.b=x%3Dy": ["one"],
        "metadata.case=8": [],
        "metadata.score=9&status=failed&q=天空&provider=demo": ["two"],
    }.items():
        assert titles(caller, query) == found, query


@pytest.mark.parametrize("query", ["status=lost", "from=yesterday", "cost_min=-1", "cost_max=NaN", f"q={'x' * 201}"])
def test_filters_that_mean_nothing_are_refused(caller: Caller, query: str) -> None:
    status, body = caller("GET", f"comparisons?{query}")
    assert (status, body["error"]["code"]) == (422, "invalid"), body


@pytest.mark.parametrize(
    "query", ["to=9999-12-31", "from=0001-01-01T00:00:00%2B14:00", "metadata.%00=x", "metadata.=x"]
)
def test_the_edges_of_time_and_text_fail_nothing(caller: Caller, query: str) -> None:
    assert caller("GET", f"comparisons?{query}")[0] == 200


def test_more_filters_than_anything_has_are_refused(caller: Caller) -> None:
    def asked(count: int) -> str:
        return "&".join(f"metadata.k{number}=v" for number in range(count))

    assert caller("GET", f"comparisons?{asked(16)}")[0] == 200
    assert caller("GET", f"comparisons?{asked(17)}")[0] == 422
    assert caller("GET", f"trash?{asked(900)}")[0] == 422


def test_deleted_is_404_until_it_is_restored_and_for_ever_after_that(caller: Caller, stranger: Any) -> None:
    made = caller.created(title="mine")
    drive()
    here, run = f"comparisons/{made['id']}", made["state"]["runs"][0]["id"]
    assert caller("DELETE", here) == (204, None)
    for method, path in (
        ("GET", here),
        ("DELETE", here),
        ("PATCH", here),
        ("GET", f"runs/{run}"),
        ("POST", f"{here}/turns"),
    ):
        body = {"prompt": "x"} if path.endswith("turns") else {} if method == "PATCH" else None
        assert caller(method, path, body)[0] == 404, path
    assert (titles(caller), titles(caller, path="trash")) == ([], ["mine"])
    other = Caller.bearer(stranger)
    assert (other("POST", f"{here}/restore")[0], other("DELETE", f"trash/{made['id']}")[0]) == (404, 404)
    status, state = caller("POST", f"{here}/restore")
    assert (status, state["runs"][0]["status"]) == (200, "finished")
    assert caller("POST", f"{here}/restore")[0] == 404
    assert caller("DELETE", f"trash/{made['id']}")[0] == 404, "only what is in the trash"
    caller("DELETE", here)
    assert caller("DELETE", f"trash/{made['id']}") == (204, None)
    assert titles(caller, path="trash") == []
    assert caller("POST", f"{here}/restore")[0] == 404


def test_labels_of_comparisons_and_runs_are_kept_and_bounded(caller: Caller) -> None:
    column = {"model": QUICK, "tags": ["a"], "metadata": {"k": "v"}}
    made = caller.created(models=[column], metadata={"x": "y"})
    run = made["state"]["runs"][0]
    assert (run["tags"], run["labels"], made["state"]["columns"][0]["metadata"]) == (["a"], {"k": "v"}, {"k": "v"})
    for label in ("tag=a", "metadata.k=v", "metadata.x=y"):
        assert [each["id"] for each in caller("GET", f"comparisons?{label}")[1]["items"]] == [made["id"]], label
    status, changed = caller("PATCH", f"runs/{run['id']}", {"tags": ["b"], "metadata": {"score": "1"}})
    assert (status, changed["tags"], changed["labels"]) == (200, ["b"], {"score": "1"})
    status, state = caller("PATCH", f"comparisons/{made['id']}", {"metadata": {"z": "1"}, "pinned": True})
    assert (status, state["metadata"], state["runs"][0]["tags"]) == (200, {"z": "1"}, ["b"])
    assert caller("GET", "comparisons")[1]["items"][0]["pinned"] is True
    for wrong in ({str(n): "" for n in range(17)}, {"k" * 65: ""}, {"k": "v" * 513}, {"k": 1}, {"k": None}):
        assert caller("PATCH", f"runs/{run['id']}", {"metadata": wrong})[0] == 422, wrong
        assert caller("PATCH", f"comparisons/{made['id']}", {"metadata": wrong})[0] == 422, wrong
