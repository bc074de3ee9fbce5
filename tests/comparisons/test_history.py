"""The list of one's comparisons: pages without gaps, words in any language, exact tags; the same on both databases."""

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from compare_site.comparisons import actions, figures, grams, history, takeover
from compare_site.comparisons.access import Principal, ShareGrant
from compare_site.comparisons.models import Comparison, Run, SearchEntry, SpendEntry
from tests.comparisons.driving import QUICK, drive, started
from tests.fuzzing import examples

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


NO_CURSORS = (
    *("x", "~", "0|0", "2020-01-01~", "2020-13-45T00:00:00Z~x", "2020-01-01T00:00:00~x"),
    # moments that exist, but not in UTC
    *("0001-01-01T00:00:00+14:00~x", "9999-12-31T23:59:59-14:00~x"),
)


def found(user: Any, **query: str) -> list[str]:
    return [item["title"] for item in history.search(Principal(user_id=user.pk), **query).items]


def test_only_one_s_own_is_listed(owner: Any, stranger: Any) -> None:
    mine = started(owner, title="mine")
    started(stranger, title="theirs")
    assert found(owner) == ["mine"]
    assert history.search(Principal()) == history.Page([], None)
    assert history.search(Principal(grants=(ShareGrant("s", mine.pk),))).items == []


@pytest.mark.parametrize(
    ("query", "hits"),
    [
        ("gaußscher", ["one"]),
        ("GAUSSSCHER", ["one"]),
        ("高斯消元", ["two"]),
        ("消元 解释", ["two"]),
        ("naïve", ["three"]),
        ("100%", ["three"]),
        ("a_b", ["three"]),
        ("axb", []),
        ("%", ["three"]),
        ("_", ["three"]),
        ("\\", ["three"]),
        ("'; DROP TABLE", []),
        ("ΣΊΣΥΦΟΣ", ["four"]),
        ("system words", ["four"]),
        ("caf\u00e9", ["five"]),
        ("full width", ["five"]),
        ("\uff26ull", ["five"]),
        ("slow", ["four"]),
        ("alpha", ["one"]),
        ("one two", []),
        ("", ["five", "four", "three", "two", "one"]),
        ("   ", ["five", "four", "three", "two", "one"]),
        ("\x00", []),
    ],
)
def test_every_word_must_occur_somewhere(owner: Any, query: str, hits: list[str]) -> None:
    started(owner, title="one", prompt="Das Gaußsche und Gaußscher", tags=["Alpha"])
    started(owner, title="two", prompt="请用中文解释高斯消元法")
    started(owner, title="three", prompt="naïve 100% a_b \\ o'neill")
    started(owner, "demo/slow", title="four", prompt="σίσυφος", system="System Words")
    started(owner, title="five", prompt="Cafe\u0301 \uff26\uff35\uff2c\uff2c width")
    assert found(owner, q=query) == hits


def test_a_follow_up_can_be_found_and_a_new_title_replaces_the_old(owner: Any) -> None:
    comparison = started(owner, title="before", prompt="first")
    drive(comparison)
    actions.add_turn(comparison, actions.AddTurn(prompt="Zweite Frage"))
    actions.update_details(comparison, "After", None)
    for query in ("first", "zweite", "after"):
        assert found(owner, q=query) == ["After"], query
    assert found(owner, q="before") == []


def test_tags_are_whole_and_models_are_parts(owner: Any) -> None:
    started(owner, title="a", tags=["red", "deep blue"])
    started(owner, "demo/slow", title="b", tags=["reddish"])
    assert found(owner, tag="red") == ["a"]
    assert found(owner, tag="deep blue") == ["a"]
    assert found(owner, tag="blue") == []
    assert found(owner, tag="re\u0301d") == []
    assert found(owner, model="SLOW") == ["b"]
    assert found(owner, model="demo/") == ["b", "a"]
    assert found(owner, model="fast", tag="red", q="hi") == ["a"]


def test_pages_show_everything_once_even_what_came_in_the_same_instant(owner: Any) -> None:
    moment = Comparison(owner=owner, title="first")
    moment.save()
    for number in range(70):
        Comparison.objects.create(owner=owner, title=str(number))
    Comparison.objects.update(created_at=moment.created_at)
    seen: list[str] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        page = history.search(Principal(user_id=owner.pk), cursor=cursor)
        seen += [item["id"] for item in page.items]
        cursor, pages = page.next, pages + 1
    assert (len(seen), len(set(seen)), pages) == (71, 71, 3)


def test_what_is_started_meanwhile_does_not_shift_the_pages(owner: Any) -> None:
    for number in range(40):
        started(owner, title=str(number))
    first = history.search(Principal(user_id=owner.pk))
    assert first.next is not None
    started(owner, title="new")
    second = history.search(Principal(user_id=owner.pk), cursor=first.next)
    assert {item["title"] for item in first.items + second.items} == {str(number) for number in range(40)}


def test_a_cursor_needs_no_escaping_in_an_address(owner: Any) -> None:
    for number in range(history.PAGE + 1):
        Comparison.objects.create(owner=owner, title=str(number))
    cursor = history.search(Principal(user_id=owner.pk)).next
    assert cursor is not None
    assert cursor.replace("~", "").replace(":", "").replace("-", "").replace(".", "").isalnum()


@pytest.mark.parametrize("cursor", NO_CURSORS)
def test_a_cursor_that_is_none_ends_the_list(owner: Any, cursor: str) -> None:
    started(owner)
    assert history.search(Principal(user_id=owner.pk), cursor=cursor) == history.Page([], None)


