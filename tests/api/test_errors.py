"""Every error has one shape and one meaning, whatever was wrong; and what was sent is never said back."""

import json
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from compare_site.comparisons.models import Comparison
from tests.api.callers import QUICK, Caller, drive
from tests.comparisons.driving import no_database

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
GOOD: dict[str, Any] = {"prompt": "x", "models": [QUICK]}


def error(answer: tuple[int, Any], status: int, code: str) -> dict[str, Any]:
    """The error, after its shape was checked."""
    assert answer[0] == status, answer
    assert set(answer[1]) == {"error"}
    found: dict[str, Any] = answer[1]["error"]
    assert set(found) == {"code", "message", "details"}
    assert found["code"] == code
    assert found["message"]
    return found


UNKNOWN: list[tuple[str, dict[str, Any]]] = [
    ("stream", {**GOOD, "stream": True}),
    ("model", {**GOOD, "model": "x"}),
    ("params.temprature", {**GOOD, "params": {"temprature": 1}}),
    ("reasoning.depth", {**GOOD, "reasoning": {"depth": 1}}),
    ("models.0.base_url", {**GOOD, "models": [{"model": QUICK, "base_url": "http://x"}]}),
    ("models.0.params.n", {**GOOD, "models": [{"model": QUICK, "params": {"n": 2}}]}),
    ("models.0.reasoning.x", {**GOOD, "models": [{"model": QUICK, "reasoning": {"x": 2}}]}),
    ("messages.0.name", {"models": [QUICK], "messages": [{"role": "user", "content": "x", "name": "CANARY"}]}),
    (
        "messages.0.content.0.url",
        {"models": [QUICK], "messages": [{"role": "user", "content": [{"kind": "text", "url": "CANARY"}]}]},
    ),
]


@pytest.mark.parametrize(("field", "body"), UNKNOWN, ids=[field for field, _ in UNKNOWN])
def test_unknown_keys_are_refused_at_every_depth(caller: Caller, field: str, body: dict[str, Any]) -> None:
    found = error(caller("POST", "comparisons", body), 422, "invalid")
    assert [each["field"] for each in found["details"]] == [field]
    assert "CANARY" not in json.dumps(found)
    assert Comparison.objects.count() == 0


WRONG: list[dict[str, Any]] = [
    {},
    {"prompt": "x"},
    {"models": [QUICK]},
    {**GOOD, "messages": [{"role": "user", "content": "x"}]},
    {**GOOD, "prompt": ""},
    {**GOOD, "prompt": " \n"},
    {**GOOD, "prompt": 5},
    {**GOOD, "prompt": "x" * 1_000_001},
    {**GOOD, "models": []},
    {**GOOD, "models": [QUICK] * 33},
    {**GOOD, "models": QUICK},
    {**GOOD, "models": [None]},
    {**GOOD, "models": [{"model": QUICK, "samples": 0}]},
    {**GOOD, "models": [{"model": QUICK, "samples": 33}]},
    {**GOOD, "models": [{"model": QUICK, "protocol": "smtp"}]},
    {**GOOD, "params": {"temperature": -1}},
    {**GOOD, "params": {"top_p": 2}},
    {**GOOD, "params": {"max_tokens": 0}},
    {**GOOD, "params": {"max_retries": 6}},
    {**GOOD, "params": {"timeout": 0}},
    {**GOOD, "reasoning": {"effort": "huge"}},
    {**GOOD, "attachments": [{"x": 1}]},
    {**GOOD, "tags": ["x" * 65]},
    {**GOOD, "tags": [""]},
    {**GOOD, "tags": ["t"] * 17},
    {**GOOD, "title": "x" * 201},
    {**GOOD, "metadata": {"a": 1}},
    {"models": [QUICK], "messages": []},
    {"models": [QUICK], "messages": [{"role": "nobody", "content": "x"}]},
]


@pytest.mark.parametrize("body", WRONG, ids=lambda body: json.dumps(body)[:60])
def test_wrong_input_is_422_with_the_field_and_writes_nothing(caller: Caller, body: dict[str, Any]) -> None:
    found = error(caller("POST", "comparisons", body), 422, "invalid")
    assert all(set(each) >= {"field", "message"} and each["message"] for each in found["details"])
    assert found["message"] == found["details"][0]["message"]
    assert Comparison.objects.count() == 0


EMPTY: list[Any] = ["", " \n\u3000", [], [{"kind": "text", "text": " "}]]


def saying(content: Any) -> dict[str, Any]:
    return {"models": [QUICK], "messages": [{"role": "user", "content": content}]}


NAMED: list[tuple[str, str, dict[str, Any]]] = [
    ("models.0.samples", "At most 32.", {**GOOD, "models": [{"model": QUICK, "samples": 33}]}),
    ("models.1.model", "Too few characters; at least 3.", {**GOOD, "models": [QUICK, "ab"]}),
    ("models.0", "This must be an object.", {**GOOD, "models": [5]}),
    ("messages.0.content", "This must be a list.", {"models": [QUICK], "messages": [{"role": "user", "content": 5}]}),
    ("metadata.query", "This must be text.", {**GOOD, "metadata": {"query": 1}}),
    ("prompt", "The prompt is empty.", {**GOOD, "prompt": " "}),
    ("prompt", "Give either prompt or messages.", {"models": [QUICK]}),
    ("messages", "messages is empty.", {"models": [QUICK], "messages": []}),
    *(("messages.0.content", "The message is empty.", saying(said)) for said in EMPTY),
]


