"""The events of a Responses stream as stream events. A whole answer is read as the last event of a stream.

Nearly every event is a piece of text: that path is short on purpose, everything rare is behind it.
"""

from collections.abc import Callable
from typing import Any

from providers.adapters.openai_responses.items import Items, Slot
from providers.adapters.openai_responses.native import offered_names
from providers.contract.errors import ProviderError
from providers.contract.events import FinishReason, ResponseInfo, StreamEvent
from providers.contract.spec import ProviderSpec, UsagePaths
from providers.dialects.errors import ErrorBody, error_in, stream_error
from providers.dialects.jsonvalue import as_dict, as_text, clean
from providers.dialects.parser import Parser

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
    "object": "object",
    "created_at": "created",
    "service_tier": "service_tier",
    "system_fingerprint": "system_fingerprint",
    "provider": "provider",
    "status": "status",
    "tool_usage": "tool_usage",
}


class ResponsesParser(Parser[Items]):
    """One answer of Responses."""

    def __init__(self, spec: ProviderSpec) -> None:
        super().__init__(Items(spec.slug), USAGE.model_copy(update={"cost": spec.responses.cost}))
        self._info = ResponseInfo()
        self._rare: dict[str, Callable[[dict[str, Any], list[StreamEvent]], None]] = {
            "response.created": self._note,
            "response.in_progress": self._note,
            "response.queued": self._note,
            "response.output_item.added": self._added,
            "response.output_item.done": self._done,
            "response.output_text.annotation.added": self._annotation,
            "response.output_text_annotation.added": self._annotation,
        }

    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        kind = chunk.get("type") or event
        if not isinstance(kind, str):
            return
        delta = DELTAS.get(kind)
        if delta is not None:
            self._piece(chunk, delta, out)
        else:
            self._rarer(kind, chunk, out)

    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        if isinstance(value, dict) and isinstance(value.get("response"), dict):
            value = value["response"]
        if not isinstance(value, dict) or not isinstance(value.get("output"), list):
            return False
        if value.get("status") in ("in_progress", "queued"):
            message = "The provider works on the answer in the background; it cannot be shown here."
            self._fail(ProviderError("incomplete", message), out)
        else:
            self._terminal("completed", {"response": value}, out)
        return True

    def _late(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._count(as_dict(chunk.get("response")).get("usage"), out)

    def _piece(self, chunk: dict[str, Any], delta: tuple[str, str], out: list[StreamEvent]) -> None:
        name, number = delta
        text = chunk.get("delta")
        item = self._blocks.find(chunk.get("item_id"), chunk.get("output_index"), name)
        if not isinstance(text, str):
            text = as_text(as_dict(text).get("text"))
        self._blocks.piece(item, _slot(name, chunk.get(number)), text, out)
        if chunk.get("logprobs"):
            self._blocks.tell_logprobs(item, chunk["logprobs"])

    def _rarer(self, kind: str, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        if kind in DONES:
            name, number, field = DONES[kind]
            item = self._blocks.find(chunk.get("item_id"), chunk.get("output_index"), name, fresh=False)
            self._blocks.remainder(item, _slot(name, chunk.get(number)), as_text(chunk.get(field)), out)
        elif kind in self._rare:
            self._rare[kind](chunk, out)
        elif kind in TERMINAL:
            self._terminal(TERMINAL[kind], chunk, out)
        elif kind in {"error", "response.error"} or (chunk.get("error") and not kind.startswith("response.")):
            self._fail(_error(chunk), out)

    def _added(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._blocks.added(chunk.get("output_index"), as_dict(chunk.get("item")), out)

    def _done(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._blocks.done(chunk.get("output_index"), as_dict(chunk.get("item")), out)

    def _annotation(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._blocks.cite(chunk.get("annotation"), out)

    def _note(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        """What is known of the answer, said again when it changes: the last word wins (Copilot changes its ids)."""
        response = as_dict(chunk.get("response"))
        self._blocks.offered = self._blocks.offered or offered_names(response.get("tools"))
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
        self._blocks.closing(response.get("output"), out)
        self._count(response.get("usage"), out)
        found = error_in({"error": response["error"]}) if response.get("error") else None
        if found is not None:
            self._fail(stream_error(found), out)
            return
        self._flush(self._reader.rest(), out)
        self._close(status, response, out)
        self._ended(out)

    def _close(self, status: str, response: dict[str, Any], out: list[StreamEvent]) -> None:
        if status == "completed":
            self._finish("stop", status, out)
        elif status == "incomplete":
            native = as_text(as_dict(response.get("incomplete_details")).get("reason"))
            self._finish(INCOMPLETE.get(native, "stop"), native or status, out)
        else:
            self._finish("error", status, out)


def _slot(name: str, number: Any) -> Slot:
    return Slot(name, number if type(number) is int else 0)


def _error(chunk: dict[str, Any]) -> ProviderError:
    """An error event: its words are at the top or in an object."""
    return stream_error(error_in(chunk) or ErrorBody("", as_text(chunk.get("code")), None))
