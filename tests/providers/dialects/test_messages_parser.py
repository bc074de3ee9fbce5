"""What the parser does where a recording cannot show it: failures, hostile input, and what follows them."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.contract.events import (
    BlockOpened,
    Delta,
    Finished,
    ResponseInfo,
    StreamEnded,
    StreamEvent,
    StreamFailed,
    UsageReported,
)
from providers.contract.quirks import MessagesQuirks
from providers.dialects.messages.parser import MessagesParser
from tests.fuzzing import examples

STOP = {"type": "message_stop"}


def feed(*events: Any, quirks: MessagesQuirks | None = None) -> list[StreamEvent]:
    parser = MessagesParser(quirks or MessagesQuirks())
    frames = [event if isinstance(event, bytes) else json.dumps(event).encode() for event in events]
    return [*(said for frame in frames for said in parser.feed(frame)), *parser.end()]


def whole(**message: Any) -> list[StreamEvent]:
    body = json.dumps({"type": "message", "content": [], **message}).encode()
    return list(MessagesParser(MessagesQuirks()).parse_whole(body))


def start(**usage: Any) -> dict[str, Any]:
    return {"type": "message_start", "message": {"id": "m", "model": "c", "usage": usage}}


def ended(reason: Any, **usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}, "usage": usage}


def opened(wire: Any, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": wire, "content_block": block}


def piece(wire: Any, **delta: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": wire, "delta": delta}


def text(wire: Any, said: str) -> dict[str, Any]:
    return piece(wire, type="text_delta", text=said)


def said(events: list[StreamEvent], kind: str = "text") -> str:
    return "".join(event.text for event in events if isinstance(event, Delta) and event.kind == kind)


def only(events: list[StreamEvent], kind: type) -> Any:
    [found] = [event for event in events if isinstance(event, kind)]
    return found


def last_usage(events: list[StreamEvent]) -> dict[str, int]:
    found = [event.usage for event in events if isinstance(event, UsageReported)][-1]
    return {name: count for name, count in found.model_dump().items() if count is not None}


def test_nothing_follows_the_end() -> None:
    events = feed(start(), text(0, "a"), STOP, text(0, "b"), STOP, {"type": "error", "error": {"message": "x"}})

    assert said(events) == "a"
    assert isinstance(events[-1], StreamEnded)
    assert sum(isinstance(event, StreamEnded | StreamFailed) for event in events) == 1


def test_nothing_but_usage_follows_a_failure() -> None:
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "x"}, "request_id": "req_7"}

    events = feed(text(0, "a"), error, text(0, "b"), ended("end_turn", output_tokens=3), b"{", b"[DONE]", error)

    assert said(events) == "a"
    assert [type(event) for event in events[-2:]] == [StreamFailed, UsageReported]
    failure = only(events, StreamFailed).error
    assert (failure.code, failure.retryable, failure.request_id) == ("overloaded", True, "req_7")


@pytest.mark.parametrize(
    ("kind", "code", "retryable"),
    [
        ("overloaded_error", "overloaded", True),
        ("api_error", "server", True),
        ("rate_limit_error", "rate_limited", True),
        ("timeout_error", "timed_out", True),
        ("invalid_request_error", "bad_request", False),
        ("authentication_error", "authentication", False),
        ("permission_error", "permission", False),
        ("not_found_error", "not_found", False),
        ("billing_error", "spend_limit", False),
    ],
)
def test_errors_inside_a_stream(kind: str, code: str, retryable: bool) -> None:
    failure = only(feed({"type": "error", "error": {"type": kind, "message": "Said so."}}), StreamFailed).error

    assert (failure.code, failure.retryable, failure.message) == (code, retryable, "Said so.")


@pytest.mark.parametrize("frame", [b'{"type":"error"}', b'{"error":{"message":"x"}}', b'{"error":"x"}'])
def test_errors_in_other_forms(frame: bytes) -> None:
    assert isinstance(feed(frame)[-1], StreamFailed)


def test_an_error_event_that_is_no_json() -> None:
    [failed] = MessagesParser(MessagesQuirks()).feed(b"upstream overloaded", "error")

    assert isinstance(failed, StreamFailed)
    assert failed.error.code == "overloaded"


@pytest.mark.parametrize("frame", [b"{", b"[1]", b"<html>", b"\xff"])
def test_what_is_no_event_is_a_failure(frame: bytes) -> None:
    assert only(feed(frame), StreamFailed).error.code == "malformed_stream"


def test_empty_frames_pings_and_events_of_tomorrow_mean_nothing() -> None:
    assert feed(b"", b"null", {"type": "ping"}, {"type": "message_glow", "index": 0}, {}, {"type": ["odd"]}) == []


def test_the_name_of_the_event_serves_where_the_type_is_missing() -> None:
    parser = MessagesParser(MessagesQuirks())

    events = parser.feed(b'{"index":0,"delta":{"type":"text_delta","text":"a"}}', "content_block_delta")

    assert said(list(events)) == "a"


def test_last_value_of_each_count_wins_and_is_never_summed() -> None:
    events = feed(
        start(input_tokens=5, cache_read_input_tokens=7, cache_creation_input_tokens=None, output_tokens=1),
        ended(None, output_tokens=4),
        ended("end_turn", input_tokens=6, cache_read_input_tokens=None, output_tokens=9),
        ended("end_turn", output_tokens=9),
    )

    assert last_usage(events) == {"input": 13, "output": 9, "cache_read": 7}
    assert sum(isinstance(event, UsageReported) for event in events) == 3
    assert only(events, Finished).native_reason == "end_turn"


def test_a_zero_is_a_count_and_nothing_is_none() -> None:
    assert last_usage(feed(start(input_tokens=0, output_tokens=0))) == {"input": 0, "output": 0}
    assert not [event for event in feed(start(), ended("end_turn")) if isinstance(event, UsageReported)]


def test_a_server_that_counts_the_cache_in() -> None:
    quirks = MessagesQuirks(input_includes_cache=True, cost=("cost",))

    events = feed(start(input_tokens=9, cache_read_input_tokens=7, cost=0.25), quirks=quirks)

    assert last_usage(events) == {"input": 9, "cache_read": 7}
    assert only(events, UsageReported).cost == "0.25"


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("pause_turn", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "refusal"),
        ("reason_of_tomorrow", "stop"),
    ],
)
def test_reasons(native: str, reason: str) -> None:
    for events in (feed(ended(native), STOP), whole(stop_reason=native)):
        assert only(events, Finished) == Finished(reason, native)  # type: ignore[arg-type]
        assert isinstance(events[-1], StreamEnded)


@pytest.mark.parametrize("reason", [None, "", 7, ["end_turn"]])
def test_no_reason_is_no_end(reason: Any) -> None:
    assert not [event for event in feed(ended(reason)) if isinstance(event, Finished | StreamEnded)]


def test_what_is_known_of_the_answer() -> None:
    delta = {"stop_reason": "refusal", "stop_details": {"category": "bio"}, "stop_sequence": None}

    events = feed(start(service_tier="batch", speed="fast"), {"type": "message_delta", "delta": delta}, STOP)

    assert [event for event in events if isinstance(event, ResponseInfo)] == [
        ResponseInfo("m", "c", {"service_tier": "batch", "speed": "fast"}),
        ResponseInfo("m", "c", {"stop_details": {"category": "bio"}}),
    ]


def test_a_cut_answer_keeps_what_it_has_and_does_not_end() -> None:
    events = feed(
        start(), opened(0, type="tool_use", id="t", name="f"), piece(0, type="input_json_delta", partial_json="{")
    )

    assert said(events, "tool_call") == "{"
    assert not [event for event in events if isinstance(event, Finished | StreamEnded)]


def test_a_thought_that_was_cut_is_not_said_again() -> None:
    events = feed(opened(0, type="thinking", thinking=""), piece(0, type="thinking_delta", thinking="Hm"))

    assert only(events, BlockOpened).data == {"replay": {"protocol": "anthropic_messages"}}


def test_half_a_character_at_the_end() -> None:
    half = b'{"type":"content_block_delta","index":0,"delta":{"type":"%s_delta","%s":"a\\ud83d"}}'

    assert said(feed(half % (b"text", b"text"))) == "a\ufffd"
    assert said(feed(half % (b"thinking", b"thinking")), "reasoning") == "a\ufffd"


def test_an_index_used_again_is_another_block() -> None:
    events = feed(
        opened(0, type="text", text="a"), opened(0, type="tool_use", id="t", name="f"), opened(0, type="text", text="b")
    )

    assert [event.kind for event in events if isinstance(event, BlockOpened)] == ["text", "tool_call", "text"]


def test_blocks_whose_pieces_come_in_turns() -> None:
    calls = [opened(n, type="tool_use", id=f"t{n}", name="f") for n in (0, 1)]
    pieces = [piece(n, type="input_json_delta", partial_json=part) for part in ("[", "]") for n in (0, 1)]

    events = feed(*calls, *pieces, STOP)

    assert [event.index for event in events if isinstance(event, Delta)] == [0, 1, 0, 1]


def test_a_text_without_text_is_no_block() -> None:
    assert not [event for event in feed(opened(0, type="text", text=""), STOP) if isinstance(event, BlockOpened)]


def test_an_answer_at_once_although_a_stream_was_asked_for() -> None:
    message = {"type": "message", "id": "m", "content": [{"type": "text", "text": "a"}], "stop_reason": "end_turn"}

    events = feed(message)

    assert said(events) == "a"
    assert only(events, Finished).reason == "stop"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "malformed_stream"),
        (b"[]", "malformed_stream"),
        (b'{"type":"message"}', "malformed_stream"),
        (b'{"type":"error"}', "server"),
        (b'{"error":{"type":"overloaded_error"}}', "overloaded"),
    ],
)
def test_bodies_without_an_answer(body: bytes, code: str) -> None:
    [failed] = MessagesParser(MessagesQuirks()).parse_whole(body)

    assert isinstance(failed, StreamFailed)
    assert failed.error.code == code


def test_a_byte_order_mark_before_the_body() -> None:
    events = MessagesParser(MessagesQuirks()).parse_whole(b'\xef\xbb\xbf{"content":[{"type":"text","text":"a"}]}')

    assert said(list(events)) == "a"


TYPES = (
    *("text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "web_search_tool_result", "compaction"),
    *("text_delta", "thinking_delta", "signature_delta", "input_json_delta", "citations_delta", "of_tomorrow", ""),
)
NAMES = (
    *("type", "text", "thinking", "signature", "partial_json", "citation", "citations", "id", "name", "input", "data"),
    *("content", "tool_use_id", "caller", "url", "stop_reason"),
)
ODD: Any = (
    st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(("x", "{", "", 1e308)) | st.just([]) | st.just({})
)
BLOCK = st.dictionaries(st.sampled_from(NAMES), ODD | st.sampled_from(TYPES) | st.lists(ODD, max_size=2), max_size=6)
EVENT = st.fixed_dictionaries(
    {"type": st.sampled_from(("content_block_start", "content_block_delta", "content_block_stop", "message_delta"))},
    optional={"index": st.integers(0, 2) | ODD, "content_block": BLOCK | ODD, "delta": BLOCK | ODD, "usage": ODD},
)


@settings(max_examples=examples(300))
@given(st.lists(EVENT, max_size=12))
def test_whatever_comes_blocks_follow_each_other(events: list[Any]) -> None:
    answered = feed(*events, STOP)

    indices = list(dict.fromkeys(event.index for event in answered if isinstance(event, BlockOpened)))
    assert indices == list(range(len(indices)))
    assert all(event.index in indices for event in answered if isinstance(event, Delta))
    json.dumps([event.data for event in answered if isinstance(event, BlockOpened)], allow_nan=False)


@settings(max_examples=examples(200))
@given(st.text(max_size=40), st.lists(st.integers(0, 40), max_size=5))
def test_however_a_text_is_cut_into_pieces(given_text: str, cuts: list[int]) -> None:
    edges = sorted({0, len(given_text), *(cut for cut in cuts if cut < len(given_text))})
    parts = [given_text[begin:end] for begin, end in pairwise(edges)]

    pieces = feed(opened(0, type="text", text=""), *(text(0, part) for part in parts), STOP)

    assert said(pieces) == said(whole(content=[{"type": "text", "text": given_text}]))