@pytest.mark.parametrize(("field", "message", "body"), NAMED, ids=[field for field, _message, _body in NAMED])
def test_one_problem_is_one_line_about_the_field_as_it_was_written(
    caller: Caller, field: str, message: str, body: dict[str, Any]
) -> None:
    found = error(caller("POST", "comparisons", body), 422, "invalid")
    assert found["details"] == [{"field": field, "message": message}]


def test_a_header_is_named_as_it_is_called(caller: Caller) -> None:
    found = error(caller("POST", "comparisons", GOOD, Idempotency_Key="x" * 201), 422, "invalid")
    assert [each["field"] for each in found["details"]] == ["Idempotency-Key"]


@pytest.mark.parametrize("body", [b"", b"{", b"[1,", b"\xff", b'{"prompt": NaN}', b'{"prompt": 1e999}'])
def test_what_is_no_json_is_400(caller: Caller, body: bytes) -> None:
    status, answer = caller("POST", "comparisons", body)
    assert status in {400, 422}
    assert set(answer["error"]) == {"code", "message", "details"}
    if body:
        assert answer["error"]["message"] == "The body of the request is not valid JSON."


def test_a_missing_thing_is_404_whatever_its_name(caller: Caller, stranger: Any) -> None:
    theirs = Caller.bearer(stranger).created()
    run = theirs["state"]["runs"][0]["id"]
    for name in (theirs["id"], "0" * 32, "x", "%00", "a" * 500):
        error(caller("GET", f"comparisons/{name}"), 404, "not_found")
        error(caller("POST", f"comparisons/{name}/turns", {"prompt": "x"}), 404, "not_found")
        error(caller("POST", f"comparisons/{name}/cancel"), 404, "not_found")
        error(caller("DELETE", f"comparisons/{name}"), 404, "not_found")
    for name in (run, "0" * 32, "x", "%00"):
        error(caller("GET", f"runs/{name}"), 404, "not_found")
        error(caller("POST", f"runs/{name}/rerun"), 404, "not_found")
    assert Comparison.objects.get().pk == theirs["id"]


def test_conflicts_are_409_and_say_what_to_do(caller: Caller) -> None:
    made = caller.created()
    run = made["state"]["runs"][0]["id"]
    error(caller("POST", f"comparisons/{made['id']}/turns", {"prompt": "more"}), 409, "still_running")
    error(caller("POST", f"runs/{run}/rerun"), 409, "still_running")
    drive()
    caller("POST", f"comparisons/{made['id']}/turns", {"prompt": "more"})
    error(caller("POST", f"runs/{run}/rerun"), 409, "has_follow_up")
    body = {**GOOD}
    caller("POST", "comparisons", body, Idempotency_Key="k")
    error(caller("POST", "comparisons", {**body, "prompt": "y"}, Idempotency_Key="k"), 409, "idempotency_conflict")


def test_what_belongs_to_another_comparison_is_422(caller: Caller) -> None:
    one, other = caller.created(), caller.created()
    drive()
    path = f"comparisons/{one['id']}/turns"
    foreign_turn, foreign_run = other["state"]["turns"][0]["id"], other["state"]["runs"][0]["id"]
    error(caller("POST", path, {"prompt": "x", "parent": foreign_turn}), 422, "unknown_turn")
    chosen = {"prompt": "x", "history": "chosen", "chosen": foreign_run}
    error(caller("POST", path, chosen), 422, "unknown_run")
    error(caller("POST", path, {"prompt": "x", "history": "chosen"}), 422, "invalid")


def test_a_model_that_nobody_offers_is_named(caller: Caller) -> None:
    found = error(caller("POST", "comparisons", {**GOOD, "models": [QUICK, "nobody/x"]}), 422, "not_found")
    assert found["details"] == {"field": "models.1", "model": "nobody/x"}


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_submit_key_has_a_sensible_length(caller: Caller, key: str) -> None:
    assert caller("POST", "comparisons", GOOD, Idempotency_Key=key)[0] == 422
    assert caller("POST", "comparisons", GOOD, Idempotency_Key="x" * 200)[0] == 201


def test_other_methods_and_addresses_have_the_same_shape(caller: Caller) -> None:
    for method in ("PUT", "DELETE", "OPTIONS"):
        error(caller(method, "comparisons", {}), 405, "method_not_allowed")
    assert set(caller.client.put("/api/v1/comparisons")["Allow"].split(", ")) == {"POST", "GET"}
    for path in ("no-such-thing", "comparisons/", "", "runs"):
        error(caller("GET", path), 404, "not_found")


def test_no_cache_keeps_an_answer(caller: Caller) -> None:
    made = caller.created()
    for path in ("models", "comparisons", f"comparisons/{made['id']}", "comparisons/x", "openapi.json"):
        assert caller.client.get(f"/api/v1/{path}")["Cache-Control"] == "no-store", path
    assert Client().get("/api/v1/comparisons")["Cache-Control"] == "no-store"


def test_a_body_that_is_too_large_is_413(caller: Caller, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
    body = json.dumps({**GOOD, "prompt": "x" * (2 * 1024 * 1024)}).encode()
    error(caller("POST", "comparisons", body), 413, "too_large")


def test_a_database_that_is_away_is_no_fault_of_the_request(caller: Caller) -> None:
    """Once it is back, the same request does."""
    connections.close_all()
    with no_database():
        reply = caller.client.generic("POST", "/api/v1/comparisons", json.dumps(GOOD), content_type="application/json")
    error((reply.status_code, json.loads(reply.content)), 503, "unavailable")
    assert int(reply.headers["Retry-After"]) > 0
    assert caller("POST", "comparisons", GOOD)[0] == 201
