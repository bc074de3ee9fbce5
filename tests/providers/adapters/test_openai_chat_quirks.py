"""Servers of Chat Completions differ: each difference is one field, and each field does one thing."""

from typing import Any

import pytest

from providers.adapters.openai_chat.render import render
from providers.catalog import load_catalog
from providers.contract.messages import ChatRequest, Message, Params, ReasoningParams, RequestReport
from providers.contract.spec import ProviderSpec, Quirks
from tests.providers.adapters.openai_requests import PARAMETERS, SCHEMA, TOOLS, block

HI = (Message.of_text("user", "hi"),)
FLAT = {"name": "weather", "parameters": PARAMETERS}


def body_and_report(quirks: Quirks | None = None, **fields: Any) -> tuple[dict[str, Any], RequestReport]:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host/v1", quirks=quirks or Quirks())
    rendered = render(ChatRequest(**{"model_id": "m", "messages": HI, **fields}), spec)
    return rendered.body, rendered.report


@pytest.mark.parametrize(
    ("quirks", "wish", "sent", "dropped"),
    [
        ({"thinking_field": "thinking.type"}, {"enabled": False}, {"thinking": {"type": "disabled"}}, []),
        ({"thinking_field": "thinking.type"}, {"enabled": True}, {"thinking": {"type": "enabled"}}, []),
        (
            {"thinking_field": "thinking.type", "efforts": ("low",)},
            {"effort": "none"},
            {"thinking": {"type": "disabled"}},
            [],
        ),
        ({"thinking_field": "enable_thinking", "effort_field": ""}, {"effort": "low"}, {"enable_thinking": True}, []),
        ({"thinking_field": "enable_thinking", "effort_field": ""}, {"effort": "none"}, {"enable_thinking": False}, []),
        (
            {"thinking_field": "chat_template_kwargs.enable_thinking"},
            {"enabled": False},
            {"chat_template_kwargs": {"enable_thinking": False}},
            [],
        ),
        ({"efforts": ("none", "low")}, {"enabled": False}, {"reasoning_effort": "none"}, []),
        ({}, {"enabled": True}, {}, ["reasoning_enabled"]),
        ({"budget_field": "thinking_budget"}, {"budget": 9}, {"thinking_budget": 9}, []),
        ({"include_field": "include_reasoning"}, {"exclude": True}, {"include_reasoning": False}, []),
        ({}, {"exclude": True}, {}, ["reasoning_exclude"]),
        (
            {"effort_field": "reasoning.effort"},
            {"enabled": True, "exclude": True, "budget": 5},
            {"reasoning": {"enabled": True, "max_tokens": 5, "exclude": True}},
            [],
        ),
    ],
)
def test_reasoning(quirks: dict[str, Any], wish: dict[str, Any], sent: dict[str, Any], dropped: list[str]) -> None:
    body, report = body_and_report(Quirks(**quirks), reasoning=ReasoningParams(**wish))

    assert {name: body[name] for name in body if name not in {"model", "messages", "stream", "stream_options"}} == sent
    assert sorted(report.dropped) == dropped


def test_what_a_model_does_not_take_while_it_reasons() -> None:
    quirks = Quirks(reasons_by_default="^o3", rejects_while_reasoning=("temperature", "stop"))
    params = Params(temperature=1, stop=("a",), top_p=1)

    body, report = body_and_report(quirks, model_id="o3", params=params)

    assert "top_p" in body
    assert set(report.dropped) == {"temperature", "stop"}
    assert not body_and_report(quirks, model_id="gpt-4.1", params=params)[1].dropped
    assert not body_and_report(quirks, model_id="o3", params=params, reasoning=ReasoningParams(effort="none"))[
        1
    ].dropped


@pytest.mark.parametrize(
    ("model", "reasons"),
    [
        *(
            (name, True)
            for name in ("o3", "o4-mini", "gpt-5", "gpt-5-mini", "gpt-5-2025-08-07", "gpt-5.5", "gpt-6-luna")
        ),
        *((name, True) for name in ("gpt-5.4-pro", "gpt-5.2-chat-latest", "gpt-5.6-sol", "gpt-6.1-terra")),
        *((name, False) for name in ("gpt-4.1", "gpt-4o", "gpt-5-chat-latest", "gpt-5.1", "gpt-5.4", "gpt-5.4-mini")),
    ],
)
def test_which_models_of_openai_reason_by_themselves(model: str, reasons: bool) -> None:
    request = ChatRequest(model_id=model, messages=HI, params=Params(temperature=1))

    report = render(request, load_catalog()["openai"]).report

    assert bool(report.dropped) is reasons


def test_limits() -> None:
    body, report = body_and_report(Quirks(max_tokens_max=4096), params=Params(max_tokens=9000))

    assert body["max_tokens"] == 4096
    assert report.clamped == {"max_tokens": {"from": 9000, "to": 4096}}


def test_probabilities_as_a_number() -> None:
    quirks = Quirks(logprobs_count=True)

    assert body_and_report(quirks, params=Params(logprobs=True, top_logprobs=3))[0]["logprobs"] == 3
    assert body_and_report(quirks, params=Params(logprobs=True))[0]["logprobs"] == 1
    assert "logprobs" not in body_and_report(quirks, params=Params(logprobs=False))[0]


