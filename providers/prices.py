"""Prices of PyPI ``genai-prices`` in the form that rows have them, for models whose price nobody else says.

The package decides about tiers and cached tokens when a cost is computed; here is the plain price of a million tokens.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Any

PIECES = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_creation": "cache_write_mtok",
    "web_searches": "web_searches_kcount",
    "social_searches": "social_searches_kcount",
    "storage_searches": "storage_searches_kcount",
    "code_executions": "code_executions_kcount",
}
"""The last four: of a thousand calls of a tool that the provider runs itself."""


@lru_cache(maxsize=8192)
def _pairs(price_id: str, model_id: str) -> tuple[tuple[str, str], ...]:
    # The list is large, and most processes never ask.
    from genai_prices import Usage, calc_price

    try:
        priced = calc_price(Usage(input_tokens=1, output_tokens=1), model_ref=model_id, provider_id=price_id)
    except (LookupError, ValueError):
        return ()
    found = {name: _plain(getattr(priced.model_price, piece, None)) for name, piece in PIECES.items()}
    return tuple(found.items()) if found["input"] and found["output"] else ()


def listed_prices(price_id: str, model_id: str) -> dict[str, str] | None:
    """USD per million tokens, per thousand calls; None unless the list says what input and output cost."""
    pairs = _pairs(price_id, model_id) if price_id else ()
    return {name: value for name, value in pairs if value} or None


def _plain(price: Any) -> str:
    """The price, of a tiered one that of the first tier; empty if there is none."""
    value = getattr(price, "base", price)
    if not isinstance(value, Decimal | int | float):
        return ""
    text = format(Decimal(str(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
