"""Pairs of metadata in one line."""

import pytest

from compare_site.comparisons import pairs


@pytest.mark.parametrize("key", ["case", "a=b", "=", "a\\", "\\=", "C:\\x", "a.b\\\\=c"])
def test_every_pair_can_be_written_and_read_again(key: str) -> None:
    text = pairs.written(key, "1=2\\=3")
    assert pairs.read(text) == (key, "1=2\\=3")
    assert pairs.read(text.replace("=1=2", " = 1=2")) == (key, "1=2\\=3"), "spaces around are no part of it"


def test_what_is_no_pair_is_none_and_costs_no_time() -> None:
    assert pairs.read("C:\\x=1") == ("C:\\x", "1")
    for text in ("", "novalue", "=v", " =v", "a\\=b", "\\" * pairs.MOST):
        assert pairs.read(text) is None
    assert len(pairs.written("=" * 64, "v" * 512)) == pairs.MOST
