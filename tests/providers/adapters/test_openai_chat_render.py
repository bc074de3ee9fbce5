"""A request as a Chat Completions body, and the report of what became of each parameter."""

from typing import Any

import pytest

from providers.adapters.openai_chat.render import render
from providers.contract.errors import ProviderError
from providers.contract.messages import ChatRequest, ContentBlock, Message, Params, ReasoningParams, RequestReport
from providers.contract.spec import ProviderSpec, Quirks

HI = (Message.of_text("user", "hi"),)


def body_and_report(quirks: Quirks | None = None, **fields: Any) -> tuple[dict[str, Any], RequestReport]:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host/v1", quirks=quirks or Quirks())
    rendered = render(ChatRequest(**{"model_id": "m", "messages": HI, **fields}), spec)
    return rendered.body, rendered.report


def parameters(body: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value for name, value in body.items() if name not in {"model", "messages", "stream", "stream_options"}
    }


def test_what_is_not_set_is_not_sent() -> None:
    body, report = body_and_report()

    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert report.sent == {"model": "m", "stream": True, "stream_options": {"include_usage": True}}
    assert (report.renamed, report.clamped, report.dropped) == ({}, {}, {})


def test_zero_is_a_value() -> None:
    body, _ = body_and_report(params=Params(temperature=0, top_p=0, seed=0, logprobs=False, top_logprobs=0))

    assert parameters(body) == {"temperature": 0, "top_p": 0, "seed": 0, "logprobs": False, "top_logprobs": 0}


def test_every_parameter_under_its_name() -> None:
    params = Params(
        temperature=0.5, top_p=0.9, max_tokens=7, stop=("a", "b"), seed=1, logprobs=True, top_logprobs=2,
        service_tier="flex", timeout=3, max_retries=1,
    )  # fmt: skip

    body, report = body_and_report(params=params)

    assert parameters(body) == {
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 7,
        "stop": ["a", "b"],
        "seed": 1,
        "logprobs": True,
        "top_logprobs": 2,
        "service_tier": "flex",
    }
    assert report.sent == {name: value for name, value in body.items() if name != "messages"}


def test_renamed() -> None:
    quirks = Quirks(max_tokens_field="max_completion_tokens", seed_field="random_seed")

    body, report = body_and_report(quirks, params=Params(max_tokens=7, seed=1))

    assert parameters(body) == {"max_completion_tokens": 7, "random_seed": 1}
    assert report.renamed == {"max_tokens": "max_completion_tokens", "seed": "random_seed"}


def test_refused_by_the_server() -> None:
    body, report = body_and_report(Quirks(rejects=("seed", "logprobs")), params=Params(seed=1, top_p=1))

    assert parameters(body) == {"top_p": 1}
    assert report.dropped == {"seed": "this provider refuses it"}


def test_clamped() -> None:
    body, report = body_and_report(
        Quirks(temperature_max=1, efforts=("low", "high")),
        params=Params(temperature=1.7),
        reasoning=ReasoningParams(effort="xhigh"),
    )

    assert parameters(body) == {"temperature": 1, "reasoning_effort": "high"}
    assert report.clamped == {
        "temperature": {"from": 1.7, "to": 1},
        "reasoning_effort": {"from": "xhigh", "to": "high"},
    }


@pytest.mark.parametrize(("wanted", "sent"), [("none", "low"), ("medium", "low"), ("max", "max"), ("xhigh", "high")])
def test_the_nearest_effort_is_never_dearer_than_needed(wanted: Any, sent: str) -> None:
    body, _ = body_and_report(Quirks(efforts=("low", "high", "max")), reasoning=ReasoningParams(effort=wanted))

    assert body["reasoning_effort"] == sent


@pytest.mark.parametrize(
    ("field", "reasoning", "sent", "dropped"),
    [
        ("reasoning_effort", {"effort": "low"}, {"reasoning_effort": "low"}, []),
        ("reasoning_effort", {"budget": 9, "summary": "auto"}, {}, ["reasoning_budget", "reasoning_summary"]),
        ("reasoning.effort", {"effort": "low"}, {"reasoning": {"effort": "low"}}, []),
        ("reasoning.effort", {"budget": 0}, {"reasoning": {"max_tokens": 0}}, []),
        ("reasoning.effort", {"effort": "low", "budget": 9}, {"reasoning": {"effort": "low"}}, ["reasoning_budget"]),
        (
            "reasoning.effort",
            {"effort": "low", "summary": "detailed"},
            {"reasoning": {"effort": "low", "summary": "detailed"}},
            [],
        ),
        ("", {"effort": "low"}, {}, ["reasoning_effort"]),
    ],
)
def test_reasoning(field: Any, reasoning: dict[str, Any], sent: dict[str, Any], dropped: list[str]) -> None:
    body, report = body_and_report(Quirks(effort_field=field), reasoning=ReasoningParams(**reasoning))

    assert parameters(body) == sent
    assert sorted(report.dropped) == dropped


