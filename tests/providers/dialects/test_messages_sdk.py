"""Bodies held to the vendor's own typed parameters; only where the ``anthropic`` package is installed."""

import json
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from providers.contract.messages import ChatRequest, ContentBlock, Message, Params, ReasoningParams
from providers.contract.spec import ProviderSpec
from providers.dialects.messages.body import render_body
from tests.providers.dialects.test_messages_content import kept


@cache
def types() -> TypeAdapter[Any]:
    """The package takes seconds to import: only the process that runs these tests does."""
    found: Any = import_module("anthropic.types")
    return TypeAdapter(found.message_create_params.MessageCreateParamsStreaming)


SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host")
PNG = {"media_type": "image/png", "data": "AAAA"}
PDF = {"media_type": "application/pdf", "data": "AAAA"}
EPHEMERAL = {"type": "ephemeral", "ttl": "1h"}
LOCATION = {"type": "web_search_result_location", "url": "https://a/", "title": "A", "cited_text": "x"}
FOUND = {"type": "web_search_result", "url": "https://a/", "title": "A", "encrypted_content": "eA==", "page_age": None}
RAN = {"type": "bash_code_execution_result", "stdout": "1", "stderr": "", "return_code": 0, "content": []}
ANSWER: list[dict[str, Any]] = [
    {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
    {"type": "redacted_thinking", "data": "eA=="},
    {"type": "server_tool_use", "id": "s1", "name": "bash_code_execution", "input": {"command": "ls"}},
    {"type": "server_tool_use", "id": "s2", "name": "web_search", "input": {"query": "q"}},
    {"type": "web_search_tool_result", "tool_use_id": "s2", "content": [FOUND], "caller": {"type": "direct"}},
    {"type": "bash_code_execution_tool_result", "tool_use_id": "s1", "content": RAN},
    {"type": "text", "text": "It is "},
    {"type": "text", "text": "so.", "citations": [{**LOCATION, "encrypted_index": "eA=="}]},
    {"type": "tool_use", "id": "t1", "name": "add", "input": {"a": 1}},
    {"type": "tool_use", "id": "t2", "name": "add", "input": {}},
]


def block(kind: Any, text: str = "", **more: Any) -> ContentBlock:
    return ContentBlock(kind=kind, text=text, **more)


TALK = (
    Message(role="system", content=(block("text", "Be kind.", data={"cache_control": EPHEMERAL}),)),
    Message(
        role="user",
        content=(
            block("text", "Look"),
            block("image", data=PNG),
            block("image", data={"url": "https://a/b.png"}),
            block("image", data={"file_id": "file_1"}),
            block("file", name="a.pdf", data={**PDF, "citations": {"enabled": True}, "cache_control": EPHEMERAL}),
            block("file", data={"url": "https://a/b.pdf"}),
            block("file", data={"media_type": "text/plain", "data": "AAAA"}),
        ),
    ),
    Message(role="assistant", content=kept(ANSWER)),
    Message(
        role="tool",
        content=(
            block("tool_result", "4", id="t1", data={"cache_control": EPHEMERAL}),
            block("tool_result", "no", id="t2", data={"is_error": True}),
        ),
    ),
)
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
TOOLS = (
    {"name": "add", "description": "Adds.", "parameters": SCHEMA, "strict": True, "cache_control": EPHEMERAL},
    {"type": "web_search_20250305", "name": "web_search", "max_uses": 2},
    {"name": "own", "input_schema": SCHEMA, "defer_loading": True},
)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"params": Params(stop=("a",), max_tokens=5, service_tier="auto")},
        {"tools": TOOLS, "tool_choice": "auto", "parallel_tool_calls": False},
        {"tools": TOOLS, "tool_choice": "required"},
        {"tools": TOOLS, "tool_choice": "none"},
        {"tools": TOOLS, "tool_choice": {"name": "add"}, "parallel_tool_calls": True},
        {"output": {"method": "json_schema", "schema": SCHEMA}},
        {"output": {"method": "function_calling", "schema": SCHEMA}},
        {"reasoning": ReasoningParams(effort="high")},
        {"reasoning": ReasoningParams(budget=2000, exclude=True)},
        {"reasoning": ReasoningParams(enabled=False)},
    ],
)
@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-4-6", "claude-sonnet-5-5", "deployment-7"])
def test_a_body_is_what_the_vendor_types_say(asked: dict[str, Any], model: str) -> None:
    body, _ = render_body(ChatRequest(model_id=model, messages=TALK, **asked), SPEC)

    check(body)


def test_the_check_sees_what_is_wrong() -> None:
    body, _ = render_body(ChatRequest(model_id="m", messages=TALK), SPEC)

    for wrong in ({"seed": 1}, {"thinking": {"type": "enabled"}}, {"messages": [{"role": "tool", "content": "x"}]}):
        with pytest.raises((ValidationError, AssertionError)):
            check({**body, **wrong})


def check(body: dict[str, Any]) -> None:
    """Valid, and nothing in it that the types do not know: that would be gone afterwards."""
    whole = listed(body)
    assert plain(types().validate_json(json.dumps(whole))) == whole


def listed(value: Any) -> Any:
    """A string where blocks may stand as a block: pydantic takes a string for an iterable."""
    if isinstance(value, list):
        return [listed(item) for item in value]
    if not isinstance(value, dict):
        return value
    text = {name for name in ("content", "system") if isinstance(value.get(name), str)}
    return {name: [{"type": "text", "text": item}] if name in text else listed(item) for name, item in value.items()}


def plain(value: Any) -> Any:
    """Whatever is lazy, read to its end; answers of the service may be said again as they are typed there."""
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True)
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    if hasattr(value, "__iter__") and not isinstance(value, str):
        return [plain(item) for item in value]
    return value
