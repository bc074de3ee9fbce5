"""What a protocol has no place for is said to be dropped: over all of them, nothing disappears without a word."""

import json
from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.contract.messages import ChatRequest, ContentBlock, Message
from providers.contract.spec import ProviderSpec, Quirks

MARK = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
TALK = (
    Message(role="system", content=(ContentBlock(kind="text", text="Be kind.", data=dict(MARK)),)),
    Message.of_text("user", "hi"),
)
TOOL: dict[str, Any] = {"name": "f", "parameters": {"type": "object", "properties": {}}, "strict": True, **MARK}
PROTOCOLS = (
    "anthropic_messages",
    "bedrock_converse",
    "cohere_v1",
    "cohere_v2",
    "gemini_generate",
    "ollama_chat",
    "openai_chat",
    "openai_responses",
    "yandex_completion",
)
SENT = ("cache_control", "prompt_cache_breakpoint", "cachePoint")
OPENAI = Quirks(cache_field="prompt_cache_breakpoint")


def rendered(protocol: str, quirks: Quirks | None = None, **fields: Any) -> Any:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host", quirks=quirks or Quirks())
    request = ChatRequest(**{"model_id": "m", "messages": (Message.of_text("user", "hi"),), **fields})
    return get_adapter(protocol).render(request, spec)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_breakpoint_behind_the_system_text(protocol: str) -> None:
    request = rendered(protocol, messages=TALK)

    is_sent = any(field in json.dumps(request.body) for field in SENT)
    assert is_sent != ("cache_control" in request.report.dropped)
    assert not any(name.endswith("cache_control") for name in rendered(protocol).report.dropped)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_strict_tool_with_a_breakpoint(protocol: str) -> None:
    request = rendered(protocol, tools=(TOOL,))

    tools = json.dumps(request.body)
    told = {*request.report.dropped, *request.report.renamed}
    assert '"strict": true' in tools or "strict" in told
    assert any(field in tools for field in SENT) or told & {"cache_control", "tools.cache_control"}


@pytest.mark.parametrize(("protocol", "quirks"), [("openai_responses", None), ("openai_chat", OPENAI)])
def test_a_time_that_breakpoints_do_not_have_there(protocol: str, quirks: Quirks | None) -> None:
    request = rendered(protocol, quirks, messages=TALK)

    assert request.report.clamped["cache_control"] == {"from": {"ttl": "1h"}, "to": {}}
    assert '"prompt_cache_breakpoint": {"mode": "explicit"}' in json.dumps(request.body)
    assert "Be kind." in json.dumps(request.body)
    assert "instructions" not in request.body
