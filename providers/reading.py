"""From body bytes to stream events: recognises what kind of body came, counts, and keeps what is known of its end.

Pure: no I/O and no clock. ``attempt`` feeds it.
"""

from collections.abc import Iterable, Sequence

from providers.contract.adapter import Adapter, Framing, StreamParser
from providers.contract.errors import ProviderError
from providers.contract.events import (
    BlockOpened,
    Delta,
    Finished,
    StreamEnded,
    StreamEvent,
    StreamFailed,
    UsageReported,
)
from providers.contract.spec import ProviderSpec
from providers.transport.eventstream import EventStreamSplitter
from providers.transport.http import BODY_LIMIT
from providers.transport.ndjson import NdjsonSplitter
from providers.transport.sse import SseSplitter

BLOCK_COST = 64
"""What an opened block counts against the output limit, in characters."""
SPACE = b" \t\r\n\xef\xbb\xbf"
BLANK = b" \t\r"
SPLITTERS: dict[Framing, type[SseSplitter | NdjsonSplitter | EventStreamSplitter]] = {
    "sse": SseSplitter,
    "ndjson": NdjsonSplitter,
    "eventstream": EventStreamSplitter,
}


class AnswerReader:
    """Reads one answer. Look at ``failure`` after each call; ``complete`` is the truth about its end."""

    def __init__(self, adapter: Adapter, spec: ProviderSpec, framing: Framing, output_limit: int) -> None:
        self._adapter = adapter
        self._spec = spec
        self._framing = framing
        self._room = output_limit
        self._splitter: SseSplitter | NdjsonSplitter | EventStreamSplitter | None = None
        self._parser: StreamParser = adapter.parser(spec)
        self._whole: list[bytes] = []
        self._whole_size = 0
        self.is_whole = False
        """The body is one JSON value, whatever was asked for."""
        self.heard = False
        self.shown = False
        self.finished = False
        self.ended = False
        self.failure: ProviderError | None = None
        self.lingers = False
        """The failure is the provider's own word: usage may still follow it."""

    @property
    def stopped(self) -> bool:
        """Reading on makes no sense."""
        return self.failure is not None and not self.lingers

    @property
    def complete(self) -> bool:
        """A finish reason or the protocol's end marker was seen."""
        return self.finished or self.ended

    def feed(self, chunk: bytes) -> Sequence[StreamEvent]:
        splitter = self._splitter
        if splitter is None:
            return self._begin(chunk)
        out: list[StreamEvent] = []
        try:
            for event, data in splitter.feed(chunk):
                self._take(self._parser.feed(data, event), out)
        except ProviderError as error:
            self.failure = error
        return out

    def end(self, *, broken: bool = False) -> Sequence[StreamEvent]:
        """The body is over, or the connection broke: then an unfinished line is not worth reading."""
        out: list[StreamEvent] = []
        if self._splitter is None:
            if self.is_whole and not broken and self.failure is None:
                self._take(self._adapter.parse_whole(b"".join(self._whole), self._spec), out)
            return out
        before = self.failure
        for event, data in () if broken else self._splitter.end():
            self._take(self._parser.feed(data, event), out)
        if before is None and self.failure is not None and self.failure.code == "malformed_stream":
            self.failure = None  # a last line that cannot be read is a cut one: the answer is incomplete
        self._take(self._parser.end(), out)
        return out

    def _begin(self, chunk: bytes) -> Sequence[StreamEvent]:
        """What a body is shows in its first character; servers are careless with content types."""
        self._whole.append(chunk)
        self._whole_size += len(chunk)
        if self._whole_size > BODY_LIMIT:
            self.failure = ProviderError("over_limit", "The provider's answer is too large; reading stopped.")
        if not self.is_whole:
            seen = b"".join(self._whole).lstrip(SPACE)
            rest = seen[1:].lstrip(BLANK)
            # Lines begin like a whole value does, but for one that is spread over many of them.
            lines = self._framing == "ndjson"
            self._whole = [seen if rest else seen[:1]]
            if not seen or (lines and not rest):
                return ()
            self.is_whole = seen[:1] in b"{[" and (not lines or rest[:1] == b"\n")
            if not self.is_whole:
                return self._recognised(seen[:1])
        return ()

    def _recognised(self, first: bytes) -> Sequence[StreamEvent]:
        if first == b"<":
            message = "The provider answered with a web page instead of a stream. Check the base URL."
            self.failure = ProviderError("malformed_stream", message)
            return ()
        self._splitter = SPLITTERS[self._framing]()
        body = b"".join(self._whole)
        self._whole.clear()
        return self.feed(body)

    def _take(self, events: Iterable[StreamEvent], out: list[StreamEvent]) -> None:
        for event in events:
            if self.failure is not None:
                if isinstance(event, UsageReported):
                    out.append(event)
            elif isinstance(event, Delta | BlockOpened):
                self._show(event, out)
            elif isinstance(event, StreamFailed):
                self.failure = event.error
                self.lingers = True
            else:
                self.finished = self.finished or isinstance(event, Finished)
                self.ended = self.ended or isinstance(event, StreamEnded)
                self.heard = True
                out.append(event)

    def _show(self, event: Delta | BlockOpened, out: list[StreamEvent]) -> None:
        """Count what a viewer will see; of a delta over the limit, what fits is still delivered."""
        if isinstance(event, Delta):
            self._room -= len(event.text)
        else:
            self._room -= BLOCK_COST + sum(len(str(value)) for value in (event.data or {}).values())
        if self._room < 0:
            message = "Stopped: the answer is longer than the limit of this installation."
            self.failure = ProviderError("over_limit", message)
            if isinstance(event, BlockOpened) or not (fits := event.text[: self._room]):
                return
            event = Delta(event.index, event.kind, fits)
        self.heard = self.shown = True
        out.append(event)
