"""Any cut of the same bytes gives the same frames, and the frames are those of the WHATWG rules."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.contract.errors import ProviderError
from providers.transport.sse import Frame, SseSplitter


def split(*chunks: bytes) -> list[Frame]:
    splitter = SseSplitter()
    frames = [frame for chunk in chunks for frame in splitter.feed(chunk)]
    return [*frames, *splitter.end()]


def reference(body: bytes) -> list[Frame]:
    """The rules read slowly and plainly, for the fields that matter here."""
    text = body.removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    frames: list[Frame] = []
    event, data = "", []
    for line in [*text.split(b"\n"), b""]:
        if not line:
            if data:
                frames.append((event, b"\n".join(data)))
            event, data = "", []
            continue
        name, _, value = line.partition(b":")
        value = value[1:] if value[:1] == b" " else value
        if name == b"data":
            data.append(value)
        elif name == b"event":
            event = value.decode(errors="replace")
    return frames


@pytest.mark.parametrize(
    ("body", "frames"),
    [
        (b"data: a\n\n", [("", b"a")]),
        (b"data:a\n\n", [("", b"a")]),
        (b"data:  a\n\n", [("", b" a")]),
        (b"data: a\r\n\r\ndata: b\r\rdata: c\n\n", [("", b"a"), ("", b"b"), ("", b"c")]),
        (b"data: a\ndata: b\n\n", [("", b"a\nb")]),
        (b"data\n\n", [("", b"")]),
        (b"event: error\ndata: a\n\ndata: b\n\n", [("error", b"a"), ("", b"b")]),
        (b"event: lost\n\ndata: b\n\n", [("", b"b")]),
        (b": ping\n\n: ping\ndata: a\n\n", [("", b"a")]),
        (b"id: 1\nretry: 5\ndata: a\n\n", [("", b"a")]),
        (b"\xef\xbb\xbfdata: a\n\n", [("", b"a")]),
        (b"data: a", [("", b"a")]),
        (b"data: a\n", [("", b"a")]),
        ("data: a\u2028b\u0085c\x0bd\n\n".encode(), [("", "a\u2028b\u0085c\x0bd".encode())]),
        (b'error: {"code":500}\n\n', [("error", b'{"code":500}')]),
        (b'{"error":"no"}\n\n', [("", b'{"error":"no"}')]),
        (
            b'data: a\n\n{\n  "error": {\n  }\n}\n\ndata: b\n\n',
            [("", b"a"), ("", b'{\n  "error": {\n  }\n}'), ("", b"b")],
        ),
        (b'{\r\n "a": 1\r\n}\r\n{"b": 2}', [("", b'{\n "a": 1\n}'), ("", b'{"b": 2}')]),
        (b"", []),
        (b"\n\n\n", []),
    ],
)
def test_frames(body: bytes, frames: list[Frame]) -> None:
    assert split(body) == frames


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_equal_pieces_change_nothing(size: int) -> None:
    body = "\ufeffdata: 日本\r\n\r\n: ping\r\ndata: a\r\ndata: b\r\n\r\nevent: error\rdata: x\r\rdata: \u2028".encode()

    pieces = [body[at : at + size] for at in range(0, len(body), size)]

    assert split(*pieces) == split(body)


LINES = st.sampled_from(
    [
        b"data: a",
        b"data:",
        b"data",
        b"event: error",
        b": ping",
        b"data: \xe6\x97",
        b"id: 1",
        b"x",
        b"data: \xe2\x80\xa8",
        b"",
    ]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])
BODIES = st.lists(st.tuples(LINES, ENDS), max_size=30).map(lambda parts: b"".join(line + end for line, end in parts))


@given(body=BODIES | st.binary(max_size=80), cuts=st.lists(st.integers(0, 400), max_size=12), bom=st.booleans())
def test_any_cut_gives_what_the_rules_say(body: bytes, cuts: list[int], bom: bool) -> None:
    body = (b"\xef\xbb\xbf" if bom else b"") + body
    edges = sorted({0, len(body), *(cut for cut in cuts if cut < len(body))})

    pieces = [body[start:end] for start, end in pairwise(edges)]

    lenient = (b"error:", b"{")
    frames = split(*pieces)
    assert frames == split(body)
    if not any(mark in body for mark in lenient):
        assert frames == reference(body)


def test_a_line_without_end_is_given_up() -> None:
    with pytest.raises(ProviderError) as caught:
        split(*[b"x" * 1024 * 1024] * 10)

    assert caught.value.code == "over_limit"


def test_an_event_without_end_is_given_up() -> None:
    with pytest.raises(ProviderError) as caught:
        split(*[b"data: " + b"x" * 1024 * 1024 + b"\n"] * 10)

    assert caught.value.code == "over_limit"


def test_an_object_without_end_is_given_up() -> None:
    with pytest.raises(ProviderError) as caught:
        split(b"{\n" + b" \n" * 2000)

    assert caught.value.code == "over_limit"
