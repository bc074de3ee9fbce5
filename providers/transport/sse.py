"""Server-sent events out of bytes that may be cut anywhere. Splits at line ends only, never at U+2028 and its like.

Lenient where servers are: a missing final blank line, ``error: {...}`` as a field, a bare JSON object in one line or
several (so Google puts an error between its events).
"""

from providers.contract.errors import ProviderError

LINE_LIMIT = 8 * 1024 * 1024
"""Bytes. A picture that a model has made comes in one line."""
LINES_LIMIT = 1000
BOM = b"\xef\xbb\xbf"
INSIDE = frozenset({b" ", b"\t", b"}", b"]"})
"""How the later lines of an indented object begin; no field of an event begins so."""
Frame = tuple[str, bytes]


class SseSplitter:
    """``feed`` chunks in order, then ``end``; both give the frames that became complete as (event, data)."""

    __slots__ = ("_at_start", "_data", "_event", "_extra", "_held", "_limit", "_size", "_skip_newline")

    def __init__(self, line_limit: int = LINE_LIMIT) -> None:
        self._limit = line_limit
        self._held: list[bytes] = []
        self._size = 0
        self._data: list[bytes] = []
        self._extra: list[tuple[str, list[bytes]]] = []
        self._event = ""
        self._skip_newline = False
        self._at_start = True

    def feed(self, chunk: bytes) -> list[Frame]:
        if self._at_start:
            chunk = self._without_bom(chunk)
        if self._skip_newline or b"\r" in chunk:
            chunk = self._with_newlines(chunk)
        lines = chunk.split(b"\n")
        if self._held:
            if len(lines) == 1:
                self._hold(chunk)
                return []
            lines[0] = b"".join((*self._held, lines[0]))
            self._held.clear()
            self._size = 0
        rest = lines.pop()
        frames: list[Frame] = []
        for line in lines:
            if line:
                self._line(line)
            elif self._data or self._extra:
                self._dispatch(frames)
            else:
                self._event = ""
        if rest:
            self._hold(rest)
        return frames

    def end(self) -> list[Frame]:
        """The body is over: an unfinished line and an unfinished event count."""
        frames: list[Frame] = []
        if self._held:
            self._line(b"".join(self._held))
            self._held.clear()
        if self._data or self._extra:
            self._dispatch(frames)
        return frames

    def _line(self, line: bytes) -> None:
        if len(line) > self._limit:
            raise _too_long(self._limit)
        if line[:5] == b"data:":
            if self._data and sum(map(len, self._data)) > self._limit:
                raise _too_long(self._limit)
            self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            return
        if self._extra and line[:1] in INSIDE:
            self._continue(line)
            return
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._event = value.decode(errors="replace")
        elif name == b"data":
            self._data.append(b"")
        elif name == b"error":
            self._extra.append(("error", [value]))
        elif line[:1] == b"{":
            self._extra.append(("", [line]))

    def _continue(self, line: bytes) -> None:
        """The object before goes on in this line."""
        lines = self._extra[-1][1]
        if len(lines) >= LINES_LIMIT or sum(map(len, lines)) > self._limit:
            raise _too_long(self._limit)
        lines.append(line)

    def _dispatch(self, frames: list[Frame]) -> None:
        if self._data:
            data = self._data
            frames.append((self._event, data[0] if len(data) == 1 else b"\n".join(data)))
            self._data = []
        if self._extra:
            frames.extend((event, b"\n".join(lines)) for event, lines in self._extra)
            self._extra = []
        self._event = ""

    def _hold(self, piece: bytes) -> None:
        self._held.append(piece)
        self._size += len(piece)
        if self._size > self._limit:
            raise _too_long(self._limit)

    def _with_newlines(self, chunk: bytes) -> bytes:
        """CRLF and CR become LF; a CRLF may be cut in the middle."""
        if self._skip_newline and chunk:
            self._skip_newline = False
            chunk = chunk.removeprefix(b"\n")
        if chunk[-1:] == b"\r":
            self._skip_newline = True
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _without_bom(self, chunk: bytes) -> bytes:
        """Drop a byte order mark, which may itself be cut."""
        seen = b"".join((*self._held, chunk))
        if len(seen) < len(BOM) and BOM.startswith(seen):
            self._held = [seen]
            return b""
        self._held = []
        self._at_start = False
        return seen.removeprefix(BOM)


def _too_long(limit: int) -> ProviderError:
    return ProviderError("over_limit", f"The provider sent a line longer than {limit // 1024} KiB; reading stopped.")
