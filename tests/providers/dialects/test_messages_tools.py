"""Tools, the choice among them and structured output."""

from typing import Any

import pytest

from providers.contract.messages import ChatRequest, Message
from providers.dialects.fields import Fields
from providers.dialects.messages.tools import put_tools

HI = (Message.of_text("user", "hi"),)
ADD = {"name": "add", "description": "Adds.", "parameters": {"type": "object", "properties": {"a": {}}}}
SENT = {"name": "add", "description": "Adds.", "input_schema": {"type": "object", "properties": {"a": {}}}}
PERSON = {"title": "Person", "type": "object", "properties": {"age": {"type": "integer", "minimum": 0}}}
CLOSED = {
    "title": "Person",
    "type": "object",
    "properties": {"age": {"type": "integer", "description": "minimum: 0"}},
    "additionalProperties": False,
}


def put(*, may_force: bool = True, **asked: Any) -> Fields:
    fields = Fields({})
    put_tools(fields, ChatRequest(**{"model_id": "m", "messages": HI, **asked}), may_force=may_force)
    return fields


@pytest.mark.parametrize(
    "written",
    [
        ADD,
        {"type": "function", "function": ADD},
        {"name": "add", "description": "Adds.", "inputSchema": ADD["parameters"]},
        SENT,
    ],
)
def test_a_function_however_it_is_written(written: dict[str, Any]) -> None:
    assert put(tools=(written,)).body == {"tools": [SENT]}


def test_tools_of_the_provider_go_as_they_are() -> None:
    search = {"type": "web_search_20260209", "name": "web_search", "max_uses": 3}
    own = {**SENT, "defer_loading": True, "input_examples": [{"a": 1}]}

    assert put(tools=(search, own)).body == {"tools": [search, own]}


def test_a_strict_function_and_a_breakpoint() -> None:
    tool = {"name": "p", "parameters": PERSON, "strict": True, "cache_control": {"type": "ephemeral"}}

    [sent] = put(tools=(tool,)).body["tools"]

    assert sent == {"name": "p", "input_schema": CLOSED, "strict": True, "cache_control": {"type": "ephemeral"}}


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", {"type": "auto"}),
        ("none", {"type": "none"}),
        ("required", {"type": "any"}),
        ({"name": "add"}, {"type": "tool", "name": "add"}),
        ({"type": "function", "function": {"name": "add"}}, {"type": "tool", "name": "add"}),
        ({"type": "any", "disable_parallel_tool_use": True}, {"type": "any", "disable_parallel_tool_use": True}),
        ({"type": "of_tomorrow"}, {"type": "of_tomorrow"}),
    ],
)
def test_choice(choice: Any, sent: dict[str, Any]) -> None:
    fields = put(tools=(ADD,), tool_choice=choice)

    assert fields.body["tool_choice"] == sent
    assert not fields.clamped


@pytest.mark.parametrize(
    ("choice", "parallel", "sent"),
    [
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        ("required", False, {"type": "any", "disable_parallel_tool_use": True}),
        ("required", True, {"type": "any", "disable_parallel_tool_use": False}),
        ("none", False, {"type": "none"}),
    ],
)
def test_parallel_calls(choice: Any, parallel: bool, sent: dict[str, Any]) -> None:
    assert put(tools=(ADD,), tool_choice=choice, parallel_tool_calls=parallel).body["tool_choice"] == sent


def test_parallel_calls_are_reported_under_their_name() -> None:
    renamed = put(tools=(ADD,), parallel_tool_calls=False).renamed

    assert renamed == {"parallel_tool_calls": "tool_choice.disable_parallel_tool_use"}


def test_no_tools_no_choice() -> None:
    fields = put(tool_choice="required", parallel_tool_calls=False)

    assert fields.body == {}
    assert fields.dropped == {"tool_choice": "there are no tools to choose from"}


def test_who_cannot_be_forced_is_asked() -> None:
    fields = put(may_force=False, tools=(ADD,), tool_choice={"name": "add"})

    assert fields.body["tool_choice"] == {"type": "auto"}
    assert fields.clamped == {"tool_choice": {"from": {"type": "tool", "name": "add"}, "to": {"type": "auto"}}}


def test_output_by_schema() -> None:
    fields = put(output={"method": "json_schema", "schema": PERSON})

    assert fields.body == {"output_config": {"format": {"type": "json_schema", "schema": CLOSED}}}
    assert fields.renamed == {"output": "output_config.format"}
    assert not fields.dropped


def test_output_by_function() -> None:
    fields = put(output={"method": "function_calling", "schema": PERSON, "strict": True})

    assert fields.body["tools"][0]["name"] == "Person"
    assert fields.body["tools"][0]["input_schema"] == CLOSED
    assert fields.body["tool_choice"] == {"type": "tool", "name": "Person"}


def test_output_in_ways_messages_does_not_know() -> None:
    assert put(output={"method": "json_mode"}).dropped == {"output": "Messages knows no JSON mode without a schema"}
    assert put(output={"method": "json_mode", "schema": PERSON}).clamped == {
        "output_method": {"from": "json_mode", "to": "json_schema"}
    }
    assert put(output={"schema": PERSON, "strict": False}).dropped == {
        "output_strict": "a schema is always enforced here"
    }
