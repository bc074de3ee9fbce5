"""A request as a generateContent body: pinned shapes, and the report of what became of each parameter."""

from typing import Any

import pytest

from providers.adapters.gemini_generate import ADAPTER
from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params, ReasoningParams
from providers.contract.quirks import GeminiQuirks
from providers.contract.spec import ProviderSpec

HI = (Message.of_text("user", "hi"),)
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
UNSIGNED = "skip_thought_signature_validator"


def rendered(platform: Any = "studio", **fields: Any) -> RenderedRequest:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://h/v1", gemini=GeminiQuirks(platform=platform))
    return ADAPTER.render(ChatRequest(**{"model_id": "gemini-3.8-flash", "messages": HI, **fields}), spec)


def config(**fields: Any) -> dict[str, Any]:
    found: dict[str, Any] = rendered(**fields).body.get("generationConfig", {})
    return found


def contents(*messages: Message, model: str = "gemini-2.5-flash", platform: str = "studio") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = rendered(platform, model_id=model, messages=messages).body["contents"]
    return found


def block(kind: Any, **fields: Any) -> ContentBlock:
    return ContentBlock(kind=kind, **fields)


def said(role: Any, *blocks: ContentBlock) -> Message:
    return Message(role=role, content=blocks)


def test_what_is_not_set_is_not_sent() -> None:
    request = rendered()

    assert request.body == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    assert request.path == "/models/gemini-3.8-flash:streamGenerateContent?alt=sse"
    assert request.framing == "sse"
    assert request.streamed
    assert request.report.sent == {"model": "gemini-3.8-flash"}


def test_whole() -> None:
    request = rendered(stream=False)

    assert request.path == "/models/gemini-3.8-flash:generateContent"
    assert not request.streamed


@pytest.mark.parametrize(
    ("model", "path"),
    [
        ("models/gemini-x", "/models/gemini-x"),
        ("publishers/google/models/gemini-x", "/models/gemini-x"),
        ("tunedModels/mine", "/tunedModels/mine"),
        ("projects/p/locations/l/endpoints/12", "/endpoints/12"),
        ("a/../b?c#d", "/models/a%2F..%2Fb%3Fc%23d"),
    ],
)
def test_paths(model: str, path: str) -> None:
    assert rendered(model_id=model, stream=False).path == f"{path}:generateContent"


def test_every_parameter_under_its_name() -> None:
    params = Params(
        temperature=0, top_p=0.9, max_tokens=7, stop=("a",), seed=1, logprobs=True, top_logprobs=2, service_tier="flex"
    )

    request = rendered(params=params, modalities=("text", "image"))

    assert request.body["generationConfig"] == {
        "temperature": 0,
        "topP": 0.9,
        "maxOutputTokens": 7,
        "stopSequences": ["a"],
        "seed": 1,
        "responseLogprobs": True,
        "logprobs": 2,
        "responseModalities": ["TEXT", "IMAGE"],
    }
    assert request.body["serviceTier"] == "flex"
    assert request.report.renamed["max_tokens"] == "generationConfig.maxOutputTokens"
    assert request.report.sent["generationConfig"] == request.body["generationConfig"]
    assert request.report.dropped == {}


def test_what_is_too_much_is_clamped_and_said() -> None:
    request = rendered(params=Params(temperature=3, stop=("1", "2", "3", "4", "5", "6")))

    assert request.body["generationConfig"] == {"temperature": 2.0, "stopSequences": ["1", "2", "3", "4", "5"]}
    assert request.report.clamped["temperature"] == {"from": 3, "to": 2.0}
    assert request.report.clamped["stop"]["to"] == ["1", "2", "3", "4", "5"]


def test_what_gemini_has_no_place_for_is_dropped_and_said() -> None:
    cached = said("user", block("text", text="hi", data={"cache_control": {"type": "ephemeral"}}))

    report = rendered(params=Params(top_logprobs=3), parallel_tool_calls=False, messages=(cached,)).report

    assert set(report.dropped) == {"top_logprobs", "parallel_tool_calls", "cache_control"}


