"""Money before it is known: tokens from the length of texts, costs from tokens and prices. Always marked as estimates.

A token is taken for four bytes of UTF-8: near enough for English, code and Chinese alike, and cheap to count. Pure.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from compare_site.comparisons.charges import charged
from compare_site.comparisons.costs import PLACES, cost_of
from compare_site.comparisons.events import Cost
from compare_site.comparisons.fold import RunFold
from providers.contract.events import Usage
from providers.contract.messages import ChatRequest, Message

BYTES_A_TOKEN = 4
MEDIA_TOKENS = 1000
"""Of a picture or a file: what providers count for it differs widely."""
MESSAGE_TOKENS = 4
"""What a message costs beside its text."""
Prices = Mapping[str, str]


def tokens_of(*texts: str) -> int:
    """About how many tokens these are."""
    size = sum(len(text) if text.isascii() else len(text.encode("utf-8", "replace")) for text in texts)
    return -(-size // BYTES_A_TOKEN)


def tokens_of_messages(messages: Iterable[Message]) -> int:
    """The same of messages; media count a flat number each."""
    total = 0
    for message in messages:
        total += MESSAGE_TOKENS
        for block in message.content:
            media = block.kind in {"image", "audio", "video", "file"}
            total += MEDIA_TOKENS if media else tokens_of(block.text)
    return total


def tokens_of_request(request: ChatRequest | None) -> int:
    """What a model is told, tools included."""
    if request is None:
        return 0
    return tokens_of_messages(request.messages) + (tokens_of(json.dumps(list(request.tools))) if request.tools else 0)


def tokens_shown(fold: RunFold) -> int:
    """What an answer has shown so far, its reasoning included."""
    return tokens_of(*(block.text for block in fold.content))


def price(prices: Prices | None, input_tokens: int, output_tokens: int) -> Decimal | None:
    """What this many tokens cost; None if the prices do not say."""
    if not prices:
        return None
    cost = cost_of(Usage(input=input_tokens, output=output_tokens), None, prices, price_id="", model_ids=())
    return Decimal(cost.amount) if cost is not None else None


def so_far(prices: Prices | None, input_tokens: int, fold: RunFold) -> Decimal | None:
    """What an answer has cost as far as it has come: counts of the provider where there are some, else estimates."""
    usage = fold.usage
    told = input_tokens if usage is None or usage.input is None else usage.input
    said = max(tokens_shown(fold), (usage.output or 0) if usage is not None else 0)
    counts = (usage or Usage()).model_copy(update={"input": told, "output": said})
    cost = cost_of(counts, None, prices, price_id="", model_ids=())
    return None if cost is None or not prices else Decimal(cost.amount) + charged(fold.content, prices)[0]


def partial_cost(prices: Prices | None, input_tokens: int, fold: RunFold) -> Cost | None:
    """The cost of an answer for which nobody has sent a bill; None if it has shown nothing or its price is unknown."""
    if not is_charged(fold):
        return None
    amount = so_far(prices, input_tokens, fold)
    if amount is None:
        return None
    return Cost(amount=format(amount.quantize(PLACES).normalize(), "f"), currency="USD", source="estimated")


def is_charged(fold: RunFold) -> bool:
    """Whether a provider can ask money for it: it has answered something, or counted something."""
    return fold.has_shown or fold.usage is not None or fold.status == "finished"


def spread(lengths: Sequence[int]) -> tuple[int, int, int] | None:
    """Low, expected and high of measured lengths: the tenth, the middle and the ninetieth of a hundred."""
    if not lengths:
        return None
    ordered = sorted(lengths)
    low, middle, high = (ordered[round((len(ordered) - 1) * share)] for share in (0.1, 0.5, 0.9))
    return low, middle, high
