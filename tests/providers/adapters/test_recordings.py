"""Every hand-written recording gives its expected events, however its bytes are cut."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fuzzing import examples
from tests.providers.recordings.reading import Case, cases, read

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_expected_events(case: Case) -> None:
    assert case.expected
    assert read(case) == case.expected


@pytest.mark.parametrize("size", [1, 7, 64])
@pytest.mark.parametrize("case", CASES, ids=str)
def test_cut_into_equal_pieces(case: Case, size: int) -> None:
    pieces = [case.body[at : at + size] for at in range(0, len(case.body), size)]

    assert read(case, *pieces) == case.expected


@settings(max_examples=examples(300))
@given(st.sampled_from(CASES), st.lists(st.integers(1, 4000), max_size=8))
def test_cut_anywhere(case: Case, cuts: list[int]) -> None:
    edges = sorted({0, len(case.body), *(cut for cut in cuts if cut < len(case.body))})
    pieces = [case.body[start:end] for start, end in pairwise(edges)]

    assert read(case, *pieces) == case.expected


@settings(max_examples=examples(300))
@given(st.sampled_from(CASES), st.integers(0, 4000), st.integers(0, 255), st.integers(1, 60))
def test_damaged_bytes_never_raise(case: Case, at: int, byte: int, length: int) -> None:
    """Whatever is overwritten, the outcome is events or a named failure, with indices that follow each other."""
    at %= len(case.body)
    damaged = case.body[:at] + bytes([byte]) * length + case.body[at + length :]

    events = read(case, damaged)

    opened = list(dict.fromkeys(event[1]["index"] for event in events if event[0] == "BlockOpened"))
    assert opened == list(range(len(opened)))
    assert all(event[1] in opened for event in events if event[0] == "Delta")
    "".join(str(event) for event in events).encode()
