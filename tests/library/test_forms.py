"""The query string of the list of prompts."""

from django.http import QueryDict

from compare_site.library.forms import PromptSearch


def test_what_is_invalid_is_left_empty_and_said() -> None:
    form = PromptSearch(QueryDict("q=a&scope=others"))

    assert form.query == {"q": "a", "tag": "", "scope": "all", "cursor": ""}
    assert list(form.errors) == ["scope"]


def test_addresses_keep_the_search_but_not_the_page() -> None:
    form = PromptSearch(QueryDict("q=a+b&tag=%E6%95%B0&scope=mine&cursor=c"))

    assert form.url_of(cursor="d") == "?q=a+b&tag=%E6%95%B0&scope=mine&cursor=d"
    assert form.url_of(scope="all", tag="") == "?q=a+b"
