"""Answers are what the contract and the OpenAPI document say: every field, for every way in which a run can end."""

import threading
from typing import Any

import pytest
from django.db import connections
from pydantic import TypeAdapter

from compare_site.api import schemas
from compare_site.api.urls import api as ninja_api
from compare_site.comparisons import actions, takeover
from compare_site.comparisons.events import FINAL
from compare_site.comparisons.models import Comparison, Run, Submission
from providers.contract.messages import RequestReport
from providers.models import Provider
from tests.api.callers import QUICK, Caller, drive

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
STATE = {"id", "title", "tags", "seq", "columns", "turns", "runs"}
RUN = {
    "id", "column", "turn", "sample", "attempt", "parent", "status", "content", "text", "reasoning", "tool_calls",
    "citations", "refusal", "parsed", "validation", "finish_reason", "native_finish_reason", "response_id", "model",
    "usage", "cost", "timings", "request_report", "hops", "retries", "error", "waiting",
}  # fmt: skip
USAGE = {"input", "output", "total", "cache_read", "cache_creation", "reasoning", "audio"}
TIMINGS = {"queued_ms", "waited_ms", "connect_ms", "ttft_ms", "ttfa_ms", "total_ms", "tokens_per_s", "stalls"}
ERROR = {"code", "message", "status", "retryable", "retry_after", "request_id"}
EVERY_END = [
    QUICK,
    "demo/thinker@rate=0,delay=0,tokens=20,reasoning=8",
    "demo/tools@rate=0,delay=0",
    "demo/refuses@rate=0,delay=0",
    "demo/markdown@rate=0,delay=0,tokens=300",
    "demo/fast@rate=0,delay=0,usage=0",
    {"model": "demo/fast@rate=0,delay=0", "params": {"max_tokens": 5}},
    {"model": "demo/fast@rate=0,delay=0", "stream": False},
    {"model": "demo/broken@rate=0,delay=0,after=4", "params": {"max_retries": 0}},
    {"model": "demo/fast@delay=0,error=429", "params": {"max_retries": 0}},
    "demo/flaky@rate=0,delay=0,retry=0",
    "openai/without-a-key",
]


def check_run(run: dict[str, Any]) -> None:
    """One run object by the contract."""
    schemas.RunOut.model_validate(run)
    assert set(run) >= RUN
    texts = {kind: [block["text"] for block in run["content"] if block["kind"] == kind] for kind in ("text", "refusal")}
    assert run["text"] == "".join(texts["text"])
    assert run["refusal"] == ("".join(texts["refusal"]) or None)
    assert [block["index"] for block in run["content"]] == list(range(len(run["content"])))
    for block in run["content"]:
        assert {"index", "kind", "text"} <= set(block) <= {"index", "kind", "text", "id", "name", "data"}
        assert None not in block.values()
    assert run["usage"] is None or set(run["usage"]) == USAGE
    assert run["cost"] is None or set(run["cost"]) == {"amount", "currency", "source"}
    assert set(run["timings"]) == TIMINGS
    assert run["request_report"] is None or set(run["request_report"]) == set(RequestReport.model_fields)
    assert all(set(hop) == {"provider", "base_url", "status", "ms"} for hop in run["hops"])
    assert all(set(retry) == {"attempt", "delay_ms", "error"} for retry in run["retries"])
    assert all(set(retry["error"]) == ERROR for retry in run["retries"])
    assert (run["error"] is None) == (run["status"] not in {"failed", "interrupted"})
    assert run["error"] is None or (set(run["error"]) == ERROR and run["finish_reason"] is None)
    assert (run["finish_reason"] is None) == (run["status"] != "finished")


