"""A request as a Responses body: the shapes are pinned, field by field."""

from typing import Any

import pytest

from providers.adapters.openai_responses.render import render
from providers.contract.messages import ChatRequest, Message, Params, ReasoningParams, RequestReport
from providers.contract.quirks import ResponsesQuirks
from providers.contract.spec import ProviderSpec
from tests.providers.adapters.openai_requests import PARAMETERS, SCHEMA, TOOLS, rich

HI = (Message.of_text("user", "hi"),)
FIXED = {"model", "input", "stream", "store"}


def body_and_report(quirks: ResponsesQuirks | None = None, **fields: Any) -> tuple[dict[str, Any], RequestReport]:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host/v1", responses=quirks or ResponsesQuirks())
    rendered = render(ChatRequest(**{"model_id": "m", "messages": HI, **fields}), spec)
    return rendered.body, rendered.report


def parameters(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in FIXED}


def test_the_least() -> None:
    body, report = body_and_report()

    assert body == {"model": "m", "input": [{"role": "user", "content": "hi"}], "stream": True, "store": False}
    assert report.sent == {"model": "m", "stream": True, "store": False}


def test_everything() -> None:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host/v1")

    rendered = render(rich(), spec)

    assert (rendered.method, rendered.path, rendered.framing, rendered.streamed) == ("POST", "/responses", "sse", True)
    assert rendered.headers == {"content-type": "application/json", "accept": "text/event-stream"}
    assert rendered.body == {
        "model": "gpt-6-luna",
        "instructions": "Be kind.",
        "input": [
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "What is this?"},
                    {"type": "input_image", "image_url": "https://a.example/b.png", "detail": "low"},
                    {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": "auto"},
                    {"type": "input_audio", "input_audio": {"data": "BBBB", "format": "mp3"}},
                    {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,CCCC"},
                ],
            }
        ],
        "stream": True,
        "store": False,
        "max_output_tokens": 99,
        "service_tier": "flex",
        "parallel_tool_calls": False,
        "reasoning": {"effort": "low"},
        "tools": [
            {
                "type": "function",
                "name": "weather",
                "description": "Tells the weather.",
                "parameters": PARAMETERS,
                "strict": True,
            },
            {"type": "function", "name": "mcp_like", "parameters": PARAMETERS, "strict": False},
            TOOLS[2],
        ],
        "tool_choice": {"type": "function", "name": "weather"},
        "text": {"format": {"type": "json_schema", "name": "Person", "schema": SCHEMA, "strict": True}},
        "include": ["reasoning.encrypted_content"],
    }
    assert rendered.report.sent.keys() == rendered.body.keys() - {"input", "instructions"}
    assert rendered.report.renamed == {
        "max_tokens": "max_output_tokens", "reasoning_effort": "reasoning.effort", "output": "text.format",
    }  # fmt: skip


def test_what_responses_does_not_know_is_said() -> None:
    body, report = body_and_report(
        params=Params(stop=("x",), seed=1, temperature=0),
        reasoning=ReasoningParams(effort="none", budget=9, exclude=True),
        modalities=("text", "image"),
    )

    assert parameters(body) == {"temperature": 0, "reasoning": {"effort": "none"}}
    assert set(report.dropped) == {"stop", "seed", "reasoning_budget", "reasoning_exclude", "modalities"}


def test_sampling_is_dropped_only_while_the_model_reasons() -> None:
    quirks = ResponsesQuirks(
        reasons_by_default="^o3", rejects_while_reasoning=("temperature",), encrypted_reasoning=False
    )
    warm = {"params": Params(temperature=1)}

    assert body_and_report(quirks, **warm)[0]["temperature"] == 1
    assert "temperature" not in body_and_report(quirks, model_id="o3-mini", **warm)[0]
    none = ReasoningParams(effort="none")
    assert body_and_report(quirks, model_id="o3-mini", reasoning=none, **warm)[0]["temperature"] == 1
    report = body_and_report(quirks, reasoning=ReasoningParams(effort="low"), **warm)[1]
    assert report.dropped == {"temperature": "this model does not take it while it reasons"}


def test_reasoning() -> None:
    body, report = body_and_report(
        ResponsesQuirks(efforts=("low", "high")), reasoning=ReasoningParams(effort="max", summary="detailed")
    )

    assert body["reasoning"] == {"effort": "high", "summary": "detailed"}
    assert report.clamped == {"reasoning_effort": {"from": "max", "to": "high"}}
    off = body_and_report(reasoning=ReasoningParams(enabled=False))[0]
    assert off["reasoning"] == {"effort": "none"}
    assert "include" not in off
    on, said = body_and_report(reasoning=ReasoningParams(enabled=True))
    assert "reasoning" not in on
    assert set(said.dropped) == {"reasoning_enabled"}
    plain = body_and_report(ResponsesQuirks(summaries=False), reasoning=ReasoningParams(summary="auto"))
    assert "reasoning" not in plain[0]
    assert "reasoning_summary" in plain[1].dropped


def test_probabilities_are_asked_for_twice() -> None:
    body, report = body_and_report(params=Params(logprobs=True, top_logprobs=3))

    assert parameters(body) == {"top_logprobs": 3, "include": ["message.output_text.logprobs"]}
    assert "logprobs" in report.renamed
    assert parameters(body_and_report(params=Params(logprobs=False))[0]) == {}


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("any", "required"),
        ("auto", "auto"),
        ({"type": "function", "function": {"name": "weather"}}, {"type": "function", "name": "weather"}),
        ({"name": "sql"}, {"type": "custom", "name": "sql"}),
        ({"type": "web_search"}, {"type": "web_search"}),
        (None, None),
    ],
)
def test_tool_choice(choice: Any, sent: Any) -> None:
    body, _ = body_and_report(tools=TOOLS, tool_choice=choice)

    assert body.get("tool_choice") == sent
    assert "tool_choice" not in body_and_report(tool_choice=choice)[0]


def test_tools_of_the_provider_are_passed_on() -> None:
    tools = ({"type": "web_search", "search_context_size": "low"}, {"type": "code_interpreter", "container": "c"})

    assert body_and_report(tools=tools)[0]["tools"] == list(tools)


def test_structured_output_by_each_method() -> None:
    assert body_and_report(output={"method": "json_mode"})[0]["text"] == {"format": {"type": "json_object"}}
    body, _ = body_and_report(output={"method": "function_calling", "schema": SCHEMA, "strict": True})
    assert body["tool_choice"] == {"type": "function", "name": "Person"}
    assert [(tool["name"], tool["strict"], tool["parameters"]) for tool in body["tools"]] == [("Person", True, SCHEMA)]
    assert "text" not in body


def test_stored_answers_and_other_doors() -> None:
    body, _ = body_and_report(ResponsesQuirks(store=None))
    assert "store" not in body
    spec = ProviderSpec(
        slug="a", name="A", base_url="https://h/v1", responses=ResponsesQuirks(path="/x"), headers={"x-title": "T"}
    )
    rendered = render(ChatRequest(model_id="m", messages=HI, stream=False), spec)
    assert (rendered.path, rendered.streamed, rendered.headers["x-title"]) == ("/x", False, "T")
    assert rendered.headers["accept"] == "application/json"
