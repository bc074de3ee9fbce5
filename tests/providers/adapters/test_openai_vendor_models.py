"""What we send to OpenAI, held against the types of OpenAI's own package: every field known, every value allowed."""

from importlib import import_module
from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.contract.messages import ChatRequest, Message, Params, ReasoningParams
from providers.contract.spec import ProviderSpec, Quirks
from tests.providers.adapters.openai_requests import MEDIA, TOOLS, block, native, rich
from tests.providers.adapters.typed_shape import mismatch

HI = (Message.of_text("user", "hi"),)
ANSWER = Message(
    role="assistant",
    content=(
        block("reasoning", data=native(type="reasoning", id="rs_1", summary=[], encrypted_content="gAAA")),
        block("text", "Let me see.", data=native(type="message", id="msg_1", phase="commentary")),
        block("tool_call", '{"a":1}', id="call_1", name="add", data=native(type="function_call", id="fc_1")),
        block("tool_call", '{"input": "x"}', id="call_2", name="sql", data={"custom": True}),
    ),
)
RESULTS = Message(role="tool", content=(block("tool_result", "2", id="call_1"), block("tool_result", "r", id="call_2")))
REQUESTS = {
    "everything": rich(),
    "whole": rich(stream=False),
    "tools answered": ChatRequest(model_id="m", messages=(*HI, ANSWER, RESULTS), tools=TOOLS, tool_choice="required"),
    "sampling": ChatRequest(
        model_id="m",
        messages=HI,
        params=Params(temperature=0.5, top_p=0.5, logprobs=True, top_logprobs=2, stop=("a",), seed=1),
        output={"method": "json_mode"},
    ),
    "summaries": ChatRequest(model_id="m", messages=HI, reasoning=ReasoningParams(effort="xhigh", summary="auto")),
    "breakpoints": ChatRequest(
        model_id="m",
        messages=(
            Message(role="user", content=(block("text", "x", data={"cache_control": {"type": "ephemeral"}}),)),
            MEDIA,
        ),
    ),
}
SPEC = ProviderSpec(
    slug="any",
    name="Any",
    base_url="https://api.example/v1",
    quirks=Quirks(max_tokens_field="max_completion_tokens", cache_field="prompt_cache_breakpoint"),
)


@pytest.mark.parametrize("name", REQUESTS)
def test_chat_completions(name: str) -> None:
    request = REQUESTS[name]

    body = get_adapter("openai_chat").render(request, SPEC).body

    # Here, as it takes a second: only the process that runs these tests pays for it.
    chat: Any = import_module("openai.types.chat.completion_create_params")
    kind = chat.CompletionCreateParamsStreaming if request.stream else chat.CompletionCreateParamsNonStreaming
    assert mismatch(body, kind) == ""


@pytest.mark.parametrize("name", REQUESTS)
def test_responses(name: str) -> None:
    request = REQUESTS[name]

    silent = tuple(
        message.model_copy(update={"content": tuple(part for part in message.content if part.kind != "audio")})
        for message in request.messages
    )
    body = get_adapter("openai_responses").render(request.model_copy(update={"messages": silent}), SPEC).body

    responses: Any = import_module("openai.types.responses.response_create_params")
    kind = responses.ResponseCreateParamsStreaming if request.stream else responses.ResponseCreateParamsNonStreaming
    assert mismatch(body, kind) == ""