def test_an_item_says_what_became_of_the_runs_and_what_they_cost(owner: Any) -> None:
    comparison = started(owner, QUICK, QUICK, QUICK, prompt="x" * 1000)
    first, second, _ = comparison.runs.order_by("column__position")
    takeover.end_run(first, "cancelled")
    Run.objects.filter(pk=first.pk).update(cost="0.25")
    Run.objects.filter(pk=second.pk).update(cost="0.0500000000")
    (item,) = history.search(Principal(user_id=owner.pk)).items
    assert item["states"] == {"cancelled": 1, "queued": 2}
    assert item["cost"] == {"amount": "0.3", "currency": "USD", "source": "computed"}
    assert item["unknown_costs"] == 0
    assert (len(item["prompt"]), item["models"], item["turns"]) == (history.EXCERPT, [QUICK] * 3, 1)


def test_an_unknown_cost_is_null_and_not_zero(owner: Any) -> None:
    started(owner)
    (item,) = history.search(Principal(user_id=owner.pk)).items
    assert (item["cost"], item["unknown_costs"]) == (None, 0)


def test_what_a_sum_leaves_out_is_said_whether_its_figures_are_behind_or_not(owner: Any) -> None:
    comparison = started(owner, QUICK, QUICK, QUICK)
    drive(comparison)
    first = comparison.runs.order_by("column__position")[0]
    Run.objects.filter(pk=first.pk).update(cost="0.25", cost_source="estimated")
    SpendEntry.objects.filter(pk=first.pk).update(amount="0.25", source="estimated")
    for settled in (False, True):
        assert Comparison.objects.get(pk=comparison.pk).settled == settled
        (item,) = history.search(Principal(user_id=owner.pk)).items
        assert item["cost"] == {"amount": "0.25", "currency": "USD", "source": "estimated"}
        assert item["unknown_costs"] == 2
        figures.catch_up()
    Comparison.objects.update(cost_estimated=False, unknown_costs=0)
    import_module("compare_site.comparisons.migrations.0014_what_costs_leave_out").of_old_rows(apps, None)
    comparison.refresh_from_db()
    assert (comparison.cost_estimated, comparison.unknown_costs) == (True, 2)


def test_a_page_takes_as_many_queries_as_one_row(owner: Any) -> None:
    counts = []
    for number in (1, 20):
        while Comparison.objects.count() < number:
            started(owner, QUICK, QUICK)
        with CaptureQueriesContext(connection) as asked:
            history.search(Principal(user_id=owner.pk), q="hi", tag="", model="fast")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 7, "runs, books, columns and turns of what still runs are asked, too"
    for comparison in Comparison.objects.all():
        actions.cancel_comparison(comparison)
    figures.catch_up()
    with CaptureQueriesContext(connection) as asked:
        history.search(Principal(user_id=owner.pk), q="hi", tag="", model="fast")
    assert len(asked) == 3


@given(q=st.text(max_size=40), tag=st.text(max_size=20), model=st.text(max_size=20), cursor=st.text(max_size=60))
@settings(max_examples=examples(60))
def test_no_query_fails(owner: Any, q: str, tag: str, model: str, cursor: str) -> None:
    history.search(Principal(user_id=owner.pk), cursor, q=q, tag=tag, model=model)


def test_what_only_old_rows_have_is_found_in_order_over_pages(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "WINDOW", 5)
    for sizes, ahead in (((900,), 900), ((7, 7), 7), ((2,) * 30, 1)):
        monkeypatch.setattr(history, "PIECES", sizes)
        monkeypatch.setattr(history, "AHEAD", ahead)
        Comparison.objects.all().delete()
        for number in range(60):
            word = "needle" if number < 40 else "hay"
            Comparison.objects.create(owner=owner, title=str(number), search_text=f"{word} {number}")
        figures.catch_up()
        seen: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = history.search(Principal(user_id=owner.pk), cursor, q="needle")
            seen += [item["title"] for item in page.items]
            cursor = page.next
        assert seen == [str(number) for number in reversed(range(40))], sizes
        assert found(owner, q="nee 39") == ["39"]
        assert found(owner, q="zz") == []


def test_what_is_pinned_stands_first_however_old_it_is(owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("WINDOW", 5), ("PIECES", (7, 7)), ("AHEAD", 7), ("PAGE", 3)):
        monkeypatch.setattr(history, name, size)
    for number in range(30):
        word = "needle" if number < 25 else "hay"
        Comparison.objects.create(owner=owner, title=str(number), search_text=f"{word} {number}", pinned=number == 2)
    figures.catch_up()
    page = history.search(Principal(user_id=owner.pk), "", q="needle")
    assert [item["title"] for item in page.items] == ["2", "24", "23"]
    page = history.search(Principal(user_id=owner.pk), str(page.next), q="needle")
    assert [item["title"] for item in page.items] == ["22", "21", "20"]


@pytest.mark.parametrize("ahead", [1, 5])
def test_what_was_created_while_another_still_ran_keeps_its_place(
    owner: Any, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    """The first two ran longest and came into the index last; as many as the search looks ahead came meanwhile."""
    for name, size in (("WINDOW", 2), ("PIECES", (4, 4)), ("AHEAD", ahead + 3), ("PAGE", 3)):
        monkeypatch.setattr(history, name, size)
    made = [
        Comparison.objects.create(owner=owner, title=str(number), search_text="needle", settled=True)
        for number in range(ahead + 4)
    ]
    made += [Comparison.objects.create(owner=owner, title="new", search_text="hay", settled=True) for _ in range(2)]
    for each in [*made[2:], *made[:2]]:
        SearchEntry.objects.create(comparison=each, grams=grams.pieces(each.search_text))
    page = history.search(Principal(user_id=owner.pk), "", q="needle")
    assert [item["title"] for item in page.items] == [str(ahead + 3 - place) for place in range(3)]