def test_extra_is_merged_into_objects() -> None:
    extra = {"generationConfig": {"topK": 4}, "safetySettings": []}

    body = rendered(params=Params(temperature=1), extra=extra).body

    assert body["generationConfig"] == {"temperature": 1, "topK": 4}
    assert body["safetySettings"] == []


@pytest.mark.parametrize(
    ("model", "wish", "thinking"),
    [
        ("gemini-3.8-flash", {"effort": "low"}, {"thinkingLevel": "LOW", "includeThoughts": True}),
        ("gemini-3.8-flash", {"effort": "none"}, {"thinkingLevel": "MINIMAL", "includeThoughts": False}),
        ("gemini-3.1-pro-preview", {"effort": "minimal"}, {"thinkingLevel": "LOW", "includeThoughts": True}),
        ("gemini-4-argon", {"effort": "max"}, {"thinkingLevel": "HIGH", "includeThoughts": True}),
        ("gemini-4-argon", {"budget": 512}, {"thinkingBudget": 512, "includeThoughts": True}),
        ("gemini-flash-latest", {"effort": "high"}, {"thinkingLevel": "HIGH", "includeThoughts": True}),
        ("gemini-4-argon", {"enabled": True}, {"includeThoughts": True}),
        ("gemini-4-argon", {"enabled": False}, {"thinkingLevel": "MINIMAL", "includeThoughts": False}),
        ("gemini-2.5-flash", {"effort": "none"}, {"thinkingBudget": 0, "includeThoughts": False}),
        ("gemini-2.5-flash", {"effort": "medium"}, {"thinkingBudget": 8192, "includeThoughts": True}),
        ("gemini-2.5-flash", {"effort": "max"}, {"thinkingBudget": 24576, "includeThoughts": True}),
        ("gemini-2.5-flash", {"enabled": True}, {"thinkingBudget": -1, "includeThoughts": True}),
        ("gemini-2.5-flash", {"budget": 99999}, {"thinkingBudget": 24576, "includeThoughts": True}),
        ("gemini-2.5-flash-lite", {"budget": 9}, {"thinkingBudget": 512, "includeThoughts": True}),
        ("gemini-2.5-pro", {"effort": "none"}, {"thinkingBudget": 128, "includeThoughts": False}),
        ("gemini-2.5-pro", {"effort": "max"}, {"thinkingBudget": 32768, "includeThoughts": True}),
        ("gemini-2.5-pro", {"summary": "auto"}, {"includeThoughts": True}),
        ("gemini-2.5-pro", {"exclude": True}, {"includeThoughts": False}),
    ],
)
def test_thinking(model: str, wish: dict[str, Any], thinking: dict[str, Any]) -> None:
    assert config(model_id=model, reasoning=ReasoningParams(**wish))["thinkingConfig"] == thinking


def test_the_report_says_what_thinking_became() -> None:
    wish = ReasoningParams(effort="max", budget=5, summary="detailed", exclude=False)

    report = rendered(model_id="gemini-3.1-pro-preview", reasoning=wish).report

    assert report.renamed["reasoning_effort"] == "generationConfig.thinkingConfig.thinkingLevel"
    assert report.clamped["reasoning_effort"] == {"from": "max", "to": "HIGH"}
    assert report.clamped["reasoning_summary"] == {"from": "detailed", "to": "auto"}
    assert "effort was sent" in report.dropped["reasoning_budget"]


def test_models_that_do_not_think_are_not_asked_to() -> None:
    request = rendered(model_id="gemini-2.0-flash", reasoning=ReasoningParams(effort="high", budget=3))

    assert "generationConfig" not in request.body
    assert set(request.report.dropped) == {"reasoning_effort", "reasoning_budget"}


