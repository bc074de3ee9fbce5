"""Counts by path; a sum that was sent decides what a count includes; nothing is invented."""

from typing import Any

import pytest

from providers.contract.events import Usage
from providers.contract.spec import UsagePaths
from providers.dialects.usage import read_cost, read_usage

BASE = {"prompt_tokens": 10, "completion_tokens": 5}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({**BASE, "total_tokens": 15}, {"input": 10, "output": 5, "total": 15}),
        (BASE, {"input": 10, "output": 5}),
        ({"input_tokens": 1, "output_tokens": 2}, {"input": 1, "output": 2}),
        ({"prompt_tokens": 0, "completion_tokens": 0}, {"input": 0, "output": 0}),
        ({**BASE, "prompt_tokens_details": {"cached_tokens": 4}}, {"input": 10, "output": 5, "cache_read": 4}),
        ({**BASE, "prompt_token_details": {"cached_tokens": 4}}, {"input": 10, "output": 5, "cache_read": 4}),
        (
            {**BASE, "prompt_tokens_details": None, "prompt_cache_hit_tokens": 4},
            {"input": 10, "output": 5, "cache_read": 4},
        ),
        ({**BASE, "cache_read_input_tokens": 4}, {"input": 10, "output": 5, "cache_read": 4}),
        ({**BASE, "prompt_tokens_details": {"cache_write_tokens": 3}}, {"input": 10, "output": 5, "cache_creation": 3}),
        ({**BASE, "reasoning_tokens": 2}, {"input": 10, "output": 5, "reasoning": 2}),
        (
            {
                "input_tokens": 10,
                "output_tokens": 5,
                "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3},
                "output_tokens_details": {"reasoning_tokens": 2},
            },
            {"input": 10, "output": 5, "cache_read": 4, "cache_creation": 3, "reasoning": 2},
        ),
        (
            {**BASE, "total_tokens": 17, "completion_tokens_details": {"reasoning_tokens": 2}},
            {"input": 10, "output": 7, "total": 17, "reasoning": 2},
        ),
        (
            {**BASE, "total_tokens": 99, "completion_tokens_details": {"reasoning_tokens": 2}},
            {"input": 10, "output": 5, "total": 99, "reasoning": 2},
        ),
        ({"prompt_tokens": 3, "completion_tokens": "5"}, {"input": 3}),
    ],
)
def test_read_usage(raw: dict[str, Any], expected: dict[str, int]) -> None:
    assert read_usage(raw, UsagePaths()) == Usage(**expected)


@pytest.mark.parametrize("raw", [{}, {"prompt_tokens": None}, {"queue_time": 0.1}])
def test_no_counts_is_no_usage(raw: dict[str, Any]) -> None:
    assert read_usage(raw, UsagePaths()) is None


def test_flags_decide_where_no_total_was_sent() -> None:
    apart = UsagePaths(output_includes_reasoning=False, input_includes_cache=False)
    raw = {**BASE, "reasoning_tokens": 2, "cached_tokens": 3}

    assert read_usage(raw, apart) == Usage(input=13, output=7, reasoning=2, cache_read=3)
    assert read_usage({**raw, "total_tokens": 15}, apart) == Usage(
        input=13, output=5, total=15, reasoning=2, cache_read=3
    )


@pytest.mark.parametrize(
    ("raw", "cost"),
    [
        ({"cost": 0.00000012}, "0.00000012"),
        ({"cost": 0}, "0"),
        ({"cost": "0.0012"}, "0.0012"),
        ({"cost": {"total_cost": 0.006}}, "0.006"),
        ({"cost": -1}, None),
        ({"cost": "free"}, None),
        ({"cost": True}, None),
        ({"cost": float("inf")}, None),
        ({}, None),
    ],
)
def test_read_cost(raw: dict[str, Any], cost: str | None) -> None:
    assert read_cost(raw, UsagePaths(cost=("cost", "cost.total_cost"))) == cost


def test_no_cost_without_a_path() -> None:
    assert read_cost({"cost": 1}, UsagePaths()) is None
