"""The events of Messages, and a whole message, as stream events. The same behind every door that speaks it."""

from collections.abc import Sequence
from typing import Any

from providers.contract.errors import ProviderError
from providers.contract.events import (
    Finished,
    FinishReason,
    ResponseInfo,
    StreamEnded,
    StreamEvent,
    StreamFailed,
    UsageReported,
)
from providers.contract.quirks import MessagesQuirks
from providers.contract.spec import UsagePaths
from providers.dialects.errors import ErrorBody, error_in, scrub, stream_error
from providers.dialects.jsonvalue import JsonReader, as_dict, as_text, clean, read_json
from providers.dialects.messages.blocks import Blocks
from providers.dialects.usage import read_cost, read_usage

FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "pause_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_use": "tool_calls",
    "refusal": "refusal",
    "content_filtered": "content_filter",
    "guardrail_intervened": "content_filter",
}
METADATA = ("stop_sequence", "stop_details", "container", "context_management", "diagnostics")
OF_USAGE = ("service_tier", "inference_geo", "speed")
UNEXPLAINED = ErrorBody("", "", None)


def _paths(quirks: MessagesQuirks) -> UsagePaths:
    return UsagePaths(
        input=("input_tokens",),
        output=("output_tokens",),
        total=("total_tokens",),
        cache_read=("cache_read_input_tokens",),
        cache_creation=("cache_creation_input_tokens",),
        reasoning=("output_tokens_details.thinking_tokens",),
        cost=quirks.cost,
        input_includes_cache=quirks.input_includes_cache,
    )


