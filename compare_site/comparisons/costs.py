"""What an answer costs, in USD: reported by the provider, else computed from prices, else unknown (None).

Prices: those of the rows (administrator or catalog, USD per million tokens) first, then PyPI ``genai-prices``. Pure.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Literal

from compare_site.comparisons.events import Cost
from providers.contract.events import Usage

MILLION = Decimal(1_000_000)
PLACES = Decimal("0.0000000001")
MOST = Decimal(10) ** 10
"""What the column holds; nobody's answer costs as much, so such a number is an error of whoever said it."""


DETAILS = {
    "cache_write_1h_tokens": "cache_write_1h_mtok",
    "input_audio_tokens": "input_audio_mtok",
    "output_audio_tokens": "output_audio_mtok",
    "output_image_tokens": "output_image_mtok",
}
"""Counts as genai-prices names them -> their prices."""
NOTHING: Mapping[str, int] = MappingProxyType({})


def cost_of(
    usage: Usage | None,
    reported: str | None,
    prices: Mapping[str, str] | None,
    *,
    price_id: str,
    model_ids: tuple[str, ...],
    details: Mapping[str, int] = NOTHING,
) -> Cost | None:
    """The cost of one answer; None if neither the provider nor a price list says. ``model_ids``: best known first.

    ``details``: tokens within the counts that may have a price of their own, by the names of ``DETAILS``. Where nobody
    says it, the plain price is taken and the cost is an estimate.
    """
    if reported is not None:
        return as_cost(decimal(reported), "reported")
    if usage is None or usage.input is None or usage.output is None:
        return None
    if prices:
        return as_cost(_by_rows(usage, prices), "estimated" if details else "computed")
    amount, exact = _by_list(usage, details, price_id, model_ids)
    return as_cost(amount, "computed" if exact else "estimated")


def as_cost(amount: Decimal | None, source: Literal["reported", "computed", "estimated"]) -> Cost | None:
    """None if unknown or beyond belief. Every field set by name: events leave out what was not set."""
    if amount is None or not 0 <= amount < MOST:
        return None
    return Cost(amount=_text(amount), currency="USD", source=source)


def _by_rows(usage: Usage, prices: Mapping[str, str]) -> Decimal | None:
    price_in, price_out = decimal(prices.get("input")), decimal(prices.get("output"))
    if price_in is None or price_out is None or usage.input is None or usage.output is None:
        return None
    read, written = usage.cache_read or 0, usage.cache_creation or 0
    price_read = decimal(prices.get("cache_read"))
    price_written = decimal(prices.get("cache_creation"))
    plain = max(usage.input - read - written, 0)
    total = plain * price_in + usage.output * price_out
    total += read * (price_in if price_read is None else price_read)
    total += written * (price_in if price_written is None else price_written)
    return total / MILLION


def _by_list(
    usage: Usage, details: Mapping[str, int], price_id: str, model_ids: tuple[str, ...]
) -> tuple[Decimal | None, bool]:
    """The amount, and whether the list has a price for each of the details."""
    if not price_id:
        return None, False
    # Only here: loading it makes the start of a web server longer.
    from genai_prices import Usage as PricedUsage
    from genai_prices import calc_price

    counts = {
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "cache_read_tokens": usage.cache_read,
        "cache_write_tokens": usage.cache_creation,
    }
    for model_id in model_ids:
        # Details that contradict each other are refused: then without them.
        for more in (details, NOTHING) if details else (NOTHING,):
            try:
                found = calc_price(PricedUsage(**counts, **more), model_ref=model_id, provider_id=price_id)
            except (LookupError, ValueError):
                continue
            known = [getattr(found.model_price, DETAILS[name], None) is not None for name in more]
            return found.total_price, all(known) and len(more) == len(details)
    return None, False


def decimal(value: str | None) -> Decimal | None:
    """The number; None if there is none or it is no number."""
    try:
        number = Decimal(value) if value not in {None, ""} else None
    except InvalidOperation:
        return None
    return number if number is not None and number.is_finite() else None


def _text(amount: Decimal) -> str:
    """Plain notation, at most ten places, no trailing zeros."""
    text = format(amount.quantize(PLACES), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
