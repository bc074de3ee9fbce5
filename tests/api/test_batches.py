"""Batches over HTTP."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models.signals import pre_save

from compare_site.api.batches import BatchesOut, BatchOut, PageOut
from compare_site.batches import actions, listing, pump
from compare_site.comparisons.models import Comparison, Run
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


def test_a_batch_comes_back_with_its_answers_and_goes_on(caller: Caller, stranger: Any) -> None:
    models = [QUICK, "demo/fail-auth"]
    inputs = ["one", {"prompt": "two", "metadata": {"topic": "sums"}}, "three"]
    batch = caller("POST", "batches", {"inputs": inputs, "models": models, "title": "There", "max_concurrency": 1})[1]
    drive()
    pump.pump_all()
    drive()
    caller("POST", f"batches/{batch['id']}/stop")
    path = f"/api/v1/batches/{batch['id']}"
    reply = caller.client.get(f"{path}/export", {"format": "json"})
    file = json.loads(b"".join(reply.streaming_content))
    assert [part["comparison"] is None for part in file["inputs"]] == [False, False, True]

    other = Caller.bearer(stranger)
    status, came = other("POST", "batches/import", file)
    assert status == 201, came
    assert (came["title"], came["state"], came["total"]) == ("There", "stopped", 3)
    assert (came["counts"]["ended"], came["counts"]["waiting"], came["missing_files"]) == (2, 1, [])
    here = f"batches/{came['id']}"
    was = caller("GET", f"batches/{batch['id']}/results")[1]["items"]
    now = other("GET", f"{here}/results")[1]["items"]
    assert [[each["text"] for each in item["answers"]] for item in now] == [
        [each["text"] for each in item["answers"]] for item in was
    ]
    assert [item["failed"] for item in now] == [True, True]
    assert other("GET", f"comparisons/{now[1]['comparison']}")[1]["metadata"]["batch"] == came["id"]
    assert Run.objects.filter(state="queued").count() == 0
    assert other("POST", f"{here}/resume")[1]["counts"]["started"] == 1
    drive()
    pump.pump_all()
    assert other("GET", here)[1]["counts"]["ended"] == 3
    assert other("POST", f"{here}/retry")[0] == 200


def test_a_batch_that_is_wrong_leaves_nothing(caller: Caller) -> None:
    good = {
        "format": "touchstone.batch",
        "version": 1,
        "exported_at": "2026-01-01T00:00:00Z",
        "batch": {"asked": {"models": [QUICK]}},
        "inputs": [{"asked": {"prompt": "hello"}}],
    }
    wrong: list[tuple[Any, str]] = [
        ({**good, "format": "touchstone.comparison"}, ""),
        ({**good, "inputs": good["inputs"] * 501}, "inputs"),  # type: ignore[operator]
        ({**good, "inputs": [{"asked": {"prompt": "hello", "more": 1}}]}, "inputs.0.more"),
        ({**good, "batch": {"asked": {"models": [QUICK], "file": {"format": "csv", "text": "x"}}}}, "inputs"),
        ({**good, "inputs": [{"asked": {"prompt": "x"}, "comparison": {}}]}, "inputs.0.comparison.format"),
    ]
    for body, field in wrong:
        status, answer = caller("POST", "batches/import", body)
        assert (status, answer["error"]["details"][0]["field"]) == (422, field), answer
    assert caller("POST", "batches/import", b"{")[0] == 422
    assert caller("GET", "batches")[1]["items"] == []
    assert caller("POST", "batches/import", good)[0] == 201


def test_what_comes_back_may_repeat_no_more_than_what_is_asked(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """One limit for both ways in: a small file must not become rows without end."""
    monkeypatch.setattr(actions, "MOST_TOGETHER", 2_000)
    asked = {"models": [QUICK], "system": "s" * 900}
    heads = {"format": "touchstone.batch", "version": 1, "exported_at": "2026-01-01T00:00:00Z"}
    file = {**heads, "batch": {"asked": asked}, "inputs": [{"asked": {"prompt": "hello"}}] * 3}
    for path, body in (("batches", {**asked, "inputs": ["hello"] * 3}), ("batches/import", file)):
        status, answer = caller("POST", path, body)
        assert (status, answer["error"]["code"]) == (422, "too_large"), path
    assert caller("GET", "batches")[1]["items"] == []


class Killed(BaseException):
    """The end of a process, as far as its code can see one: nothing is tidied up."""


@contextmanager
def ending_at(number: int, how: type[BaseException]) -> Iterator[None]:
    """Raises ``how`` when a comparison is written for the ``number``-th time."""
    seen: list[Any] = []

    def end(**said: Any) -> None:
        seen.append(said["instance"])
        if len(seen) == number:
            raise how

    pre_save.connect(end, sender=Comparison)
    try:
        with pytest.raises(how):
            yield
    finally:
        pre_save.disconnect(end, sender=Comparison)


def test_an_import_that_is_cut_off_is_not_taken_for_a_whole_batch(caller: Caller, stranger: Any) -> None:
    batch = caller("POST", "batches", {"inputs": ["one", "two", "three"], "models": [QUICK]})[1]
    drive()
    pump.pump_all()
    reply = caller.client.get(f"/api/v1/batches/{batch['id']}/export", {"format": "json"})
    file = json.loads(b"".join(reply.streaming_content))
    other = Caller.bearer(stranger)

    with ending_at(3, RuntimeError):
        other("POST", "batches/import", file)
    assert (other("GET", "batches")[1]["items"], other("GET", "comparisons")[1]["items"]) == ([], [])

    with ending_at(3, Killed):
        other("POST", "batches/import", file)
    (came,) = other("GET", "batches")[1]["items"]
    assert (came["state"], came["total"], came["counts"]["ended"]) == ("partial", 3, 2)
    path = f"batches/{came['id']}"
    for method, act in (("POST", "stop"), ("POST", "resume"), ("POST", "retry"), ("GET", "export")):
        status, answer = other(method, f"{path}/{act}")
        assert (status, answer["error"]["code"]) == (409, "partial"), act
    pump.pump_all()
    BatchOut.model_validate(other("GET", path)[1])
    assert other("GET", path)[1]["counts"]["waiting"] == 1
    other.client.force_login(stranger)
    page = other.client.get(f"/batches/{came['id']}/").content
    assert b"was cut off in the middle" in page
    assert page.count(b' data-when="whole" hidden>') == 2

    assert other("DELETE", path)[0] == 204
    assert (other("GET", "batches")[1]["items"], other("GET", "comparisons")[1]["items"]) == ([], [])
    assert other("POST", "batches/import", file)[1]["state"] == "done"
