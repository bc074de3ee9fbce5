"""The life of an answer, the same in all protocols: what is read of it, when it is over, how it fails.

A protocol says what its events mean (``_take``) and what a whole answer is (``_whole``).
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from providers.contract.errors import ProviderError
from providers.contract.events import (
    Finished,
    FinishReason,
    ResponseInfo,
    StreamEnded,
    StreamEvent,
    StreamFailed,
    Usage,
    UsageReported,
)
from providers.contract.spec import UsagePaths
from providers.dialects.blocks import Blocks
from providers.dialects.errors import ErrorBody, error_in, scrub, stream_error
from providers.dialects.jsonvalue import JsonReader, as_dict, as_text, clean, read_json
from providers.dialects.usage import read_cost, read_usage

EXCERPT = 2000
END = b"[DONE]"
B = TypeVar("B", bound=Blocks)


class Parser(ABC, Generic[B]):
    """One answer. After a failure nothing but usage is said; after any other end, nothing."""

    def __init__(self, blocks: B, usage: UsagePaths) -> None:
        self._blocks = blocks
        self._paths = usage
        self._reader = JsonReader()
        self._over = False
        self._has_failed = False
        self._usage: dict[str, Any] | None = None
        self._ending: Finished | None = None
        self._response_id: str | None = None
        self._model: str | None = None

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        """Short on purpose: thousands of events a second come here."""
        if self._over or not data:
            return self._after(data) if self._has_failed and data else ()
        out: list[StreamEvent] = []
        try:
            value = self._reader.read(data)
        except ValueError:
            self._unreadable(data, event, out)
            return out
        if isinstance(value, dict):
            self._take(value, event, out)
        else:
            self._odd(value, event, out)
        return out

    def end(self) -> Sequence[StreamEvent]:
        """The body has ended: flush what was held back."""
        out: list[StreamEvent] = []
        if not self._over:
            self._flush(self._reader.rest(), out)
            self._over = True
        return out

    def parse_whole(self, body: bytes) -> Sequence[StreamEvent]:
        """The events of one JSON body, ``StreamEnded`` last unless it is an error."""
        out: list[StreamEvent] = []
        try:
            value = read_json(body)
        except ValueError:
            self._not_json(body, out)
            return out
        if not self._whole(value, out):
            missing = ProviderError("malformed_stream", "The provider's answer holds no message.")
            self._fail(self._error_in(value) or missing, out)
        self._ended(out)
        return out

    @abstractmethod
    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        """What one event of the stream says."""

    @abstractmethod
    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        """What a whole body says; False if it is no answer."""

    def _odd(self, value: Any, event: str, out: list[StreamEvent]) -> None:
        """An event that is no object. Null says nothing; the end marker may come as a text."""
        if value is None:
            return
        if value == END.decode():
            self._ended(out)
            return
        self._fail(ProviderError("malformed_stream", "The provider sent a chunk that is no object."), out)

    def _late(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        """What a failed answer has cost may come after the failure."""
        self._count(chunk.get("usage"), out)

    def _flush(self, rest: str, out: list[StreamEvent]) -> None:
        """Nothing follows. ``rest`` stands for half a character whose other half never came."""
        self._blocks.rest(rest, out)
        self._blocks.end(out)

    def _error_in(self, value: Any) -> ProviderError | None:
        """The failure that an event or a body reports."""
        found = error_in(value)
        return None if found is None else stream_error(found)

    def _usage_of(self, raw: dict[str, Any]) -> Usage | None:
        return read_usage(raw, self._paths)

    def _check(self, chunk: Any, out: list[StreamEvent]) -> None:
        """Fail if ``chunk`` holds an error."""
        error = self._error_in(chunk)
        if error is not None:
            self._fail(error, out)

    def _fail(self, error: ProviderError, out: list[StreamEvent]) -> None:
        """Once; what was held back is said before."""
        if not self._over:
            out.extend(self.end())
            out.append(StreamFailed(error))
            self._has_failed = True

    def _ended(self, out: list[StreamEvent]) -> None:
        """The protocol's own end marker, or a body that is there from its beginning to its end."""
        if not self._over:
            out.extend((*self.end(), StreamEnded()))

    def _finish(self, reason: FinishReason, native: str, out: list[StreamEvent]) -> None:
        """Many say that they have stopped where they want tools to be called. Said again only when it changes."""
        if reason == "stop" and self._blocks.refused:
            reason = "refusal"
        elif reason == "stop" and self._blocks.has_calls:
            reason = "tool_calls"
        ending = Finished(reason, native)
        if ending != self._ending:
            self._ending = ending
            out.append(ending)

    def _learn(self, response_id: Any, model: Any) -> bool:
        """Id and model as first sent, which some servers send empty at first; whether there is anything new."""
        known = self._response_id, self._model
        self._response_id = self._response_id or as_text(response_id) or None
        self._model = self._model or as_text(model) or None
        return known != (self._response_id, self._model)

    def _tell(self, metadata: dict[str, Any], out: list[StreamEvent]) -> None:
        out.append(ResponseInfo(self._response_id, self._model, metadata))

    def _count(self, raw: Any, out: list[StreamEvent]) -> None:
        """The last usage wins; a repetition is not said again."""
        if not isinstance(raw, dict) or raw == self._usage:
            return
        self._usage = raw
        usage = self._usage_of(raw)
        if usage is not None:
            out.append(UsageReported(usage, clean(raw), read_cost(raw, self._paths)))

    def _after(self, data: bytes) -> Sequence[StreamEvent]:
        out: list[StreamEvent] = []
        try:
            chunk = as_dict(self._reader.read(data))
        except ValueError:
            return out
        self._late(chunk, out)
        return out

    def _unreadable(self, data: bytes, event: str, out: list[StreamEvent]) -> None:
        """The end marker is no JSON; neither are blanks, nor the words of some servers when they fail."""
        shown = data.strip()
        if not shown and event != "error":
            return
        if shown.startswith(END):
            self._ended(out)
        elif event == "error":
            said = scrub(data[:EXCERPT].decode("utf-8", "replace"))
            self._fail(stream_error(ErrorBody(said, "", None)), out)
        else:
            self._fail(ProviderError("malformed_stream", "The provider sent a chunk that is not JSON."), out)

    def _not_json(self, body: bytes, out: list[StreamEvent]) -> None:
        """A whole body that cannot be read."""
        self._fail(ProviderError("malformed_stream", "The provider's answer is not JSON."), out)


class LineParser(Parser[B]):
    """One JSON object a line. A whole body may be lines, too: of a server that was not told how to answer."""

    def _not_json(self, body: bytes, out: list[StreamEvent]) -> None:
        """Their end marker, if there is one, is in them; a last line that cannot be read was cut."""
        *lines, last = body.split(b"\n")
        if not lines:
            super()._not_json(body, out)
        for line in (*lines, last if _is_json(last) else b""):
            out.extend(self.feed(line.strip()))
        out.extend(self.end())


def _is_json(data: bytes) -> bool:
    try:
        read_json(data)
    except ValueError:
        return False
    return True
