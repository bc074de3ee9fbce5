"""Money: what is reported or can be computed; everything else is unknown, never zero."""

import pytest

from compare_site.comparisons.costs import cost_of
from providers.contract.events import Usage


def amount(usage: Usage | None, **options: object) -> str | None:
    settings = {"reported": None, "prices": None, "price_id": "", "model_ids": ("m",), **options}
    cost = cost_of(usage, settings.pop("reported"), settings.pop("prices"), **settings)  # type: ignore[arg-type]
    return None if cost is None else cost.amount


def test_a_reported_cost_wins_over_prices() -> None:
    cost = cost_of(Usage(input=1, output=1), "0.0012", {"input": "9", "output": "9"}, price_id="", model_ids=())
    assert cost is not None
    assert (cost.amount, cost.source) == ("0.0012", "reported")


def test_rows_price_cached_tokens_by_their_own_price() -> None:
    prices = {"input": "2", "output": "10", "cache_read": "0.5", "cache_creation": "4"}
    usage = Usage(input=1_000_000, output=100_000, cache_read=400_000, cache_creation=100_000)
    assert amount(usage, prices=prices) == "2.6"


def test_rows_without_a_cache_price_charge_the_input_price() -> None:
    assert amount(Usage(input=1_000_000, output=0, cache_read=500_000), prices={"input": "2", "output": "1"}) == "2"


@pytest.mark.parametrize("usage", [None, Usage(), Usage(input=5), Usage(output=5)])
def test_unknown_counts_give_an_unknown_cost(usage: Usage | None) -> None:
    assert amount(usage, prices={"input": "1", "output": "1"}) is None


def test_unknown_prices_give_an_unknown_cost() -> None:
    assert amount(Usage(input=5, output=5)) is None
    assert amount(Usage(input=5, output=5), prices={"input": "1"}) is None
    assert amount(Usage(input=5, output=5), price_id="openai", model_ids=("no-such-model-at-all",)) is None


def test_a_listed_model_is_priced_from_the_list() -> None:
    cost = cost_of(Usage(input=1000, output=1000), None, None, price_id="openai", model_ids=("x", "gpt-4o"))
    assert cost is not None
    assert cost.source == "computed"
    assert float(cost.amount) > 0


def test_zero_is_zero_when_the_price_is_zero() -> None:
    assert amount(Usage(input=5, output=5), prices={"input": "0", "output": "0"}) == "0"


@pytest.mark.parametrize("reported", ["free!", "NaN", "-Infinity", "Infinity", "-0.01", "1e10", "1e300"])
def test_nonsense_from_a_provider_is_unknown(reported: str) -> None:
    assert amount(Usage(input=5, output=5), reported=reported) is None


def test_what_one_row_can_hold_is_kept_in_plain_digits() -> None:
    assert amount(None, reported="9999999999.5") == "9999999999.5"
    assert amount(None, reported="1E-7") == "0.0000001"
    assert amount(None, reported="0e9") == "0"


@pytest.mark.parametrize("prices", [{"input": "nan", "output": "1"}, {"input": "x", "output": "1"}, {"output": "1"}])
def test_prices_that_are_none_give_an_unknown_cost(prices: dict[str, str]) -> None:
    assert amount(Usage(input=5, output=5), prices=prices) is None
