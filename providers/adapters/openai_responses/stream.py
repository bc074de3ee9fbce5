"""The events of a Responses stream as stream events. A whole answer is read as the last event of a stream.

Nearly every event is a piece of text: that path is short on purpose, everything rare is behind it.
"""

from collections.abc import Callable, Sequence
from typing import Any

from providers.adapters.openai_responses.items import Items, Slot
from providers.adapters.openai_responses.native import offered_names
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
from providers.contract.spec import ProviderSpec, UsagePaths
from providers.dialects.errors import ErrorBody, error_in, scrub, stream_error
from providers.dialects.jsonvalue import JsonReader, as_dict, as_text, clean, read_json
from providers.dialects.usage import read_cost, read_usage

USAGE = UsagePaths(
    input=("input_tokens", "prompt_tokens"),
    output=("output_tokens", "completion_tokens"),
    cache_read=("input_tokens_details.cached_tokens", "prompt_tokens_details.cached_tokens"),
    cache_creation=("input_tokens_details.cache_write_tokens", "prompt_tokens_details.cache_write_tokens"),
    reasoning=("output_tokens_details.reasoning_tokens", "completion_tokens_details.reasoning_tokens"),
)
DELTAS = {
    "response.output_text.delta": ("text", "content_index"),
    "response.text.delta": ("text", "content_index"),
    "response.refusal.delta": ("refusal", "content_index"),
    "response.reasoning_text.delta": ("content", "content_index"),
    "response.reasoning.delta": ("content", "content_index"),
    "response.reasoning_summary_text.delta": ("summary", "summary_index"),
    "response.reasoning_summary.delta": ("summary", "summary_index"),
    "response.function_call_arguments.delta": ("arguments", ""),
    "response.custom_tool_call_input.delta": ("input", ""),
}
DONES = {
    "response.output_text.done": ("text", "content_index", "text"),
    "response.refusal.done": ("refusal", "content_index", "refusal"),
    "response.reasoning_text.done": ("content", "content_index", "text"),
    "response.reasoning_summary_text.done": ("summary", "summary_index", "text"),
    "response.function_call_arguments.done": ("arguments", "", "arguments"),
    "response.custom_tool_call_input.done": ("input", "", "input"),
}
TERMINAL = {
    "response.completed": "completed",
    "response.done": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
    "response.cancelled": "cancelled",
}
ENDINGS = frozenset({"completed", "incomplete", "failed", "cancelled"})
INCOMPLETE: dict[str, FinishReason] = {
    "max_output_tokens": "length",
    "max_tokens": "length",
    "length": "length",
    "content_filter": "content_filter",
}
METADATA = {
    "created_at": "created",
    "service_tier": "service_tier",
    "system_fingerprint": "system_fingerprint",
    "provider": "provider",
    "status": "status",
    "tool_usage": "tool_usage",
}


