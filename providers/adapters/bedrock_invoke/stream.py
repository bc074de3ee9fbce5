"""The vendors' bodies, unwrapped: what they are shows in the first piece, and its own parser reads the rest."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from providers.adapters import get_adapter
from providers.adapters.bedrock_invoke.completions import FINISH, said
from providers.contract.adapter import StreamParser
from providers.contract.errors import ProviderError
from providers.contract.events import (
    BlockOpened,
    Delta,
    Finished,
    ResponseInfo,
    StreamEnded,
    StreamEvent,
    StreamFailed,
    UsageReported,
)
from providers.contract.spec import ProviderSpec, Quirks
from providers.dialects.errors import error_in, stream_error
from providers.dialects.jsonvalue import JsonReader, as_dict, as_list, as_text, clean, read_json

METRICS = "amazon-bedrock-invocationMetrics"
NOVA = frozenset(
    {"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"}
)


class _Body(Protocol):
    """How one vendor's pieces are read."""

    def take(self, piece: dict[str, Any]) -> Sequence[StreamEvent]: ...

    def end(self) -> Sequence[StreamEvent]: ...


class InvokeParser:
    """One answer. After a failure nothing more is said but usage."""

    def __init__(self, spec: ProviderSpec) -> None:
        self._spec = spec
        self._reader = JsonReader()
        self._body: _Body | None = None
        self._has_failed = False

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        try:
            frame = as_dict(self._reader.read(data))
            if event.startswith("exception:"):
                return self._exception(event, data)
            piece = self._unwrapped(frame)
        except ValueError:
            return self._failed(ProviderError("malformed_stream", "The provider sent a frame that is not JSON."))
        if piece is None:
            return ()
        if event == "error" and (found := error_in(piece)) is not None:
            return self._failed(stream_error(found))
        body = self._body or _recognised(piece, self._spec)
        if body is None:
            return self._unknown(piece)
        self._body = body
        return self._still_wanted([*body.take(piece), *_metrics(piece)])

    def end(self) -> Sequence[StreamEvent]:
        return self._still_wanted(self._body.end()) if self._body is not None else ()

    def parse_whole(self, body: bytes) -> Sequence[StreamEvent]:
        """By the vendor whose body it is."""
        try:
            value = read_json(body)
        except ValueError:
            return [StreamFailed(ProviderError("malformed_stream", "The provider's answer is not JSON."))]
        whole = as_dict(value)
        if isinstance(as_dict(whole.get("output")).get("message"), dict):
            return get_adapter("bedrock_converse").parse_whole(body, self._spec)
        if as_text(whole.get("type")) in {"message", "error"} or isinstance(whole.get("completion"), str):
            return get_adapter("anthropic_messages").parse_whole(body, self._spec)
        if isinstance(whole.get("choices"), list):
            return get_adapter("openai_chat").parse_whole(_dumped(_chat_piece(whole)), _plain_chat(self._spec))
        if said(whole) is not None:
            prompted = _Prompted()
            return [*prompted.take(whole), *prompted.end(), StreamEnded()]
        found = error_in(value)
        unknown = ProviderError("malformed_stream", "The provider's answer has a form that is not known here.")
        return [StreamFailed(unknown if found is None else stream_error(found))]

    def _exception(self, event: str, data: bytes) -> Sequence[StreamEvent]:
        """AWS's own, whatever is wrapped beside it."""
        events = get_adapter("bedrock_converse").parser(self._spec).feed(data, event)
        failure = next((event.error for event in events if isinstance(event, StreamFailed)), None)
        return () if failure is None else self._failed(failure)

    def _unwrapped(self, frame: dict[str, Any]) -> dict[str, Any] | None:
        """What a frame holds in base64. Pieces that are no objects say nothing."""
        if "bytes" not in frame:
            return frame or None
        wrapped = base64.b64decode(as_text(frame["bytes"])).strip()
        if not wrapped or wrapped.startswith(b"[DONE]"):
            return None
        piece = self._reader.read(wrapped)
        return piece if isinstance(piece, dict) and piece else None

    def _unknown(self, piece: dict[str, Any]) -> Sequence[StreamEvent]:
        found = error_in(piece)
        return () if found is None else self._failed(stream_error(found))

    def _still_wanted(self, events: Sequence[StreamEvent]) -> Sequence[StreamEvent]:
        if self._has_failed:
            return [event for event in events if isinstance(event, UsageReported)]
        self._has_failed = any(isinstance(event, StreamFailed) for event in events)
        return events

    def _failed(self, error: ProviderError) -> Sequence[StreamEvent]:
        if self._has_failed:
            return ()
        events = [*self.end(), StreamFailed(error)]
        self._has_failed = True
        return events


