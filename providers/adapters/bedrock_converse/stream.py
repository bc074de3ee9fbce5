"""Converse events as stream events. A whole answer is read as if its blocks had come one after the other.

Nova's bodies of InvokeModel hold the same events and are read here, too.
"""

from collections.abc import Sequence
from typing import Any

from providers.adapters.bedrock_converse.blocks import MEDIA, Blocks
from providers.adapters.bedrock_converse.errors import exception, is_exception
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
from providers.contract.quirks import BedrockQuirks
from providers.contract.spec import UsagePaths
from providers.dialects.errors import error_in, stream_error
from providers.dialects.jsonvalue import JsonReader, as_count, as_dict, as_list, as_text, at_path, clean, read_json
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


class ConverseParser:
    """One answer. After a failure nothing more is said but usage."""

    def __init__(self, quirks: BedrockQuirks) -> None:
        self._reader = JsonReader()
        self._blocks = Blocks(think_tags=quirks.think_tags)
        self._usage: dict[str, Any] | None = None
        self._thinking: int | None = None
        self._reason = ""
        self._over = False
        self._has_failed = False

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        try:
            payload = self._reader.read(data)
        except ValueError:
            return self._failed(ProviderError("malformed_stream", "The provider sent a frame that is not JSON."), [])
        payload = as_dict(payload)
        out: list[StreamEvent] = []
        if event == "contentBlockDelta":
            if not self._over:
                self._delta(payload.get("contentBlockIndex"), as_dict(payload.get("delta")), out)
        elif event == "metadata":
            self._metadata(payload, out)
        elif not self._over:
            self._rarer(event, payload, out)
        return out

    def end(self) -> Sequence[StreamEvent]:
        """Flush what was held back."""
        if self._over:
            return ()
        out: list[StreamEvent] = []
        if rest := self._reader.rest():
            self._blocks.text(rest, out)
        self._blocks.end(out)
        self._over = True
        return out

    def parse_whole(self, body: bytes) -> Sequence[StreamEvent]:
        """The events of one JSON body, ``StreamEnded`` last unless it is an error."""
        try:
            value = read_json(body)
        except ValueError:
            return [StreamFailed(ProviderError("malformed_stream", "The provider's answer is not JSON."))]
        out: list[StreamEvent] = []
        message = at_path(value, "output.message")
        if not isinstance(message, dict):
            found = error_in(value)
            if found is not None:
                return self._failed(stream_error(found), out)
            return self._failed(ProviderError("malformed_stream", "The provider's answer holds no message."), out)
        for place, block in enumerate(as_list(message.get("content"))):
            self._block(place, as_dict(block), out)
        self._rarer("messageStop", value, out)
        out.extend(self.end())
        self._metadata(value, out)
        return out

    def _delta(self, wire: Any, delta: dict[str, Any], out: list[StreamEvent]) -> None:
        wire = _hashable(wire)
        text = delta.get("text")
        if isinstance(text, str):
            self._blocks.text(text, out)
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
            self._finish(as_text(payload.get("stopReason")), as_dict(payload.get("additionalModelResponseFields")), out)
        elif is_exception(event):
            self._failed(exception(event, payload), out)
        elif event == "error" and (found := error_in(payload)) is not None:
            self._failed(stream_error(found), out)

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

    def _finish(self, native: str, fields: dict[str, Any], out: list[StreamEvent]) -> None:
        self._thinking = as_count(at_path(fields, THINKING_TOKENS))
        if fields:
            out.append(ResponseInfo(metadata={"additional_fields": clean(fields)}))
        if not native or native == self._reason:
            return
        self._reason = native
        reason = FINISH.get(native.lower(), "stop")
        if reason == "stop" and self._blocks.has_calls:
            reason = "tool_calls"
        out.append(Finished(reason, native))

    def _metadata(self, value: dict[str, Any], out: list[StreamEvent]) -> None:
        """The last event: counts, and what served the request."""
        said = {ours: clean(value[theirs]) for theirs, ours in METADATA.items() if value.get(theirs)}
        if isinstance(said.get("service_tier"), dict):
            said["service_tier"] = said["service_tier"].get("type")
        model = as_text(at_path(value, "trace.promptRouter.invokedModelId")) or None
        if (said or model) and not self._has_failed:
            out.append(ResponseInfo(model=model, metadata=said))
        self._count(value.get("usage"), out)
        if not self._has_failed:
            out.extend((*self.end(), StreamEnded()))

    def _count(self, raw: Any, out: list[StreamEvent]) -> None:
        if not isinstance(raw, dict) or raw == self._usage:
            return
        usage = read_usage(raw, USAGE_WITH_CACHE if _counts_cached(raw) else USAGE)
        if usage is None:
            return
        self._usage = raw
        if self._thinking is not None:
            usage = usage.model_copy(update={"reasoning": self._thinking})
        out.append(UsageReported(usage, clean(raw)))

    def _failed(self, error: ProviderError, out: list[StreamEvent]) -> list[StreamEvent]:
        if not self._has_failed:
            out.extend(self.end())
            out.append(StreamFailed(error))
            self._over = self._has_failed = True
        return out


def _counts_cached(raw: dict[str, Any]) -> bool:
    """Whether ``inputTokens`` holds the cached ones: if the total that was sent leaves no room for them beside it."""
    given, made, total = (as_count(raw.get(name)) for name in ("inputTokens", "outputTokens", "totalTokens"))
    return total is not None and total == (given or 0) + (made or 0)


def _hashable(wire: Any) -> Any:
    return wire if isinstance(wire, int | str) else None
