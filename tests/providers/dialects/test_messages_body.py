"""A request as a Messages body, its headers and path, and the report of what became of each parameter."""

import json
from typing import Any

import pytest

from providers.adapters.anthropic_messages import render
from providers.contract.adapter import RenderedRequest
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params, ReasoningParams
from providers.contract.quirks import MessagesQuirks
from providers.contract.spec import ProviderSpec
from providers.dialects.messages.body import render_body

HI = (Message.of_text("user", "hi"),)
OLD, NEW, UNKNOWN = "claude-sonnet-4-5", "claude-opus-5", "deployment-7"


def rendered(model: str = UNKNOWN, quirks: MessagesQuirks | None = None, **fields: Any) -> RenderedRequest:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host", messages=quirks or MessagesQuirks())
    return render(ChatRequest(**{"model_id": model, "messages": HI, **fields}), spec)


def parameters(sent: RenderedRequest) -> dict[str, Any]:
    always = {"model", "messages", "stream", "max_tokens"}
    return {name: value for name, value in sent.body.items() if name not in always}


def test_the_least_there_is() -> None:
    sent = rendered()

    assert sent.body == {
        "model": UNKNOWN,
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "max_tokens": 8192,
    }
    assert sent.report.sent == {"model": UNKNOWN, "stream": True, "max_tokens": 8192}
    assert sent.report.clamped == {"max_tokens": {"from": None, "to": 8192}}
    assert (sent.report.renamed, sent.report.dropped) == ({}, {})
    assert (sent.method, sent.path, sent.framing, sent.streamed) == ("POST", "/messages", "sse", True)
    assert sent.headers == {
        "content-type": "application/json",
        "accept": "text/event-stream",
        "anthropic-version": "2023-06-01",
    }


def test_an_answer_at_once() -> None:
    sent = rendered(stream=False)

    assert sent.body["stream"] is False
    assert sent.headers["accept"] == "application/json"
    assert not sent.streamed


def test_every_parameter_under_its_name() -> None:
    params = Params(
        temperature=0, top_p=0.9, max_tokens=7, stop=("END",), service_tier="standard_only", timeout=3, max_retries=1
    )

    sent = rendered(params=params)

    assert sent.body["max_tokens"] == 7
    assert parameters(sent) == {
        "temperature": 0,
        "top_p": 0.9,
        "stop_sequences": ["END"],
        "service_tier": "standard_only",
    }
    assert sent.report.renamed == {"stop": "stop_sequences"}
    assert (sent.report.clamped, sent.report.dropped) == ({}, {})


def test_what_messages_does_not_know_is_dropped_with_a_reason() -> None:
    sent = rendered(params=Params(seed=1, logprobs=True, top_logprobs=2), modalities=("text", "image"))

    assert parameters(sent) == {}
    assert set(sent.report.dropped) == {"seed", "logprobs", "top_logprobs", "modalities"}
    assert all(sent.report.dropped.values())


def test_what_this_server_refuses() -> None:
    sent = rendered(quirks=MessagesQuirks(rejects=("top_p", "stop")), params=Params(top_p=0.5, stop=("x",)))

    assert parameters(sent) == {}
    assert sent.report.dropped == dict.fromkeys(("top_p", "stop"), "this provider refuses it")


def test_blank_stop_sequences_are_left_out() -> None:
    sent = rendered(params=Params(stop=("\n", "END")))

    assert sent.body["stop_sequences"] == ["END"]
    assert sent.report.clamped["stop"] == {"from": ["\n", "END"], "to": ["END"]}
    assert "stop_sequences" not in rendered(params=Params(stop=(" ",))).body


def test_temperature_is_clamped() -> None:
    sent = rendered(OLD, params=Params(temperature=1.7))

    assert sent.body["temperature"] == 1
    assert sent.report.clamped["temperature"] == {"from": 1.7, "to": 1}


@pytest.mark.parametrize(
    ("model", "quirks", "word"),
    [
        (NEW, MessagesQuirks(), "model"),
        (OLD, MessagesQuirks(version="2026-10-21"), "2026-10-21"),
        (OLD, MessagesQuirks(version="2026-10-21", body_version="2026-10-21"), "2026-10-21"),
    ],
)
def test_sampling_is_refused_by_new_models_and_new_versions(model: str, quirks: MessagesQuirks, word: str) -> None:
    sent = rendered(model, quirks, params=Params(temperature=0.5, top_p=0.5))

    assert not {"temperature", "top_p"} & set(sent.body)
    assert sent.headers.get("anthropic-version") == (None if quirks.body_version else quirks.version)
    assert word in sent.report.dropped["temperature"]
    assert word in sent.report.dropped["top_p"]


def test_temperature_and_top_p_exclude_each_other() -> None:
    sent = rendered(OLD, params=Params(temperature=0.5, top_p=0.5))

    assert parameters(sent) == {"temperature": 0.5}
    assert list(sent.report.dropped) == ["top_p"]