def test_every_end_has_every_field(caller: Caller) -> None:
    made = caller.created(models=EVERY_END, system="s", params={"temperature": 0.5}, title="T", tags=["a"])
    schemas.CreatedOut.model_validate(made)
    assert set(made) == {"id", "url", "ws_url", "state"}
    for run in made["state"]["runs"]:
        check_run(run)
    drive()
    status, state = caller("GET", f"comparisons/{made['id']}")
    assert status == 200
    schemas.StateOut.model_validate(state)
    assert set(state) >= STATE
    for run in state["runs"]:
        check_run(run)
        assert run["status"] in FINAL
        assert caller("GET", f"runs/{run['id']}") == (200, run)
    assert [run["finish_reason"] for run in state["runs"][:5]] == ["stop", "stop", "tool_calls", "refusal", "stop"]
    assert (state["runs"][6]["finish_reason"], state["runs"][6]["usage"]["output"]) == ("length", 5)
    assert [run["error"]["code"] for run in state["runs"] if run["error"]] == [
        "incomplete",
        "rate_limited",
        "authentication",
    ]


def test_columns_and_turns_are_what_was_asked(caller: Caller) -> None:
    own = {"model": "demo:fast@rate=0,delay=0", "params": {"seed": 0}, "samples": 2}
    made = caller.created(models=[QUICK, own], prompt="who?")
    columns, (turn,) = made["state"]["columns"], made["state"]["turns"]
    assert [(column["label"], column["model"], column["params"]) for column in columns] == [
        ("A", QUICK, {}),
        ("B", "demo/fast@rate=0,delay=0", {"seed": 0}),
    ]
    label = Provider.objects.get(slug="demo").name
    _status, read = caller("GET", f"comparisons/{made['id']}")
    assert [column["provider"] for column in columns + read["columns"]] == [label] * 4
    assert turn["parent"] is None
    (message,) = turn["messages"]
    assert (message["role"], [block["kind"] for block in message["content"]]) == ("user", ["text"])
    assert message["content"][0]["text"] == "who?"
    assert [(run["column"], run["sample"]) for run in made["state"]["runs"]] == [
        (columns[0]["id"], 0),
        (columns[1]["id"], 0),
        (columns[1]["id"], 1),
    ]


def test_messages_may_be_strings_or_blocks(caller: Caller) -> None:
    said = [
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": [{"kind": "text", "text": "two"}]},
        {"role": "user", "content": [{"kind": "text", "text": "three"}, {"kind": "text", "text": "!"}]},
    ]
    status, made = caller("POST", "comparisons", {"messages": said, "models": [QUICK]})
    assert status == 201
    drive()
    sent = Run.objects.select_related("record").get().record.sent
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "user"]
    assert len(made["state"]["turns"][0]["messages"]) == 3


def test_what_a_column_asked_for_is_in_its_report(caller: Caller) -> None:
    column = {"model": QUICK, "params": {"temperature": 5, "seed": 0, "top_p": None}, "extra": {"x_flag": True}}
    made = caller.created(models=[column], params={"max_tokens": 7, "temperature": 1}, reasoning={"effort": "high"})
    drive()
    (run,) = caller("GET", f"comparisons/{made['id']}")[1]["runs"]
    report = run["request_report"]
    assert report["sent"]["seed"] == 0
    assert report["sent"]["x_flag"] is True
    assert report["clamped"]["temperature"] == {"from": 5.0, "to": 2.0}
    assert "top_p" not in report["sent"]


def test_follow_up_stop_and_rerun_answer_what_was_made(caller: Caller) -> None:
    made = caller.created(models=[QUICK, QUICK])
    drive()
    status, turn = caller("POST", f"comparisons/{made['id']}/turns", {"prompt": "more", "system": "now"})
    assert (status, set(turn)) == (201, {"id", "runs"})
    status, stopped = caller("POST", f"runs/{turn['runs'][0]}/cancel")
    assert (status, stopped["status"]) == (200, "cancelled")
    check_run(stopped)
    status, answer = caller("POST", f"comparisons/{made['id']}/cancel")
    assert status == 200
    schemas.RunsOut.model_validate(answer)
    assert answer["next"] is None
    assert {run["id"]: run["status"] for run in answer["items"]}[turn["runs"][1]] == "cancelled"
    for run in answer["items"]:
        check_run(run)
    status, again = caller("POST", f"runs/{turn['runs'][0]}/rerun")
    assert (status, again["attempt"], again["parent"]) == (201, 2, stopped["parent"])
    check_run(again)
    ended = made["state"]["runs"][0]["id"]
    before = caller("GET", f"runs/{ended}")
    assert caller("POST", f"runs/{ended}/cancel") == before, "a run that has ended stays as it is"


