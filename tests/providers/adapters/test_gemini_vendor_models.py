"""What we send to Google, held against the types of Google's own package, which refuse unknown fields."""

from importlib import import_module
from typing import Any

import pytest

from providers.adapters.gemini_generate import ADAPTER
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params, ReasoningParams
from providers.contract.spec import ProviderSpec

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host/v1")
SCHEMA: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}}
OURS = {"protocol": "gemini_generate", "platform": "studio"}


def block(kind: Any, text: str = "", **fields: Any) -> ContentBlock:
    return ContentBlock(kind=kind, text=text, **fields)


def signed(**said: Any) -> dict[str, Any]:
    return {"replay": {**OURS, **said}}


TALK = (
    Message.of_text("system", "Be kind."),
    Message(
        role="user",
        content=(
            block("text", "see"),
            block("image", data={"data": "eA==", "media_type": "image/png"}),
            block("video", data={"url": "https://youtu.be/v", "videoMetadata": {"fps": 1}}),
            block("file", data={"url": "gs://b/a.pdf"}),
        ),
    ),
    Message(
        role="assistant",
        content=(
            block("reasoning", "hm", data=signed(signature="eA==")),
            block("server_tool", data=signed(parts=[{"executableCode": {"language": "PYTHON", "code": "1"}}])),
            block("tool_call", '{"city": "x"}', id="1", name="f", data=signed(signature="eA==")),
        ),
    ),
    Message(role="tool", content=(block("tool_result", "{}", id="1"),)),
    Message(role="assistant", content=(block("text", "so", data=signed(after=["eA=="])),)),
    Message.of_text("user", "again"),
)
PARAMS = Params(temperature=0.5, top_p=0.5, max_tokens=9, stop=("a",), seed=1, logprobs=True, top_logprobs=2)
REQUESTS: dict[str, dict[str, Any]] = {
    "tools": {"tools": ({"name": "f", "parameters": SCHEMA, "strict": True}, {"googleSearch": {}})},
    "one tool": {"tools": ({"name": "f", "parameters": SCHEMA},), "tool_choice": {"name": "f"}},
    "schema": {"output": {"method": "json_schema", "schema": SCHEMA}},
    "level": {"reasoning": ReasoningParams(effort="low")},
    "budget": {"reasoning": ReasoningParams(budget=99)},
    "images": {"modalities": ("text", "image")},
}


@pytest.mark.parametrize("name", REQUESTS)
def test_every_field_is_known(name: str) -> None:
    # Here, as it takes a second: only the process that runs these tests pays for it.
    types: Any = import_module("google.genai.types")
    request = ChatRequest(model_id="gemini-3.8-flash", messages=TALK, params=PARAMS, **REQUESTS[name])

    body = dict(ADAPTER.render(request, SPEC).body)

    for content in (body.pop("systemInstruction"), *body.pop("contents")):
        types.Content.model_validate(content)
    types.GenerateContentConfig.model_validate(body.pop("generationConfig"))
    for tool in body.pop("tools", []):
        types.Tool.model_validate(tool)
    types.ToolConfig.model_validate(body.pop("toolConfig", {}))
    assert body == {}