class MessagesParser:
    """One answer. After a failure nothing but usage is said."""

    def __init__(self, quirks: MessagesQuirks) -> None:
        self._paths = _paths(quirks)
        self._reader = JsonReader()
        self._blocks = Blocks()
        self._usage: dict[str, Any] = {}
        self._info = ResponseInfo()
        self._reason = ""
        self._over = False
        self._has_failed = False

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        if not data or (self._over and not self._has_failed):
            return ()
        out: list[StreamEvent] = []
        if data[:6] == b"[DONE]":
            return out if self._has_failed else self._ended(out)
        try:
            chunk = self._reader.read(data)
        except ValueError:
            return self._unreadable(data, event)
        if self._has_failed:
            self._count_in(as_dict(chunk), out)
        elif isinstance(chunk, dict):
            self._take(chunk, event, out)
        else:
            self._failed(ProviderError("malformed_stream", "The provider sent an event that is no object."), out)
        return out

    def end(self) -> Sequence[StreamEvent]:
        """Flush what was held back."""
        if self._over:
            return ()
        out: list[StreamEvent] = []
        self._blocks.end(self._reader.rest(), out)
        self._over = True
        return out

    def parse_whole(self, body: bytes) -> Sequence[StreamEvent]:
        """The events of one JSON body, ``StreamEnded`` last unless it is an error."""
        out: list[StreamEvent] = []
        try:
            value = read_json(body)
        except ValueError:
            return self._failed(ProviderError("malformed_stream", "The provider's answer is not JSON."), out)
        message = as_dict(value)
        if isinstance(message.get("completion"), str):
            self._completion(message, out)
        elif isinstance(message.get("content"), list) and message.get("type") != "error":
            self._message(message, out)
        else:
            found = error_in(value) or (UNEXPLAINED if message.get("type") == "error" else None)
            nothing = ProviderError("malformed_stream", "The provider's answer holds no message.")
            return self._failed(nothing if found is None else stream_error(found), out)
        return self._ended(out)

    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        """One event, the most frequent first. Events we do not know mean nothing to us: new ones may come any time."""
        kind = chunk.get("type") or event
        if kind == "content_block_delta":
            self._blocks.delta(chunk.get("index"), chunk.get("delta"), out)
        elif kind == "content_block_start":
            self._blocks.start(chunk.get("index"), chunk.get("content_block"), out)
        elif kind == "content_block_stop":
            self._blocks.stop(chunk.get("index"), out)
        elif kind == "message_start":
            message = as_dict(chunk.get("message"))
            self._note(message, out)
            self._count(message.get("usage"), out)
        elif kind == "message_delta":
            self._count(chunk.get("usage"), out)
            self._finish({**chunk, **as_dict(chunk.get("delta"))}, out)
        elif kind == "message_stop":
            self._ended(out)
        elif kind == "error" or event == "error" or chunk.get("error"):
            error = stream_error(error_in(chunk) or UNEXPLAINED)
            error.request_id = as_text(chunk.get("request_id"))[:200] or None
            self._failed(error, out)
        else:
            self._rarer(chunk, out)

    def _rarer(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        """Text Completions, which came before Messages; and a whole message as the only event."""
        if isinstance(chunk.get("completion"), str):
            self._completion(chunk, out)
        elif chunk.get("type") == "message" and isinstance(chunk.get("content"), list):
            self._message(chunk, out)

    def _message(self, message: dict[str, Any], out: list[StreamEvent]) -> None:
        """A message that came whole."""
        self._note(message, out)
        for place, block in enumerate(message["content"]):
            self._blocks.start(place, block, out)
            self._blocks.stop(place, out)
        self._count(message.get("usage"), out)
        self._finish(message, out)

    def _completion(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._note(chunk, out)
        self._blocks.plain(chunk["completion"], out)
        self._finish(chunk, out)

    def _note(self, message: dict[str, Any], out: list[StreamEvent]) -> None:
        """Id and model as first sent."""
        old = self._info
        said = old.response_id or as_text(message.get("id")) or None
        model = old.model or as_text(message.get("model")) or None
        if (said, model) == (old.response_id, old.model):
            return
        found = as_dict(message.get("usage"))
        metadata = {name: clean(found[name]) for name in OF_USAGE if found.get(name) is not None}
        self._info = ResponseInfo(said, model, metadata)
        out.append(self._info)

    def _count(self, raw: Any, out: list[StreamEvent]) -> None:
        """The last value of every field wins; a repetition is not said again."""
        said = {name: value for name, value in as_dict(raw).items() if value is not None}
        whole = {**self._usage, **said}
        if whole == self._usage:
            return
        self._usage = whole
        usage = read_usage(whole, self._paths)
        if usage is not None:
            out.append(UsageReported(usage, clean(whole), read_cost(whole, self._paths)))

    def _count_in(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        """What a failed answer has cost."""
        self._count(chunk.get("usage") or as_dict(chunk.get("message")).get("usage"), out)

    def _finish(self, said: dict[str, Any], out: list[StreamEvent]) -> None:
        metadata = {name: clean(said[name]) for name in METADATA if said.get(name) is not None}
        if metadata:
            out.append(ResponseInfo(self._info.response_id, self._info.model, metadata))
        native = said.get("stop_reason")
        if not isinstance(native, str) or not native or native == self._reason:
            return
        self._reason = native
        self._blocks.complete(out)
        reason = FINISH.get(native.lower(), "stop")
        if native == "end_turn" and self._blocks.has_calls:
            reason = "tool_calls"
        out.append(Finished(reason, native))

    def _ended(self, out: list[StreamEvent]) -> list[StreamEvent]:
        self._blocks.complete(out)
        out.extend((*self.end(), StreamEnded()))
        return out

    def _failed(self, error: ProviderError, out: list[StreamEvent]) -> list[StreamEvent]:
        out.extend((*self.end(), StreamFailed(error)))
        self._has_failed = True
        return out

    def _unreadable(self, data: bytes, event: str) -> Sequence[StreamEvent]:
        if self._has_failed:
            return ()
        if event == "error":
            said = scrub(data[:2000].decode("utf-8", "replace"))
            return self._failed(stream_error(ErrorBody(said, "", None)), [])
        return self._failed(ProviderError("malformed_stream", "The provider sent an event that is not JSON."), [])
