"""The API through HTTP: shapes of the contract, errors, idempotency; answers come from the simulated provider."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from compare_site.accounts.tokens import create_api_token
from compare_site.comparisons import runner, worker_loop
from compare_site.comparisons.models import Comparison, Run
from providers.models import ChatModel

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
FAST = "demo/fast@rate=0,tokens=12,delay=0"
RUN_KEYS = {
    "id", "column", "turn", "sample", "attempt", "parent", "status", "content", "text", "reasoning", "tool_calls",
    "citations", "refusal", "parsed", "validation", "finish_reason", "native_finish_reason", "response_id", "model",
    "usage", "cost", "timings", "request_report", "hops", "retries", "error",
}  # fmt: skip


class Api:
    """A bearer client that speaks JSON."""

    def __init__(self, user: Any) -> None:
        _, token = create_api_token(user, "test")
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        data = "" if body is None else json.dumps(body)
        reply = self.client.generic(
            method, f"/api/v1/{path}", data, content_type="application/json", headers=headers or None
        )
        return reply.status_code, json.loads(reply.content) if reply.content else None


@pytest.fixture
def api(owner: Any) -> Api:
    return Api(owner)


@pytest.fixture(autouse=True)
def _end_the_loop() -> Iterator[None]:
    yield
    worker_loop.leave()


def drive() -> None:
    runner.stream_turn(list(Run.objects.filter(state="queued").values_list("pk", flat=True)))


def created(api: Api, **body: Any) -> dict[str, Any]:
    status, answer = api("POST", "comparisons", {"prompt": "hello", "models": [FAST], **body})
    assert status == 201, answer
    return dict(answer)


def state_of(api: Api, comparison_id: str) -> dict[str, Any]:
    status, state = api("GET", f"comparisons/{comparison_id}")
    assert status == 200
    return dict(state)


def test_a_comparison_from_start_to_end(api: Api) -> None:
    answer = created(api, models=[FAST, "demo:thinker@rate=0,delay=0"], title="T", tags=["x"])
    assert answer["url"].endswith(f"/c/{answer['id']}/")
    assert answer["ws_url"] == f"ws://testserver/ws/comparisons/{answer['id']}/"
    assert [run["status"] for run in answer["state"]["runs"]] == ["queued", "queued"]
    drive()
    state = state_of(api, answer["id"])
    assert [column["label"] for column in state["columns"]] == ["A", "B"]
    assert state["columns"][1]["model"] == "demo/thinker@rate=0,delay=0"
    fast, thinker = state["runs"]
    assert set(fast) >= RUN_KEYS
    assert fast["status"] == "finished"
    assert fast["finish_reason"] == "stop"
    assert fast["text"].startswith(fast["response_id"])
    assert fast["usage"]["output"] == 12
    assert fast["timings"]["ttft_ms"] <= fast["timings"]["total_ms"]
    assert fast["hops"][0]["status"] == 200
    assert fast["reasoning"] is None
    assert thinker["reasoning"]
    assert [block["kind"] for block in thinker["content"]] == ["reasoning", "text"]


def test_an_empty_parameter_is_not_sent_and_zero_is(api: Api) -> None:
    created(api, models=[{"model": FAST, "params": {"temperature": 0, "top_p": None}}], params={"max_tokens": 9})
    drive()
    run = Run.objects.select_related("record").get()
    assert run.record.sent["temperature"] == 0
    assert "top_p" not in run.record.sent
    report = run.record.state["request_report"]
    assert report["sent"]["temperature"] == 0


def test_errors_name_the_field_and_never_the_value(api: Api) -> None:
    for body, field in (
        ({"prompt": "x", "models": [FAST], "base_url": "CANARY"}, "base_url"),
        ({"prompt": "x", "models": [{"model": FAST, "params": {"temperature": "CANARY"}}]}, "temperature"),
        ({"prompt": "x", "models": ["nobody/CANARY"]}, "models.0"),
    ):
        status, answer = api("POST", "comparisons", body)
        assert status == 422
        assert set(answer["error"]) == {"code", "message", "details"}
        assert field in json.dumps(answer["error"]["details"])
    assert Comparison.objects.count() == 0


def test_the_same_key_and_body_give_the_same_comparison(api: Api) -> None:
    body = {"prompt": "x", "models": [FAST]}
    headers = {"Idempotency-Key": "abc"}
    first = api("POST", "comparisons", body, **headers)
    again = api("POST", "comparisons", body, **headers)
    assert first[0] == again[0] == 201
    assert first[1]["id"] == again[1]["id"]
    assert api("POST", "comparisons", {**body, "prompt": "y"}, **headers)[0] == 409
    assert Comparison.objects.count() == 1


def test_the_same_key_gives_the_same_comparison_whatever_became_of_its_models(api: Api) -> None:
    body, headers = {"prompt": "x", "models": [FAST]}, {"Idempotency-Key": "abc"}
    first = api("POST", "comparisons", body, **headers)
    ChatModel.objects.filter(model_id=FAST.partition("/")[2]).update(enabled=False)
    assert api("POST", "comparisons", body)[0] == 422
    again = api("POST", "comparisons", body, **headers)
    assert (again[0], again[1]["id"]) == (201, first[1]["id"])


def test_follow_up_stop_rerun_and_delete(api: Api) -> None:
    comparison = created(api)["id"]
    drive()
    status, turn = api("POST", f"comparisons/{comparison}/turns", {"prompt": "more"})
    assert status == 201
    assert len(turn["runs"]) == 1
    status, stopped = api("POST", f"runs/{turn['runs'][0]}/cancel")
    assert (status, stopped["status"]) == (200, "cancelled")
    assert api("POST", f"runs/{turn['runs'][0]}/cancel")[1]["status"] == "cancelled"
    status, again = api("POST", f"runs/{turn['runs'][0]}/rerun")
    assert (status, again["attempt"], again["status"]) == (201, 2, "queued")
    status, all_stopped = api("POST", f"comparisons/{comparison}/cancel")
    assert (status, [run["status"] for run in all_stopped["items"]]) == (200, ["cancelled"])
    first = next(run["id"] for run in state_of(api, comparison)["runs"] if run["attempt"] == 1)
    assert api("POST", f"runs/{first}/rerun")[0] == 409
    assert api("POST", f"runs/{first}/rerun", {"branch": True})[0] == 201
    assert api("DELETE", f"comparisons/{comparison}") == (204, None)
    assert api("GET", f"comparisons/{comparison}")[0] == 404


@pytest.mark.parametrize(
    ("model", "status", "code"),
    [
        ("demo/broken@rate=0,after=5,delay=0", "failed", "incomplete"),
        ("demo/fast@error=401,delay=0", "failed", "authentication"),
        ("demo/fast@error=404,delay=0", "failed", "not_found"),
        ("demo/no-such-model", "failed", "not_found"),
        ("openai/gpt-test", "failed", "authentication"),
    ],
)
def test_every_end_has_its_name(api: Api, model: str, status: str, code: str) -> None:
    comparison = created(api, models=[{"model": model, "params": {"max_retries": 0}}])["id"]
    drive()
    (run,) = state_of(api, comparison)["runs"]
    assert (run["status"], run["error"]["code"]) == (status, code)
    assert run["finish_reason"] is None
    assert run["error"]["message"]


def test_a_refused_attempt_is_tried_again_and_kept(api: Api) -> None:
    comparison = created(api, models=["demo/flaky@rate=0,delay=0,retry=1"])["id"]
    drive()
    (flaky,) = state_of(api, comparison)["runs"]
    assert (flaky["status"], len(flaky["retries"])) == ("finished", 1)
    assert flaky["retries"][0]["error"]["code"] == "rate_limited"
    assert [hop["status"] for hop in flaky["hops"]] in ([429, 200], [200])


def test_refusals_and_tool_calls_are_what_they_are(api: Api) -> None:
    comparison = created(api, models=["demo/refuses@rate=0,delay=0", "demo/tools@rate=0,delay=0"])["id"]
    drive()
    refuses, tools = state_of(api, comparison)["runs"]
    assert refuses["finish_reason"] == "refusal"
    assert refuses["refusal"]
    assert tools["finish_reason"] == "tool_calls"
    assert json.loads(tools["tool_calls"][0]["arguments"])


def test_history_pages_and_finds_chinese_and_english(api: Api) -> None:
    for number in range(32):
        created(api, prompt=f"prompt number {number}", tags=["even"] if number % 2 == 0 else [])
    created(api, prompt="请用中文解释高斯消元法", title="Straße")
    status, page = api("GET", "comparisons")
    assert (status, len(page["items"])) == (200, 30)
    rest = api("GET", f"comparisons?cursor={page['next'].replace('+', '%2B')}")[1]
    assert (len(rest["items"]), rest["next"]) == (3, None)
    assert not {item["id"] for item in page["items"]} & {item["id"] for item in rest["items"]}
    assert [item["prompt"] for item in api("GET", "comparisons?q=高斯消元")[1]["items"]] == ["请用中文解释高斯消元法"]
    assert len(api("GET", "comparisons?q=STRASSE")[1]["items"]) == 1
    assert [item["prompt"] for item in api("GET", "comparisons?q=NUMBER%2031")[1]["items"]] == ["prompt number 31"]
    assert len(api("GET", "comparisons?tag=even&q=number 30")[1]["items"]) == 1
    assert len(api("GET", "comparisons?model=fast")[1]["items"]) == 30


def test_sharing_over_the_api(api: Api, client: Client) -> None:
    comparison = created(api)["id"]
    status, share = api("POST", f"comparisons/{comparison}/shares")
    assert status == 201
    assert "token" not in json.dumps(api("GET", f"comparisons/{comparison}/shares")[1])
    path = share["url"].removeprefix("http://testserver")
    assert client.get(path).status_code == 302
    assert client.get(f"/api/v1/comparisons/{comparison}").status_code == 200
    assert client.post(f"/api/v1/comparisons/{comparison}/cancel").status_code in {401, 404}
    assert api("DELETE", f"shares/{share['id']}")[0] == 204
    assert client.get(f"/api/v1/comparisons/{comparison}").status_code == 401


def test_the_document_describes_every_operation(api: Api) -> None:
    status, document = api("GET", "openapi.json")
    assert status == 200
    assert {"/api/v1/models", "/api/v1/comparisons", "/api/v1/runs/{run_id}/rerun"} <= set(document["paths"])


def test_providers_without_models_are_listed_too(api: Api) -> None:
    status, providers = api("GET", "providers")
    assert status == 200
    by_id = {provider["id"]: provider for provider in providers}
    assert by_id["demo"]["available"] is True
    assert by_id["openai"]["available"] is False
    assert by_id["openai"]["why_unavailable"]
    assert "ollama" in by_id


def test_models_are_a_list_with_unknown_capabilities_as_null(api: Api) -> None:
    status, models = api("GET", "models")
    assert status == 200
    fast = next(model for model in models if model["id"] == "demo/fast")
    assert fast["available"] is True
    assert set(fast) >= {"id", "provider", "model_id", "label", "capabilities", "media", "context_window", "prices"}
    assert any(value is None for model in models for value in model["capabilities"].values())
