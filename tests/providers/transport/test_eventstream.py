"""AWS frames, whatever the cuts, and a named error for every damage."""

import json
import struct
import zlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.contract.errors import ProviderError
from providers.transport.eventstream import FRAME_LIMIT, HEADERS_LIMIT, EventStreamSplitter
from tests.fakes.aws_frames import event, exception, frame, raw_header, text_header

BODY = b"".join(
    (
        event("messageStart", {"role": "assistant"}),
        event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "世界 {"}}),
        exception("throttlingException", {"message": "slow down"}),
    )
)
FRAMES = [
    ("messageStart", {"role": "assistant"}),
    ("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "世界 {"}}),
    ("exception:throttlingException", {"message": "slow down"}),
]


def split(*chunks: bytes) -> list[tuple[str, object]]:
    splitter = EventStreamSplitter()
    frames = [found for chunk in chunks for found in splitter.feed(chunk)]
    return [(name, json.loads(data)) for name, data in (*frames, *splitter.end())]


def refusal(*chunks: bytes, limit: int = FRAME_LIMIT) -> ProviderError:
    splitter = EventStreamSplitter(limit)
    with pytest.raises(ProviderError) as caught:
        all(list(splitter.feed(chunk)) or True for chunk in chunks)
    return caught.value


def prelude(total: int, headers: int) -> bytes:
    lengths = struct.pack(">II", total, headers)
    return lengths + struct.pack(">I", zlib.crc32(lengths))


def test_names_and_payloads() -> None:
    assert split(BODY) == FRAMES


@given(st.lists(st.integers(0, len(BODY)), max_size=12))
def test_cuts_change_nothing(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(BODY)]

    assert split(*(BODY[start:end] for start, end in pairwise(edges))) == FRAMES


def test_byte_by_byte() -> None:
    assert split(*(bytes([byte]) for byte in BODY)) == FRAMES


@given(st.integers(0, len(BODY) * 8 - 1), st.integers(1, 400))
def test_one_flipped_bit_is_named_and_what_came_before_is_kept(bit: int, size: int) -> None:
    body = bytearray(BODY)
    body[bit // 8] ^= 1 << bit % 8
    splitter = EventStreamSplitter()
    seen: list[str] = []

    pieces = [bytes(body[at : at + size]) for at in range(0, len(body), size)]

    with pytest.raises(ProviderError) as caught:
        seen.extend(name for piece in pieces for name, _ in splitter.feed(piece))

    whole, end = [], 0
    for name, _ in FRAMES:
        end += int.from_bytes(BODY[end : end + 4], "big")
        if end * 8 <= bit:
            whole.append(name)
    assert caught.value.code == "malformed_stream"
    assert seen == whole


def test_a_frame_that_never_ends_is_not_read() -> None:
    assert split(BODY[:-1]) == FRAMES[:-1]


def test_headers_of_every_type() -> None:
    sizes = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
    fixed = [raw_header(f"h{kind}", kind, b"\0" * size) for kind, size in sizes.items()]
    sized = raw_header("bytes", 6, b"\0\x03abc")

    assert split(frame(b"{}", *fixed, sized, text_header(":event-type", "x"))) == [("x", {})]


def test_an_error_of_the_framing_has_its_message_in_a_header() -> None:
    head = (text_header(":message-type", "error"), text_header(":error-code", "500"))

    assert split(frame(b"", *head, text_header(":error-message", "broke"))) == [("exception:500", {"message": "broke"})]
    assert split(frame(b"", head[0])) == [("exception:error", {"message": ""})]


@pytest.mark.parametrize(
    "header",
    [raw_header("x", 11, b""), raw_header("x", 7, b"\0\x09abc"), raw_header("x", 5, b"\0"), b"\x09x", b"\x01x"],
)
def test_headers_that_cannot_be_read(header: bytes) -> None:
    assert refusal(frame(b"{}", header)).code == "malformed_stream"


@pytest.mark.parametrize(("total", "headers"), [(15, 0), (20, 10), (0, 0)])
def test_lengths_that_contradict_each_other(total: int, headers: int) -> None:
    assert refusal(prelude(total, headers)).code == "malformed_stream"


@pytest.mark.parametrize(("total", "headers"), [(FRAME_LIMIT + 1, 0), (HEADERS_LIMIT + 100, HEADERS_LIMIT + 1)])
def test_too_large_is_said_before_it_is_read(total: int, headers: int) -> None:
    assert refusal(prelude(total, headers)).code == "over_limit"


def test_the_limit_is_of_one_frame() -> None:
    one = event("x", {})
    splitter = EventStreamSplitter(len(one))

    assert len(list(splitter.feed(one * 50))) == 50
    assert refusal(one + b"", limit=len(one) - 1).code == "over_limit"
