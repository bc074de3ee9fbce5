"""Requests with everything in them, for both of OpenAI's protocols: what the pinned shapes are made from."""

from typing import Any

from providers.contract.messages import ChatRequest, ContentBlock, Message, Params, ReasoningParams

SCHEMA: dict[str, Any] = {
    "title": "Person",
    "type": "object",
    "properties": {"name": {"type": "string"}, "pet": {"$ref": "#/$defs/Pet"}},
    "required": ["name", "pet"],
    "additionalProperties": False,
    "$defs": {"Pet": {"type": "object", "properties": {}, "required": [], "additionalProperties": False}},
}
PARAMETERS: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


def block(kind: Any, text: str = "", **more: Any) -> ContentBlock:
    return ContentBlock(kind=kind, text=text, **more)


def replayed(protocol: str, item: Any, provider: str = "any") -> dict[str, Any]:
    return {"replay": {"protocol": protocol, "provider": provider, **item}}


def native(**item: Any) -> dict[str, Any]:
    """The data of a block of Responses that its provider may have back."""
    return replayed("openai_responses", {"item": item})


MEDIA = Message(
    role="user",
    content=(
        block("text", "What is this?"),
        block("image", data={"url": "https://a.example/b.png", "detail": "low"}),
        block("image", data={"media_type": "image/png", "data": "AAAA"}),
        block("audio", data={"media_type": "audio/mpeg", "data": "BBBB"}),
        block("file", name="a.pdf", data={"media_type": "application/pdf", "data": "CCCC"}),
    ),
)
TOOLS: tuple[dict[str, Any], ...] = (
    {"name": "weather", "description": "Tells the weather.", "parameters": PARAMETERS, "strict": True},
    {"name": "mcp_like", "inputSchema": PARAMETERS},
    {"type": "custom", "name": "sql", "description": "Runs SQL.", "format": {"type": "text"}},
)


def rich(**fields: Any) -> ChatRequest:
    """Parameters, tools and structured output in one request."""
    said: dict[str, Any] = {
        "model_id": "gpt-6-luna",
        "messages": (Message.of_text("system", "Be kind."), MEDIA),
        "params": Params(max_tokens=99, service_tier="flex"),
        "reasoning": ReasoningParams(effort="low"),
        "tools": TOOLS,
        "tool_choice": {"name": "weather"},
        "parallel_tool_calls": False,
        "output": {"method": "json_schema", "schema": SCHEMA, "strict": True},
    }
    return ChatRequest(**{**said, **fields})
