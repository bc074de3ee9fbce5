"""State goes back to whoever it came from, and thoughts are marked with who that is."""

import json
from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.contract.events import BlockOpened
from providers.contract.messages import ContentBlock
from providers.contract.spec import ProviderSpec
from providers.dialects.replay import is_foreign, kept


def block(**replay: Any) -> ContentBlock:
    return ContentBlock(kind="reasoning", text="hm", data={"replay": replay} if replay else None)


@pytest.mark.parametrize(
    ("replay", "ours", "foreign"),
    [
        ({"protocol": "p", "provider": "a", "x": 1}, True, False),
        ({"protocol": "p", "x": 1}, True, False),
        ({"protocol": "p", "provider": "b", "x": 1}, False, True),
        ({"protocol": "q", "provider": "a", "x": 1}, False, True),
        ({"x": 1}, False, True),
        ({}, False, False),
    ],
)
def test_whose_it_is(replay: dict[str, Any], ours: bool, foreign: bool) -> None:
    said = block(**replay)

    assert kept(said, "p", provider="a") == (replay if ours else {})
    assert is_foreign(said, "p", provider="a") is foreign


THOUGHTS = {
    "openai_chat": [("", {"choices": [{"delta": {"reasoning_content": "hm"}}]})],
    "openai_responses": [("", {"type": "response.reasoning_summary_text.delta", "delta": "hm"})],
    "anthropic_messages": [
        ("", {"type": "content_block_start", "index": 0, "content_block": {"type": "thinking", "thinking": "hm"}})
    ],
    "gemini_generate": [("", {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}}]})],
    "cohere_v2": [("", {"type": "content-delta", "delta": {"message": {"content": {"thinking": "hm"}}}})],
    "ollama_chat": [("", {"message": {"thinking": "hm"}})],
    "bedrock_converse": [("contentBlockDelta", {"delta": {"reasoningContent": {"text": "hm"}}})],
}


@pytest.mark.parametrize("protocol", THOUGHTS)
def test_every_thought_says_whose_it_is(protocol: str) -> None:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host.example/v1")
    parser = get_adapter(protocol).parser(spec)
    events = [said for name, value in THOUGHTS[protocol] for said in parser.feed(json.dumps(value).encode(), name)]

    [opened] = [event for event in events if isinstance(event, BlockOpened)]
    assert opened.kind == "reasoning"
    assert (opened.data or {})["replay"]["protocol"] == protocol
