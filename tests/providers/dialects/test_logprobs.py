"""Token probabilities, in every shape servers send them in."""

from typing import Any

import pytest

from providers.dialects.logprobs import MAX_TOKENS, MAX_TOP, read_logprobs

TOKEN = {"token": "a", "logprob": -1.5, "bytes": [97], "top_logprobs": []}
READ = {"token": "a", "logprob": -1.5}


@pytest.mark.parametrize(
    "raw",
    [
        [TOKEN],
        {"content": [TOKEN], "refusal": None},
        {"content": None, "refusal": [TOKEN]},
        {"tokens": ["a"], "token_logprobs": [-1.5]},
    ],
)
def test_shapes(raw: Any) -> None:
    assert read_logprobs(raw) == [READ]


def test_alternatives() -> None:
    top = [{"token": "b", "logprob": -9999.0, "bytes": None}] * (MAX_TOP + 5)

    [found] = read_logprobs([{**TOKEN, "top_logprobs": top}])

    assert found["top_logprobs"] == [{"token": "b", "logprob": -9999.0}] * MAX_TOP


@pytest.mark.parametrize(
    "raw", [None, 1, "x", {}, [None], [{"token": "a"}], [{"token": 1, "logprob": 0}], {"tokens": [1]}]
)
def test_what_is_none(raw: Any) -> None:
    assert read_logprobs(raw) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "0"])
def test_no_numbers(value: Any) -> None:
    assert read_logprobs([{"token": "a", "logprob": value}]) == []


def test_not_without_end() -> None:
    assert len(read_logprobs([TOKEN] * (MAX_TOKENS + 1))) == MAX_TOKENS
    assert len(read_logprobs({"tokens": ["a"] * 9, "token_logprobs": [-1] * 9}, 5)) == 5
    assert read_logprobs([TOKEN], 0) == []
