"""Yandex's own completion: what is asked for, and what grows from line to line."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters import get_adapter
from providers.adapters.yandex_completion.render import model_uri
from providers.adapters.yandex_completion.stream import YandexParser
from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import Delta, StreamFailed, UsageReported
from providers.contract.messages import ChatRequest, Message, Params, ReasoningParams
from providers.contract.quirks import YandexQuirks
from providers.contract.spec import ProviderSpec

SPEC = ProviderSpec(
    slug="any", name="Any", base_url="https://host", protocol="yandex_completion", yandex=YandexQuirks(folder="b1g")
)
SCHEMA = {"title": "City", "type": "object", "properties": {"a": {"type": "integer"}}}
TOOL = {"name": "f", "description": "Does.", "inputSchema": SCHEMA}


def rendered(**fields: Any) -> RenderedRequest:
    request = ChatRequest(**{"model_id": "yandexgpt/latest", "messages": (Message.of_text("user", "hi"),), **fields})
    return get_adapter("yandex_completion").render(request, SPEC)


def asked(*messages: tuple[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    said = tuple(Message.model_validate({"role": role, "content": blocks}) for role, blocks in messages)
    return list(rendered(messages=said).body["messages"])


def test_what_is_not_set_is_not_sent() -> None:
    found = rendered()

    assert found.body == {
        "modelUri": "gpt://b1g/yandexgpt/latest",
        "completionOptions": {"stream": True},
        "messages": [{"role": "user", "text": "hi"}],
    }
    assert (found.path, found.framing) == ("/foundationModels/v1/completion", "ndjson")
    assert rendered(stream=False).framing == "sse"


@pytest.mark.parametrize(
    ("model_id", "folder", "uri"),
    [
        ("yandexgpt-lite", "b1g", "gpt://b1g/yandexgpt-lite"),
        ("ds://b1g/tuned", "b2g", "ds://b1g/tuned"),
        ("b1g/yandexgpt", "", "gpt://b1g/yandexgpt"),
    ],
)
def test_addresses_of_models(model_id: str, folder: str, uri: str) -> None:
    assert model_uri(model_id, YandexQuirks(folder=folder)) == uri


def test_every_parameter_under_its_name() -> None:
    params = Params(temperature=1.4, max_tokens=9, top_p=0.5, stop=("a",), seed=1)
    wish = ReasoningParams(effort="high", budget=5)

    found = rendered(params=params, reasoning=wish, extra={"completionOptions": {"stream": False}})

    assert found.body["completionOptions"] == {
        "stream": False,
        "temperature": 1,
        "maxTokens": "9",
        "reasoningOptions": {"mode": "ENABLED_HIDDEN"},
    }
    assert set(found.report.dropped) == {"top_p", "stop", "seed", "reasoning_budget"}
    assert found.report.clamped == {
        "temperature": {"from": 1.4, "to": 1},
        "reasoning_effort": {"from": "high", "to": "ENABLED_HIDDEN"},
    }


@pytest.mark.parametrize(("wish", "mode"), [({"enabled": True}, "ENABLED_HIDDEN"), ({"effort": "none"}, "DISABLED")])
def test_thinking(wish: dict[str, Any], mode: str) -> None:
    found = rendered(reasoning=ReasoningParams(**wish))

    assert found.body["completionOptions"]["reasoningOptions"] == {"mode": mode}
    assert found.report.clamped == {}
    assert "reasoningOptions" not in rendered(reasoning=ReasoningParams()).body["completionOptions"]


def test_tools() -> None:
    function = {"name": "f", "description": "Does.", "parameters": SCHEMA}

    assert rendered(tools=(TOOL,)).body["tools"] == [{"function": function}]
    assert rendered(tools=(TOOL,), tool_choice="required").body["toolChoice"] == {"mode": "REQUIRED"}
    assert rendered(tools=(TOOL,), tool_choice={"name": "f"}).body["toolChoice"] == {"functionName": "f"}
    assert rendered(tools=(TOOL,), parallel_tool_calls=False).body["parallelToolCalls"] is False


def test_structured_output() -> None:
    assert rendered(output={"method": "json_mode"}).body["jsonObject"] is True
    assert rendered(output={"method": "json_schema", "schema": SCHEMA}).body["jsonSchema"] == {"schema": SCHEMA}
    by_function = rendered(output={"method": "function_calling", "schema": SCHEMA}).body
    assert by_function["tools"][0]["function"]["name"] == "City"
    assert by_function["toolChoice"] == {"functionName": "City"}


def test_a_message_is_a_text_or_calls_or_results() -> None:
    found = asked(
        ("system", [{"kind": "text", "text": "s"}]),
        (
            "assistant",
            [
                {"kind": "reasoning", "text": "hm"},
                {"kind": "text", "text": "ok"},
                {"kind": "tool_call", "name": "f", "text": '{"a": 1}'},
                {"kind": "tool_call", "name": "g", "text": "[1"},
            ],
        ),
        ("tool", [{"kind": "tool_result", "name": "f", "text": "1"}]),
    )

    calls = [
        {"functionCall": {"name": "f", "arguments": {"a": 1}}},
        {"functionCall": {"name": "g", "arguments": {"arguments": "[1"}}},
    ]
    assert found == [
        {"role": "system", "text": "s"},
        {"role": "assistant", "text": "ok"},
        {"role": "assistant", "toolCallList": {"toolCalls": calls}},
        {
            "role": "assistant",
            "toolResultList": {"toolResults": [{"functionResult": {"name": "f", "content": "1"}}]},
        },
    ]


def test_what_cannot_be_sent_is_refused_before() -> None:
    with pytest.raises(ProviderError) as caught:
        asked(("user", [{"kind": "image", "data": {"data": "AA=="}}]))

    assert caught.value.code == "unsupported"


@given(st.lists(st.text("ab世 ", max_size=5), max_size=8))
def test_pieces_of_a_growing_text_make_it_up(pieces: list[str]) -> None:
    parser, text = YandexParser(), ""
    events = []
    for piece in pieces:
        text += piece
        line = {"result": {"alternatives": [{"message": {"text": text}, "status": "ALTERNATIVE_STATUS_PARTIAL"}]}}
        events.extend(parser.feed(str(line).replace("'", '"').encode()))

    deltas = [event for event in events if isinstance(event, Delta)]
    assert "".join(delta.text for delta in deltas) == text
    assert {delta.index for delta in deltas} <= {0}


def test_usage_may_follow_a_failure_and_nothing_else() -> None:
    parser = YandexParser()

    first = parser.feed(b'{"error":{"grpcCode":13,"message":"broke"}}')
    later = parser.feed(b'{"result":{"alternatives":[{"message":{"text":"x"}}],"usage":{"totalTokens":"3"}}}')

    assert [type(event) for event in first] == [StreamFailed]
    assert [type(event) for event in later] == [UsageReported]


@pytest.mark.parametrize(
    ("body", "code", "status"),
    [
        (b'{"error":{"grpcCode":16,"httpCode":401,"message":"Unknown api key"}}', "authentication", 401),
        (b'{"error":{"grpcCode":8,"httpCode":429,"message":"gauge quota limit exceed"}}', "rate_limited", 429),
        (b'{"code":5,"message":"model not found","details":[]}', "not_found", 404),
    ],
)
def test_refusals(body: bytes, code: str, status: int) -> None:
    error = get_adapter("yandex_completion").classify(status, {}, body)

    assert (error.code, error.status) == (code, status)
