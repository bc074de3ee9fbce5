"""Cohere's version 1: pinned request shapes, and lines that recordings do not show."""

import json
from typing import Any

import pytest

from providers.adapters.cohere_v1 import ADAPTER
from providers.contract.errors import ProviderError
from providers.contract.events import BlockOpened, Delta, StreamEnded, StreamEvent, StreamFailed
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params, ReasoningParams
from providers.contract.spec import ProviderSpec

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host")
HI = (Message.of_text("user", "hi"),)


def body(**fields: Any) -> dict[str, Any]:
    return ADAPTER.render(ChatRequest(**{"model_id": "m", "messages": HI, **fields}), SPEC).body


def said(role: Any, *blocks: ContentBlock) -> Message:
    return Message(role=role, content=blocks)


def block(kind: Any, **fields: Any) -> ContentBlock:
    return ContentBlock(kind=kind, **fields)


def feed(*lines: Any) -> list[StreamEvent]:
    parser = ADAPTER.parser(SPEC)
    data = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
    return [*(event for each in data for event in parser.feed(each)), *parser.end()]


def test_the_last_message_stands_apart() -> None:
    talk = (
        Message.of_text("system", "Be kind."),
        Message.of_text("system", "Be brief."),
        Message.of_text("user", "a"),
        said("assistant", block("reasoning", text="hm"), block("text", text="b")),
        Message.of_text("system", "Be bold."),
        Message.of_text("user", "c"),
    )

    request = ADAPTER.render(ChatRequest(model_id="m", messages=talk, params=Params(top_p=0.5)), SPEC)

    assert (request.path, request.framing) == ("/v1/chat", "ndjson")
    assert request.body == {
        "model": "m",
        "message": "c",
        "preamble": "Be kind.\n\nBe brief.",
        "chat_history": [
            {"role": "USER", "message": "a"},
            {"role": "CHATBOT", "message": "b"},
            {"role": "SYSTEM", "message": "Be bold."},
        ],
        "stream": True,
        "p": 0.5,
    }
    assert request.report.sent == {"model": "m", "stream": True, "p": 0.5}


def test_whole_answers_are_one_json_body() -> None:
    request = ADAPTER.render(ChatRequest(model_id="m", messages=HI, stream=False), SPEC)

    assert request.framing == "sse"
    assert request.headers["accept"] == "application/json"
    assert request.body == {"model": "m", "message": "hi", "stream": False}


def test_results_at_the_end_are_no_message() -> None:
    call = {"name": "f", "parameters": {"a": 1}}
    talk = (
        *HI,
        said("assistant", block("tool_call", id="1", name="f", text='{"a": 1}')),
        said("tool", block("tool_result", id="1", text="[]")),
        said("assistant", block("tool_call", id="2", name="g", data={"arguments": {"b": 2}})),
        said("tool", block("tool_result", id="2", text='{"x": 1}')),
        said("tool", block("tool_result", id="1", text='[{"y": 1}]'), block("tool_result", name="h", text="odd")),
    )

    found = body(messages=talk)

    assert found["message"] == ""
    assert found["chat_history"] == [
        {"role": "USER", "message": "hi"},
        {"role": "CHATBOT", "message": "", "tool_calls": [call]},
        {"role": "TOOL", "tool_results": [{"call": call, "outputs": [{"result": "[]"}]}]},
        {"role": "CHATBOT", "message": "", "tool_calls": [{"name": "g", "parameters": {"b": 2}}]},
    ]
    assert found["tool_results"] == [
        {"call": {"name": "g", "parameters": {"b": 2}}, "outputs": [{"x": 1}]},
        {"call": call, "outputs": [{"y": 1}]},
        {"call": {"name": "h", "parameters": {}}, "outputs": [{"result": "odd"}]},
    ]


def test_tools_by_their_parameters() -> None:
    properties = {
        "city": {"type": "string", "description": "where"},
        "days": {"type": "array", "items": {"type": "integer"}},
        "more": {"type": "object"},
        "odd": {"anyOf": []},
    }
    tool = {"name": "f", "parameters": {"type": "object", "properties": properties, "required": ["city"]}}

    assert body(tools=(tool,))["tools"] == [
        {
            "name": "f",
            "description": "",
            "parameter_definitions": {
                "city": {"type": "str", "description": "where", "required": True},
                "days": {"type": "List[int]", "required": False},
                "more": {"type": "Dict", "required": False},
                "odd": {"type": "str", "required": False},
            },
        }
    ]


def test_what_came_later_is_dropped_and_said() -> None:
    request = ChatRequest(
        model_id="m",
        messages=HI,
        params=Params(logprobs=True),
        reasoning=ReasoningParams(effort="high"),
        tool_choice="required",
        output={"method": "json_schema", "schema": {"type": "object"}},
    )

    rendered = ADAPTER.render(request, SPEC)

    assert set(rendered.report.dropped) == {"logprobs", "reasoning_effort", "tool_choice"}
    assert rendered.body["response_format"] == {"type": "json_object", "schema": {"type": "object"}}


def test_text_only() -> None:
    with pytest.raises(ProviderError) as caught:
        body(messages=(said("user", block("image", data={"url": "https://h/"})),))

    assert caught.value.code == "unsupported"


def test_an_end_that_repeats_everything_adds_nothing() -> None:
    call = {"name": "f", "parameters": {}}
    end = {"event_type": "stream-end", "finish_reason": "COMPLETE", "response": {"text": "ab", "tool_calls": [call]}}

    events = feed(
        {"event_type": "text-generation", "text": "a"},
        {"event_type": "text-generation", "text": "b"},
        {"event_type": "tool-calls-generation", "tool_calls": [call]},
        end,
        {"event_type": "text-generation", "text": "c"},
    )

    assert [event.text for event in events if isinstance(event, Delta)] == ["a", "b", "{}"]
    assert isinstance(events[-1], StreamEnded)


def test_an_end_that_says_everything() -> None:
    response = {
        "text": "a",
        "tool_calls": [{"name": "f", "parameters": {"a": 1}}],
        "search_queries": [{"text": "q"}],
        "documents": [{"id": "d", "url": "https://h/"}],
        "citations": [{"text": "a", "document_ids": ["d"]}],
    }

    events = feed({"event_type": "stream-end", "response": response})

    kinds = [event.kind for event in events if isinstance(event, BlockOpened)]
    assert kinds == ["server_tool", "text", "tool_call", "citation"]


def test_unknown_events_mean_nothing() -> None:
    assert feed({"event_type": "debug"}, b"event: x", b": ping", b"", b"data:") == []


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"x", "malformed_stream"), (b"7", "malformed_stream"), ({"message": "overloaded"}, "overloaded")],
)
def test_failures(line: Any, code: str) -> None:
    [failed] = feed(line, {"event_type": "text-generation", "text": "a"})

    assert isinstance(failed, StreamFailed)
    assert failed.error.code == code


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"message": "no"}'])
def test_whole_bodies_that_are_no_answer(text: bytes) -> None:
    [failed] = ADAPTER.parse_whole(text, SPEC)

    assert isinstance(failed, StreamFailed)


def test_refusals() -> None:
    error = ADAPTER.classify(404, {}, b'{"message": "model was removed"}')

    assert (error.code, error.message) == ("not_found", "model was removed")
