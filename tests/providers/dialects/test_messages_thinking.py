"""Effort, budget and visibility of thinking, as each generation of models takes them."""

from typing import Any

import pytest

from providers.contract.messages import ReasoningParams
from providers.dialects.fields import Fields
from providers.dialects.messages.claude import claude
from providers.dialects.messages.thinking import put_thinking

OLD, BOTH, NEW = "claude-sonnet-4-5", "claude-opus-4-6", "claude-opus-4-8"


def put(model: str, max_tokens: int | None = None, **wish: Any) -> Fields:
    fields = Fields({})
    told = put_thinking(fields, ReasoningParams(**wish), claude(model), max_tokens)
    assert told == (fields.body.get("thinking", {}).get("type") in {"adaptive", "enabled"})
    return fields


@pytest.mark.parametrize(
    ("model", "wish", "body"),
    [
        (OLD, {"budget": 5000}, {"thinking": {"type": "enabled", "budget_tokens": 5000}}),
        (OLD, {"effort": "high"}, {"thinking": {"type": "enabled", "budget_tokens": 16384}}),
        (OLD, {"enabled": True}, {"thinking": {"type": "enabled", "budget_tokens": 8192}}),
        (OLD, {"enabled": False}, {"thinking": {"type": "disabled"}}),
        (OLD, {"budget": 0}, {"thinking": {"type": "disabled"}}),
        (OLD, {"summary": "auto"}, {}),
        (BOTH, {"effort": "max"}, {"output_config": {"effort": "max"}, "thinking": {"type": "adaptive"}}),
        (BOTH, {"budget": 2000}, {"thinking": {"type": "enabled", "budget_tokens": 2000}}),
        (
            BOTH,
            {"budget": 2000, "effort": "low", "summary": "auto"},
            {
                "output_config": {"effort": "low"},
                "thinking": {"type": "enabled", "budget_tokens": 2000, "display": "summarized"},
            },
        ),
        (
            NEW,
            {"effort": "xhigh"},
            {"output_config": {"effort": "xhigh"}, "thinking": {"type": "adaptive", "display": "summarized"}},
        ),
        (NEW, {"enabled": True, "exclude": True}, {"thinking": {"type": "adaptive", "display": "omitted"}}),
        (NEW, {"effort": "none"}, {"thinking": {"type": "disabled"}}),
        ("claude-sonnet-5-5", {"enabled": False}, {"thinking": {"type": "between_tools"}}),
        (
            "claude-opus-4-5",
            {"effort": "medium"},
            {"output_config": {"effort": "medium"}, "thinking": {"type": "enabled", "budget_tokens": 8192}},
        ),
        ("claude-3-5-haiku-latest", {"effort": "none"}, {}),
        ("another-model", {"effort": "high"}, {"output_config": {"effort": "high"}}),
        ("another-model", {"budget": 3000}, {"thinking": {"type": "enabled", "budget_tokens": 3000}}),
    ],
)
def test_what_is_sent(model: str, wish: dict[str, Any], body: dict[str, Any]) -> None:
    fields = put(model, **wish)

    assert fields.body == body
    assert not fields.dropped
    assert not fields.clamped


def test_nothing_wished_nothing_sent() -> None:
    fields = Fields({})

    assert not put_thinking(fields, None, claude(NEW), None)
    assert fields.body == {}


def test_an_effort_as_a_budget_is_said() -> None:
    assert put(OLD, effort="low").renamed == {"reasoning_effort": "thinking.budget_tokens"}
    assert put(NEW, effort="low").renamed == {"reasoning_effort": "output_config.effort"}


@pytest.mark.parametrize(("wanted", "sent"), [("minimal", "low"), ("xhigh", "high"), ("max", "max")])
def test_the_nearest_effort(wanted: Any, sent: str) -> None:
    fields = put(BOTH, effort=wanted)

    assert fields.body["output_config"] == {"effort": sent}
    assert fields.clamped == ({"reasoning_effort": {"from": wanted, "to": sent}} if wanted != sent else {})


@pytest.mark.parametrize(
    ("budget", "max_tokens", "sent"), [(10, None, 1024), (5000, 5000, 4999), (5000, 9000, 5000), (5000, 1025, 1024)]
)
def test_a_budget_leaves_room_for_the_answer(budget: int, max_tokens: int | None, sent: int) -> None:
    fields = put(OLD, max_tokens, budget=budget)

    assert fields.body["thinking"]["budget_tokens"] == sent
    assert fields.clamped == ({"reasoning_budget": {"from": budget, "to": sent}} if budget != sent else {})


def test_no_room_for_thinking() -> None:
    fields = put(OLD, 1024, budget=5000)

    assert fields.body == {}
    assert fields.dropped == {"reasoning_budget": "thinking needs max_tokens over 1024"}


def test_a_budget_where_there_are_efforts_only() -> None:
    fields = put(NEW, budget=5000)

    assert fields.body["thinking"]["type"] == "adaptive"
    assert fields.dropped == {"reasoning_budget": "this model takes an effort, no token budget"}


@pytest.mark.parametrize(
    ("model", "wish", "dropped"),
    [
        ("claude-3-5-haiku-latest", {"effort": "high"}, {"reasoning_effort": "this model does not think"}),
        ("claude-opus-5-5", {"enabled": False}, {"reasoning_enabled": "this model always thinks"}),
        ("claude-fable-5", {"effort": "none"}, {"reasoning_effort": "this model always thinks"}),
    ],
)
def test_what_cannot_be_had_is_said(model: str, wish: dict[str, Any], dropped: dict[str, str]) -> None:
    fields = put(model, **wish)

    assert fields.body == {}
    assert fields.dropped == dropped


def test_a_display_alone_asks_nothing_of_older_models() -> None:
    assert put(OLD, exclude=True).body == {}