def test_tools_in_every_form() -> None:
    tools: tuple[dict[str, Any], ...] = (
        {"name": "flat", "description": "F", "parameters": SCHEMA},
        {"type": "function", "function": {"name": "openai", "parameters": SCHEMA}},
        {"name": "anthropic", "input_schema": SCHEMA},
        {"name": "mcp", "inputSchema": SCHEMA},
        {"googleSearch": {}},
    )

    body = rendered(tools=tools).body

    declared = [{"name": name, "parametersJsonSchema": SCHEMA} for name in ("flat", "openai", "anthropic", "mcp")]
    declared[0]["description"] = "F"
    assert body["tools"] == [{"functionDeclarations": declared}, {"googleSearch": {}}]
    assert "toolConfig" not in body


@pytest.mark.parametrize(
    ("choice", "strict", "wanted"),
    [
        ("auto", None, {"mode": "AUTO"}),
        ("none", None, {"mode": "NONE"}),
        ("required", None, {"mode": "ANY"}),
        ({"name": "f"}, None, {"mode": "ANY", "allowedFunctionNames": ["f"]}),
        ({"type": "function", "function": {"name": "f"}}, True, {"mode": "ANY", "allowedFunctionNames": ["f"]}),
        ({"mode": "VALIDATED"}, None, {"mode": "VALIDATED"}),
        (None, True, {"mode": "VALIDATED"}),
        ("auto", True, {"mode": "VALIDATED"}),
        ("required", True, {"mode": "ANY"}),
    ],
)
def test_tool_choice(choice: Any, strict: bool | None, wanted: dict[str, Any]) -> None:
    tool = {"name": "f", "parameters": SCHEMA, "strict": strict}

    body = rendered(tools=(tool,), tool_choice=choice).body

    assert body["toolConfig"] == {"functionCallingConfig": wanted}


def test_a_choice_among_nothing_is_dropped() -> None:
    """Google refuses a function calling config without functions."""
    found = rendered(tools=({"googleSearch": {}},), tool_choice="auto")

    assert "toolConfig" not in found.body
    assert set(found.report.dropped) == {"tool_choice"}


def test_structured_output() -> None:
    assert config(output={"method": "json_schema", "schema": SCHEMA, "strict": True}) == {
        "responseMimeType": "application/json",
        "responseJsonSchema": SCHEMA,
    }
    assert config(output={"method": "json_mode"}) == {"responseMimeType": "application/json"}


def test_roles_and_neighbours() -> None:
    messages = (
        Message.of_text("system", "Be kind."),
        Message.of_text("user", "a"),
        said("assistant", block("reasoning", text="hm"), block("text", text="")),
        Message.of_text("user", "b"),
        said("assistant", block("text", text="c"), block("refusal", text="d"), block("citation", data={"url": "u"})),
    )

    body = rendered(messages=messages).body

    assert body["systemInstruction"] == {"parts": [{"text": "Be kind."}]}
    assert body["contents"] == [
        {"role": "user", "parts": [{"text": "a"}, {"text": "b"}]},
        {"role": "model", "parts": [{"text": "c"}, {"text": "d"}]},
    ]


def test_media() -> None:
    message = said(
        "user",
        block("image", data={"data": "eA==", "media_type": "image/png"}),
        block("image", data={"url": "data:image/gif;base64,eQ=="}),
        block("image", data={"url": "https://h/a.webp?x=1"}),
        block("video", data={"url": "https://youtu.be/v", "videoMetadata": {"fps": 1}}),
        block("audio", data={"data": "eA=="}),
        block("file", data={"url": "gs://b/a.pdf"}),
    )

    [content] = contents(message)

    assert content["parts"] == [
        {"inlineData": {"mimeType": "image/png", "data": "eA=="}},
        {"inlineData": {"mimeType": "image/gif", "data": "eQ=="}},
        {"fileData": {"mimeType": "image/webp", "fileUri": "https://h/a.webp?x=1"}},
        {"fileData": {"mimeType": "video/mp4", "fileUri": "https://youtu.be/v"}, "videoMetadata": {"fps": 1}},
        {"inlineData": {"mimeType": "audio/wav", "data": "eA=="}},
        {"fileData": {"mimeType": "application/pdf", "fileUri": "gs://b/a.pdf"}},
    ]


