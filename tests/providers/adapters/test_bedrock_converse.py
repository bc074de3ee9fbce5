"""Converse: the body that is asked with, held to AWS's own model of it, and answers that are damaged on their way."""

from functools import cache
from typing import Any

import pytest
from botocore.loaders import Loader  # type: ignore[import-untyped]
from botocore.model import ServiceModel  # type: ignore[import-untyped]
from botocore.validate import ParamValidator  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters import get_adapter
from providers.contract.adapter import RenderedRequest
from providers.contract.errors import ProviderError
from providers.contract.events import StreamEvent, UsageReported
from providers.contract.messages import ChatRequest, Message, Params, ReasoningParams
from providers.contract.spec import ProviderSpec
from providers.reading import AnswerReader
from tests.fakes.aws_frames import event, exception

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host", protocol="bedrock_converse")
HI = (Message.of_text("user", "hi"),)
SAID = [{"role": "user", "content": [{"text": "hi"}]}]
SCHEMA = {"title": "City", "type": "object", "properties": {"name": {"type": "string"}}}
TOOL = {"name": "look", "description": "Looks.", "parameters": SCHEMA}
CALLED = (
    *HI,
    Message.model_validate({"role": "assistant", "content": [{"kind": "tool_call", "id": "t1", "name": "look"}]}),
    Message.model_validate({"role": "tool", "content": [{"kind": "tool_result", "id": "t1", "text": "a tree"}]}),
)


@cache
def converse_shape() -> Any:
    model = ServiceModel(Loader().load_service_model("bedrock-runtime", "service-2"))
    return model.operation_model("Converse").input_shape


def rendered(**fields: Any) -> RenderedRequest:
    """Asked for; whatever is rendered is what AWS's own model describes."""
    request = ChatRequest(**{"model_id": "vendor.model-v1:0", "messages": HI, **fields})
    found = get_adapter("bedrock_converse").render(request, SPEC)
    report = ParamValidator().validate({"modelId": request.model_id, **found.body}, converse_shape())
    assert not report.has_errors(), report.generate_report()
    return found


def sent(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in rendered(**fields).body.items() if name != "messages"}


def read(body: bytes) -> tuple[list[StreamEvent], AnswerReader]:
    reader = AnswerReader(get_adapter("bedrock_converse"), SPEC, "eventstream", 100_000)
    return [*reader.feed(body), *reader.end()], reader


def test_what_is_not_set_is_not_sent() -> None:
    found = rendered()

    assert found.body == {"messages": SAID}
    assert (found.method, found.framing, found.streamed) == ("POST", "eventstream", True)
    assert (found.report.sent, found.report.dropped, found.report.renamed) == ({}, {}, {})


def test_what_claudes_thinking_has_cost_is_asked_for() -> None:
    """Converse itself does not count it."""
    claude = "us.anthropic.claude-sonnet-5-5"
    paths = "additionalModelResponseFieldPaths"

    assert sent(model_id=claude, reasoning=ReasoningParams(effort="low"))[paths] == ["/usage"]
    for wish in (None, ReasoningParams(effort="none")):
        assert paths not in sent(model_id=claude, reasoning=wish)
    assert paths not in sent(model_id="qwen.qwen3-32b-v1:0", reasoning=ReasoningParams(effort="low"))


def test_what_claudes_thinking_has_cost_is_read() -> None:
    told = {"usage": {"output_tokens_details": {"thinking_tokens": 21}}}
    counts = {"inputTokens": 3, "outputTokens": 30, "totalTokens": 33}

    events, _ = read(
        event("messageStop", {"stopReason": "end_turn", "additionalModelResponseFields": told})
        + event("metadata", {"usage": counts})
    )

    [usage] = [said.usage for said in events if isinstance(said, UsageReported)]
    assert (usage.output, usage.reasoning) == (30, 21)


@pytest.mark.parametrize(("stream", "action"), [(True, "converse-stream"), (False, "converse")])
def test_the_model_is_a_part_of_the_path(stream: bool, action: str) -> None:
    found = rendered(model_id="arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.x:0", stream=stream)

    quoted = "arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fus.x%3A0"
    assert found.path == f"/model/{quoted}/{action}"


