"""Fragments of a generateContent answer as stream events. A whole answer is one fragment, or an array of them."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from providers.adapters.gemini_generate.blocks import Blocks
from providers.adapters.gemini_generate.citations import pages, searches, sources
from providers.adapters.gemini_generate.errors import refined
from providers.adapters.gemini_generate.logprobs import logprobs
from providers.adapters.gemini_generate.usage import Counts
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
from providers.contract.quirks import GeminiQuirks
from providers.dialects.errors import ErrorBody, error_in, scrub, stream_error
from providers.dialects.jsonvalue import JsonReader, as_dict, as_list, as_text, clean, read_json
from providers.dialects.logprobs import MAX_TOKENS, Logprob

FINISH: dict[str, FinishReason] = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    "CONTINUATION": "length",
    "SAFETY": "content_filter",
    "RECITATION": "content_filter",
    "BLOCKLIST": "content_filter",
    "PROHIBITED_CONTENT": "content_filter",
    "SPII": "content_filter",
    "IMAGE_SAFETY": "content_filter",
    "IMAGE_PROHIBITED_CONTENT": "content_filter",
    "IMAGE_RECITATION": "content_filter",
    "MODEL_ARMOR": "content_filter",
}
"""Every other reason is a failure of some kind."""
NUMBERED = {1: "STOP", 2: "MAX_TOKENS", 3: "SAFETY", 4: "RECITATION", 5: "OTHER"}
"""Gateways that send enums as numbers; from 6 on the two services count differently."""
SAID_EVERY = 4
TIERS = (("service_tier", "serviceTier"), ("traffic_type", "trafficType"))
BETWEEN = re.compile(r"[ \t\r\n,]*")
UNSPECIFIED = frozenset({"", "FINISH_REASON_UNSPECIFIED"})
KNOWN = frozenset({"candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId"})


class GenerateParser:
    """One answer. After a failure nothing more is said but usage."""

    def __init__(self, quirks: GeminiQuirks) -> None:
        self._reader = JsonReader()
        self._blocks = Blocks(quirks.platform)
        self._counts = Counts()
        self._info = ResponseInfo()
        self._info_known = False
        self._raw_usage: dict[str, Any] | None = None
        self._unsaid = 0
        self._tier: dict[str, str] = {}
        self._index: Any = None
        self._finished: tuple[str, str] | None = None
        self._cited: set[tuple[str, str]] = set()
        self._logprobs: list[Logprob] = []
        self._searched: tuple[str, ...] = ()
        self._over = False
        self._has_failed = False

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        if self._over or not data:
            return self._late_usage(data) if self._has_failed else ()
        if data[:6] == b"[DONE]":
            return [*self.end(), StreamEnded()]
        try:
            value = self._reader.read(data)
        except ValueError:
            return self._unreadable(data, event)
        out: list[StreamEvent] = []
        for chunk in value if isinstance(value, list) else (value,):
            self._value(chunk, event, out)
        return out

    def end(self) -> Sequence[StreamEvent]:
        """Flush what was held back."""
        if self._over:
            return ()
        out: list[StreamEvent] = []
        if rest := self._reader.rest():
            self._blocks.text("text", rest, "", out)
        self._blocks.end(out)
        self._say_usage(out)
        self._over = True
        return out

    def parse_whole(self, body: bytes) -> Sequence[StreamEvent]:
        """The events of one JSON body, ``StreamEnded`` last unless it is an error or an array that was cut."""
        out: list[StreamEvent] = []
        try:
            value = read_json(body)
        except ValueError:
            return self._cut_array(body, out)
        values = value if isinstance(value, list) else [value]
        if not any(isinstance(each, dict) and (KNOWN & each.keys() or error_in(each)) for each in values):
            return self._failed(ProviderError("malformed_stream", "The provider's answer holds no candidates."), out)
        for each in values:
            self._value(each, "", out)
        if not self._over:
            out.extend((*self.end(), StreamEnded()))
        return out

    def _cut_array(self, body: bytes, out: list[StreamEvent]) -> Sequence[StreamEvent]:
        """An array whose end never came is an answer whose end never came."""
        found = list(_whole_items(body.decode("utf-8", "replace")))
        if not found:
            return self._failed(ProviderError("malformed_stream", "The provider's answer is not JSON."), out)
        for each in found:
            self._value(clean(each), "", out)
        out.extend(self.end())
        return out

    def _value(self, chunk: Any, event: str, out: list[StreamEvent]) -> None:
        if self._over:
            return
        if not isinstance(chunk, dict):
            self._failed(ProviderError("malformed_stream", "The provider sent a chunk that is no object."), out)
            return
        if not self._info_known:
            self._note(chunk, out)
        candidates = chunk.get("candidates")
        for candidate in as_list(candidates):
            if isinstance(candidate, dict) and self._is_ours(candidate.get("index")):
                self._candidate(candidate, out)
        if "usageMetadata" in chunk:
            self._count(chunk["usageMetadata"], out)
        if not candidates or "error" in chunk:
            self._rarer(chunk, event, out)

    def _is_ours(self, index: Any) -> bool:
        """One candidate is read: the first one met."""
        index = index or 0
        if self._index is None:
            self._index = index
        return bool(index == self._index)

    def _candidate(self, candidate: dict[str, Any], out: list[StreamEvent]) -> None:
        for part in as_list(as_dict(candidate.get("content")).get("parts")):
            if isinstance(part, dict):
                self._blocks.part(part, out)
        if "groundingMetadata" in candidate or "citationMetadata" in candidate or "urlContextMetadata" in candidate:
            self._cite(candidate, out)
        if "logprobsResult" in candidate:
            self._logprobs.extend(logprobs(candidate["logprobsResult"], MAX_TOKENS - len(self._logprobs)))
        reason = candidate.get("finishReason")
        if reason:
            native = NUMBERED.get(reason, str(reason)) if isinstance(reason, int) else as_text(reason)
            self._finish(native, as_text(candidate.get("finishMessage")), out)

    def _finish(self, native: str, said: str, out: list[StreamEvent]) -> None:
        """Some servers give the reason in every chunk; it is said again only when it changes."""
        if native in UNSPECIFIED:
            return
        reason: FinishReason = FINISH.get(native, "error")
        if reason == "stop" and self._blocks.has_calls:
            reason = "tool_calls"
        if self._finished == (reason, native):
            return
        self._finished = (reason, native)
        if said:
            self._tell({"finish_message": said}, out)
        if self._logprobs:
            self._blocks.add_to_text({"logprobs": self._logprobs[:]}, out)
        out.append(Finished(reason, native))

    def _cite(self, candidate: dict[str, Any], out: list[StreamEvent]) -> None:
        queries = searches(candidate)
        if queries and queries != self._searched:
            self._searched = queries
            self._blocks.aside("server_tool", {"input": {"queries": list(queries)}}, out, name="google_search")
        read = pages(candidate)
        if read:
            self._blocks.aside("server_tool", {"output": {"pages": read}}, out, name="url_context")
        for source in sources(candidate):
            key = (source.get("url", ""), "" if "url" in source else source.get("title", ""))
            if key not in self._cited:
                self._cited.add(key)
                self._blocks.aside("citation", source, out)

    def _note(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        """Id and model as first sent."""
        old = self._info
        new_id = old.response_id or as_text(chunk.get("responseId")) or None
        model = old.model or as_text(chunk.get("modelVersion")) or None
        if (new_id, model) == (old.response_id, old.model):
            return
        created = chunk.get("createTime")
        self._info = ResponseInfo(new_id, model, {"created": created} if isinstance(created, str) else {})
        self._info_known = bool(new_id and model)
        self._blocks.made_by = new_id or ""
        out.append(self._info)

    def _tell(self, metadata: dict[str, Any], out: list[StreamEvent]) -> None:
        out.append(ResponseInfo(self._info.response_id, self._info.model, metadata))

    def _count(self, raw: Any, out: list[StreamEvent]) -> None:
        """The last usage wins. It comes with every fragment; until the end, only some are said."""
        before = self._raw_usage
        if not isinstance(raw, dict) or raw == before:
            return
        if before is not None and not before.keys() <= raw.keys():
            self._counts.read(before)
        self._raw_usage = raw
        self._unsaid += 1
        if self._unsaid == SAID_EVERY or self._finished is not None:
            self._say_usage(out)

    def _say_usage(self, out: list[StreamEvent]) -> None:
        raw = self._raw_usage
        if raw is None or not self._unsaid:
            return
        self._unsaid = 0
        tier = {name: raw[wire] for name, wire in TIERS if as_text(raw.get(wire))}
        if tier != self._tier:
            self._tier = tier
            self._tell(tier, out)
        usage = self._counts.read(raw)
        if usage is not None:
            out.append(UsageReported(usage, clean(raw)))

    def _rarer(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        """A prompt that was refused; errors beside or instead of candidates."""
        feedback = as_dict(chunk.get("promptFeedback"))
        native = as_text(feedback.get("blockReason"))
        if native and self._finished is None:
            said = as_text(feedback.get("blockReasonMessage"))
            if said:
                self._tell({"finish_message": said}, out)
            self._finished = ("content_filter", native)
            out.append(Finished("content_filter", native))
        if chunk.get("error") or (event == "error" and not KNOWN & chunk.keys()):
            found = error_in(chunk)
            if found is not None:
                self._failed(refined(stream_error(found), json.dumps(chunk).encode()), out)

    def _late_usage(self, data: bytes) -> Sequence[StreamEvent]:
        out: list[StreamEvent] = []
        try:
            chunk = as_dict(self._reader.read(data))
        except ValueError:
            return out
        usage = self._counts.read(as_dict(chunk.get("usageMetadata")))
        return [UsageReported(usage, clean(chunk["usageMetadata"]))] if usage is not None else out

    def _failed(self, error: ProviderError, out: list[StreamEvent]) -> list[StreamEvent]:
        out.extend(self.end())
        out.append(StreamFailed(error))
        self._has_failed = True
        return out

    def _unreadable(self, data: bytes, event: str) -> Sequence[StreamEvent]:
        if event == "error":
            said = scrub(data[:2000].decode("utf-8", "replace"))
            return self._failed(stream_error(ErrorBody(said, "", None)), [])
        return self._failed(ProviderError("malformed_stream", "The provider sent a chunk that is not JSON."), [])


def _whole_items(text: str) -> Iterator[Any]:
    """The items of a JSON array up to where it was cut."""
    decoder = json.JSONDecoder(strict=False)
    text = text.lstrip("\ufeff \t\r\n")
    if not text.startswith("["):
        return
    place = 1
    while True:
        between = BETWEEN.match(text, place)
        try:
            item, place = decoder.raw_decode(text, between.end() if between else place)
        except (ValueError, RecursionError):
            return
        yield item
