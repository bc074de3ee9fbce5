"""Estimates: what they count, and what they leave unknown."""

from decimal import Decimal

import pytest

from compare_site.comparisons import estimates
from compare_site.comparisons.fold import Block, RunFold
from providers.contract.events import Usage
from providers.contract.messages import ChatRequest, ContentBlock, Message

PRICES = {"input": "1", "output": "10"}


def _fold(text: str = "", usage: Usage | None = None) -> RunFold:
    return RunFold(id="r", content=[Block(index=0, kind="text", text=text)] if text else [], usage=usage)


@pytest.mark.parametrize(("texts", "tokens"), [(("",), 0), (("abcd",), 1), (("abcde",), 2), (("你好吗呀",), 3)])
def test_tokens(texts: tuple[str, ...], tokens: int) -> None:
    assert estimates.tokens_of(*texts) == tokens


def test_media_count_flat_and_tools_count() -> None:
    picture = ContentBlock(kind="image", data={"data": "A" * 100_000, "media_type": "image/png"})
    messages = (Message(role="user", content=(ContentBlock(kind="text", text="a" * 40), picture)),)
    request = ChatRequest(model_id="m", messages=messages)

    assert estimates.tokens_of_request(request) == 10 + estimates.MEDIA_TOKENS + estimates.MESSAGE_TOKENS
    with_tools = request.model_copy(update={"tools": ({"type": "function", "function": {"name": "x" * 400}},)})
    assert estimates.tokens_of_request(with_tools) > estimates.tokens_of_request(request) + 100
    assert estimates.tokens_of_request(None) == 0


def test_what_came_so_far_takes_counts_before_estimates() -> None:
    assert estimates.so_far(PRICES, 100, _fold("a" * 400)) == Decimal("0.0011")
    counted = Usage(input=200, output=None)
    assert estimates.so_far(PRICES, 100, _fold("a" * 400, counted)) == Decimal("0.0012")
    assert estimates.so_far(PRICES, 100, _fold("a", Usage(input=200, output=500))) == Decimal("0.0052")
    assert estimates.so_far(None, 100, _fold("a")) is None
    assert estimates.so_far({"input": "1"}, 100, _fold("a")) is None


def test_a_partial_cost_is_marked_and_never_made_up() -> None:
    cost = estimates.partial_cost(PRICES, 100, _fold("a" * 400))

    assert cost is not None
    assert (cost.amount, cost.source) == ("0.0011", "estimated")
    assert estimates.partial_cost(PRICES, 100, _fold()) is None
    assert estimates.partial_cost(None, 100, _fold("a")) is None


def test_spread() -> None:
    assert estimates.spread([]) is None
    assert estimates.spread([7]) == (7, 7, 7)
    assert estimates.spread(range(101)) == (10, 50, 90)
