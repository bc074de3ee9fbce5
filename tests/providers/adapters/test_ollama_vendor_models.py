"""What we send to Ollama, held against the models of Ollama's own package: every field known, every value allowed."""

from typing import Any

import pytest
from ollama import _types as theirs

from providers.adapters import get_adapter
from providers.catalog import load_catalog
from providers.contract.messages import ChatRequest, Message, Params, ReasoningParams
from tests.providers.adapters.openai_requests import PARAMETERS, SCHEMA, TOOLS, block

CALL = block("tool_call", '{"city":"x"}', name="weather")
THOUGHT = block("reasoning", "Hm.", data={"replay": {"protocol": "ollama_chat", "field": "thinking"}})
TALK = (
    Message.of_text("system", "Be kind."),
    Message(role="user", content=(block("text", "see"), block("image", data={"data": "AAAA"}))),
    Message(role="assistant", content=(THOUGHT, block("text", "so"), CALL)),
    Message(role="tool", content=(block("tool_result", "2", name="weather"),)),
)
PARAMS = Params(temperature=0.5, top_p=0.5, max_tokens=9, stop=("a",), seed=1, logprobs=True, top_logprobs=2)
REQUESTS: dict[str, dict[str, Any]] = {
    "tools": {"tools": TOOLS[:2], "reasoning": ReasoningParams(effort="high")},
    "levels": {"model_id": "gpt-oss:20b", "reasoning": ReasoningParams(effort="low"), "stream": False},
    "schema": {"output": {"method": "json_schema", "schema": SCHEMA}},
    "json": {"output": {"method": "json_mode"}},
}


def known(kind: Any, value: dict[str, Any]) -> None:
    """Their models let unknown fields pass, so that these are looked for here."""
    names = {said for name, field in kind.model_fields.items() for said in (name, field.alias)}
    assert set(value) <= names, kind.__name__
    kind.model_validate(value)


@pytest.mark.parametrize("name", REQUESTS)
def test_chat(name: str) -> None:
    request = ChatRequest(**{"model_id": "m", "messages": TALK, "params": PARAMS, **REQUESTS[name]})

    body = get_adapter("ollama_chat").render(request, load_catalog()["ollama"]).body

    known(theirs.ChatRequest, body)
    known(theirs.Options, body["options"])
    for message in body["messages"]:
        pictures = [theirs.Image(value=each) for each in message.get("images", ())]
        known(theirs.Message, {**message, "images": pictures})
        assert [picture.serialize_model() for picture in pictures] == message.get("images", [])
        for call in message.get("tool_calls", ()):
            known(theirs.Message.ToolCall, call)
            known(theirs.Message.ToolCall.Function, call["function"])
    for tool in body.get("tools", ()):
        known(theirs.Tool, tool)
        known(theirs.Tool.Function, tool["function"])
        assert tool["function"]["parameters"] == PARAMETERS