def test_media_without_anything_is_refused_before_sending() -> None:
    with pytest.raises(ProviderError) as caught:
        contents(said("user", block("image", data={})))

    assert caught.value.code == "unsupported"


def test_calls_and_their_results() -> None:
    talk = (
        Message.of_text("user", "hi"),
        said("assistant", block("tool_call", id="1", name="f", text='{"a": 1}'), block("tool_call", id="2", name="g")),
        said("tool", block("tool_result", id="1", text='{"x": 1}')),
        said("tool", block("tool_result", id="2", name="g", text="plain"), block("tool_result", name="h", text="[1]")),
        said("tool", block("tool_result", id="1", text="no", data={"is_error": True})),
    )

    assert contents(*talk)[1:] == [
        {
            "role": "model",
            "parts": [
                {"functionCall": {"id": "1", "name": "f", "args": {"a": 1}}},
                {"functionCall": {"id": "2", "name": "g", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"id": "1", "name": "f", "response": {"x": 1}}},
                {"functionResponse": {"id": "2", "name": "g", "response": {"result": "plain"}}},
                {"functionResponse": {"name": "h", "response": {"result": "[1]"}}},
                {"functionResponse": {"id": "1", "name": "f", "response": {"error": "no"}}},
            ],
        },
    ]


def test_what_google_signed_goes_back_in_its_place() -> None:
    ours = {"protocol": "gemini_generate", "platform": "studio"}
    code = {"executableCode": {"code": "1"}, "thoughtSignature": "c"}
    answer = said(
        "assistant",
        block("reasoning", text="hm", data={"replay": {**ours, "signature": "r"}}),
        block("server_tool", name="code_execution", data={"replay": {**ours, "parts": [code]}}),
        block("text", text="a", data={"replay": {**ours, "after": ["s"]}}),
        block("text", text="b", data={"replay": {**ours, "signature": "t"}}),
        block("image", data={"data": "eA==", "thought": True}),
        block("image", data={"data": "eQ==", "thought": True, "replay": {**ours, "signature": "v"}}),
        block("tool_call", name="f", data={"replay": {**ours, "signature": "u"}}),
        block("tool_call", name="g"),
    )

    [content] = contents(answer, model="gemini-3.8-flash")

    assert content["parts"] == [
        {"text": "hm", "thought": True, "thoughtSignature": "r"},
        code,
        {"text": "a"},
        {"text": "", "thoughtSignature": "s"},
        {"text": "b", "thoughtSignature": "t"},
        {"inlineData": {"mimeType": "image/jpeg", "data": "eQ=="}, "thought": True, "thoughtSignature": "v"},
        {"functionCall": {"name": "f", "args": {}}, "thoughtSignature": "u"},
        {"functionCall": {"name": "g", "args": {}}},
    ]


@pytest.mark.parametrize(
    "origin", [{"protocol": "gemini_generate", "platform": "studio"}, {"protocol": "other", "platform": "vertex"}]
)
def test_signatures_of_others_stay_here(origin: dict[str, str]) -> None:
    call = block("tool_call", name="f", data={"replay": {**origin, "signature": "s", "after": ["t"]}})

    [content] = contents(said("assistant", call), model="gemini-2.5-pro", platform="vertex")

    assert content["parts"] == [{"functionCall": {"name": "f", "args": {}}}]


@pytest.mark.parametrize(
    ("model", "signed"), [("gemini-3.8-flash", True), ("gemini-2.5-pro", False), ("gemma-4", False)]
)
def test_the_first_call_of_others_is_marked_for_models_that_insist(model: str, signed: bool) -> None:
    calls = said("assistant", block("tool_call", name="f"), block("tool_call", name="g"))

    [content] = contents(calls, model=model)

    assert [part.get("thoughtSignature") for part in content["parts"]] == [UNSIGNED if signed else None, None]
