"""Fragments of a generateContent answer as stream events. A whole answer is one fragment, or an array of them."""

import json
import re
from collections.abc import Iterator
from typing import Any

from providers.adapters.gemini_generate.blocks import PartBlocks
from providers.adapters.gemini_generate.citations import pages, searches, sources
from providers.adapters.gemini_generate.errors import refined
from providers.adapters.gemini_generate.logprobs import logprobs
from providers.adapters.gemini_generate.usage import Counts
from providers.contract.errors import ProviderError
from providers.contract.events import FinishReason, StreamEvent, Usage
from providers.contract.quirks import GeminiQuirks
from providers.contract.spec import UsagePaths
from providers.dialects.errors import error_in
from providers.dialects.jsonvalue import as_dict, as_list, as_text, clean
from providers.dialects.parser import Parser

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
MOST_HELD = 64
TIERS = (("service_tier", "serviceTier"), ("traffic_type", "trafficType"))
BETWEEN = re.compile(r"[ \t\r\n,]*")
UNSPECIFIED = frozenset({"", "FINISH_REASON_UNSPECIFIED"})
KNOWN = frozenset({"candidates", "promptFeedback", "usageMetadata", "modelVersion", "responseId"})


class GenerateParser(Parser[PartBlocks]):
    """One answer of generateContent. Usage comes with every fragment; until the end, only some of it is said."""

    def __init__(self, quirks: GeminiQuirks) -> None:
        super().__init__(PartBlocks(quirks.platform), UsagePaths(cost=()))
        self._counts = Counts()
        self._is_known = False
        self._explained = ""
        self._latest: dict[str, Any] | None = None
        self._unsaid = 0
        self._tier: dict[str, str] = {}
        self._has_first = False
        self._others: list[dict[str, Any]] = []
        self._cited: set[tuple[str, str]] = set()
        self._searched: tuple[str, ...] = ()

    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        if not self._is_known:
            self._note(chunk, out)
        candidates = chunk.get("candidates")
        for candidate in as_list(candidates):
            if isinstance(candidate, dict) and self._is_ours(candidate):
                self._candidate(candidate, out)
        if "usageMetadata" in chunk:
            self._counted(chunk["usageMetadata"], out)
        if not candidates or "error" in chunk:
            self._rarer(chunk, event, out)

    def _odd(self, value: Any, event: str, out: list[StreamEvent]) -> None:
        """Without server-sent events the stream is one array."""
        if not isinstance(value, list):
            super()._odd(value, event, out)
        for chunk in as_list(value):
            if isinstance(chunk, dict) and not self._over:
                self._take(chunk, event, out)
            else:
                super()._odd(chunk, event, out)

    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        values = value if isinstance(value, list) else [value]
        if not any(isinstance(each, dict) and (KNOWN & each.keys() or error_in(each)) for each in values):
            return False
        self._odd(values, "", out)
        return True

    def _not_json(self, body: bytes, out: list[StreamEvent]) -> None:
        """An array whose end never came is an answer whose end never came."""
        found = list(_whole_items(body.decode("utf-8", "replace")))
        if not found:
            super()._not_json(body, out)
        self._odd([clean(each) for each in found], "", out)
        out.extend(self.end())

    def _late(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._count(chunk.get("usageMetadata"), out)

    def _flush(self, rest: str, out: list[StreamEvent]) -> None:
        self._release(out)
        super()._flush(rest, out)
        self._say_usage(out)

    def _is_ours(self, candidate: dict[str, Any]) -> bool:
        """One candidate is read: the first one, which may come after others."""
        if not candidate.get("index"):
            self._has_first = True
            self._others.clear()
            return True
        if not self._has_first and len(self._others) < MOST_HELD:
            self._others.append(candidate)
        return False

    def _release(self, out: list[StreamEvent]) -> None:
        """There is no first one: the one met first is the answer."""
        held, self._others = self._others, []
        for candidate in held:
            if candidate["index"] == held[0]["index"]:
                self._candidate(candidate, out)

    def _candidate(self, candidate: dict[str, Any], out: list[StreamEvent]) -> None:
        for part in as_list(as_dict(candidate.get("content")).get("parts")):
            if isinstance(part, dict):
                self._blocks.part(part, out)
        if "groundingMetadata" in candidate or "citationMetadata" in candidate or "urlContextMetadata" in candidate:
            self._cite(candidate, out)
        if "logprobsResult" in candidate:
            self._blocks.probable(logprobs(candidate["logprobsResult"]))
        reason = candidate.get("finishReason")
        if reason:
            native = NUMBERED.get(reason, str(reason)) if isinstance(reason, int) else as_text(reason)
            if native not in UNSPECIFIED:
                self._stop(FINISH.get(native, "error"), native, candidate.get("finishMessage"), out)

    def _stop(self, reason: FinishReason, native: str, said: Any, out: list[StreamEvent]) -> None:
        if as_text(said) and said != self._explained:
            self._explained = said
            self._tell({"finish_message": said}, out)
        self._finish(reason, native, out)

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
        if self._learn(chunk.get("responseId"), chunk.get("modelVersion")):
            self._is_known = bool(self._response_id and self._model)
            self._blocks.made_by = self._response_id or ""
            created = chunk.get("createTime")
            self._tell({"created": created} if isinstance(created, str) else {}, out)

    def _usage_of(self, raw: dict[str, Any]) -> Usage | None:
        return self._counts.read(raw)

    def _counted(self, raw: Any, out: list[StreamEvent]) -> None:
        before = self._latest
        if not isinstance(raw, dict) or raw == before:
            return
        if before is not None and not before.keys() <= raw.keys():
            self._counts.read(before)
        self._latest = raw
        self._unsaid += 1
        if self._unsaid == SAID_EVERY or self._ending is not None:
            self._say_usage(out)

    def _say_usage(self, out: list[StreamEvent]) -> None:
        raw = self._latest
        if raw is None or not self._unsaid:
            return
        self._unsaid = 0
        tier = {name: raw[wire] for name, wire in TIERS if as_text(raw.get(wire))}
        if tier != self._tier:
            self._tier = tier
            self._tell(tier, out)
        self._count(raw, out)

    def _rarer(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        """A prompt that was refused; errors beside or instead of candidates."""
        feedback = as_dict(chunk.get("promptFeedback"))
        native = as_text(feedback.get("blockReason"))
        if native and self._ending is None:
            self._stop("content_filter", native, feedback.get("blockReasonMessage"), out)
        if chunk.get("error") or (event == "error" and not KNOWN & chunk.keys()):
            self._check(chunk, out)

    def _error_in(self, value: Any) -> ProviderError | None:
        error = super()._error_in(value)
        return None if error is None else refined(error, json.dumps(value).encode())


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