def test_every_parameter_under_its_name() -> None:
    params = Params(temperature=0, top_p=0.5, max_tokens=9, stop=("a",), service_tier="flex", seed=1, logprobs=True)

    found = rendered(params=params)

    assert found.report.sent == {
        "inferenceConfig": {"maxTokens": 9, "temperature": 0, "topP": 0.5, "stopSequences": ["a"]},
        "serviceTier": {"type": "flex"},
    }
    assert found.report.renamed == {
        "max_tokens": "inferenceConfig.maxTokens",
        "temperature": "inferenceConfig.temperature",
        "top_p": "inferenceConfig.topP",
        "stop": "inferenceConfig.stopSequences",
        "service_tier": "serviceTier.type",
    }
    assert set(found.report.dropped) == {"seed", "logprobs"}


def test_a_higher_temperature_is_clamped() -> None:
    found = rendered(params=Params(temperature=1.5))

    assert found.body["inferenceConfig"] == {"temperature": 1}
    assert found.report.clamped == {"temperature": {"from": 1.5, "to": 1}}


@pytest.mark.parametrize(
    "tool",
    [
        TOOL,
        {"type": "function", "function": TOOL},
        {"name": "look", "description": "Looks.", "input_schema": SCHEMA},
        {"name": "look", "description": "Looks.", "inputSchema": SCHEMA},
    ],
)
def test_tools_in_every_form(tool: dict[str, Any]) -> None:
    spec = {"name": "look", "description": "Looks.", "inputSchema": {"json": SCHEMA}}

    assert sent(tools=(tool,)) == {"toolConfig": {"tools": [{"toolSpec": spec}]}}


def test_a_tool_of_the_provider_goes_as_it_is_and_a_breakpoint_follows_a_tool() -> None:
    own = {"systemTool": {"name": "nova_code_interpreter"}}
    marked = {**TOOL, "strict": True, "cache_control": {"type": "ephemeral", "ttl": "1h"}}

    tools = sent(tools=(own, marked))["toolConfig"]["tools"]

    assert tools[0] == own
    assert tools[1]["toolSpec"]["strict"] is True
    assert tools[2] == {"cachePoint": {"type": "default", "ttl": "1h"}}


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"auto": {}}),
        ("required", {"any": {}}),
        ({"name": "look"}, {"tool": {"name": "look"}}),
        ({"type": "tool", "name": "look"}, {"tool": {"name": "look"}}),
        ({"any": {}}, {"any": {}}),
    ],
)
def test_tool_choice(choice: Any, expected: dict[str, Any]) -> None:
    assert sent(tools=(TOOL,), tool_choice=choice)["toolConfig"]["toolChoice"] == expected


def test_tools_that_are_forbidden_are_not_offered() -> None:
    found = rendered(tools=(TOOL,), tool_choice="none")

    assert "toolConfig" not in found.body
    assert set(found.report.dropped) == {"tools"}


def test_a_history_with_calls_declares_its_tools_again() -> None:
    declared = {
        "tools": [{"toolSpec": {"name": "look", "inputSchema": {"json": {"type": "object", "properties": {}}}}}]
    }

    assert sent(messages=CALLED)["toolConfig"] == declared
    found = rendered(messages=CALLED, tools=(TOOL,), tool_choice="none", parallel_tool_calls=False)
    assert found.body["toolConfig"]["tools"][0]["toolSpec"]["description"] == "Looks."
    assert set(found.report.dropped) == {"tool_choice", "parallel_tool_calls"}


