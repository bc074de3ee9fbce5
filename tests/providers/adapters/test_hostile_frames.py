"""Frames and lines with the right names in the wrong places: events or a named failure, never an exception."""

import json
from base64 import b64decode
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters import get_adapter
from providers.contract.events import BlockOpened, Delta
from providers.contract.spec import ProviderSpec
from providers.transport.eventstream import EventStreamSplitter
from tests.providers.adapters.test_hostile_shapes import ODD, places, replaced
from tests.providers.recordings.reading import Case, cases

pytestmark = pytest.mark.slow
SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host.example/v1")
EVENTS = (
    *("messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"),
    *("exception:throttlingException", "validationException", "chunk", "", "error"),
)
NAMES: dict[str, tuple[str, ...]] = {
    "bedrock_converse": (
        *("contentBlockIndex", "delta", "start", "text", "toolUse", "toolUseId", "name", "type", "input"),
        *("toolResult", "content", "reasoningContent", "reasoningText", "signature", "redactedContent", "citation"),
        *("location", "web", "url", "sourceContent", "image", "format", "source", "bytes", "stopReason", "usage"),
        *("inputTokens", "totalTokens", "additionalModelResponseFields", "output", "message", "citationsContent"),
        *("citations", "serviceTier", "trace", "promptRouter", "invokedModelId", "originalStatusCode", "metrics"),
    ),
    "bedrock_invoke": (
        *("messageStart", "contentBlockDelta", "metadata", "choices", "type", "completion", "outputText", "results"),
        *("generation", "outputs", "generations", "completions", "data", "text", "is_finished", "finish_reason"),
        *("stop_reason", "finishReason", "reason", "output", "message", "delta", "content", "usage", "error"),
        *("amazon-bedrock-invocationMetrics", "event_type", "response", "contentBlockIndex"),
    ),
    "ollama_chat": (
        *("message", "content", "thinking", "tool_calls", "function", "name", "arguments", "id", "images", "done"),
        *("done_reason", "prompt_eval_count", "eval_count", "error", "StatusCode", "model", "response", "created_at"),
    ),
    "yandex_completion": (
        *("result", "alternatives", "message", "text", "status", "toolCallList", "toolCalls", "functionCall"),
        *("name", "arguments", "usage", "inputTextTokens", "totalTokens", "completionTokensDetails", "modelVersion"),
        *("reasoningTokens", "error", "grpcCode", "httpCode", "code", "details"),
    ),
}
LEAVES: list[Any] = [None, True, 0, -1, 7, 1e308, "x", "", "AA==", "server_tool_use", "<thinking>", "\ud800", "9" * 30]


@cache
def values(protocol: str) -> st.SearchStrategy[Any]:
    def inner(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        named = st.dictionaries(st.sampled_from(NAMES[protocol]), children, max_size=4)
        return st.lists(children, max_size=3) | named

    return st.recursive(st.sampled_from(LEAVES), inner, max_leaves=10)


@cache
def objects(protocol: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(NAMES[protocol]), values(protocol), max_size=6)


def held(events: list[Any]) -> None:
    """What every answer promises, whatever came."""
    opened = list(dict.fromkeys(event.index for event in events if isinstance(event, BlockOpened)))
    assert opened == list(range(len(opened)))
    assert all(event.index in opened for event in events if isinstance(event, Delta))
    str(events).encode()


@pytest.mark.parametrize("protocol", NAMES)
@given(st.data())
def test_any_shape_is_events_or_a_failure(protocol: str, data: st.DataObject) -> None:
    adapter = get_adapter(protocol)
    frames = data.draw(st.lists(st.tuples(st.sampled_from(EVENTS), objects(protocol)), max_size=6))
    parser = adapter.parser(SPEC)

    held([event for name, value in frames for event in parser.feed(json.dumps(value).encode(), name)] + [*parser.end()])
    for _, value in frames:
        held([*adapter.parse_whole(json.dumps(value).encode(), SPEC)])


def frames_of(case: Case) -> list[tuple[str, Any]]:
    """(event, value) of each frame or line of a recording; what InvokeModel wraps stands bare."""
    if case.framing != "eventstream":
        return [("", json.loads(line)) for line in case.body.splitlines() if line.strip()]
    frames = [(name, json.loads(data)) for name, data in EventStreamSplitter().feed(case.body)]
    return [(name, json.loads(b64decode(value["bytes"])) if "bytes" in value else value) for name, value in frames]


@pytest.mark.parametrize("protocol", NAMES)
@given(st.data())
def test_one_odd_value(protocol: str, data: st.DataObject) -> None:
    case = data.draw(st.sampled_from([case for case in cases() if case.protocol == protocol]))
    said = frames_of(case)
    which = data.draw(st.integers(0, len(said) - 1))
    path = data.draw(st.sampled_from(list(places(said[which][1]))))
    odd = replaced(said[which][1], path, data.draw(st.sampled_from(ODD)))
    adapter = get_adapter(protocol)
    parser = adapter.parser(SPEC)

    events: list[Any] = []
    for number, (name, value) in enumerate(said):
        events += parser.feed(json.dumps(odd if number == which else value).encode(), name)
    held([*events, *parser.end()])
    held([*adapter.parse_whole(json.dumps(odd).encode(), SPEC)])
