"""Figures as people read them; unknown is a dash, zero is free."""

import pytest

from compare_site.model_list import words


@pytest.mark.parametrize(
    ("amount", "text"),
    [(None, "–"), ("0", "free"), ("0.0375", "$0.038"), ("0.1", "$0.1"), ("2", "$2"), ("2.50", "$2.5"), ("100", "$100")],
)
def test_prices(amount: str | None, text: str) -> None:
    assert words.price(amount) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (None, "–"),
        (512, "512"),
        (8192, "8k"),
        (128000, "128k"),
        (131072, "128k"),
        (1_000_000, "1M"),
        (1_048_576, "1.0M"),
    ],
)
def test_context_windows(size: int | None, text: str) -> None:
    assert words.context(size) == text


def test_unknown_is_neither_yes_nor_no() -> None:
    assert [words.state_of(value) for value in (True, False, None)] == ["yes", "no", "unknown"]
    assert (words.speed(None), words.seconds(None)) == ("–", "–")
    assert (words.speed(12.34), words.speed(345.6), words.seconds(1234)) == ("12.3", "346", "1.23 s")
