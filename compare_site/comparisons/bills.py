"""The cost of one answer at its end: as the provider reported it, else computed from prices, else estimated."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from compare_site.comparisons import charges, estimates
from compare_site.comparisons.costs import as_cost, cost_of
from compare_site.comparisons.events import Cost
from compare_site.comparisons.fold import RunFold
from providers.contract import events as pe
from providers.contract.messages import ChatRequest
from providers.contract.resolved import Target
from providers.resolve import listed_prices


def prices_of(target: Target | None, answered: str | None = None) -> dict[str, str] | None:
    """The prices that hold for an answer: those of the rows, else those of genai-prices; None if nobody knows any.

    ``answered``: the model that the answer names, which the list may know better than the one that was asked. USD per
    million tokens; of tools that the provider runs itself (``charges``), per thousand calls.
    """
    if target is None:
        return None
    names = [name for name in (answered, target.model_id) if name]
    found = (listed_prices(target.spec.price_id, name) for name in names)
    listed = next((prices for prices in found if prices), None)
    prices = target.prices or listed
    return prices and {**_of_tools(target, names, listed or {}), **prices}


def _of_tools(target: Target, names: list[str], listed: Mapping[str, str]) -> dict[str, str]:
    """What the list says of tools, and which of them the catalog knows to be free."""
    spec = target.spec
    prices = dict.fromkeys(spec.free_tools, "0") | {
        unit: listed[unit] for unit in charges.UNITS.values() if unit in listed
    }
    once = prices.get("web_searches") if spec.search_once else None
    if once is not None and any(re.search(spec.search_once, name) for name in names):
        prices[charges.ONCE] = once
    return prices


class Told(NamedTuple):
    """What a provider has said about tokens and cost. ``raw``: its own usage object. ``cost``: USD.

    ``is_whole``: the answer has come to its end, so the counts are final.
    """

    usage: pe.Usage | None = None
    raw: Mapping[str, Any] | None = None
    cost: str | None = None
    is_whole: bool = True


def bill(target: Target | None, told: Told, fold: RunFold, asked: ChatRequest | None) -> Cost | None:
    """The cost of one answer, None if its prices are unknown. An answer that broke off, or has no counts, is estimated
    from what it has shown.

    A computed cost is marked as an estimate if the answer contains something whose price is unknown.
    """
    if target is None:
        return None
    prices, details = prices_of(target, fold.model), charges.details_of(told.raw)
    answered = (fold.model,) if fold.model else ()
    known = cost_of(
        told.usage if told.is_whole else None,
        told.cost,
        target.prices,
        price_id=target.spec.price_id,
        model_ids=(*answered, target.model_id),
        details=details,
    )
    if told.cost is not None:
        return known
    if known is None:
        return estimates.partial_cost(prices, estimates.tokens_of_request(asked), fold)
    beside, is_whole = charges.charged(fold.content, prices or {})
    exact = known.source == "computed" and is_whole and charges.is_plain(fold, details)
    return as_cost(Decimal(known.amount) + beside, "computed" if exact else "estimated")