@pytest.mark.parametrize(
    ("params", "kept"),
    [
        ({"temperature": 0.5}, {}),
        ({"temperature": 1.5}, {"temperature": 1}),
        ({"temperature": 1}, {"temperature": 1}),
        ({"top_p": 0.5}, {}),
        ({"top_p": 0.97}, {"top_p": 0.97}),
    ],
)
def test_sampling_beside_a_budget(params: dict[str, Any], kept: dict[str, Any]) -> None:
    sent = rendered(OLD, params=Params(**params), reasoning=ReasoningParams(budget=2000))

    assert parameters(sent) == {"thinking": {"type": "enabled", "budget_tokens": 2000}, **kept}
    assert set(sent.report.dropped) | set(kept) == set(params)


@pytest.mark.parametrize(
    ("model", "reasoning", "choice"),
    [
        (OLD, None, "any"),
        (OLD, {"budget": 2000}, "auto"),
        ("claude-opus-4-6", {"effort": "low"}, "auto"),
        (NEW, {"effort": "low"}, "any"),
        ("claude-opus-5-5", None, "auto"),
        (UNKNOWN, {"budget": 2000}, "any"),
    ],
)
def test_who_can_be_forced_to_call(model: str, reasoning: dict[str, Any] | None, choice: str) -> None:
    wish = ReasoningParams(**reasoning) if reasoning else None

    sent = rendered(model, tools=({"name": "f", "parameters": {}},), tool_choice="required", reasoning=wish)

    assert sent.body["tool_choice"] == {"type": choice}
    assert ("tool_choice" in sent.report.clamped) == (choice == "auto")


def test_the_default_leaves_room_beside_a_budget() -> None:
    sent = rendered(OLD, reasoning=ReasoningParams(budget=20_000))

    assert sent.body["max_tokens"] == 28_192
    assert sent.body["thinking"]["budget_tokens"] == 20_000
    assert rendered(OLD, MessagesQuirks(max_tokens=100)).body["max_tokens"] == 100


def test_effort_and_schema_share_their_place() -> None:
    sent = rendered(
        NEW,
        reasoning=ReasoningParams(effort="low"),
        output={"method": "json_schema", "schema": {"type": "object", "properties": {}}},
    )

    assert sent.body["output_config"] == {
        "effort": "low",
        "format": {
            "type": "json_schema",
            "schema": {"type": "object", "properties": {}, "additionalProperties": False},
        },
    }


def test_what_was_said_is_not_in_the_report() -> None:
    talk = (Message.of_text("system", "Be kind."), *HI)

    sent = rendered(messages=talk, tools=({"name": "f", "parameters": {}},))

    assert sent.body["system"] == "Be kind."
    assert set(sent.report.sent) == {"model", "stream", "max_tokens", "tools"}


def test_nothing_is_cached_unasked() -> None:
    blocks = tuple(ContentBlock(kind="text", text=text) for text in ("a", "b"))
    talk = (Message(role="system", content=blocks), Message(role="user", content=blocks))

    sent = rendered(messages=talk, tools=({"name": "f", "parameters": {}},))

    assert "cache_control" not in json.dumps(sent.body)


def test_extra_replaces_and_is_reported() -> None:
    extra = {"temperature": None, "cache_control": {"type": "ephemeral"}, "thinking": {"type": "disabled"}}

    sent = rendered(params=Params(temperature=1), extra=extra)

    assert parameters(sent) == extra
    assert sent.report.sent["thinking"] == {"type": "disabled"}


def test_a_door_with_the_model_in_the_path() -> None:
    quirks = MessagesQuirks(
        path="/models/{model}:rawPredict",
        stream_path="/models/{model}:streamRawPredict",
        body_version="vertex-2023-10-16",
    )

    sent = rendered("claude-haiku-4-5@20251001", quirks, params=Params(temperature=0.5))
    whole = rendered("publishers/x y", quirks, stream=False)

    assert sent.path == "/models/claude-haiku-4-5@20251001:streamRawPredict"
    assert whole.path == "/models/publishers%2Fx%20y:rawPredict"
    assert "anthropic-version" not in sent.headers
    assert sent.body["anthropic_version"] == "vertex-2023-10-16"
    assert sent.body["temperature"] == 0.5
    assert "model" not in sent.body
    assert "model" not in sent.report.sent


def test_headers_of_the_catalog_come_last() -> None:
    spec = ProviderSpec(
        slug="any", name="Any", base_url="https://host", headers={"anthropic-beta": "a,b", "accept": "x"}
    )

    headers = render(ChatRequest(model_id="m", messages=HI), spec).headers

    assert headers["anthropic-beta"] == "a,b"
    assert headers["accept"] == "x"


def test_a_body_alone_for_doors_of_another_framing() -> None:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host")
    request = ChatRequest(model_id=OLD, messages=HI, params=Params(seed=1))

    body, report = render_body(request, spec)

    assert (body, report) == (rendered(OLD, params=Params(seed=1)).body, rendered(OLD, params=Params(seed=1)).report)
