"""What a turn would cost, before it is sent."""

from decimal import Decimal
from typing import Any

import pytest

from compare_site.comparisons import forecast
from compare_site.comparisons.models import Run
from compare_site.comparisons.requests import AddTurn, StartComparison
from tests.comparisons.driving import QUICK, drive, priced, started

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("valkey")]
TEN = "a" * 40
"""Ten tokens, and four for the message around them."""


def _of(*models: Any, **fields: Any) -> dict[str, Any]:
    return forecast.of_start(0, StartComparison.model_validate({"prompt": TEN, "models": list(models), **fields}))


def _measured(owner: Any, *lengths: int) -> None:
    comparison = started(owner, QUICK)
    run = comparison.runs.get()
    for attempt, length in enumerate(lengths, 2):
        Run.objects.create(
            comparison=comparison,
            column=run.column,
            turn=run.turn,
            attempt=attempt,
            model=QUICK,
            state="finished",
            finish_reason="stop",
            output_tokens=length,
            queued_at=run.queued_at,
            enqueued_at=run.queued_at,
        )


def test_measured_answers_say_low_expected_and_high(owner: Any) -> None:
    priced(QUICK)
    _measured(owner, *range(10, 111, 10))
    (column,) = _of(QUICK)["columns"]

    assert (column["input_tokens"], column["basis"]) == (14, "measured")
    assert column["output_tokens"] == {"low": 20, "expected": 60, "high": 100}
    assert [column[mark] for mark in forecast.MARKS] == ["0.02014", "0.06014", "0.10014"]


def test_max_tokens_bounds_what_was_measured_and_is_all_that_is_known_without(owner: Any) -> None:
    priced(QUICK)
    (column,) = _of(QUICK, params={"max_tokens": 50})["columns"]
    assert (column["basis"], column["expected"], column["high"]) == ("max_tokens", None, "0.05014")
    assert column["low"] == "0.00014"

    _measured(owner, 20, 30, 400)
    column = _of({"model": QUICK, "params": {"max_tokens": 25}, "samples": 2})["columns"][0]
    assert column["output_tokens"] == {"low": 20, "expected": 25, "high": 25}
    assert column["high"] == "0.05028"


def test_unknown_stays_unknown_and_is_counted(owner: Any) -> None:
    priced(QUICK)
    total = _of(QUICK, "demo/slow", "nobody/x")["total"]

    assert total["low"] == "0.00014"
    assert (total["low_unknown"], total["expected_unknown"], total["high_unknown"]) == (2, 3, 3)
    assert (total["expected"], total["high"]) == (None, None)


def test_system_prompt_and_tools_are_told_too(owner: Any) -> None:
    plain = _of(QUICK)["columns"][0]["input_tokens"]

    assert _of(QUICK, system="b" * 400)["columns"][0]["input_tokens"] == plain + 100
    assert _of({"model": QUICK, "system": "b" * 40})["columns"][0]["input_tokens"] == plain + 10
    tools = [{"type": "function", "function": {"name": "x" * 400}}]
    assert _of(QUICK, tools=tools)["columns"][0]["input_tokens"] > plain + 100


def test_a_follow_up_is_told_the_whole_history(owner: Any) -> None:
    priced(QUICK)
    comparison = started(owner, QUICK, prompt="q" * 4000)
    (run,) = drive(comparison)

    (column,) = forecast.of_turn(comparison, AddTurn(prompt=TEN))["columns"]

    assert column["input_tokens"] > 1000 + 14 + len(run["text"]) // 5
    assert Decimal(column["low"]) > Decimal("0.01")
    chosen = AddTurn(prompt=TEN, history="chosen", chosen=run["id"])
    assert forecast.of_turn(comparison, chosen)["columns"][0]["input_tokens"] == column["input_tokens"]
    assert Run.objects.count() == 1
