"""Arguments on their way back: an object, a text, or free input; what a model wrote wrongly is kept and stays JSON."""

import json
from typing import Any

import pytest

from providers.adapters import get_adapter, protocols
from providers.contract.messages import ChatRequest, ContentBlock, Message
from providers.contract.spec import ProviderSpec
from providers.dialects.arguments import arguments_object, arguments_text, free_input

DEEP = '{"a":' * 100_000


def call(text: str = "", **data: Any) -> ContentBlock:
    return ContentBlock(kind="tool_call", id="c", name="f", text=text, data=data or None)


@pytest.mark.parametrize(
    ("block", "value"),
    [
        (call('{"a": 1}'), {"a": 1}),
        (call(arguments={"a": 1}), {"a": 1}),
        (call(), {}),
        (call(arguments=[1]), {}),
        (call("[1]"), {"arguments": [1]}),
        (call("[1"), {"arguments": "[1"}),
        (call('{"a": NaN}'), {"a": None}),
        (call(DEEP), {"arguments": DEEP}),
    ],
)
def test_as_an_object(block: ContentBlock, value: Any) -> None:
    assert arguments_object(block) == value


@pytest.mark.parametrize(
    ("block", "text"),
    [(call('{"a": 1}'), '{"a": 1}'), (call(arguments={"a": "ü"}), '{"a": "ü"}'), (call(), "{}"), (call("[1"), "[1")],
)
def test_as_a_text(block: ContentBlock, text: str) -> None:
    assert arguments_text(block) == text


@pytest.mark.parametrize(
    ("text", "given"),
    [('{"input": "x"}', "x"), ("x", "x"), ('{"input": 1}', ""), ("[1]", ""), (DEEP, DEEP)],
)
def test_free_input(text: str, given: str) -> None:
    assert free_input(call(text, custom=True)) == given


@pytest.mark.parametrize("protocol", protocols())
@pytest.mark.parametrize("custom", [False, True])
def test_no_arguments_break_a_follow_up(protocol: str, custom: bool) -> None:
    spec = ProviderSpec(slug="any", name="Any", base_url="https://host.example/v1")
    block = call(DEEP, custom=True) if custom else call(DEEP)
    talk = (
        Message.of_text("user", "hi"),
        Message(role="assistant", content=(block,)),
        Message(role="tool", content=(ContentBlock(kind="tool_result", id="c", name="f", text=DEEP),)),
    )

    rendered = get_adapter(protocol).render(ChatRequest(model_id="m", messages=talk), spec)

    assert DEEP[:50] in json.dumps(rendered.body).replace('\\"', '"')