def test_stream_options_only_where_they_belong() -> None:
    assert "stream_options" not in body_and_report(stream=False)[0]
    assert "stream_options" not in body_and_report(Quirks(stream_options=False))[0]


def test_extra_replaces_and_is_reported() -> None:
    body, report = body_and_report(params=Params(temperature=1), extra={"temperature": None, "top_k": 5})

    assert parameters(body) == {"temperature": None, "top_k": 5}
    assert report.sent["top_k"] == 5


def test_a_conversation() -> None:
    messages = (
        Message.of_text("system", "Be kind."),
        Message.of_text("user", "2+2?"),
        Message(
            role="assistant",
            content=(
                ContentBlock(kind="reasoning", text="hm"),
                ContentBlock(kind="text", text="Let me "),
                ContentBlock(kind="citation", data={"url": "https://a/"}),
                ContentBlock(kind="text", text="see."),
                ContentBlock(kind="tool_call", id="c1", name="add", text='{"a":2}'),
                ContentBlock(kind="tool_call", name="now"),
            ),
        ),
        Message(role="tool", content=(ContentBlock(kind="tool_result", id="c1", text="4"),)),
        Message(role="assistant", content=(ContentBlock(kind="refusal", text="No."),)),
        Message(role="user", content=()),
    )

    body, _ = body_and_report(messages=messages)

    assert body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "2+2?"},
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [
                {"id": "c1", "type": "function", "function": {"name": "add", "arguments": '{"a":2}'}},
                {"id": "call_5", "type": "function", "function": {"name": "now", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "4"},
        {"role": "assistant", "content": "No."},
        {"role": "user", "content": ""},
    ]


def test_media() -> None:
    blocks = (
        ContentBlock(kind="text", text="What is this?"),
        ContentBlock(kind="image", data={"url": "https://a/b.png", "detail": "low"}),
        ContentBlock(kind="image", data={"media_type": "image/png", "data": "AAAA"}),
        ContentBlock(kind="audio", data={"media_type": "audio/mp3", "data": "BBBB"}),
        ContentBlock(kind="file", name="a.pdf", data={"media_type": "application/pdf", "data": "CCCC"}),
    )

    body, _ = body_and_report(messages=(Message(role="user", content=blocks),))

    assert body["messages"][0]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "https://a/b.png", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "input_audio", "input_audio": {"data": "BBBB", "format": "mp3"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,CCCC"}},
    ]


@pytest.mark.parametrize("kind", ["video", "audio", "file", "tool_call"])
def test_what_has_no_form_is_said_not_dropped(kind: Any) -> None:
    blocks = (ContentBlock(kind="text", text="x"), ContentBlock(kind=kind))

    with pytest.raises(ProviderError) as caught:
        body_and_report(messages=(Message(role="user", content=blocks),))

    assert caught.value.code == "unsupported"
    assert kind in caught.value.message


def test_tools_and_structured_output() -> None:
    flat = {"name": "add", "parameters": {"type": "object"}}
    wired = {"type": "function", "function": flat}

    body, report = body_and_report(
        tools=(flat, wired), tool_choice={"name": "add"}, output={"schema": {"title": "Person"}, "strict": True}
    )

    assert body["tools"] == [wired, wired]
    assert body["tool_choice"] == {"type": "function", "function": {"name": "add"}}
    assert body["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "Person", "schema": {"title": "Person"}, "strict": True},
    }
    assert report.renamed == {"output": "response_format"}
    assert body_and_report(output={"method": "json_mode", "schema": {}})[0]["response_format"] == {
        "type": "json_object"
    }
    assert "tool_choice" not in body_and_report(tool_choice="auto")[0]
    assert body_and_report(tools=(flat,), tool_choice="required")[0]["tool_choice"] == "required"


def test_headers_of_the_catalog_are_sent() -> None:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host/v1", headers={"x-title": "T"})

    rendered = render(ChatRequest(model_id="m", messages=HI), spec)

    assert rendered.headers == {"content-type": "application/json", "accept": "text/event-stream", "x-title": "T"}
