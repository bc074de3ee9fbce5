"""AWS event stream frames out of bytes that may be cut anywhere. Same two methods as ``sse.SseSplitter``.

Binary: lengths, headers, payload, and two checksums which are both verified. A frame's name is its ``:event-type``;
of an exception ``exception:<type>``, whose payload always is an object with a ``message``.
"""

import json
import zlib
from collections.abc import Iterator
from struct import Struct

from providers.contract.errors import ProviderError
from providers.transport.sse import Frame

FRAME_LIMIT = 16 * 1024 * 1024
HEADERS_LIMIT = 128 * 1024
PRELUDE = Struct(">III")
CHECKSUM = Struct(">I")
LENGTH = Struct(">H")
FIXED_SIZES = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header value by its type; 6 (bytes) and 7 (string) begin with their length."""
SIZED = frozenset({6, 7})
STRING = 7


class EventStreamSplitter:
    """``feed`` chunks in order, then ``end``. What ``feed`` gives must be read to its end, before the next chunk.

    Frames before a damaged one are given out before the error is raised.
    """

    __slots__ = ("_held", "_limit", "_needed", "_size")

    def __init__(self, frame_limit: int = FRAME_LIMIT) -> None:
        self._limit = frame_limit
        self._held: list[bytes] = []
        self._size = 0
        self._needed = PRELUDE.size

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """The frames that became complete. Nothing is copied until a frame is whole."""
        self._held.append(chunk)
        self._size += len(chunk)
        if self._size < self._needed:
            return
        data = b"".join(self._held)
        start = 0
        while len(data) - start >= PRELUDE.size:
            total, header_size = self._prelude(data, start)
            self._needed = total
            if len(data) - start < total:
                break
            yield _frame(data[start : start + total], header_size)
            start += total
            self._needed = PRELUDE.size
        self._held = [data[start:]]
        self._size = len(data) - start

    def end(self) -> list[Frame]:
        """An unfinished frame cannot be checked and is not read."""
        self._held.clear()
        self._size = 0
        return []

    def _prelude(self, data: bytes, start: int) -> tuple[int, int]:
        total, header_size, checksum = PRELUDE.unpack_from(data, start)
        if zlib.crc32(data[start : start + 8]) != checksum:
            raise _damaged("the checksum of its lengths is wrong")
        if total > self._limit or header_size > HEADERS_LIMIT:
            message = f"The provider sent a frame of more than {self._limit // 1024} KiB; reading stopped."
            raise ProviderError("over_limit", message)
        if total < PRELUDE.size + header_size + CHECKSUM.size:
            raise _damaged("its lengths contradict each other")
        return total, header_size


def _frame(frame: bytes, header_size: int) -> Frame:
    body_end = len(frame) - CHECKSUM.size
    if zlib.crc32(memoryview(frame)[:body_end]) != CHECKSUM.unpack_from(frame, body_end)[0]:
        raise _damaged("its checksum is wrong")
    header_end = PRELUDE.size + header_size
    headers = _headers(frame[PRELUDE.size : header_end])
    payload = frame[header_end:body_end]
    kind = headers.get(":message-type", "event")
    if kind == "event":
        return headers.get(":event-type", ""), payload
    name = headers.get(":exception-type") or headers.get(":error-code") or kind
    return f"exception:{name}", _with_message(payload, headers.get(":error-message", ""))


def _with_message(payload: bytes, message: str) -> bytes:
    """Errors of the framing itself have their message in a header and no payload."""
    return payload if payload.strip() else json.dumps({"message": message}).encode()


def _headers(data: bytes) -> dict[str, str]:
    """The headers whose values are texts, which all that matter are."""
    found: dict[str, str] = {}
    at = 0
    while at < len(data):
        name, at = _take(data, at + 1, data[at])
        kind, at = _take(data, at, 1)
        if kind[0] in SIZED:
            length, at = _take(data, at, LENGTH.size)
            value, at = _take(data, at, LENGTH.unpack(length)[0])
        elif kind[0] in FIXED_SIZES:
            value, at = _take(data, at, FIXED_SIZES[kind[0]])
        else:
            raise _damaged("a header has an unknown type")
        if kind[0] == STRING:
            found[name.decode(errors="replace")] = value.decode(errors="replace")
    return found


def _take(data: bytes, at: int, size: int) -> tuple[bytes, int]:
    if at + size > len(data):
        raise _damaged("a header is longer than its place")
    return data[at : at + size], at + size


def _damaged(how: str) -> ProviderError:
    return ProviderError("malformed_stream", f"The provider sent a damaged frame: {how}.")
