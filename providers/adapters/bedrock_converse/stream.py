"""Converse events as stream events. A whole answer is read as if its blocks had come one after the other.

Nova's bodies of InvokeModel hold the same events and are read here, too.
"""

from typing import Any

from providers.adapters.bedrock_converse.blocks import MEDIA, ConverseBlocks
from providers.adapters.bedrock_converse.errors import exception, is_exception
from providers.contract.events import FinishReason, ResponseInfo, StreamEvent, Usage
from providers.contract.quirks import BedrockQuirks
from providers.contract.spec import UsagePaths
from providers.dialects.jsonvalue import as_count, as_dict, as_list, as_text, at_path, clean
from providers.dialects.parser import EXCERPT, Parser
from providers.dialects.usage import read_usage

FINISH: dict[str, FinishReason] = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "guardrail_intervened": "content_filter",
    "content_filtered": "content_filter",
    "refusal": "refusal",
    "malformed_model_output": "error",
    "malformed_tool_use": "error",
}
USAGE = UsagePaths(
    input=("inputTokens",),
    output=("outputTokens",),
    total=("totalTokens",),
    cache_read=("cacheReadInputTokens", "cacheReadInputTokenCount"),
    cache_creation=("cacheWriteInputTokens", "cacheWriteInputTokenCount"),
    reasoning=(),
    input_includes_cache=False,
)
USAGE_WITH_CACHE = USAGE.model_copy(update={"input_includes_cache": True})
METADATA = {"serviceTier": "service_tier", "performanceConfig": "performance_config", "metrics": "metrics"}
THINKING_TOKENS = "usage.output_tokens_details.thinking_tokens"


