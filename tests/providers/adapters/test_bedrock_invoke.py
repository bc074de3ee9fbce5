"""InvokeModel: each vendor's own body, asked for and read."""

import json
from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.adapters.bedrock_invoke.completions import said
from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent, StreamFailed
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params, ReasoningParams
from providers.contract.spec import ProviderSpec
from providers.reading import AnswerReader
from tests.fakes.aws_frames import chunk, event, exception

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host", protocol="bedrock_invoke")
TALK = (
    Message.of_text("system", "Be kind."),
    Message.of_text("user", "hi"),
    Message.of_text("assistant", "yo"),
    Message.of_text("user", "and?"),
)
PARAMS = Params(temperature=0.5, top_p=0.9, max_tokens=7, stop=("x",), seed=1)


def rendered(model_id: str, **fields: Any) -> RenderedRequest:
    request = ChatRequest(**{"model_id": model_id, "messages": TALK[1:2], **fields})
    return get_adapter("bedrock_invoke").render(request, SPEC)


def read(*frames: bytes) -> tuple[list[StreamEvent], AnswerReader]:
    reader = AnswerReader(get_adapter("bedrock_invoke"), SPEC, "eventstream", 100_000)
    return [*reader.feed(b"".join(frames)), *reader.end()], reader


@pytest.mark.parametrize(("stream", "action"), [(True, "invoke-with-response-stream"), (False, "invoke")])
def test_path_and_framing(stream: bool, action: str) -> None:
    found = rendered("us.anthropic.claude-x-v1:0", stream=stream)

    assert found.path == f"/model/us.anthropic.claude-x-v1%3A0/{action}"
    assert (found.framing, found.streamed) == ("eventstream", stream)


def test_claude_is_asked_without_what_the_path_says() -> None:
    found = rendered("us.anthropic.claude-sonnet-4-5-20250929-v1:0", params=Params(max_tokens=9))

    assert set(found.body) == {"messages", "anthropic_version", "max_tokens"}
    assert found.report.sent == {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 9}


def test_an_unknown_vendor_is_asked_like_claude_and_extra_may_say_anything() -> None:
    found = rendered("custom-model", extra={"stream": False, "top_k": 3})

    assert found.body["stream"] is False
    assert found.body["top_k"] == 3
    assert found.body["anthropic_version"]


def test_nova_is_asked_like_converse_with_a_version() -> None:
    params = Params(temperature=0.5, max_tokens=9, service_tier="flex")
    wish = ReasoningParams(effort="low")

    found = rendered("us.amazon.nova-2-lite-v1:0", messages=TALK, params=params, reasoning=wish, extra={"a": 1})

    assert found.body == {
        "schemaVersion": "messages-v1",
        "messages": [
            {"role": "user", "content": [{"text": "hi"}]},
            {"role": "assistant", "content": [{"text": "yo"}]},
            {"role": "user", "content": [{"text": "and?"}]},
        ],
        "system": [{"text": "Be kind."}],
        "inferenceConfig": {"maxTokens": 9, "temperature": 0.5},
        "reasoningConfig": {"type": "enabled", "maxReasoningEffort": "low"},
        "a": 1,
    }
    assert set(found.report.dropped) == {"service_tier"}
    assert found.report.renamed["reasoning_effort"] == "reasoningConfig"
    assert "service_tier" not in found.report.renamed