class ResponsesParser:
    """One answer. After its end or a failure nothing more is said but usage."""

    def __init__(self, spec: ProviderSpec) -> None:
        self._paths = USAGE.model_copy(update={"cost": spec.responses.cost})
        self._reader = JsonReader()
        self._items = Items(spec.slug)
        self._info = ResponseInfo()
        self._usage: dict[str, Any] | None = None
        self._over = False
        self._has_failed = False
        self._rare: dict[str, Callable[[dict[str, Any], list[StreamEvent]], None]] = {
            "response.created": self._note,
            "response.in_progress": self._note,
            "response.queued": self._note,
            "response.output_item.added": self._added,
            "response.output_item.done": self._done,
            "response.output_text.annotation.added": self._annotation,
            "response.output_text_annotation.added": self._annotation,
        }

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        if self._over or not data:
            return self._late(data) if self._has_failed and data else ()
        if data[:6] == b"[DONE]":
            return [*self.end(), StreamEnded()]
        try:
            chunk = self._reader.read(data)
        except ValueError:
            return self._unreadable(data, event)
        if not isinstance(chunk, dict):
            return self._failed(ProviderError("malformed_stream", "The provider sent an event that is no object."), [])
        out: list[StreamEvent] = []
        kind = chunk.get("type") or event
        if not isinstance(kind, str):
            return out
        delta = DELTAS.get(kind)
        if delta is not None:
            self._piece(chunk, delta, out)
        else:
            self._rarer(kind, chunk, out)
        return out

    def end(self) -> Sequence[StreamEvent]:
        """Flush what was held back."""
        if self._over:
            return ()
        out: list[StreamEvent] = []
        self._items.end(out)
        self._over = True
        return out

    def parse_whole(self, body: bytes) -> Sequence[StreamEvent]:
        """The events of one JSON body."""
        out: list[StreamEvent] = []
        try:
            value = read_json(body)
        except ValueError:
            return self._failed(ProviderError("malformed_stream", "The provider's answer is not JSON."), out)
        if isinstance(value, dict) and isinstance(value.get("response"), dict):
            value = value["response"]
        if not isinstance(value, dict) or not isinstance(value.get("output"), list):
            found = error_in(value)
            error = None if found is None else stream_error(found)
            missing = ProviderError("malformed_stream", "The provider's answer holds no output.")
            return self._failed(error or missing, out)
        status = value.get("status")
        if status in {"in_progress", "queued"}:
            message = "The provider works on the answer in the background; it cannot be shown here."
            return self._failed(ProviderError("incomplete", message), out)
        self._terminal("completed", {"response": value}, out)
        return out

    def _piece(self, chunk: dict[str, Any], delta: tuple[str, str], out: list[StreamEvent]) -> None:
        name, number = delta
        text = chunk.get("delta")
        item = self._items.find(chunk.get("item_id"), chunk.get("output_index"), name)
        if not isinstance(text, str):
            text = as_text(as_dict(text).get("text"))
        self._items.piece(item, _slot(name, chunk.get(number)), text, out)
        if chunk.get("logprobs"):
            self._items.tell_logprobs(item, chunk["logprobs"])

    def _rarer(self, kind: str, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        if kind in DONES:
            name, number, field = DONES[kind]
            item = self._items.find(chunk.get("item_id"), chunk.get("output_index"), name, fresh=False)
            self._items.rest(item, _slot(name, chunk.get(number)), as_text(chunk.get(field)), out)
        elif kind in self._rare:
            self._rare[kind](chunk, out)
        elif kind in TERMINAL:
            self._terminal(TERMINAL[kind], chunk, out)
        elif kind in {"error", "response.error"} or (chunk.get("error") and not kind.startswith("response.")):
            self._failed(_error(chunk), out)

    def _added(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._items.added(chunk.get("output_index"), as_dict(chunk.get("item")), out)

    def _done(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._items.done(chunk.get("output_index"), as_dict(chunk.get("item")), out)

    def _annotation(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._items.cite(chunk.get("annotation"), out)

    def _note(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        """What is known of the answer, said again when it changes: the last word wins (Copilot changes its ids)."""
        response = as_dict(chunk.get("response"))
        self._items.offered = self._items.offered or offered_names(response.get("tools"))
        told = {ours: clean(response[name]) for name, ours in METADATA.items() if response.get(name) is not None}
        info = ResponseInfo(
            as_text(response.get("id")) or self._info.response_id,
            as_text(response.get("model")) or self._info.model,
            {**self._info.metadata, **told},
        )
        if info != self._info:
            self._info = info
            out.append(info)

    def _terminal(self, word: str, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        """The end of the answer, with all of it once more."""
        response = as_dict(chunk.get("response"))
        said = response.get("status")
        status = said if isinstance(said, str) and said in ENDINGS else word
        self._note(chunk, out)
        self._items.closing(response.get("output"), out)
        self._count(response.get("usage"), out)
        found = error_in({"error": response["error"]}) if response.get("error") else None
        if found is not None:
            self._failed(stream_error(found), out)
            return
        out.extend(self.end())
        out.append(self._finish(status, response))
        out.append(StreamEnded())

    def _finish(self, status: str, response: dict[str, Any]) -> Finished:
        if status == "incomplete":
            native = as_text(as_dict(response.get("incomplete_details")).get("reason"))
            return Finished(INCOMPLETE.get(native, "stop"), native or status)
        if status != "completed":
            return Finished("error", status)
        if self._items.refused:
            return Finished("refusal", status)
        return Finished("tool_calls" if self._items.called else "stop", status)

    def _count(self, raw: Any, out: list[StreamEvent]) -> None:
        if not isinstance(raw, dict) or raw == self._usage:
            return
        usage = read_usage(raw, self._paths)
        if usage is not None:
            self._usage = raw
            out.append(UsageReported(usage, clean(raw), read_cost(raw, self._paths)))

    def _late(self, data: bytes) -> Sequence[StreamEvent]:
        """What a failed answer has cost comes after the failure."""
        out: list[StreamEvent] = []
        try:
            chunk = as_dict(self._reader.read(data))
        except ValueError:
            return out
        self._count(as_dict(chunk.get("response")).get("usage"), out)
        return out

    def _failed(self, error: ProviderError, out: list[StreamEvent]) -> list[StreamEvent]:
        out.extend(self.end())
        out.append(StreamFailed(error))
        self._has_failed = True
        return out

    def _unreadable(self, data: bytes, event: str) -> Sequence[StreamEvent]:
        if event == "error":
            said = scrub(data[:2000].decode("utf-8", "replace"))
            return self._failed(stream_error(ErrorBody(said, "", None)), [])
        return self._failed(ProviderError("malformed_stream", "The provider sent an event that is not JSON."), [])


def _slot(name: str, number: Any) -> Slot:
    return Slot(name, number if type(number) is int else 0)


def _error(chunk: dict[str, Any]) -> ProviderError:
    """An error event: its words are at the top or in an object."""
    return stream_error(error_in(chunk) or ErrorBody("", as_text(chunk.get("code")), None))
