"""One value a line, whatever the cuts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.contract.errors import ProviderError
from providers.transport.ndjson import NdjsonSplitter


def split(*chunks: bytes) -> list[bytes]:
    splitter = NdjsonSplitter()
    frames = [frame for chunk in chunks for frame in splitter.feed(chunk)]
    return [data for _, data in (*frames, *splitter.end())]


def test_lines_with_any_end_and_blank_lines() -> None:
    assert split(b'{"a":1}\r\n\n{"b":2}\n{"c":3}') == [b'{"a":1}', b'{"b":2}', b'{"c":3}']


@given(st.lists(st.sampled_from([b"{}", b"\n", b"\r\n", b"[1]", b" "]), max_size=30), st.integers(1, 9))
def test_cuts_change_nothing(parts: list[bytes], size: int) -> None:
    body = b"".join(parts)

    assert split(*(body[at : at + size] for at in range(0, len(body), size))) == split(body)


def test_a_line_without_end_is_given_up() -> None:
    splitter = NdjsonSplitter(line_limit=100)
    splitter.feed(b"x" * 90)

    with pytest.raises(ProviderError) as caught:
        splitter.feed(b"x" * 20)

    assert caught.value.code == "over_limit"
