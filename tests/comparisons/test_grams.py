"""Pieces of text: whatever occurs in a text is found by its pieces, in any language, and pieces are plain."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compare_site.comparisons import grams
from compare_site.comparisons.history import folded
from tests.fuzzing import examples

PLAIN = re.compile(r"[0-9a-z]|[^\x00-\x7f]")


def finds(text: str, *words: str) -> bool:
    held = set(grams.pieces(folded(text)).split(" "))
    wanted = grams.wanted([folded(word) for word in words])
    return set(wanted.whole) <= held and all(any(each.startswith(start) for each in held) for start in wanted.starts)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("请用中文解释高斯消元法", "消元"),
        ("请用中文", "文"),
        ("it is 100% sure", "%"),
        ("a/b:c", "/b:"),
        ("deepblue", "blue"),
    ],
)
def test_parts_of_words_are_found(text: str, word: str) -> None:
    assert finds(text, word)


def test_what_is_not_there_is_mostly_not_found() -> None:
    assert not finds("请用中文解释高斯消元法", "法元")
    assert not finds("deep blue", "blues")
    assert not finds("100 percent", "%")


@given(text=st.text(max_size=60), data=st.data())
@settings(max_examples=examples(150))
def test_every_part_of_every_word_of_a_text_is_found(text: str, data: st.DataObject) -> None:
    words = folded(text).split()
    if words:
        word = data.draw(st.sampled_from(words))
        start = data.draw(st.integers(0, len(word) - 1))
        part = word[start : data.draw(st.integers(start + 1, len(word)))]
        assert part.split() == [part]
        held = set(grams.pieces(folded(text)).split(" "))
        wanted = grams.wanted([part])
        assert set(wanted.whole) <= held
        assert all(any(each.startswith(begin) for each in held) for begin in wanted.starts)


@given(text=st.text(max_size=40))
def test_pieces_hold_nothing_that_an_index_reads_as_its_own(text: str) -> None:
    assert all(PLAIN.fullmatch(character) for piece in grams.pieces(folded(text)).split(" ") for character in piece)


def test_a_book_is_a_candidate_for_every_search() -> None:
    assert grams.pieces("x" * (grams.MOST_CHARACTERS + 1)).split(" ") == [grams.LONG, grams.EVERY]


def test_facets_are_pieces_of_one_length_that_tell_pairs_apart() -> None:
    values = {
        grams.facet("metadata", grams.pair(*pair)) for pair in (("a", "b=c"), ("a=b", "c"), ("a", "b"), ("", "ab"))
    }
    values |= {grams.facet("tag", "x" * 64), grams.facet("provider", "x" * 64)}
    assert len(values) == 6
    assert {len(each) for each in values} == {21}
