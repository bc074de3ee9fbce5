"""Responses streams of servers that leave things out: whatever is missing, all is shown, once, in order."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.adapters.openai_responses.stream import ResponsesParser
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
from providers.contract.quirks import ResponsesQuirks
from providers.contract.spec import ProviderSpec

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host.example/v1")
THOUGHT, TEXT, ARGUMENTS = "first I think", "then I speak", '{"city":"Ulm"}'
ITEMS: tuple[dict[str, Any], ...] = (
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": THOUGHT}]},
    {"type": "message", "id": "msg_1", "content": [{"type": "output_text", "text": TEXT, "annotations": []}]},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "weather", "arguments": ARGUMENTS},
)
EMPTY: tuple[dict[str, Any], ...] = ({"summary": []}, {"content": []}, {"arguments": ""})
PIECES = (
    ("response.reasoning_summary_text", "summary_index", "text", THOUGHT),
    ("response.output_text", "content_index", "text", TEXT),
    ("response.function_call_arguments", "", "arguments", ARGUMENTS),
)
LEFT_OUT = ("added", "delta", "text.done", "item.done", "closing", "item_id", "output_index", "part index")


def feed(*events: Any, spec: ProviderSpec = SPEC) -> list[StreamEvent]:
    parser = ResponsesParser(spec)
    said = [
        found
        for event in events
        for found in parser.feed(event if isinstance(event, bytes) else json.dumps(event).encode())
    ]
    return [*said, *parser.end()]


def shown(events: list[StreamEvent]) -> list[tuple[int, str, str]]:
    """Index, kind and text of every block that has text."""
    texts: dict[tuple[int, str], str] = {}
    for event in events:
        if isinstance(event, Delta):
            texts[event.index, event.kind] = texts.get((event.index, event.kind), "") + event.text
    return [(index, kind, text) for (index, kind), text in texts.items()]


def stream(without: set[str], sizes: int) -> list[dict[str, Any]]:
    """The events of a whole answer, as a server that leaves these things out would send them."""
    events: list[tuple[str, dict[str, Any]]] = []
    for index, (item, empty, (word, number, field, text)) in enumerate(zip(ITEMS, EMPTY, PIECES, strict=True)):
        place = {"item_id": item["id"], "output_index": index, **({number: 0} if number else {})}
        events.append(("added", {"type": "response.output_item.added", **place, "item": {**item, **empty}}))
        cut = [text[at : at + sizes] for at in range(0, len(text), sizes)]
        events += [("delta", {"type": f"{word}.delta", **place, "delta": piece}) for piece in cut]
        events.append(("text.done", {"type": f"{word}.done", **place, field: text}))
        events.append(("item.done", {"type": "response.output_item.done", **place, "item": item}))
    closing = () if "closing" in without else ITEMS
    events.append(("end", {"type": "response.completed", "response": {"status": "completed", "output": closing}}))
    hidden = {"item_id", "output_index"} & without
    if "part index" in without:
        hidden |= {"summary_index", "content_index"}
    return [
        {name: value for name, value in event.items() if name not in hidden}
        for kind, event in events
        if kind not in without
    ]


@settings(max_examples=300)
@given(st.sets(st.sampled_from(LEFT_OUT)), st.integers(1, 9))
def test_whatever_a_server_leaves_out(without: set[str], sizes: int) -> None:
    """A name comes only with an item, so that some of those must be there."""
    if {"added", "item.done", "closing"} <= without:
        without.discard("closing")
    if {"delta", "text.done", "item.done", "closing"} <= without:
        without.discard("delta")

    events = feed(*stream(without, sizes))

    assert [(kind, text) for _, kind, text in shown(events)] == [
        ("reasoning", THOUGHT), ("text", TEXT), ("tool_call", ARGUMENTS),
    ]  # fmt: skip
    [call] = [event for event in events if isinstance(event, BlockOpened) and event.kind == "tool_call"]
    assert (call.id, call.name) == ("call_1", "weather")
    assert [event for event in events if isinstance(event, Finished)] == [Finished("tool_calls", "completed")]
    assert isinstance(events[-1], StreamEnded)


@settings(max_examples=200)
@given(st.integers(1, 9), st.data())
def test_whatever_is_lost_or_doubled_nothing_is_shown_twice(sizes: int, data: st.DataObject) -> None:
    events = stream(set(), sizes)
    kept = data.draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events)))

    found = shown(feed(*(event for event, keep in zip(events, kept, strict=True) if keep)))

    for kind, text in (("reasoning", THOUGHT), ("text", TEXT), ("tool_call", ARGUMENTS)):
        said = "".join(piece for _, found_kind, piece in found if found_kind == kind)
        assert len(said) <= len(text)
    assert len(feed(*events, *events)) == len(feed(*events))


KINDS = [
    *sorted({event["type"] for event in stream(set(), 5)}),
    *("response.created", "response.incomplete", "response.failed", "response.refusal.delta", "error"),
    *("response.output_text.annotation.added", "response.custom_tool_call_input.delta"),
    *("response.reasoning_text.delta", "response.content_part.done"),
]
FIELDS = [
    *("type", "id", "call_id", "name", "content", "summary", "text", "refusal", "arguments", "input", "result"),
    *("output", "status", "usage", "error", "message", "annotations", "url", "logprobs"),
]
VALUES = st.recursive(
    st.sampled_from([None, True, 0, -1, 1e308, "x", "", "message", "reasoning", "function_call", "custom_tool_call"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=4),
    max_leaves=12,
)
PARTS = ("item_id", "output_index", "content_index", "summary_index", "delta", "item", "response", "text", "annotation")
EVENTS = st.fixed_dictionaries({"type": st.sampled_from(KINDS)}, optional=dict.fromkeys(PARTS, VALUES))


@settings(max_examples=150)
@given(st.lists(EVENTS, max_size=8))
def test_any_events_are_an_answer_or_a_failure(events: list[dict[str, Any]]) -> None:
    found = feed(*events)

    opened = list(dict.fromkeys(event.index for event in found if isinstance(event, BlockOpened)))
    assert opened == list(range(len(opened)))
    known: set[int] = set()
    for event in found:
        if isinstance(event, BlockOpened):
            known.add(event.index)
        elif isinstance(event, Delta):
            assert event.index in known
    assert sum(isinstance(event, StreamFailed | StreamEnded) for event in found) <= 1


def test_nothing_follows_the_end() -> None:
    end = {"type": "response.completed", "response": {"status": "completed", "output": []}}

    assert feed(end, {"type": "response.output_text.delta", "delta": "x"}, b"[DONE]", end) == feed(end)
    assert isinstance(feed(b"[DONE]")[-1], StreamEnded)


def test_what_an_error_has_cost_comes_after_it() -> None:
    usage = {"input_tokens": 3, "output_tokens": 0, "total_tokens": 3}
    failed = {"type": "response.failed", "response": {"status": "failed", "usage": usage}}

    found = feed({"type": "error", "message": "overloaded", "code": "server_error"}, failed)

    assert [type(event) for event in found] == [StreamFailed, UsageReported]


def test_the_last_word_about_id_and_model_wins() -> None:
    def said(kind: str, **response: Any) -> dict[str, Any]:
        return {"type": kind, "response": response}

    found = feed(
        said("response.created", id="a", model="m-1", created_at=5, service_tier="auto"),
        said("response.in_progress", id="a", model="m-1", created_at=5, service_tier="auto"),
        said("response.completed", id="b", status="completed", service_tier="flex"),
    )

    assert [event for event in found if isinstance(event, ResponseInfo)] == [
        ResponseInfo("a", "m-1", {"created": 5, "service_tier": "auto"}),
        ResponseInfo("b", "m-1", {"created": 5, "service_tier": "flex", "status": "completed"}),
    ]


def test_endings() -> None:
    def reason(kind: str, **response: Any) -> tuple[str, str | None]:
        [found] = [
            event for event in feed({"type": kind, "response": response}) if isinstance(event, Finished | StreamFailed)
        ]
        return (found.reason, found.native_reason) if isinstance(found, Finished) else ("failed", found.error.code)

    assert reason("response.completed") == ("stop", "completed")
    assert reason("response.done", status="incomplete") == ("stop", "incomplete")
    assert reason("response.incomplete", incomplete_details={"reason": "max_tokens"}) == ("length", "max_tokens")
    assert reason("response.cancelled") == ("error", "cancelled")
    assert reason("response.failed") == ("error", "failed")
    assert reason("response.failed", error={"message": "overloaded"}) == ("failed", "overloaded")


def test_cost_where_a_provider_reports_it() -> None:
    usage = {"input_tokens": 3, "output_tokens": 1, "total_tokens": 4, "cost": 0.000012}
    end = {"type": "response.completed", "response": {"status": "completed", "usage": usage}}

    spec = ProviderSpec(
        slug="any", name="Any", base_url="https://host.example/v1", responses=ResponsesQuirks(cost=("cost",))
    )
    [told] = [event for event in feed(end, spec=spec) if isinstance(event, UsageReported)]

    assert told.cost == "0.000012"
