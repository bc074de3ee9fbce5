"""The index of texts in the database: it follows the rows, whatever becomes of them, and refuses no search."""

from itertools import pairwise
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from compare_site.comparisons import grams, search_index
from compare_site.comparisons.history import folded
from compare_site.comparisons.models import Comparison, SearchEntry
from tests.fuzzing import examples

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def entry(owner: Any, text: str, facets: tuple[str, ...] = ()) -> SearchEntry:
    comparison = Comparison.objects.create(owner=owner, title=text[:200])
    return SearchEntry.objects.create(comparison=comparison, grams=grams.pieces(folded(text), facets))


def found(*words: str, facets: tuple[str, ...] = ()) -> set[str]:
    ids = search_index.candidates(grams.wanted([folded(word) for word in words], facets))
    return set(Comparison.objects.filter(pk__in=ids).values_list("title", flat=True))


def test_words_in_any_language_and_facets(owner: Any) -> None:
    maths = grams.facet("tag", "maths")
    entry(owner, "请用中文解释高斯消元法", (maths,))
    entry(owner, "Why is the sky blue? 100%")
    assert found("消元") == {"请用中文解释高斯消元法"}
    assert found("法") == {"请用中文解释高斯消元法"}
    assert found("SKY", "blu") == {"Why is the sky blue? 100%"}
    assert found("%") == {"Why is the sky blue? 100%"}
    assert found("sky", "消元") == set()
    assert found(facets=(maths,)) == {"请用中文解释高斯消元法"}
    assert found("sky", facets=(maths,)) == set()


def test_it_follows_changes_and_deletions(owner: Any) -> None:
    row = entry(owner, "before")
    row.grams = grams.pieces("afterwards")
    row.save()
    assert (found("before"), found("afterwards")) == (set(), {"before"})
    Comparison.objects.all().delete()
    assert found("afterwards") == set()
    again = entry(owner, "again")
    assert found("aga") == {"again"}
    SearchEntry.objects.filter(pk=again.pk).update(grams=grams.pieces("updated"))
    assert (found("aga"), found("upd")) == (set(), {"again"})


def test_a_book_is_always_a_candidate(owner: Any) -> None:
    entry(owner, "x" * (grams.MOST_CHARACTERS + 1))
    assert len(found("needle")) == 1


@given(word=st.text(min_size=1, max_size=30))
@settings(max_examples=examples(60))
def test_no_word_breaks_it(owner: Any, word: str) -> None:
    words = folded(word).split()
    if words:
        list(search_index.candidates(grams.wanted(words)))


def test_the_newest_candidates_come_first_and_the_index_of_texts_is_asked(owner: Any) -> None:
    rows = [entry(owner, f"a formerly common word {number}") for number in range(5)]
    wanted = grams.wanted(["formerly"])
    asked: list[tuple[str, Any]] = []

    def note(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, *rest)

    with connection.execute_wrapper(note):
        first = search_index.newest(wanted, None, 3)
    assert [pk for pk, _comparison in first] == [row.pk for row in reversed(rows[2:])]
    assert [pk for pk, _comparison in search_index.newest(wanted, rows[2].pk, 3)] == [rows[1].pk, rows[0].pk]
    for sql, params in asked if connection.vendor == "postgresql" else ():
        with connection.cursor() as cursor:
            # As with many rows: so few are read through or sorted at once otherwise.
            cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
            cursor.execute(f"EXPLAIN {sql}", params)
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "comparisons_searchindex" in plan, plan


@pytest.mark.parametrize("only_sampled", [False, True], ids=["many together", "few but every sampled one"])
def test_the_newest_of_many_are_the_newest_whatever_a_sample_says(owner: Any, only_sampled: bool) -> None:
    comparisons = Comparison.objects.bulk_create(Comparison(owner=owner) for _ in range(300))
    entries = [SearchEntry(comparison=each, grams=grams.pieces("formerly common")) for each in comparisons]
    SearchEntry.objects.bulk_create(entries)
    newest_first = list(SearchEntry.objects.order_by("-id").values_list("id", flat=True))
    gone = [pk for place, pk in enumerate(newest_first) if place < 100 and not (only_sampled and pk % 64 == 0)]
    gone += [pk for pk in newest_first[100:] if only_sampled and pk % 64]
    SearchEntry.objects.filter(pk__in=gone).update(grams=grams.pieces("common"))

    found = search_index.newest(grams.wanted(["formerly"]), None, 32)

    assert [pk for pk, _comparison in found] == [pk for pk in newest_first if pk not in gone][:32]
    assert len(found) == (sum(pk % 64 == 0 for pk in newest_first) if only_sampled else 32)


@given(first=st.integers(1, 2_000_000), rows=st.integers(0, 1_500_000))
@settings(max_examples=examples(200))
def test_blocks_have_all_rows_and_are_few(first: int, rows: int) -> None:
    sizes = dict(search_index.BLOCKS)
    smallest, largest = min(sizes.values()), max(sizes.values())
    ends = [(int(piece[1:]) * sizes[piece[0]], sizes[piece[0]]) for piece in search_index.blocks(first, first + rows)]
    assert ends[0][0] <= first < ends[0][0] + smallest
    assert all(begin + size == following for (begin, size), (following, _) in pairwise(ends))
    assert first + rows < ends[-1][0] + ends[-1][1] <= first + rows + smallest + 1
    assert len(ends) <= 62 + rows // largest
