"""Cohere's version 2: pinned request shapes, and answers that recordings do not show."""

import json
from typing import Any

import pytest

from providers.adapters.cohere_v2 import ADAPTER
from providers.contract.errors import ProviderError
from providers.contract.events import BlockOpened, Delta, StreamEnded, StreamEvent, StreamFailed
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params
from providers.contract.spec import ProviderSpec

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host")
HI = (Message.of_text("user", "hi"),)
OURS = {"protocol": "cohere_v2"}


def body(**fields: Any) -> dict[str, Any]:
    return ADAPTER.render(ChatRequest(**{"model_id": "m", "messages": HI, **fields}), SPEC).body


def said(role: Any, *blocks: ContentBlock) -> Message:
    return Message(role=role, content=blocks)


def block(kind: Any, **fields: Any) -> ContentBlock:
    return ContentBlock(kind=kind, **fields)


def feed(*chunks: Any) -> list[StreamEvent]:
    parser = ADAPTER.parser(SPEC)
    data = [chunk if isinstance(chunk, bytes) else json.dumps(chunk).encode() for chunk in chunks]
    return [*(event for each in data for event in parser.feed(each)), *parser.end()]


def delta(kind: str, index: int = 0, **message: Any) -> dict[str, Any]:
    return {"type": kind, "index": index, "delta": {"message": message}}


def test_what_is_not_set_is_not_sent() -> None:
    request = ADAPTER.render(ChatRequest(model_id="m", messages=HI, params=Params(logprobs=True)), SPEC)

    assert request.path == "/v2/chat"
    assert request.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "logprobs": True,
    }
    assert request.report.sent == {"model": "m", "stream": True, "logprobs": True}


def test_a_conversation() -> None:
    talk = (
        Message.of_text("system", "Be kind."),
        said("user", block("text", text="see"), block("image", data={"data": "eA==", "media_type": "image/png"})),
        said("user", block("image", data={"url": "https://h/i", "detail": "low"})),
        said(
            "assistant",
            block("reasoning", text="plan", data={"replay": {**OURS, "field": "tool_plan"}}),
            block("reasoning", text="not ours"),
            block("tool_call", id="1", name="f", text='{"a": 1}'),
            block("tool_call", name="g", data={"arguments": {"b": 2}}),
        ),
        said("tool", block("tool_result", id="1", text="one"), block("tool_result", id="2", text="two")),
        said(
            "assistant",
            block("reasoning", text="thought", data={"replay": {**OURS, "field": "thinking"}}),
            block("text", text="done"),
            block("citation", data={"title": "d"}),
        ),
    )

    assert body(messages=talk)["messages"] == [
        {"role": "system", "content": "Be kind."},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "see"},
                {"type": "image_url", "image_url": {"url": "data:image/png;base64,eA=="}},
            ],
        },
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://h/i", "detail": "low"}}]},
        {
            "role": "assistant",
            "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}},
                {"id": "call_3", "type": "function", "function": {"name": "g", "arguments": '{"b": 2}'}},
            ],
            "tool_plan": "plan",
        },
        {"role": "tool", "tool_call_id": "1", "content": "one"},
        {"role": "tool", "tool_call_id": "2", "content": "two"},
        {
            "role": "assistant",
            "content": [{"type": "thinking", "thinking": "thought"}, {"type": "text", "text": "done"}],
        },
    ]


def test_what_cohere_cannot_see_is_refused_before_sending() -> None:
    with pytest.raises(ProviderError) as caught:
        body(messages=(said("user", block("audio", data={"data": "eA=="})),))

    assert caught.value.code == "unsupported"


def test_nothing_follows_the_end() -> None:
    events = feed({"type": "message-end", "delta": {}}, delta("content-delta", content={"text": "b"}), b"[DONE]")

    assert events == [StreamEnded()]


def test_text_where_it_is_not_expected() -> None:
    events = feed(
        delta("message-start", content=[{"type": "text", "text": "a"}]),
        delta("content-start", content={"type": "text", "text": "b"}),
        delta("content-delta", content={"text": "c"}),
    )

    assert "".join(event.text for event in events if isinstance(event, Delta)) == "abc"


def test_calls_as_a_list_and_without_a_start() -> None:
    events = feed(
        delta("tool-call-start", tool_calls=[{"id": "1", "function": {"name": "f", "arguments": {"a": 1}}}]),
        delta("tool-call-delta", 5, tool_calls={"function": {"arguments": "{}"}}),
    )

    assert [event.name for event in events if isinstance(event, BlockOpened)] == ["f", None]
    assert [event.text for event in events if isinstance(event, Delta)] == ['{"a": 1}', "{}"]


