"""Whatever a provider sends can be encoded and stored afterwards, and nothing else is touched."""

import json

from hypothesis import given
from hypothesis import strategies as st

from compare_site.comparisons.clean import DEEPEST, clean, clean_text, is_too_deep
from compare_site.comparisons.fold import RunFold

ANY = st.text(st.characters(exclude_categories=()))


@given(ANY)
def test_any_text_can_be_encoded_afterwards(text: str) -> None:
    cleaned = clean_text(text)
    assert "\x00" not in cleaned
    assert cleaned.encode().decode() == cleaned


@given(st.text())
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert clean_text(text) == text.replace("\x00", "\ufffd")


def test_pairs_are_joined_and_halves_replaced() -> None:
    assert clean_text("\ud83d\ude00") == "😀"
    assert clean_text("a\ud800b\u2028") == "a\ufffdb\u2028"


LEAVES = st.none() | st.integers() | st.floats() | ANY


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(ANY, inner)))
def test_any_json_value_can_be_encoded_afterwards(value: object) -> None:
    json.dumps(clean(value), ensure_ascii=False, allow_nan=False).encode()


def test_numbers_that_are_none_become_null_and_others_stay() -> None:
    assert clean([float("nan"), float("inf"), -0.5, 10**30, True]) == [None, None, -0.5, 10**30, True]
    assert clean({1: ("a", None)}) == {"1": ["a", None]}


def nested(depth: int, innermost: object) -> object:
    """Objects inside each other."""
    value = innermost
    for _ in range(depth):
        value = {"a": value}
    return value


def test_what_is_nested_too_deeply_is_cut_and_the_rest_can_be_read_again() -> None:
    assert clean(nested(DEEPEST, "x")) == nested(DEEPEST, "x")
    assert clean(nested(DEEPEST + 1, "x")) == nested(DEEPEST, None)
    assert [is_too_deep(nested(depth, "x")) for depth in (0, DEEPEST, DEEPEST + 1, 900)] == [False, False, True, True]

    fold = RunFold(id="x", metadata={"a": clean(nested(900, "x"))})
    assert RunFold.model_validate_json(fold.model_dump_json()) == fold
