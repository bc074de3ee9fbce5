"""Batches over HTTP."""

from typing import Any

import pytest

from compare_site.api.schemas import BatchesOut, BatchOut, PageOut
from compare_site.batches import listing, pump
from tests.api.callers import QUICK, Caller, drive

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


def test_a_batch_from_start_to_file(caller: Caller, stranger: Any) -> None:
    body = {"inputs": ["one", {"prompt": "two"}], "models": [QUICK, QUICK], "title": "A batch", "max_concurrency": 1}
    status, batch = caller("POST", "batches", body)
    assert status == 201, batch
    BatchOut.model_validate(batch)
    path = f"batches/{batch['id']}"
    assert (batch["state"], batch["counts"]["started"], batch["counts"]["waiting"]) == ("running", 1, 1)

    status, stopped = caller("POST", f"{path}/stop")
    assert (status, stopped["state"]) == (200, "stopped")
    assert caller("POST", f"{path}/resume")[1]["state"] == "running"
    for _round in range(3):
        drive()
        pump.pump_all()
    assert caller("GET", path)[1]["state"] == "done"
    assert caller("POST", f"{path}/retry")[0] == 409

    status, results = caller("GET", f"{path}/results?after=1")
    PageOut.model_validate(results)
    assert [item["index"] for item in results["items"]] == [1]
    assert len(results["items"][0]["answers"]) == 2
    shown = caller("GET", f"{path}/inputs?show=all&q=TWO")[1]["items"]
    assert [item["index"] for item in shown] == [1]
    assert caller("GET", f"{path}/inputs?show=waiting")[1]["items"] == []
    assert caller("GET", f"{path}/inputs?q=%00")[0] == 200
    reply = caller.client.get(f"/api/v1/{path}/export", {"format": "jsonl"})
    assert reply["Content-Disposition"] == f'attachment; filename="touchstone-A-batch-{batch["id"][:8]}.jsonl"'
    assert len(b"".join(reply.streaming_content).splitlines()) == 4

    listed = caller("GET", "batches")[1]
    BatchesOut.model_validate(listed)
    assert [item["id"] for item in listed["items"]] == [batch["id"]]
    other = Caller.bearer(stranger)
    assert other("GET", "batches")[1]["items"] == []
    for method, rest in (("GET", ""), ("GET", "/results"), ("POST", "/stop"), ("GET", "/export"), ("DELETE", "")):
        assert other(method, path + rest)[0] == 404
    assert caller("DELETE", path)[0] == 204
    assert caller("GET", path)[0] == 404


def test_a_file_of_inputs(caller: Caller) -> None:
    status, batch = caller("POST", "batches", {"file": {"format": "csv", "text": "prompt\na\nb\n"}, "models": [QUICK]})
    assert (status, batch["total"]) == (201, 2)
    large = {"file": {"format": "jsonl", "text": '"' + "x" * 999_000 + '"\n'}, "models": [QUICK]}
    large["file"]["text"] *= 3  # type: ignore[index]
    assert caller("POST", "batches", large)[1]["total"] == 3


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"models": [QUICK]}, "inputs"),
        ({"inputs": [], "models": [QUICK]}, "inputs"),
        ({"inputs": ["a", ""], "models": [QUICK]}, "inputs.1"),
        ({"inputs": ["a"], "models": []}, "models"),
        ({"inputs": ["a"], "models": [QUICK], "max_concurrency": 33}, "max_concurrency"),
        ({"inputs": ["a"], "models": [QUICK], "speed": 1}, "speed"),
        ({"file": {"format": "csv", "text": "x\n"}, "models": [QUICK]}, "file"),
    ],
)
def test_what_is_wrong_is_told_by_its_place(caller: Caller, body: dict[str, Any], field: str) -> None:
    status, answer = caller("POST", "batches", body)
    assert status == 422
    assert answer["error"]["details"][0]["field"] == field


def test_a_list_of_many_comes_in_pages(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "PAGE", 2)
    made = [caller("POST", "batches", {"inputs": ["a"], "models": [QUICK]})[1]["id"] for _ in range(3)]
    first = caller("GET", "batches")[1]
    second = caller("GET", f"batches?cursor={first['next']}")[1]
    assert [item["id"] for item in first["items"] + second["items"]] == made[::-1]
    assert second["next"] is None
    assert caller("GET", "batches?cursor=nonsense")[1] == {"items": [], "next": None}
    assert caller("POST", "batches", b"{")[0] == 400


def test_the_same_key_starts_one_batch(caller: Caller) -> None:
    body = {"inputs": ["a"], "models": [QUICK]}
    first = caller("POST", "batches", body, Idempotency_Key="k")
    assert caller("POST", "batches", body, Idempotency_Key="k")[1]["id"] == first[1]["id"]
    status, answer = caller("POST", "batches", {**body, "inputs": ["b"]}, Idempotency_Key="k")
    assert (status, answer["error"]["code"]) == (409, "idempotency_conflict")
    assert caller("POST", "batches", body)[1]["id"] != first[1]["id"]


def test_a_list_asks_as_often_however_long_it_is(caller: Caller, django_assert_max_num_queries: Any) -> None:
    for _ in range(8):
        caller("POST", "batches", {"inputs": ["a", "b"], "models": [QUICK]})
    batch = caller("GET", "batches")[1]["items"][0]["id"]
    for path, most in (("batches", 6), (f"batches/{batch}", 8), (f"batches/{batch}/inputs", 8)):
        with django_assert_max_num_queries(most):
            assert caller("GET", path)[0] == 200