def test_an_interrupted_run_says_why(caller: Caller) -> None:
    made = caller.created()
    takeover.end_run(Run.objects.get(), "interrupted", takeover.SetupError("server", "gone"))
    (run,) = caller("GET", f"comparisons/{made['id']}")[1]["runs"]
    check_run(run)
    assert run["error"]["message"] == "gone"


def test_lists_have_items_and_a_cursor(caller: Caller) -> None:
    caller.created(title="a")
    status, page = caller("GET", "comparisons")
    assert (status, set(page)) == (200, {"items", "next"})
    schemas.ListOut.model_validate(page)
    assert page["next"] is None


def test_title_and_tags_change_apart(caller: Caller) -> None:
    made = caller.created(title="before", tags=["a"])
    path = f"comparisons/{made['id']}"
    assert caller("PATCH", path, {"title": " after "})[1]["title"] == "after"
    state = caller("PATCH", path, {"tags": ["b", "b", "c"]})[1]
    assert (state["title"], state["tags"]) == ("after", ["b", "c"])
    assert caller("PATCH", path, {"tags": []})[1]["tags"] == []
    assert caller("PATCH", path, {"tags": ["t"] * 17})[0] == 422
    assert caller("PATCH", path, {"owner": "me"})[0] == 422


def test_the_document_names_every_operation_and_status() -> None:
    document = ninja_api.get_openapi_schema(path_prefix="/api/v1/")
    operations = {(method, path) for path, item in document["paths"].items() for method in item}
    assert {
        ("get", "/api/v1/models"),
        ("post", "/api/v1/comparisons"),
        ("get", "/api/v1/comparisons"),
        ("get", "/api/v1/comparisons/{comparison_id}"),
        ("patch", "/api/v1/comparisons/{comparison_id}"),
        ("delete", "/api/v1/comparisons/{comparison_id}"),
        ("post", "/api/v1/comparisons/{comparison_id}/turns"),
        ("post", "/api/v1/comparisons/{comparison_id}/cancel"),
        ("get", "/api/v1/runs/{run_id}"),
        ("post", "/api/v1/runs/{run_id}/cancel"),
        ("post", "/api/v1/runs/{run_id}/rerun"),
        ("post", "/api/v1/comparisons/{comparison_id}/shares"),
        ("get", "/api/v1/comparisons/{comparison_id}/shares"),
        ("delete", "/api/v1/shares/{share_id}"),
    } <= operations
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert 401 in operation["responses"], (method, path)
            assert operation["summary"], (method, path)


def test_fifty_identical_posts_at_once_make_one_comparison(caller: Caller) -> None:
    """The model is new to the rows, too."""
    body = {"prompt": "once", "models": [QUICK, "openai/typed-just-now"]}
    barrier = threading.Barrier(50)
    answers: list[tuple[int, Any]] = []

    def post() -> None:
        try:
            barrier.wait()
            answers.append(caller("POST", "comparisons", body, Idempotency_Key="the same"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=post) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert {status for status, _ in answers} == {201}
    assert len({answer["id"] for _, answer in answers}) == 1
    assert len(answers) == 50
    assert (Comparison.objects.count(), Run.objects.count(), Submission.objects.count()) == (1, 2, 1)
    assert actions.valkey.sync_client().llen("celery") == 1


def test_models_and_providers_are_plain_lists(caller: Caller) -> None:
    TypeAdapter(list[schemas.ModelOut]).validate_python(caller("GET", "models")[1])
    TypeAdapter(list[schemas.ProviderOut]).validate_python(caller("GET", "providers")[1])