class ConverseParser(Parser[ConverseBlocks]):
    """One answer of Converse. ``event`` is the name of a frame."""

    def __init__(self, quirks: BedrockQuirks) -> None:
        super().__init__(ConverseBlocks(think_tags=quirks.think_tags), USAGE)
        self._thinking: int | None = None

    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        if event == "contentBlockDelta":
            self._delta(chunk.get("contentBlockIndex"), as_dict(chunk.get("delta")), out)
        elif event == "metadata":
            self._metadata(chunk, out)
        else:
            self._rarer(event, chunk, out)

    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        message = at_path(value, "output.message")
        if not isinstance(message, dict) and not (isinstance(value, dict) and as_text(value.get("stopReason"))):
            return False
        for place, block in enumerate(as_list(as_dict(message).get("content"))):
            self._block(place, as_dict(block), out)
        self._rarer("messageStop", value, out)
        self._metadata(value, out)
        return True

    def _odd(self, value: Any, event: str, out: list[StreamEvent]) -> None:
        """An exception is one, whatever it holds."""
        if is_exception(event):
            self._fail(exception(event, {"message": value}), out)
        else:
            super()._odd(value, event, out)

    def _unreadable(self, data: bytes, event: str, out: list[StreamEvent]) -> None:
        if is_exception(event):
            self._fail(exception(event, {"message": data[:EXCERPT].decode("utf-8", "replace")}), out)
        else:
            super()._unreadable(data, event, out)

    def _delta(self, wire: Any, delta: dict[str, Any], out: list[StreamEvent]) -> None:
        wire = _hashable(wire)
        text = delta.get("text")
        if isinstance(text, str):
            self._blocks.prose(text, out)
        if "reasoningContent" in delta:
            self._thought(wire, as_dict(delta["reasoningContent"]), out)
        if "toolUse" in delta:
            self._blocks.call_input(wire, as_dict(delta["toolUse"]).get("input"), out)
        if "citation" in delta:
            self._blocks.citation(as_dict(delta["citation"]), out)
        if "toolResult" in delta:
            self._blocks.result_content(wire, delta["toolResult"])
        for kind in MEDIA:
            if kind in delta:
                self._blocks.media(wire, kind, as_dict(delta[kind]))

    def _thought(self, wire: Any, thought: dict[str, Any], out: list[StreamEvent]) -> None:
        """In pieces the fields stand alone, in a whole answer inside of ``reasoningText``."""
        thought = {**thought, **as_dict(thought.get("reasoningText"))}
        self._blocks.reasoning(as_text(thought.get("text")), out)
        if signature := as_text(thought.get("signature")):
            self._blocks.signature(wire, signature, out)
        if content := as_text(thought.get("redactedContent")):
            self._blocks.redacted(content, out)

    def _rarer(self, event: str, payload: dict[str, Any], out: list[StreamEvent]) -> None:
        wire = _hashable(payload.get("contentBlockIndex"))
        if event == "contentBlockStart":
            self._start(wire, as_dict(payload.get("start")), out)
        elif event == "contentBlockStop":
            self._blocks.stop(wire, out)
        elif event == "messageStop":
            self._stop(as_text(payload.get("stopReason")), as_dict(payload.get("additionalModelResponseFields")), out)
        elif is_exception(event):
            self._fail(exception(event, payload), out)
        elif event == "error":
            self._check(payload, out)

    def _start(self, wire: Any, start: dict[str, Any], out: list[StreamEvent]) -> None:
        if "toolUse" in start:
            self._blocks.call(wire, as_dict(start["toolUse"]), out)
        if "toolResult" in start:
            self._blocks.result(wire, as_dict(start["toolResult"]), out)
        for kind in MEDIA:
            if kind in start:
                self._blocks.media(wire, kind, as_dict(start[kind]))

    def _block(self, wire: int, block: dict[str, Any], out: list[StreamEvent]) -> None:
        """One block of a whole answer."""
        if isinstance(block.get("text"), str):
            self._blocks.whole_text(block["text"], out)
        cited = as_dict(block.get("citationsContent"))
        self._blocks.whole_text(
            "".join(as_text(as_dict(part).get("text")) for part in as_list(cited.get("content"))), out
        )
        for citation in as_list(cited.get("citations")):
            self._blocks.citation(as_dict(citation), out)
        self._start(wire, block, out)
        if "toolUse" in block and as_dict(block["toolUse"]).get("type") != "server_tool_use":
            self._blocks.call_input(wire, as_dict(block["toolUse"]).get("input"), out)
        if "reasoningContent" in block:
            self._thought(wire, as_dict(block["reasoningContent"]), out)
        self._blocks.stop(wire, out)

    def _stop(self, native: str, fields: dict[str, Any], out: list[StreamEvent]) -> None:
        self._flush(self._reader.rest(), out)
        self._thinking = as_count(at_path(fields, THINKING_TOKENS))
        if fields:
            out.append(ResponseInfo(metadata={"additional_fields": clean(fields)}))
        if native:
            self._finish(FINISH.get(native.lower(), "stop"), native, out)

    def _metadata(self, value: dict[str, Any], out: list[StreamEvent]) -> None:
        """The last event: counts, and what served the request."""
        said = {ours: clean(value[theirs]) for theirs, ours in METADATA.items() if value.get(theirs)}
        if isinstance(said.get("service_tier"), dict):
            said["service_tier"] = said["service_tier"].get("type")
        model = as_text(at_path(value, "trace.promptRouter.invokedModelId")) or None
        if said or model:
            out.append(ResponseInfo(model=model, metadata=said))
        self._count(value.get("usage"), out)
        self._ended(out)

    def _usage_of(self, raw: dict[str, Any]) -> Usage | None:
        usage = read_usage(raw, USAGE_WITH_CACHE if _counts_cached(raw) else USAGE)
        if usage is None or self._thinking is None:
            return usage
        return usage.model_copy(update={"reasoning": self._thinking})


def _counts_cached(raw: dict[str, Any]) -> bool:
    """Whether ``inputTokens`` holds the cached ones: if the total that was sent leaves no room for them beside it."""
    given, made, total = (as_count(raw.get(name)) for name in ("inputTokens", "outputTokens", "totalTokens"))
    return total is not None and total == (given or 0) + (made or 0)


def _hashable(wire: Any) -> Any:
    return wire if isinstance(wire, int | str) else None