def test_chat_completions_without_what_the_path_says() -> None:
    found = rendered("openai.gpt-oss-120b-1:0", params=Params(temperature=0.5))

    assert found.body == {"messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}
    assert found.report.sent == {"temperature": 0.5}


@pytest.mark.parametrize(
    ("model_id", "body"),
    [
        (
            "amazon.titan-text-express-v1",
            {
                "inputText": "Be kind.\nUser: hi\nBot: yo\nUser: and?\nBot:",
                "textGenerationConfig": {"maxTokenCount": 7, "temperature": 0.5, "topP": 0.9, "stopSequences": ["x"]},
            },
        ),
        (
            "meta.llama3-8b-instruct-v1:0",
            {
                "prompt": "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe kind.<|eot_id|>"
                "<|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|>"
                "<|start_header_id|>assistant<|end_header_id|>\n\nyo<|eot_id|>"
                "<|start_header_id|>user<|end_header_id|>\n\nand?<|eot_id|>"
                "<|start_header_id|>assistant<|end_header_id|>\n\n",
                "max_gen_len": 7,
                "temperature": 0.5,
                "top_p": 0.9,
            },
        ),
        (
            "mistral.mistral-7b-instruct-v0:2",
            {
                "prompt": "<s>[INST] Be kind. [/INST][INST] hi [/INST] yo</s>[INST] and? [/INST]",
                "max_tokens": 7,
                "temperature": 0.5,
                "top_p": 0.9,
                "stop": ["x"],
            },
        ),
        (
            "cohere.command-r-v1:0",
            {
                "message": "and?",
                "chat_history": [{"role": "USER", "message": "hi"}, {"role": "CHATBOT", "message": "yo"}],
                "preamble": "Be kind.",
                "max_tokens": 7,
                "temperature": 0.5,
                "p": 0.9,
                "stop_sequences": ["x"],
                "seed": 1,
            },
        ),
        (
            "cohere.command-text-v14",
            {
                "prompt": "Be kind.\nUser: hi\nBot: yo\nUser: and?\nBot:",
                "max_tokens": 7,
                "temperature": 0.5,
                "p": 0.9,
                "stop_sequences": ["x"],
                "stream": True,
            },
        ),
        (
            "ai21.j2-mid-v1",
            {
                "prompt": "Be kind.\nUser: hi\nBot: yo\nUser: and?\nBot:",
                "maxTokens": 7,
                "temperature": 0.5,
                "topP": 0.9,
                "stopSequences": ["x"],
            },
        ),
    ],
)
def test_prompts(model_id: str, body: dict[str, Any]) -> None:
    found = rendered(model_id, messages=TALK, params=PARAMS)

    assert found.body == body
    assert not {"prompt", "inputText", "message", "chat_history"} & set(found.report.sent)
    assert ("seed" in found.report.dropped) is ("seed" not in body)


def test_what_a_prompt_cannot_say_is_said() -> None:
    tool = {"name": "f", "parameters": {}}
    found = rendered("amazon.titan-text-lite-v1", tools=(tool,), reasoning=ReasoningParams(effort="low"))

    assert set(found.report.dropped) == {"tools", "reasoning"}
    picture = Message(role="user", content=(ContentBlock(kind="image", data={"data": "AA=="}),))
    with pytest.raises(ProviderError):
        rendered("amazon.titan-text-lite-v1", messages=(picture,))


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ({"outputText": "a", "completionReason": None}, ("a", "")),
        ({"results": [{"outputText": "a", "completionReason": "FINISH"}]}, ("a", "FINISH")),
        ({"generation": "", "stop_reason": "stop"}, ("", "stop")),
        ({"outputs": []}, ("", "")),
        ({"event_type": "stream-end", "finish_reason": "MAX_TOKENS", "text": "all of it"}, ("", "MAX_TOKENS")),
        ({"message": "no"}, None),
    ],
)
def test_completions(piece: dict[str, Any], expected: tuple[str, str] | None) -> None:
    assert said(piece) == expected


def test_what_is_wrapped_may_be_damaged() -> None:
    for frame in (event("chunk", {"bytes": "!"}), event("chunk", {"bytes": "e25v"}), event("chunk", {"bytes": 3})):
        _, reader = read(frame)
        assert reader.failure is None or reader.failure.code == "malformed_stream"
        assert not reader.complete


def test_an_error_that_is_wrapped_is_one() -> None:
    _, reader = read(chunk({"message": "Model is overloaded", "type": ""}))
    assert not reader.complete

    _, reader = read(chunk({"error": {"message": "Model is overloaded", "type": "overloaded_error"}}))
    assert reader.failure is not None
    assert reader.failure.code == "overloaded"


def test_after_an_exception_nothing_more_is_said() -> None:
    broken = exception("throttlingException", {"message": "slow"})

    events, reader = read(chunk({"generation": "a"}), broken, chunk({"generation": "b"}), broken)

    assert reader.failure is not None
    assert reader.failure.code == "rate_limited"
    assert "b" not in str(events)


def test_whole_answers_that_are_none() -> None:
    adapter = get_adapter("bedrock_invoke")

    for body in (b"nope", b'{"what": 1}', b'{"error": "no"}', json.dumps({"output": {"message": 1}}).encode()):
        [event] = adapter.parse_whole(body, SPEC)
        assert isinstance(event, StreamFailed)