def _recognised(piece: Mapping[str, Any], spec: ProviderSpec) -> _Body | None:
    if NOVA & set(piece):
        return _Nova(get_adapter("bedrock_converse").parser(spec))
    if isinstance(piece.get("choices"), list):
        return _Chat(get_adapter("openai_chat").parser(_plain_chat(spec)))
    if isinstance(piece.get("type"), str) or isinstance(piece.get("completion"), str):
        return _Claude(get_adapter("anthropic_messages").parser(spec))
    return _Prompted() if said(piece) is not None else None


def _metrics(piece: Mapping[str, Any]) -> Sequence[StreamEvent]:
    """AWS's own count of an answer, beside the vendor's: it is not the same and replaces nothing."""
    found = piece.get(METRICS)
    return [ResponseInfo(metadata={"invocation_metrics": clean(found)})] if isinstance(found, dict) else ()


class _Wrapped:
    """Pieces of another protocol, read by its own parser."""

    def __init__(self, parser: StreamParser) -> None:
        self._parser = parser

    def end(self) -> Sequence[StreamEvent]:
        return self._parser.end()


class _Nova(_Wrapped):
    """Converse's events, their name being the key."""

    def take(self, piece: dict[str, Any]) -> Sequence[StreamEvent]:
        return [event for name in piece if name in NOVA for event in self._parser.feed(_dumped(piece[name]), name)]


class _Claude(_Wrapped):
    """Anthropic's events, their name being in the type."""

    def take(self, piece: dict[str, Any]) -> Sequence[StreamEvent]:
        return self._parser.feed(_dumped(piece), as_text(piece.get("type")))


class _Chat(_Wrapped):
    """Chunks of Chat Completions, and of Mistral, who says the reason under another name. No ``[DONE]`` follows."""

    def take(self, piece: dict[str, Any]) -> Sequence[StreamEvent]:
        return self._parser.feed(_dumped(_chat_piece(piece)))


def _plain_chat(spec: ProviderSpec) -> ProviderSpec:
    """What is known of this provider's own Chat Completions is not true of what it wraps."""
    return spec.model_copy(update={"quirks": Quirks()})


def _chat_piece(piece: dict[str, Any]) -> dict[str, Any]:
    choices = [
        {**choice, "finish_reason": choice["stop_reason"]} if choice.get("stop_reason") else choice
        for choice in map(as_dict, as_list(piece.get("choices")))
    ]
    return {**piece, "choices": choices}


class _Prompted:
    """A plain text in pieces."""

    def __init__(self) -> None:
        self._is_open = False
        self._reason = ""

    def take(self, piece: dict[str, Any]) -> Sequence[StreamEvent]:
        found = said(piece)
        out: list[StreamEvent] = []
        if found is None:
            return out
        if found.text:
            if not self._is_open:
                self._is_open = True
                out.append(BlockOpened(0, "text"))
            out.append(Delta(0, "text", found.text))
        if found.reason and found.reason != self._reason:
            self._reason = found.reason
            out.append(Finished(FINISH.get(found.reason.lower(), "stop"), found.reason))
        return out

    def end(self) -> Sequence[StreamEvent]:
        return ()


def _dumped(value: Any) -> bytes:
    """As bytes again, for parsers that read bytes."""
    return json.dumps(value).encode()