def test_tools_in_any_form() -> None:
    marked = {"name": "b", "input_schema": PARAMETERS, "strict": True, "cache_control": {"type": "ephemeral"}}

    body, _ = body_and_report(
        Quirks(cache_field="cache_control"), tools=(FLAT, marked, TOOLS[2], {"type": "web_search"})
    )

    assert body["tools"] == [
        {"type": "function", "function": FLAT},
        {
            "type": "function",
            "function": {"name": "b", "parameters": PARAMETERS, "strict": True},
            "cache_control": {"type": "ephemeral"},
        },
        {"type": "custom", "custom": {name: TOOLS[2][name] for name in ("name", "description", "format")}},
        {"type": "web_search"},
    ]
    plain = body_and_report(Quirks(tool_strict=False), tools=(marked,))[0]["tools"]
    assert plain == [{"type": "function", "function": {"name": "b", "parameters": PARAMETERS}}]


@pytest.mark.parametrize(
    ("quirks", "choice", "sent"),
    [
        ({}, {"type": "tool", "name": "weather"}, {"type": "function", "function": {"name": "weather"}}),
        ({"required_word": "any"}, "required", "any"),
        ({"choice_object": True}, "auto", {"value": "auto"}),
        ({"tool_choices": ("auto",)}, "required", None),
        ({"tool_choices": ("auto",)}, "auto", "auto"),
        ({"forced_choice_while_reasoning": False, "reasons_by_default": "^m"}, {"name": "weather"}, None),
        (
            {"forced_choice_while_reasoning": False},
            {"name": "weather"},
            {"type": "function", "function": {"name": "weather"}},
        ),
    ],
)
def test_tool_choice(quirks: dict[str, Any], choice: Any, sent: Any) -> None:
    body, report = body_and_report(Quirks(**quirks), tools=(FLAT,), tool_choice=choice)

    assert body.get("tool_choice") == sent
    assert ("tool_choice" in report.dropped) is (sent is None)


def test_parallel_calls_and_modalities() -> None:
    body, _ = body_and_report(tools=(FLAT,), parallel_tool_calls=False, modalities=("text", "image"))

    assert (body["parallel_tool_calls"], body["modalities"]) == (False, ["text", "image"])
    assert "parallel_tool_calls" not in body_and_report(parallel_tool_calls=True)[0]


def test_an_answer_with_tools_asked_for_whole() -> None:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host/v1", quirks=Quirks(stream_with_tools=False))

    rendered = render(ChatRequest(model_id="m", messages=HI, tools=(FLAT,)), spec)

    assert (rendered.streamed, rendered.body["stream"], rendered.headers["accept"]) == (
        False,
        False,
        "application/json",
    )
    assert "stream_options" not in rendered.body
    assert rendered.report.clamped == {"stream": {"from": True, "to": False}}
    assert render(ChatRequest(model_id="m", messages=HI), spec).streamed


def test_structured_output_as_far_as_it_is_known() -> None:
    output = {"method": "json_schema", "schema": SCHEMA}

    body, report = body_and_report(Quirks(output_methods=("json_mode",)), output=output)
    assert body["response_format"] == {"type": "json_object"}
    assert report.clamped == {"output": {"from": "json_schema", "to": "json_mode"}}
    body, report = body_and_report(Quirks(output_methods=()), output=output)
    assert "response_format" not in body
    assert "output" in report.dropped
    body, _ = body_and_report(output={"method": "function_calling", "schema": SCHEMA, "strict": True})
    assert body["tool_choice"] == {"type": "function", "function": {"name": "Person"}}
    assert body["tools"][0]["function"]["strict"] is True
    assert "response_format" not in body


def test_a_cache_mark_that_has_no_form_is_said() -> None:
    marked = (Message(role="user", content=(block("text", "long", data={"cache_control": {"type": "ephemeral"}}),)),)

    assert "cache_control" in body_and_report(messages=marked)[1].dropped
    assert not body_and_report(Quirks(cache_field="cache_control"), messages=marked)[1].dropped


@pytest.mark.parametrize(
    ("slug", "model_id", "wish", "sent"),
    [
        ("moonshot", "kimi-k3", {"effort": "max"}, {"reasoning_effort": "max"}),
        ("moonshot", "kimi-k3.1-pro", {"effort": "none"}, {"reasoning_effort": "low"}),
        ("moonshot", "kimi-k2.5", {"effort": "none"}, {"thinking": {"type": "disabled"}}),
        ("moonshot", "kimi-k2.6", {"effort": "high"}, {"thinking": {"type": "enabled"}}),
        ("moonshot", "kimi-k2.7-code", {"effort": "none", "enabled": False}, {}),
        ("minimax", "MiniMax-M3", {"enabled": False}, {"thinking": {"type": "disabled"}}),
        ("minimax", "MiniMax-M3", {"effort": "low"}, {"thinking": {"type": "adaptive"}}),
        ("minimax", "MiniMax-M3.1-Flash", {"enabled": False}, {}),
        ("minimax", "MiniMax-M2.7", {"effort": "none"}, {}),
    ],
)
def test_models_of_one_provider_are_asked_to_reason_each_in_its_way(
    slug: str, model_id: str, wish: dict[str, Any], sent: dict[str, Any]
) -> None:
    spec = load_catalog()[slug]
    message = Message.of_text("user", "hi")
    params = Params(temperature=0.5)
    request = ChatRequest(
        model_id=model_id, messages=(message,), params=params, reasoning=ReasoningParams.model_validate(wish)
    )
    rendered = render(request, spec)
    asked = {name: rendered.body[name] for name in ("reasoning_effort", "thinking") if name in rendered.body}
    assert asked == sent
    assert ("temperature" in rendered.body) is (slug == "minimax")
    assert sent or rendered.report.dropped, "what could not be said is told"
