"""Inputs: unknown keys and impossible combinations are refused, empty is not sent, zero is."""

from typing import Any

import pytest
from pydantic import ValidationError

from compare_site.comparisons.requests import AddTurn, ColumnInput, StartComparison, effective_request
from providers.contract.messages import Message


def start(**fields: Any) -> StartComparison:
    return StartComparison.model_validate({"prompt": "hi", "models": ["demo/fast"], **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"promt": "hi"},
        {"prompt": None},
        {"prompt": "  \n"},
        {"messages": [{"role": "user", "content": "x"}]},
        {"models": []},
        {"models": ["demo/fast"] * 33},
        {"models": [{"model": "demo/fast", "base_url": "http://evil"}]},
        {"models": [{"model": "demo/fast", "samples": 0}]},
        {"params": {"temperature": "warm"}},
        {"params": {"api_key": "sk-x"}},
        {"params": {"max_retries": 6}},
        {"tags": ["x"] * 17},
        {"metadata": {str(n): "x" for n in range(17)}},
        {"attachments": [{"id": "1"}]},
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        start(**fields)


@pytest.mark.parametrize(
    ("named", "nameless"),
    [
        ({"name": "f"}, {}),
        ({"name": "f", "parameters": {}}, {"parameters": {}}),
        ({"type": "function", "name": "f", "parameters": {}}, {"type": "function", "parameters": {}}),
        ({"type": "function", "function": {"name": "f"}}, {"type": "function", "function": {"parameters": {}}}),
        ({"name": "f", "input_schema": {}}, {"description": "x", "input_schema": {}}),
        ({"toolSpec": {"name": "f", "inputSchema": {"json": {}}}}, {"toolSpec": {"inputSchema": {"json": {}}}}),
        ({"type": "web_search"}, {"function": "f"}),
        ({"type": "object", "title": "F", "properties": {}}, {"name": "", "parameters": {}}),
        ({"functionDeclarations": [{"name": "f"}]}, {"type": "function", "function": {"name": ""}}),
    ],
)
def test_a_function_needs_a_name_however_it_is_written(named: dict[str, Any], nameless: dict[str, Any]) -> None:
    assert start(tools=[named]).tools == [named]
    for fields in ({"tools": [nameless]}, {"models": [{"model": "demo/fast", "tools": [nameless]}]}):
        with pytest.raises(ValidationError, match="a function needs a name"):
            start(**fields)


def test_errors_do_not_echo_the_input() -> None:
    with pytest.raises(ValidationError) as caught:
        start(params={"temperature": "sk-secret"})
    assert "sk-secret" not in str(caught.value)


def test_a_chosen_run_and_chosen_history_belong_together() -> None:
    with pytest.raises(ValidationError):
        AddTurn.model_validate({"prompt": "x", "history": "chosen"})
    with pytest.raises(ValidationError):
        AddTurn.model_validate({"prompt": "x", "chosen": "r"})


def test_prompt_and_messages_become_blocks() -> None:
    asked = StartComparison.model_validate(
        {"models": ["a/b"], "messages": [{"role": "user", "content": [{"kind": "text", "text": "hello"}]}]}
    )
    assert asked.as_messages() == [{"role": "user", "content": [{"kind": "text", "text": "hello"}]}]
    assert start().as_messages() == [{"role": "user", "content": [{"kind": "text", "text": "hi"}]}]


def test_a_column_overrides_single_parameters_and_zero_is_kept() -> None:
    asked = start(
        params={"temperature": 0.7, "max_tokens": 5},
        reasoning={"effort": "low"},
        models=[{"model": "demo/fast", "params": {"temperature": 0}, "extra": {"x": 1}, "stream": False}],
    )
    column = asked.models[0]
    request = effective_request("fast", [Message.of_text("user", "hi")], asked.as_settings(), column.as_overrides())
    assert request.params.temperature == 0
    assert request.params.max_tokens == 5
    assert request.params.top_p is None
    assert request.reasoning is not None
    assert request.reasoning.effort == "low"
    assert request.extra == {"x": 1}
    assert request.stream is False


def test_routing_session_and_trace_of_a_column_go_over_the_common_ones() -> None:
    asked = start(
        session_id="s-1",
        trace={"trace_id": "{comparison}", "team": "blue"},
        routing={"provider": {"zdr": True}, "models": ["a/b"]},
        models=[{"model": "openrouter/x", "session_id": "s-2", "routing": {"provider": {"sort": "price"}}}],
    )
    column = asked.models[0]
    request = effective_request(
        "x", [Message.of_text("user", "hi")], asked.as_settings(), column.as_overrides(), {"comparison": "c1"}
    )

    assert request.session_id == "s-2"
    assert request.trace is not None
    assert request.trace.model_dump(exclude_none=True) == {"trace_id": "{comparison}", "team": "blue"}
    assert request.ids == {"comparison": "c1"}
    assert request.routing is not None
    assert request.routing.model_dump(exclude_none=True) == {"provider": {"sort": "price"}, "models": ("a/b",)}
    with pytest.raises(ValidationError):
        start(session_id="x" * 257)
    with pytest.raises(ValidationError):
        start(routing={"provider": {"odrer": []}})


def test_only_what_was_said_is_kept() -> None:
    assert start().as_settings() == {}
    assert start(params={}).as_settings() == {}
    assert start().models[0].as_overrides() == {}


def test_a_column_keeps_only_what_is_its_own() -> None:
    plain, chosen = start(
        models=["demo/fast", {"model": "demo/fast", "protocol": "chat", "stream": False, "params": {"seed": None}}]
    ).models
    assert plain.as_overrides() == {}
    assert chosen.as_overrides() == {"protocol": "chat", "stream": False}


def test_a_column_does_without_what_it_switches_off() -> None:
    common = {
        "tools": [{"name": "f"}],
        "tool_choice": "required",
        "output": {"schema": {"type": "object"}, "method": "auto"},
        "reasoning": {"effort": "high"},
        "params": {"seed": 1},
    }
    column = ColumnInput.model_validate(
        {"model": "a/b", "off": ["tools", "output", "reasoning"], "params": {"top_p": 1}}
    )
    request = effective_request("b", [], common, column.as_overrides())
    assert (request.tools, request.tool_choice, request.output, request.reasoning) == ((), None, None, None)
    assert (request.params.seed, request.params.top_p) == (1, 1)
    again = ColumnInput.model_validate({"model": "a/b", "off": ["tools"], "tools": [{"name": "g"}]})
    request = effective_request("b", [], common, again.as_overrides())
    assert (request.tools, request.tool_choice) == (({"name": "g"},), None)
    with pytest.raises(ValidationError):
        ColumnInput.model_validate({"model": "a/b", "off": ["params"]})
