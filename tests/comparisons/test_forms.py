"""What the history page takes from its address."""

from decimal import Decimal

import pytest
from django.http import QueryDict

from compare_site.comparisons.forms import ActForm, HistoryForm


def form(text: str) -> HistoryForm:
    return HistoryForm(QueryDict(text))


def test_an_empty_address_asks_for_everything() -> None:
    asked = form("")
    assert asked.is_valid()
    assert asked.query == dict.fromkeys(asked.fields, "")


def test_fields_are_taken_and_others_ignored() -> None:
    asked = form("q=%20two%20words%20&tag=t&model=m&cursor=c&owner=5")
    assert asked.is_valid()
    assert asked.query == {**dict.fromkeys(asked.fields, ""), "q": "two words", "tag": "t", "model": "m", "cursor": "c"}


@pytest.mark.parametrize(("field", "most"), [("q", 200), ("tag", 64), ("model", 364), ("cursor", 120)])
def test_what_is_too_long_is_refused_and_left_out(field: str, most: int) -> None:
    assert form(f"{field}={'x' * most}").is_valid()
    asked = form(f"{field}={'x' * (most + 1)}")
    assert not asked.is_valid()
    assert asked.query[field] == ""


def test_a_nul_is_refused() -> None:
    assert not form("q=a%00b").is_valid()


def test_the_next_page_keeps_the_search_and_moves_the_cursor() -> None:
    asked = form("q=a%26b&tag=%E4%B8%AD&cursor=old")
    assert asked.is_valid()
    assert asked.url_of_page("new~1") == "?q=a%26b&tag=%E4%B8%AD&cursor=new~1"


def test_more_filters_become_what_the_list_takes() -> None:
    asked = form("status=failed&since=2026-01-31&until=2026-01-31&cost_min=0.5&metadata=case%3D7%3Dx&provider=demo")
    assert asked.is_valid(), asked.errors
    wanted = asked.wanted
    assert (wanted["status"], wanted["provider"], wanted["metadata"]) == ("failed", "demo", {"case": "7=x"})
    assert ((wanted["until"] - wanted["since"]).days, wanted["cost_min"], wanted["cost_max"]) == (
        1,
        Decimal("0.5"),
        None,
    )
    assert asked.more
    odd = form("metadata=a%5C%3Db%3Dc")
    assert odd.is_valid()
    assert odd.wanted["metadata"] == {"a=b": "c"}


@pytest.mark.parametrize(
    "text", ["status=lost", "since=soon", "cost_max=-1", "cost_min=much", "metadata=novalue", "metadata=%3Dv"]
)
def test_a_filter_that_means_nothing_is_said_at_its_field(text: str) -> None:
    asked = form(text)
    assert not asked.is_valid()
    assert asked.typed[text.partition("=")[0]]


def test_each_chip_leads_to_the_list_without_it() -> None:
    asked = form("q=a%26b&tag=t&status=failed&cursor=old")
    assert asked.is_valid()
    urls = {chip["label"]: chip["url"] for chip in asked.chips}
    assert urls == {"Search": "?tag=t&status=failed", "Tag": "?q=a%26b&status=failed", "Status": "?q=a%26b&tag=t"}


def test_a_button_needs_something_chosen_and_a_tag_if_it_is_about_one() -> None:
    assert ActForm(QueryDict("act=delete&id=a&id=b")).is_valid()
    assert ActForm(QueryDict("act=tag&id=a&tag=%20x%20")).is_valid()
    for text in (
        "act=delete",
        "act=tag&id=a",
        "act=tag&id=a&tag=%20",
        "act=burn&id=a",
        "id=a",
        f"act=tag&id=a&tag={'x' * 65}",
    ):
        assert not ActForm(QueryDict(text)).is_valid(), text
    assert ActForm(QueryDict("act=pin&id=a&back=q%3D1%26tag%3Dx")).back == "q=1&tag=x"
    assert ActForm(QueryDict("act=pin&id=a&back=//evil.example/")).back == ""
