"""What an answer costs at its end, and the prices that were used: as reported, as computed, else as estimated."""

from compare_site.comparisons import estimates
from compare_site.comparisons.costs import cost_of
from compare_site.comparisons.events import Cost
from compare_site.comparisons.fold import RunFold
from providers.contract import events as pe
from providers.contract.messages import ChatRequest
from providers.contract.resolved import Target
from providers.resolve import listed_prices


def prices_of(target: Target | None, answered: str | None = None) -> dict[str, str] | None:
    """USD per million tokens: of the rows, else of the list of prices; None if nobody says.

    ``answered``: the model that the answer names, which the list may know better than the one that was asked.
    """
    if target is None or target.prices:
        return target.prices if target is not None else None
    found = (listed_prices(target.spec.price_id, name) for name in (answered, target.model_id) if name)
    return next((prices for prices in found if prices), None)


def bill(
    target: Target | None, usage: pe.Usage | None, reported: str | None, fold: RunFold, asked: ChatRequest | None
) -> Cost | None:
    """The cost of one answer. A partial one, for which nobody counts, is estimated from what it has shown."""
    if target is None:
        return None
    answered = (fold.model,) if fold.model else ()
    known = cost_of(
        usage,
        reported,
        target.prices,
        price_id=target.spec.price_id,
        model_ids=(*answered, target.model_id),
    )
    if known is not None or reported is not None:
        return known
    return estimates.partial_cost(prices_of(target, fold.model), estimates.tokens_of_request(asked), fold)
