"""What a request with everything in it becomes for providers that differ from the common form, as they document it."""

from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.catalog import load_catalog
from providers.contract.adapter import RenderedRequest
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params, ReasoningParams

HI = Message.of_text("user", "hi")
SCHEMA = {"title": "answer", "type": "object", "properties": {"a": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": SCHEMA, "strict": True}}
LOOSE = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}
JSON = {"method": "json_schema", "schema": SCHEMA, "strict": True}
JSON_OBJECT = {"type": "json_object"}
JSON_SCHEMA = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": True}}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
PARAMS = {"temperature": 0.5, "max_tokens": 9000, "seed": 7}


def rendered(slug: str, **fields: Any) -> RenderedRequest:
    spec = load_catalog()[slug]
    request = ChatRequest(**{"model_id": "m-1", "messages": (HI,), **fields})
    return get_adapter(spec.protocol).render(request, spec)


USAGE = {"stream_options": {"include_usage": True}}
FULL: dict[str, tuple[dict[str, Any], set[str]]] = {
    "zhipu": (
        {
            "temperature": 0.5,
            "max_tokens": 9000,
            "seed": 7,
            "reasoning_effort": "high",
            "tools": [LOOSE],
            "response_format": JSON_OBJECT,
        },
        {"tool_choice", "strict"},
    ),
    "moonshot": (
        {
            **USAGE,
            "max_completion_tokens": 9000,
            "seed": 7,
            "reasoning_effort": "high",
            "tools": [LOOSE],
            "response_format": JSON_SCHEMA,
        },
        {"temperature", "tool_choice", "strict"},
    ),
    "ai21": (
        {
            "temperature": 0.5,
            "max_tokens": 4096,
            "seed": 7,
            "tools": [LOOSE],
            "tool_choice": "required",
            "response_format": JSON_OBJECT,
        },
        {"reasoning_effort", "strict"},
    ),
    "writer": (
        {
            **USAGE,
            "temperature": 0.5,
            "max_tokens": 9000,
            "seed": 7,
            "tools": [TOOL],
            "tool_choice": {"value": "required"},
            "response_format": JSON_SCHEMA,
        },
        {"reasoning_effort"},
    ),
    "dashscope": (
        {
            **USAGE,
            "temperature": 0.5,
            "max_tokens": 9000,
            "seed": 7,
            "enable_thinking": True,
            "tools": [TOOL],
            "response_format": JSON_SCHEMA,
        },
        {"tool_choice"},
    ),
    "minimax": (
        {
            **USAGE,
            "temperature": 0.5,
            "max_completion_tokens": 9000,
            "tools": [LOOSE],
            "tool_choice": "required",
            "response_format": JSON_SCHEMA,
        },
        {"seed", "reasoning_effort", "strict"},
    ),
}
FULL["zai"] = FULL["zhipu"]


@pytest.mark.parametrize("slug", FULL)
def test_everything_at_once(slug: str) -> None:
    body, dropped = FULL[slug]

    found = rendered(
        slug,
        params=Params(**PARAMS),
        reasoning=ReasoningParams(effort="high"),
        tools=(TOOL,),
        tool_choice="required",
        output=JSON,
    )

    messages = [{"role": "user", "content": "hi"}]
    assert found.body == {"model": "m-1", "messages": messages, "stream": slug != "ai21", **body}
    assert set(found.report.dropped) == dropped
    assert found.path == ("/chat" if slug == "writer" else "/chat/completions")


@pytest.mark.parametrize(
    ("slug", "beside"),
    [
        ("zhipu", {"content": "Yo", "reasoning_content": "hm"}),
        ("zai", {"content": "Yo", "reasoning_content": "hm"}),
        ("moonshot", {"content": "Yo", "reasoning_content": "hm"}),
        ("deepseek", {"content": "Yo", "reasoning_content": "hm"}),
        ("minimax", {"content": "<think>\nhm\n</think>\n\nYo"}),
        ("dashscope", {"content": "Yo"}),
    ],
)
def test_thoughts_beside_calls(slug: str, beside: dict[str, Any]) -> None:
    said = (
        ContentBlock(kind="reasoning", text="hm", data={"replay": {"protocol": "openai_chat", "provider": slug}}),
        ContentBlock(kind="text", text="Yo"),
        ContentBlock(kind="tool_call", id="c1", name="f", text="{}"),
    )
    result = Message(role="tool", content=(ContentBlock(kind="tool_result", id="c1", text="1"),))

    messages = rendered(slug, messages=(HI, Message(role="assistant", content=said), result)).body["messages"]

    assert messages[1] == {"role": "assistant", "tool_calls": [CALL], **beside}


@pytest.mark.parametrize(
    ("model_id", "streams"),
    [
        ("qwq-plus", True),
        ("qvq-max", True),
        ("qwen3-omni-flash", True),
        ("qwen2.5-omni-7b", True),
        ("qwen3-235b-a22b", True),
        ("qwen3-next-80b-a3b-thinking", True),
        ("qwen3.8-max", False),
        ("qwen-plus", False),
    ],
)
def test_models_that_only_stream(model_id: str, streams: bool) -> None:
    found = rendered("dashscope", model_id=model_id, stream=False)

    assert (found.body["stream"], found.streamed, "stream_options" in found.body) == (streams, streams, streams)
    assert found.report.clamped == ({"stream": {"from": False, "to": True}} if streams else {})
    assert rendered("dashscope", model_id=model_id).report.clamped == {}


def test_budgets_and_sounds_of_qwen() -> None:
    sound = ContentBlock(kind="audio", data={"data": "AA==", "media_type": "audio/wav"})
    talk = (Message(role="user", content=(sound,)),)

    body = rendered("dashscope", messages=talk, reasoning=ReasoningParams(enabled=False, budget=50)).body

    assert (body["enable_thinking"], body["thinking_budget"]) == (False, 50)
    [part] = body["messages"][0]["content"]
    assert part == {"type": "input_audio", "input_audio": {"data": "data:audio/wav;base64,AA==", "format": "wav"}}


def test_answers_with_tools_are_asked_for_whole() -> None:
    found = rendered("ai21", tools=(TOOL,))

    assert (found.body["stream"], found.streamed) == (False, False)
    assert found.report.clamped == {"stream": {"from": True, "to": False}}
    assert rendered("ai21").body["stream"] is True
