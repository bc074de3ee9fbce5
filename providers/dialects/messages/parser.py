"""The events of Messages, and a whole message, as stream events. The same behind every door that speaks it."""

from typing import Any

from providers.contract.errors import ProviderError
from providers.contract.events import FinishReason, StreamEvent
from providers.contract.quirks import MessagesQuirks
from providers.contract.spec import UsagePaths
from providers.dialects.errors import ErrorBody, stream_error
from providers.dialects.jsonvalue import as_dict, as_text, clean
from providers.dialects.messages.blocks import NativeBlocks
from providers.dialects.parser import Parser

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


class MessagesParser(Parser[NativeBlocks]):
    """One answer of Messages."""

    def __init__(self, quirks: MessagesQuirks) -> None:
        super().__init__(NativeBlocks(), _paths(quirks))

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
            self._stop({**chunk, **as_dict(chunk.get("delta"))}, out)
        elif kind == "message_stop":
            self._ended(out)
        elif kind == "error" or event == "error" or chunk.get("error"):
            self._fail(self._error_in(chunk) or stream_error(UNEXPLAINED), out)
        else:
            self._rarer(chunk, out)

    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        message = as_dict(value)
        if isinstance(message.get("completion"), str):
            self._completion(message, out)
        elif isinstance(message.get("content"), list) and message.get("type") != "error":
            self._message(message, out)
        else:
            return False
        return True

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
        self._stop(message, out)

    def _completion(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._note(chunk, out)
        self._blocks.plain(chunk["completion"], out)
        self._stop(chunk, out)

    def _note(self, message: dict[str, Any], out: list[StreamEvent]) -> None:
        if self._learn(message.get("id"), message.get("model")):
            found = as_dict(message.get("usage"))
            self._tell({name: clean(found[name]) for name in OF_USAGE if found.get(name) is not None}, out)

    def _count(self, raw: Any, out: list[StreamEvent]) -> None:
        """The last value of every field wins; a repetition is not said again."""
        said = {name: value for name, value in as_dict(raw).items() if value is not None}
        super()._count({**(self._usage or {}), **said}, out)

    def _late(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._count(chunk.get("usage") or as_dict(chunk.get("message")).get("usage"), out)

    def _stop(self, said: dict[str, Any], out: list[StreamEvent]) -> None:
        metadata = {name: clean(said[name]) for name in METADATA if said.get(name) is not None}
        if metadata:
            self._tell(metadata, out)
        native = as_text(said.get("stop_reason"))
        if native:
            self._blocks.complete(out)
            self._finish(FINISH.get(native.lower(), "stop"), native, out)

    def _ended(self, out: list[StreamEvent]) -> None:
        """Blocks whose end was not said are complete."""
        if not self._over:
            self._blocks.complete(out)
        super()._ended(out)

    def _error_in(self, value: Any) -> ProviderError | None:
        error = super()._error_in(value)
        if error is None:
            return stream_error(UNEXPLAINED) if as_dict(value).get("type") == "error" else None
        error.request_id = as_text(as_dict(value).get("request_id"))[:200] or None
        return error
