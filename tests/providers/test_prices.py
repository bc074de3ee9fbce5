"""Prices of the package in the form of the rows; what it does not say stays unknown."""

from decimal import Decimal

import pytest

from providers.prices import listed_prices


def test_a_known_model() -> None:
    prices = listed_prices("openai", "gpt-4o")

    assert prices is not None
    assert set(prices) <= {"input", "output", "cache_read", "cache_creation", "web_searches", "storage_searches"}
    assert Decimal(prices["output"]) > Decimal(prices["input"]) > Decimal(prices["cache_read"]) > 0
    assert not any("E" in price or price.endswith(".0") for price in prices.values())


def test_a_price_in_tiers_is_that_of_the_first() -> None:
    prices = listed_prices("google", "gemini-2.5-pro")

    assert prices is not None
    assert Decimal(prices["input"]) == Decimal("1.25")


@pytest.mark.parametrize(
    ("price_id", "model_id"), [("", "gpt-4o"), ("openai", "no-such-model"), ("nobody", "gpt-4o"), ("openai", "")]
)
def test_what_is_not_listed_is_unknown(price_id: str, model_id: str) -> None:
    assert listed_prices(price_id, model_id) is None
