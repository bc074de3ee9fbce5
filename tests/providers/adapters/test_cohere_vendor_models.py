"""What we send to Cohere, held against the types of Cohere's own package: every field known, every value allowed."""

import inspect
from importlib import import_module
from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params, ReasoningParams
from providers.contract.spec import ProviderSpec

types: Any = import_module("cohere.types")
client: Any = import_module("cohere.base_client")
client_v2: Any = import_module("cohere.v2.client")

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host")
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"days": {"type": "array", "items": {"type": "integer"}}}}


def block(kind: Any, text: str = "", **fields: Any) -> ContentBlock:
    return ContentBlock(kind=kind, text=text, **fields)


def kept(field: str) -> dict[str, Any]:
    return {"replay": {"protocol": "cohere_v2", "field": field}}


CALL = block("tool_call", '{"days": [1]}', id="1", name="f")
TALK = (
    Message.of_text("system", "Be kind."),
    Message.of_text("user", "hi"),
    Message(role="assistant", content=(block("reasoning", "plan", data=kept("tool_plan")), CALL)),
    Message(role="tool", content=(block("tool_result", "{}", id="1"),)),
    Message(role="assistant", content=(block("reasoning", "hm", data=kept("thinking")), block("text", "so"))),
    Message.of_text("user", "again"),
)
IMAGE = Message(role="user", content=(block("text", "see"), block("image", data={"data": "eA=="})))
PARAMS = Params(temperature=0.5, top_p=0.5, max_tokens=9, stop=("a",), seed=1, logprobs=True)
REQUESTS: dict[str, dict[str, Any]] = {
    "tools": {"tools": ({"name": "f", "parameters": SCHEMA, "strict": True},), "tool_choice": "required"},
    "schema": {"output": {"method": "json_schema", "schema": SCHEMA}},
    "thinking": {"reasoning": ReasoningParams(budget=99)},
    "results last": {"messages": TALK[:4]},
}


def held(kind: Any, value: dict[str, Any]) -> None:
    """Cohere's types let unknown fields pass, so that these are looked for here."""
    known = {said for name, field in kind.model_fields.items() for said in (name, field.alias)}
    assert set(value) <= known, kind.__name__
    kind.model_validate(value)


def body_of(protocol: str, **fields: Any) -> dict[str, Any]:
    request = ChatRequest(**{"model_id": "m", "messages": TALK, "params": PARAMS, **fields})
    return get_adapter(protocol).render(request, SPEC).body


@pytest.mark.parametrize("name", REQUESTS)
def test_version_2(name: str) -> None:
    messages = (*REQUESTS[name].get("messages", TALK), IMAGE)

    body = body_of("cohere_v2", **{**REQUESTS[name], "messages": messages})

    assert set(body) <= {*inspect.signature(client_v2.V2Client.chat_stream).parameters, "stream"}
    for message in body["messages"]:
        held(getattr(types, f"{message['role'].capitalize()}ChatMessageV2"), message)
    for tool in body.get("tools", ()):
        held(types.ToolV2, tool)
        held(types.ToolV2Function, tool["function"])
    held(types.Thinking, body.get("thinking", {"type": "enabled"}))


@pytest.mark.parametrize("name", REQUESTS)
def test_version_1(name: str) -> None:
    body = body_of("cohere_v1", **REQUESTS[name])

    assert set(body) <= {*inspect.signature(client.BaseCohere.chat_stream).parameters, "stream"}
    kinds = {"USER": "UserMessage", "CHATBOT": "ChatbotMessage", "SYSTEM": "SystemMessage", "TOOL": "ToolMessage"}
    for entry in body["chat_history"]:
        held(getattr(types, kinds[entry["role"]]), entry)
    for tool in body.get("tools", ()):
        held(types.Tool, tool)
    for result in body.get("tool_results", ()):
        held(types.ToolResult, result)
