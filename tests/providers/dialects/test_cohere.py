"""What both versions of Cohere's chat share: reasons, counts, citations, blocks, parameters."""

from typing import Any

import pytest

from providers.contract.events import BlockOpened, Delta, StreamEvent, Usage
from providers.contract.messages import ChatRequest, Message, Params, ReasoningParams
from providers.dialects.cohere.answer import FINISH, citation, logprobs_of, read_usage
from providers.dialects.cohere.blocks import CohereBlocks
from providers.dialects.cohere.fields import CohereFields

HI = (Message.of_text("user", "hi"),)
TOOLS = ({"name": "f", "input_schema": {"type": "object", "properties": {}}}, {"name": "g"})


def fields(**request: Any) -> CohereFields:
    found = CohereFields({})
    asked = ChatRequest(**{"model_id": "m", "messages": HI, **request})
    found.sampling(asked.params)
    found.unknown(asked)
    found.reasoning(asked)
    found.tools(asked)
    found.output(asked, "json_schema")
    return found


@pytest.mark.parametrize(
    ("native", "reason"),
    [
        ("COMPLETE", "stop"),
        ("STOP_SEQUENCE", "stop"),
        ("MAX_TOKENS", "length"),
        ("TOOL_CALL", "tool_calls"),
        ("ERROR_TOXIC", "content_filter"),
    ],
)
def test_reasons(native: str, reason: str) -> None:
    assert FINISH[native] == reason


def test_counts() -> None:
    tokens = {"input_tokens": 3.0, "output_tokens": 0, "image_tokens": 4, "reasoning_tokens": 1}

    assert read_usage({"tokens": tokens, "cached_tokens": 2.0}) == Usage(input=7, output=0, reasoning=1, cache_read=2)
    assert read_usage({"billed_units": {"input_tokens": 3}}) == Usage()


def test_citations() -> None:
    sources = [
        {"type": "tool", "id": "t:0", "tool_output": {"title": "T", "url": "https://h/"}},
        {"type": "document", "id": "d:0"},
    ]

    assert citation({"start": 1, "end": 2, "text": "x", "sources": sources}) == {
        "start": 1,
        "end": 2,
        "text": "x",
        "sources": [{"id": "t:0", "title": "T", "url": "https://h/"}, {"id": "d:0"}],
        "url": "https://h/",
        "title": "T",
    }
    assert citation({"text": "x", "sources": sources[1:]}) == {"text": "x", "sources": [{"id": "d:0"}], "title": "d:0"}
    assert citation("nothing") is None


def test_probabilities_of_single_tokens_only() -> None:
    assert logprobs_of({"text": "a", "logprobs": [-1]}) == [{"token": "a", "logprob": -1}]
    assert logprobs_of({"text": "ab", "logprobs": [-1, -2]}) == []
    assert logprobs_of(7) == []


def test_blocks_by_part_and_kind() -> None:
    blocks = CohereBlocks()
    out: list[StreamEvent] = []

    blocks.said("a", 0, out)
    blocks.aside("citation", {"text": "a"}, out)
    blocks.said("b", 0, out)
    blocks.said("c", 1, out)
    blocks.reasoning("d", 1, "thinking", out)
    blocks.continue_call(0, {"x": 1}, out)
    blocks.said("", 9, out)

    assert [event.index for event in out if isinstance(event, BlockOpened)] == [0, 1, 2, 3, 4]
    assert [(event.index, event.text) for event in out if isinstance(event, Delta)] == [
        (0, "a"), (0, "b"), (2, "c"), (3, "d"), (4, '{"x": 1}'),
    ]  # fmt: skip
    assert blocks.has_calls


def test_parameters() -> None:
    params = Params(temperature=0, top_p=1, max_tokens=7, stop=("1", "2", "3", "4", "5", "6"), seed=1)

    found = fields(params=params)

    assert found.body == {
        "temperature": 0,
        "p": 0.99,
        "max_tokens": 7,
        "stop_sequences": ["1", "2", "3", "4", "5"],
        "seed": 1,
    }
    assert found.clamped["top_p"] == {"from": 1, "to": 0.99}
    assert found.renamed == {"top_p": "p", "stop": "stop_sequences"}
    assert fields(params=Params(top_p=0)).body == {"p": 0.01}


def test_what_there_is_no_place_for() -> None:
    found = fields(
        params=Params(top_logprobs=1, service_tier="flex"), parallel_tool_calls=True, modalities=("text", "audio")
    )

    assert set(found.dropped) == {"top_logprobs", "service_tier", "parallel_tool_calls", "modalities"}
    assert found.body == {}


@pytest.mark.parametrize(
    ("wish", "thinking"),
    [
        ({"effort": "none"}, {"type": "disabled"}),
        ({"effort": "high"}, {"type": "enabled"}),
        ({"effort": "high", "budget": 9}, {"type": "enabled", "token_budget": 9}),
        ({"budget": 9}, {"type": "enabled", "token_budget": 9}),
        ({"budget": 0}, {"type": "disabled"}),
        ({"enabled": False}, {"type": "disabled"}),
        ({"enabled": True}, {"type": "enabled"}),
        ({"summary": "auto"}, None),
    ],
)
def test_thinking(wish: dict[str, Any], thinking: dict[str, Any] | None) -> None:
    found = fields(reasoning=ReasoningParams(**wish))

    assert found.body.get("thinking") == thinking
    assert (found.renamed or found.dropped) != {}


@pytest.mark.parametrize(
    ("choice", "sent", "offered"),
    [
        (None, None, 2),
        ("auto", None, 2),
        ("none", "NONE", 2),
        ("required", "REQUIRED", 2),
        ({"name": "g"}, "REQUIRED", 1),
        ("NONE", "NONE", 2),
    ],
)
def test_tool_choice(choice: Any, sent: str | None, offered: int) -> None:
    found = fields(tools=TOOLS, tool_choice=choice)

    assert found.body.get("tool_choice") == sent
    assert len(found.body["tools"]) == offered


def test_tools_strictness_and_json() -> None:
    found = fields(tools=({"name": "f", "strict": True, "description": "F"},), output={"method": "json_mode"})

    function = {"name": "f", "parameters": {"type": "object", "properties": {}}, "description": "F"}
    assert found.body == {"tools": [{"type": "function", "function": function}], "strict_tools": True}
    assert set(found.dropped) == {"output"}


def test_output() -> None:
    schema = {"type": "object"}

    assert fields(output={"method": "json_schema", "schema": schema}).body == {
        "response_format": {"type": "json_object", "json_schema": schema}
    }
    assert fields(output={"method": "json_mode"}).body == {"response_format": {"type": "json_object"}}