def test_structured_output() -> None:
    by_schema = sent(output={"method": "json_schema", "schema": SCHEMA})
    by_function = sent(output={"method": "function_calling", "schema": SCHEMA, "strict": True}, tools=(TOOL,))
    by_nothing = rendered(output={"method": "json_mode"})

    inner = by_schema["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert inner["name"] == "City"
    assert inner["schema"].startswith('{"title": "City"')
    assert [tool["toolSpec"]["name"] for tool in by_function["toolConfig"]["tools"]] == ["look", "City"]
    assert by_function["toolConfig"]["toolChoice"] == {"tool": {"name": "City"}}
    assert set(by_nothing.report.dropped) == {"output"}


def test_a_schema_for_claude_is_closed() -> None:
    found = sent(model_id="us.anthropic.claude-haiku-5-5", output={"method": "json_schema", "schema": SCHEMA})

    assert '"additionalProperties": false' in found["outputConfig"]["textFormat"]["structure"]["jsonSchema"]["schema"]


def test_a_choice_that_forces_is_clamped_where_the_model_refuses_it() -> None:
    wish = ReasoningParams(budget=2000)

    found = rendered(model_id="anthropic.claude-sonnet-4-5", tools=(TOOL,), tool_choice="required", reasoning=wish)

    assert found.body["toolConfig"]["toolChoice"] == {"auto": {}}
    assert found.report.clamped["tool_choice"] == {"from": {"any": {}}, "to": {"auto": {}}}


def test_what_the_answer_may_hold_cannot_be_asked_for() -> None:
    assert set(rendered(modalities=("text", "image")).report.dropped) == {"modalities"}


def test_an_extra_body_changes_a_part_and_keeps_the_rest() -> None:
    extra = {
        "additionalModelRequestFields": {"top_k": 5},
        "inferenceConfig": {"maxTokens": 2},
        "guardrailConfig": {"guardrailIdentifier": "g", "guardrailVersion": "1"},
    }
    wish = ReasoningParams(effort="low")

    found = sent(model_id="openai.gpt-oss-120b", params=Params(temperature=0.5), reasoning=wish, extra=extra)

    assert found["additionalModelRequestFields"] == {"reasoning_effort": "low", "top_k": 5}
    assert found["inferenceConfig"] == {"temperature": 0.5, "maxTokens": 2}
    assert found["guardrailConfig"]["guardrailVersion"] == "1"


@pytest.mark.parametrize(
    ("name", "code", "retryable"),
    [
        ("throttlingException", "rate_limited", True),
        ("serviceUnavailableException", "overloaded", True),
        ("internalServerException", "server", True),
        ("modelStreamErrorException", "server", True),
        ("modelTimeoutException", "timed_out", True),
        ("validationException", "bad_request", False),
        ("somethingNewException", "server", True),
        ("500", "server", True),
    ],
)
def test_exceptions_in_the_stream(name: str, code: str, retryable: bool) -> None:
    _, reader = read(event("messageStart", {"role": "assistant"}) + exception(name, {"message": "said"}))

    assert reader.failure is not None
    assert (reader.failure.code, reader.failure.retryable) == (code, retryable)
    assert reader.failure.message == "said"


def test_an_exception_may_come_as_an_event() -> None:
    _, reader = read(event("throttlingException", {"message": "said"}))

    assert reader.failure is not None
    assert reader.failure.code == "rate_limited"


def test_an_exception_without_words_has_its_name() -> None:
    _, reader = read(exception("throttlingException", {}))

    assert reader.failure is not None
    assert "throttlingException" in reader.failure.message


@pytest.mark.parametrize(
    ("status", "name", "said", "code"),
    [
        (403, "UnrecognizedClientException:http://x/", "The security token is invalid.", "authentication"),
        (403, "AccessDeniedException", "You don't have access to the model.", "permission"),
        (400, "ValidationException", "The provided model identifier is invalid.", "not_found"),
        (400, "ValidationException", "This model doesn't support the image content block.", "unsupported"),
        (400, "ValidationException", "Input is too long for requested model.", "context_too_long"),
        (400, "ValidationException", "Something else.", "bad_request"),
        (400, "ServiceQuotaExceededException", "Over it.", "spend_limit"),
        (429, "ThrottlingException", "Too many tokens, please wait.", "rate_limited"),
        (429, "ModelNotReadyException", "Not ready.", "overloaded"),
        (503, "", "Down.", "overloaded"),
    ],
)
def test_refusals_by_their_name_and_words(status: int, name: str, said: str, code: str) -> None:
    headers = {"x-amzn-errortype": name, "x-amzn-requestid": "r1"}

    error = get_adapter("bedrock_converse").classify(status, headers, f'{{"message":"{said}"}}'.encode())

    assert (error.code, error.status, error.message, error.request_id) == (code, status, said, "r1")
    assert error.retryable is (status in {429, 503})


BODY = b"".join(
    (
        event("messageStart", {"role": "assistant"}),
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Hello"}}),
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": " you"}}),
        event("messageStop", {"stopReason": "end_turn"}),
        event("metadata", {"usage": {"inputTokens": 1, "outputTokens": 2, "totalTokens": 3}}),
    )
)


@given(st.integers(0, len(BODY) * 8 - 1))
def test_a_flipped_bit_is_a_named_error_and_never_another_answer(bit: int) -> None:
    body = bytearray(BODY)
    body[bit // 8] ^= 1 << bit % 8

    events, reader = read(bytes(body))

    whole, _ = read(BODY)
    assert events == whole[: len(events)]
    assert isinstance(reader.failure, ProviderError)
    assert reader.failure.code in {"malformed_stream", "over_limit"}


@given(st.integers(0, len(BODY) - 1))
def test_a_cut_is_incomplete_or_after_the_reason(size: int) -> None:
    events, reader = read(BODY[:size])

    whole, _ = read(BODY)
    assert events == whole[: len(events)]
    assert reader.failure is None
    assert reader.ended is False
    assert reader.finished is any(type(event).__name__ == "Finished" for event in events)
