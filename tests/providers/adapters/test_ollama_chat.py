"""Ollama's own chat: what is asked for, and lines that tell of failures."""

from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.adapters.ollama_chat.stream import OllamaParser
from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import BlockOpened, Delta, StreamFailed, UsageReported
from providers.contract.messages import ChatRequest, Message, Params, ReasoningParams
from providers.contract.quirks import OllamaQuirks
from providers.contract.spec import ProviderSpec

SPEC = ProviderSpec(slug="any", name="Any", base_url="http://host", protocol="ollama_chat")
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
TOOL = {"name": "f", "description": "Does.", "input_schema": SCHEMA}


def rendered(**fields: Any) -> RenderedRequest:
    request = ChatRequest(**{"model_id": "qwen3", "messages": (Message.of_text("user", "hi"),), **fields})
    return get_adapter("ollama_chat").render(request, SPEC)


def asked(*messages: tuple[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    said = tuple(Message.model_validate({"role": role, "content": blocks}) for role, blocks in messages)
    return list(rendered(messages=said).body["messages"])


def test_what_is_not_set_is_not_sent() -> None:
    found = rendered()

    assert found.body == {"model": "qwen3", "messages": [{"role": "user", "content": "hi"}], "stream": True}
    assert (found.path, found.framing, found.streamed) == ("/api/chat", "ndjson", True)


def test_a_whole_answer_is_asked_for_in_words() -> None:
    found = rendered(stream=False)

    assert found.body["stream"] is False
    assert (found.framing, found.streamed) == ("sse", False)


def test_every_parameter_under_its_name() -> None:
    params = Params(
        temperature=0, top_p=0.5, max_tokens=9, stop=("a",), seed=0, logprobs=True, top_logprobs=2, service_tier="x"
    )

    found = rendered(params=params, extra={"keep_alive": "5m", "options": {"num_ctx": 8192, "seed": 4}})

    assert found.report.sent == {
        "model": "qwen3",
        "stream": True,
        "options": {
            "num_predict": 9, "temperature": 0, "top_p": 0.5, "seed": 4, "stop": ["a"], "num_ctx": 8192,
        },
        "logprobs": True,
        "top_logprobs": 2,
        "keep_alive": "5m",
    }  # fmt: skip
    assert found.report.renamed["max_tokens"] == "options.num_predict"
    assert set(found.report.dropped) == {"service_tier"}


@pytest.mark.parametrize(
    ("model_id", "wish", "think"),
    [
        ("qwen3", {"effort": "high"}, True),
        ("qwen3", {"effort": "none"}, False),
        ("qwen3", {"enabled": False}, False),
        ("gpt-oss:20b", {"effort": "medium"}, "medium"),
        ("gpt-oss:20b", {"effort": "max"}, "high"),
        ("gpt-oss:20b", {"effort": "none"}, "low"),
        ("qwen3", {"budget": 5, "summary": "auto", "exclude": True}, None),
    ],
)
def test_thinking(model_id: str, wish: dict[str, Any], think: Any) -> None:
    found = rendered(model_id=model_id, reasoning=ReasoningParams(**wish))

    assert found.body.get("think") == think
    assert ("reasoning_effort" in found.report.clamped) is (think not in {None, wish.get("effort"), False})
    assert set(found.report.dropped) == {
        f"reasoning_{name}" for name in wish if name in {"budget", "summary", "exclude"}
    }


def test_tools() -> None:
    function = {"name": "f", "description": "Does.", "parameters": SCHEMA}

    assert rendered(tools=(TOOL,), tool_choice="auto").body["tools"] == [{"type": "function", "function": function}]
    assert "tools" not in rendered(tools=(TOOL,), tool_choice="none").body
    found = rendered(tools=(TOOL,), tool_choice="required", parallel_tool_calls=True)
    assert set(found.report.dropped) == {"tool_choice", "parallel_tool_calls"}


@pytest.mark.parametrize(
    ("output", "wanted", "clamped"),
    [
        ({"method": "json_mode"}, "json", False),
        ({"method": "json_schema", "schema": SCHEMA}, SCHEMA, False),
        ({"method": "function_calling", "schema": SCHEMA}, SCHEMA, True),
    ],
)
def test_structured_output(output: dict[str, Any], wanted: Any, clamped: bool) -> None:
    found = rendered(output=output)

    assert found.body["format"] == wanted
    assert ("output" in found.report.clamped) is clamped


def test_messages() -> None:
    own = {"replay": {"protocol": "ollama_chat", "field": "thinking"}}
    found = asked(
        ("system", [{"kind": "text", "text": "s"}]),
        ("user", [{"kind": "text", "text": "see"}, {"kind": "image", "data": {"data": "AA=="}}]),
        (
            "assistant",
            [
                {"kind": "reasoning", "text": "hm", "data": own},
                {"kind": "reasoning", "text": "foreign"},
                {"kind": "text", "text": "ok"},
                {"kind": "tool_call", "id": "c1", "name": "f", "text": '{"a": 1}'},
                {"kind": "tool_call", "name": "g", "text": "[1"},
                {"kind": "tool_call", "name": "h", "data": {"arguments": {"b": 2}}},
            ],
        ),
        ("tool", [{"kind": "tool_result", "id": "c1", "name": "f", "text": "1"}, {"kind": "tool_result", "text": "2"}]),
    )

    assert found[1] == {"role": "user", "content": "see", "images": ["AA=="]}
    assert found[2] == {
        "role": "assistant",
        "content": "ok",
        "thinking": "hm",
        "tool_calls": [
            {"id": "c1", "function": {"name": "f", "arguments": {"a": 1}}},
            {"function": {"name": "g", "arguments": {"arguments": "[1"}}},
            {"function": {"name": "h", "arguments": {"b": 2}}},
        ],
    }
    assert found[3:] == [
        {"role": "tool", "content": "1", "tool_name": "f", "tool_call_id": "c1"},
        {"role": "tool", "content": "2"},
    ]


@pytest.mark.parametrize("block", [{"kind": "audio"}, {"kind": "image", "data": {"url": "https://a/b.png"}}])
def test_what_cannot_be_sent_is_refused_before(block: dict[str, Any]) -> None:
    with pytest.raises(ProviderError) as caught:
        asked(("user", [block]))

    assert caught.value.code == "unsupported"


def test_pictures_and_arguments_as_text() -> None:
    parser = OllamaParser(OllamaQuirks())

    events = parser.feed(b'{"message":{"content":"","images":["AA=="],"tool_calls":[{"function":{"arguments":"{}"}}]}}')

    opened = [event for event in events if isinstance(event, BlockOpened)]
    assert [block.kind for block in opened] == ["image", "tool_call"]
    assert opened[0].data == {"data": "AA==", "media_type": "image/png"}
    assert Delta(1, "tool_call", "{}") in events


def test_tags_are_text_where_a_server_is_known_to_leave_them() -> None:
    parser = OllamaParser(OllamaQuirks(think_tags=False))

    assert Delta(0, "text", "<think>a") in parser.feed(b'{"message":{"content":"<think>a"}}')


def test_usage_may_follow_a_failure_and_nothing_else() -> None:
    parser = OllamaParser(OllamaQuirks())

    first = parser.feed(b'{"error":"broke"}')
    later = parser.feed(b'{"message":{"content":"x"},"done":true,"done_reason":"stop","eval_count":3}')

    assert [type(event) for event in first] == [StreamFailed]
    assert [type(event) for event in later] == [UsageReported]


@pytest.mark.parametrize("line", [b"{nope", b"[1]"])
def test_lines_that_cannot_be_read(line: bytes) -> None:
    [event] = OllamaParser(OllamaQuirks()).feed(line)

    assert isinstance(event, StreamFailed)
    assert event.error.code == "malformed_stream"


def test_refusals() -> None:
    error = get_adapter("ollama_chat").classify(404, {}, b'{"error":"model \'x\' not found"}')

    assert (error.code, error.message) == ("not_found", "model 'x' not found")