def test_half_a_character_at_the_end() -> None:
    events = feed(b'{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"a\\ud83d"}}}}')

    assert "".join(event.text for event in events if isinstance(event, Delta)) == "a\ufffd"


def test_unknown_events_mean_nothing() -> None:
    assert feed({"type": "something-new"}, {"type": "debug", "prompt": "x"}, {"type": "content-end"}, b"") == []


@pytest.mark.parametrize(
    ("chunk", "code", "message"),
    [
        ({"message": "rate limit exceeded"}, "rate_limited", "rate limit exceeded"),
        ({"type": "error", "error": "overloaded"}, "overloaded", "overloaded"),
        (b"<html>", "malformed_stream", "The provider sent a chunk that is not JSON."),
        (b"[1]", "malformed_stream", "The provider sent a chunk that is no object."),
        ({"type": "message-end", "delta": {"error": "it broke"}}, "server", "it broke"),
    ],
)
def test_failures(chunk: Any, code: str, message: str) -> None:
    [failed] = feed(chunk, delta("content-delta", content={"text": "b"}))

    assert isinstance(failed, StreamFailed)
    assert (failed.error.code, failed.error.message) == (code, message)


@pytest.mark.parametrize("text", [b"", b"{}", b"[]", b"x", b'{"message": {}}', b'{"message": {"content": "plain"}}'])
def test_whole(text: bytes) -> None:
    events = list(ADAPTER.parse_whole(text, SPEC))

    assert isinstance(events[-1], StreamEnded if b'"message"' in text else StreamFailed)
    assert any(isinstance(event, Delta) for event in events) == (b"plain" in text)


@pytest.mark.parametrize(
    ("status", "said_there", "code"),
    [
        (400, {"error_type": "TOO_MANY_TOKENS", "message": "too many tokens: size limit exceeded"}, "context_too_long"),
        (401, {"message": "invalid api token"}, "authentication"),
        (404, {"message": "model 'x' was removed"}, "not_found"),
        (429, {"message": "You are past the per minute request limit"}, "rate_limited"),
        (503, {"message": "busy"}, "overloaded"),
    ],
)
def test_refusals(status: int, said_there: dict[str, str], code: str) -> None:
    error = ADAPTER.classify(status, {}, json.dumps(said_there).encode())

    assert (error.code, error.message) == (code, said_there["message"])


def test_pieces_of_a_call_without_an_index_belong_to_the_last_one() -> None:
    start = {"id": "c", "function": {"name": "f", "arguments": ""}}
    more = {"type": "tool-call-delta", "delta": {"message": {"tool_calls": {"function": {"arguments": "{}"}}}}}

    events = feed(delta("tool-call-start", tool_calls=start), more)

    assert [event.name for event in events if isinstance(event, BlockOpened)] == ["f"]
    assert [event.text for event in events if isinstance(event, Delta)] == ["{}"]


@pytest.mark.parametrize("whole", [False, True])
def test_a_plan_beside_thoughts_is_said_and_goes_back_as_a_plan(whole: bool) -> None:
    call = {"id": "f_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    if whole:
        content = [{"type": "thinking", "thinking": "Hm."}]
        message = {"role": "assistant", "content": content, "tool_plan": "I will look.", "tool_calls": [call]}
        answer = {"id": "c", "finish_reason": "TOOL_CALL", "message": message}
        events = list(ADAPTER.parse_whole(json.dumps(answer).encode(), SPEC))
    else:
        thought = delta("content-delta", content={"thinking": "Hm."})
        plan = [delta("tool-plan-delta", tool_plan=piece) for piece in ("I will ", "look.")]
        events = feed(thought, *plan, delta("tool-call-start", tool_calls=call))

    told = {
        kind: "".join(event.text for event in events if isinstance(event, Delta) and event.kind == kind)
        for kind in ("reasoning", "text")
    }
    assert told == {"reasoning": "Hm.", "text": "I will look."}
    kept = {event.kind: event.data for event in events if isinstance(event, BlockOpened) and event.data}
    blocks = [block(kind, text=told[kind], data=kept[kind]) for kind in ("reasoning", "text")]
    talk = (*HI, said("assistant", *blocks, block("tool_call", id="f_1", name="f", text="{}")))
    back = body(messages=talk)["messages"][1]
    assert back["content"] == [{"type": "thinking", "thinking": "Hm."}]
    assert back["tool_plan"] == "I will look."
