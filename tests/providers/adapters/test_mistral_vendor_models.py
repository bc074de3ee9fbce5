"""What we send to Mistral, held against Mistral's own package: what its models read comes out of them whole."""

from importlib import import_module
from typing import Any

import pytest

from providers.adapters import get_adapter
from providers.catalog import load_catalog
from providers.contract.messages import ChatRequest, Message, Params, ReasoningParams
from tests.providers.adapters.openai_requests import MEDIA, TOOLS, block, rich

FUNCTIONS = TOOLS[:2]
THOUGHT = block("reasoning", "Hm.", data={"replay": {"protocol": "openai_chat", "field": "thinking"}})
ANSWER = Message(
    role="assistant",
    content=(THOUGHT, block("text", "Let me see."), block("tool_call", '{"city":"x"}', id="call_1", name="weather")),
)
RESULT = Message(role="tool", content=(block("tool_result", "2", id="call_1", name="weather"),))
HI = Message.of_text("user", "hi")
REQUESTS = {
    "everything": rich(tools=FUNCTIONS, params=Params(max_tokens=99, seed=1, stop=("a",), service_tier="auto")),
    "whole": rich(tools=FUNCTIONS, params=Params(temperature=0.5, top_p=0.5), stream=False),
    "tools answered": ChatRequest(model_id="m", messages=(HI, ANSWER, RESULT), tools=FUNCTIONS, tool_choice="required"),
    "json": ChatRequest(model_id="m", messages=(HI,), params=Params(logprobs=True), output={"method": "json_mode"}),
    "reasoning": ChatRequest(model_id="m", messages=(MEDIA,), reasoning=ReasoningParams(effort="high")),
}


def models() -> Any:
    """Loaded when they are needed: there are many."""
    return import_module("mistralai.client.models")


@pytest.mark.parametrize("name", REQUESTS)
def test_chat_completions(name: str) -> None:
    request = REQUESTS[name]

    body = get_adapter("openai_chat").render(request, load_catalog()["mistral"]).body

    kind = models().ChatCompletionStreamRequest if request.stream else models().ChatCompletionRequest
    assert kind.model_validate(body).model_dump(mode="json", by_alias=True, exclude_unset=True) == body


def test_an_unknown_field_would_be_noticed() -> None:
    body = get_adapter("openai_chat").render(REQUESTS["json"], load_catalog()["openai"]).body

    read = models().ChatCompletionStreamRequest.model_validate(body)
    assert set(body) - set(read.model_dump(mode="json", by_alias=True, exclude_unset=True)) == {"stream_options"}
