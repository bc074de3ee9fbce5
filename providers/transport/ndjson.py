"""One JSON value a line, out of bytes that may be cut anywhere. Same two methods as ``sse.SseSplitter``."""

from providers.contract.errors import ProviderError
from providers.transport.sse import LINE_LIMIT, Frame


class NdjsonSplitter:
    """``feed`` chunks in order, then ``end``; frames have no event name."""

    __slots__ = ("_held", "_limit", "_size")

    def __init__(self, line_limit: int = LINE_LIMIT) -> None:
        self._limit = line_limit
        self._held: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> list[Frame]:
        lines = chunk.split(b"\n")
        if self._held and len(lines) > 1:
            lines[0] = b"".join((*self._held, lines[0]))
            self._held.clear()
            self._size = 0
        rest = lines.pop()
        if rest:
            self._held.append(rest)
            self._size += len(rest)
        if self._size > self._limit or any(len(line) > self._limit for line in lines):
            raise ProviderError("over_limit", "The provider sent a line that is too long; reading stopped.")
        return [("", stripped) for line in lines if (stripped := line.strip())]

    def end(self) -> list[Frame]:
        line = b"".join(self._held).strip()
        self._held.clear()
        return [("", line)] if line else []
