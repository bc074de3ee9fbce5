"""Tools that a provider runs itself cost money beside the tokens: what is known is counted, else it is an estimate."""

from collections.abc import Mapping
from decimal import Decimal

import pytest

from compare_site.comparisons import bills, estimates
from compare_site.comparisons.charges import ONCE, charged, is_plain
from compare_site.comparisons.fold import Block, RunFold
from providers.catalog import load_catalog
from providers.contract.events import Usage
from providers.contract.resolved import Target
from tests.fakes.calls import target_for

USAGE = Usage(input=1_000_000, output=0)


def ran(name: str, **data: object) -> Block:
    return Block(index=0, kind="server_tool", name=name, data=data or None)


def asked(*queries: str) -> Block:
    return ran("google_search", input={"queries": list(queries)})


@pytest.mark.parametrize(
    ("content", "prices", "dollars", "whole"),
    [
        ([], {}, "0", True),
        ([Block(index=0, kind="tool_call", name="web_search")], {}, "0", True),
        ([ran("web_search"), ran("web_search")], {"web_searches": "10"}, "0.02", True),
        ([ran("web_search")], {"input": "1"}, "0", False),
        ([ran("web_search"), ran("shell")], {"web_searches": "10"}, "0.01", False),
        ([ran("web_fetch"), ran("web_fetch")], {"web_fetch": "0"}, "0", True),
        ([ran("file_search")], {"storage_searches": "2.5"}, "0.0025", True),
        ([ran("web_search", status="failed")], {}, "0", True),
        ([ran("web_search", output={"type": "web_search_tool_result_error"})], {}, "0", True),
        ([ran("roll_dice", server="dice")], {}, "0", True),
        ([ran("web_search", input={"type": "open_page", "url": "u"})], {}, "0", True),
        ([ran("web_search", input={"type": "search", "queries": ["a", "b"]})], {"web_searches": "10"}, "0.01", True),
        ([asked("a"), asked("a", "b")], {"web_searches": "14"}, "0.028", True),
        ([asked("a"), asked("a", "b")], {"web_searches": "35", ONCE: "35"}, "0.035", True),
        ([ran("web_search", input="no object")], {"web_searches": "no number"}, "0", False),
    ],
)
def test_calls_are_counted_as_they_are_charged(
    content: list[Block], prices: dict[str, str], dollars: str, whole: bool
) -> None:
    assert charged(content, prices) == (Decimal(dollars), whole)


@pytest.mark.parametrize(
    ("fold", "plain"),
    [
        (RunFold(id="r"), True),
        (RunFold(id="r", metadata={"service_tier": "default"}), True),
        (RunFold(id="r", metadata={"service_tier": {"odd": 1}}), True),
        (RunFold(id="r", metadata={"service_tier": "priority"}), False),
        (RunFold(id="r", usage=Usage(audio=0)), True),
        (RunFold(id="r", usage=Usage(audio=3)), False),
        (RunFold(id="r", content=[Block(index=0, kind="image")]), False),
    ],
)
def test_media_and_service_tiers_have_prices_of_their_own(fold: RunFold, plain: bool) -> None:
    assert is_plain(fold) is plain


def known(slug: str, model: str, prices: dict[str, str] | None = None) -> Target:
    return target_for("http://127.0.0.1:9", spec=load_catalog()[slug], model_id=model, prices=prices)


def cost(
    target: Target,
    *content: Block,
    reported: str | None = None,
    usage: Usage = USAGE,
    told: Mapping[str, object] | None = None,
) -> tuple[str, str]:
    said = bills.Told(usage, told, reported)
    found = bills.bill(target, said, RunFold(id="r", content=list(content), usage=usage), None)
    assert found is not None
    return found.amount, found.source


def test_a_search_is_added_to_the_tokens_by_the_list_of_prices() -> None:
    target = known("anthropic", "claude-opus-4-5")

    assert cost(target) == ("5", "computed")
    assert cost(target, ran("web_search"), ran("web_fetch")) == ("5.01", "computed")
    assert cost(target, ran("bash_code_execution")) == ("5", "estimated")
    assert cost(target, ran("bash_code_execution"), reported="7") == ("7", "reported")


def test_of_some_models_all_searches_of_an_answer_cost_as_much_as_one() -> None:
    old, new = known("gemini", "gemini-2.5-flash"), known("vertex", "gemini-3-flash-preview")
    tokens = [Decimal(cost(target)[0]) for target in (old, new)]

    assert cost(old, asked("a", "b"), ran("url_context")) == (str(tokens[0] + Decimal("0.035")), "computed")
    assert cost(new, asked("a", "b"), ran("code_execution")) == (str(tokens[1] + Decimal("0.028")), "computed")


def test_tokens_with_a_price_of_their_own() -> None:
    usage = Usage(input=1_000_000, output=0, cache_creation=1_000_000)
    claude, flash = known("anthropic", "claude-opus-4-5"), known("gemini", "gemini-2.5-flash-image")
    long = {"cache_creation": {"ephemeral_5m_input_tokens": 600_000, "ephemeral_1h_input_tokens": 400_000}}
    assert cost(claude, usage=usage) == ("6.25", "computed")
    assert cost(claude, usage=usage, told=long) == ("7.75", "computed")
    assert cost(known("anthropic", "m", {"input": "1", "output": "1"}), usage=usage, told=long) == ("1", "estimated")

    drawn = Usage(input=0, output=1_000_000)
    picture = Block(index=0, kind="image")
    parts = {"candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1_000_000}, "odd", {"modality": "TEXT"}]}
    assert cost(flash, picture, usage=drawn, told=parts) == ("30", "computed")
    assert cost(flash, picture, usage=drawn) == ("2.5", "estimated")


def test_details_that_the_list_has_no_price_for_or_refuses_make_an_estimate() -> None:
    heard = {"prompt_tokens_details": {"audio_tokens": 5}}
    assert cost(known("openai", "gpt-5"), told=heard) == ("1.25", "estimated")

    cached = Usage(input=1_000_000, output=0, cache_read=900_000)
    plain = cost(known("gemini", "gemini-2.5-flash"), usage=cached)
    spoken = {"promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 500_000}]}
    assert plain[1] == "computed"
    assert cost(known("gemini", "gemini-2.5-flash"), usage=cached, told=spoken) == (plain[0], "estimated")


def test_prices_of_an_administrator_go_before_the_list() -> None:
    rows = {"input": "1", "output": "1"}

    assert cost(known("anthropic", "claude-opus-4-5", rows), ran("web_search")) == ("1.01", "computed")
    rows["web_searches"] = "3"
    assert cost(known("anthropic", "claude-opus-4-5", rows), ran("web_search")) == ("1.003", "computed")


def test_a_search_counts_towards_a_limit_while_the_answer_comes() -> None:
    fold = RunFold(id="r", content=[ran("web_search")])

    assert estimates.so_far({"input": "1", "output": "1", "web_searches": "10"}, 1_000_000, fold) == Decimal("1.01")
