"""Events of Responses that nobody should send, and what is said at the end of an answer."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.contract.events import (
    BlockOpened,
    Delta,
    Finished,
    ResponseInfo,
    StreamEnded,
    StreamFailed,
    UsageReported,
)
from providers.contract.quirks import ResponsesQuirks
from providers.contract.spec import ProviderSpec
from tests.fuzzing import examples
from tests.providers.adapters.responses_streams import feed, stream

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


@settings(max_examples=examples(150))
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
