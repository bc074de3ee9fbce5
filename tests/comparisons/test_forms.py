"""What the history page takes from its address."""

import pytest
from django.http import QueryDict

from compare_site.comparisons.forms import HistoryForm


def form(text: str) -> HistoryForm:
    return HistoryForm(QueryDict(text))


def test_an_empty_address_asks_for_everything() -> None:
    asked = form("")
    assert asked.is_valid()
    assert asked.query == {"q": "", "tag": "", "model": "", "cursor": ""}


def test_fields_are_taken_and_others_ignored() -> None:
    asked = form("q=%20two%20words%20&tag=t&model=m&cursor=c&owner=5")
    assert asked.is_valid()
    assert asked.query == {"q": "two words", "tag": "t", "model": "m", "cursor": "c"}


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
