"""Chat Completions chunks as stream events. A whole answer is read as one chunk whose message is the delta.

The first lines of ``feed`` are the path of nearly every chunk and are kept short on purpose; everything rare is
behind them.
"""

import json
from collections.abc import Sequence
from typing import Any

from providers.adapters.openai_chat.blocks import Blocks
from providers.adapters.openai_chat.kept import RARE, Kept
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
from providers.contract.spec import Quirks
from providers.dialects.errors import ErrorBody, error_in, scrub, stream_error
from providers.dialects.jsonvalue import JsonReader, as_dict, as_list, as_text, clean, read_json
from providers.dialects.think_tags import ThinkSplitter, split_whole
from providers.dialects.usage import read_cost, read_usage

FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "eos_token": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "complete": "stop",
    "normal": "stop",
    "length": "length",
    "max_tokens": "length",
    "model_length": "length",
    "max_output_tokens": "length",
    "model_context_window_exceeded": "length",
    "tool_calls": "tool_calls",
    "tool_call": "tool_calls",
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
    "content_filter": "content_filter",
    "sensitive": "content_filter",
    "refusal": "refusal",
    "error": "error",
    "network_error": "error",
    "insufficient_system_resource": "error",
}
METADATA = ("created", "system_fingerprint", "service_tier", "provider")


class ChatParser:
    """One answer. After a failure nothing more is said."""

    def __init__(self, quirks: Quirks, *, provider: str = "", whole: bool = False) -> None:
        self._quirks = quirks
        self._whole = whole
        self._reader = JsonReader()
        self._blocks = Blocks(provider)
        self._kept: Kept | None = None
        self._think = ThinkSplitter() if quirks.think_tags and not whole else None
        self._info = ResponseInfo()
        self._info_known = False
        self._usage: dict[str, Any] | None = None
        self._reason: str = ""
        self._refused = False
        self._reasoning_field = ""
        self._cited: set[str] = set()
        self._index: Any = None
        self._over = False
        self._has_failed = False

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        if self._over or not data:
            return self._late_usage(data) if self._has_failed else ()
        if data[:6] == b"[DONE]":
            return [*self.end(), StreamEnded()]
        out: list[StreamEvent] = []
        try:
            chunk = self._reader.read(data)
        except ValueError:
            return self._unreadable(data, event)
        if not isinstance(chunk, dict):
            return self._failed(ProviderError("malformed_stream", "The provider sent a chunk that is no object."), out)
        if not self._info_known:
            self._note(chunk, out)
        choices = chunk.get("choices")
        if choices:
            self._choices(choices, out)
        if chunk.get("usage") is not None or "x_groq" in chunk:
            self._count(chunk.get("usage"), out)
            self._groq(as_dict(chunk.get("x_groq")), out)
        if "citations" in chunk or "search_results" in chunk:
            self._cite_sources(chunk, out)
        if not choices or "error" in chunk:
            self._check(chunk, event, out)
        return out

    def end(self) -> Sequence[StreamEvent]:
        """Flush what was held back."""
        if self._over:
            return ()
        out: list[StreamEvent] = []
        if rest := self._reader.rest():
            self._text(rest, out)
        if self._think is not None:
            for kind, text in self._think.end():
                self._blocks.text(kind, text, out)
            self._think = None
        self._blocks.end(out)
        if self._kept is not None:
            self._kept.tell(self._blocks, out)
        self._over = True
        return out

    def parse_whole(self, body: bytes) -> Sequence[StreamEvent]:
        """The events of one JSON body, ``StreamEnded`` last unless it is an error."""
        try:
            value = read_json(body)
        except ValueError:
            return [StreamFailed(ProviderError("malformed_stream", "The provider's answer is not JSON."))]
        out: list[StreamEvent] = []
        found = None if isinstance(value, dict) and value.get("choices") else error_in(value)
        if found is not None:
            return self._failed(stream_error(found), out)
        if not isinstance(value, dict) or not isinstance(value.get("choices"), list):
            return self._failed(ProviderError("malformed_stream", "The provider's answer holds no choices."), out)
        self._note(value, out)
        self._choices(value["choices"], out)
        self._count(value.get("usage"), out)
        self._cite_sources(value, out)
        self._check(value, "", out)
        if not self._over:
            out.extend((*self.end(), StreamEnded()))
        return out

    def _choices(self, choices: Any, out: list[StreamEvent]) -> None:
        for choice in as_list(choices):
            if isinstance(choice, dict) and self._is_ours(choice.get("index")):
                self._choice(choice, out)

    def _is_ours(self, index: Any) -> bool:
        """One choice is read: the first one met, which is 0 wherever it means something."""
        if index is None or not self._quirks.choice_index:
            return True
        if self._index is None:
            self._index = index
        return bool(index == self._index)

    def _choice(self, choice: dict[str, Any], out: list[StreamEvent]) -> None:
        delta = choice.get("message" if self._whole else "delta")
        if delta is None:
            delta = choice.get("message")
        if isinstance(delta, dict):
            self._delta(delta, out)
        elif isinstance(choice.get("text"), str) and choice["text"]:
            self._text(choice["text"], out)
        if choice.get("usage"):
            self._count(choice["usage"], out)
        if choice.get("logprobs"):
            self._keep().probable(choice["logprobs"])
        reason = choice.get("finish_reason")
        if reason and isinstance(reason, str):
            self._finish(reason, out)
        if choice.get("error"):
            self._fail_with(error_in(choice), out)

    def _delta(self, delta: dict[str, Any], out: list[StreamEvent]) -> None:
        content = delta.get("content")
        more = len(delta) > 1 or not content
        if more:
            self._reasoning(delta, out)
        if content:
            if isinstance(content, str):
                self._text(content, out)
            else:
                self._parts(content, out)
        if more:
            self._rarer(delta, out)

    def _text(self, text: str, out: list[StreamEvent]) -> None:
        if self._whole and self._quirks.think_tags:
            reasoning, text = split_whole(text)
            if reasoning:
                self._blocks.text("reasoning", reasoning, out)
            if text:
                self._blocks.text("text", text, out)
        elif self._think is None:
            self._blocks.text("text", text, out)
        else:
            for kind, part in self._think.feed(text):
                self._blocks.text(kind, part, out)
            if self._think.done:
                self._think = None

    def _reasoning(self, delta: dict[str, Any], out: list[StreamEvent]) -> None:
        """One field only, although some servers repeat the same text in two or three."""
        chosen = self._reasoning_field
        if chosen:
            text = _reasoning_text(delta, chosen)
        else:
            for chosen in (*self._quirks.reasoning_fields, "reasoning_details"):
                text = _reasoning_text(delta, chosen)
                if text:
                    self._reasoning_field = chosen
                    break
        if text:
            self._blocks.text("reasoning", text, out)

    def _parts(self, content: Any, out: list[StreamEvent]) -> None:
        """Content as a list of typed parts (Mistral, Databricks), or as an object (structured output)."""
        if isinstance(content, dict):
            self._text(json.dumps(content, ensure_ascii=False), out)
            return
        for part in as_list(content):
            if isinstance(part, str):
                self._text(part, out)
            elif isinstance(part, dict):
                self._part(part, out)

    def _part(self, part: dict[str, Any], out: list[StreamEvent]) -> None:
        kind = part.get("type")
        if kind in {"text", "output_text"}:
            if text := as_text(part.get("text")):
                self._text(text, out)
        elif kind in {"thinking", "reasoning"}:
            inner = part.get("thinking") or part.get("summary") or part.get("text")
            text = inner if isinstance(inner, str) else "".join(as_text(as_dict(p).get("text")) for p in as_list(inner))
            if text:
                self._blocks.text("reasoning", text, out)
            if signature := _signature_of(part):
                self._keep().signed(signature)
        elif kind == "image_url":
            self._image(part, out)

    def _keep(self) -> Kept:
        if self._kept is None:
            self._kept = Kept()
        return self._kept

    def _rarer(self, delta: dict[str, Any], out: list[StreamEvent]) -> None:
        if not RARE.isdisjoint(delta):
            if said := self._keep().read(delta):
                self._text(said, out)
            if any(as_dict(detail).get("data") for detail in as_list(delta.get("reasoning_details"))):
                self._blocks.think(out)
        refusal = delta.get("refusal")
        if refusal and isinstance(refusal, str):
            self._refused = True
            self._blocks.text("refusal", refusal, out)
        for call in as_list(delta.get("tool_calls")):
            if isinstance(call, dict):
                self._blocks.call(call, out)
        if isinstance(delta.get("function_call"), dict):
            self._blocks.legacy_call(delta["function_call"], out)
        for annotation in as_list(delta.get("annotations")):
            cited = as_dict(as_dict(annotation).get("url_citation"))
            self._cite(cited.get("url"), cited.get("title"), out)
        for image in as_list(delta.get("images")):
            self._image(as_dict(image), out)

    def _image(self, image: dict[str, Any], out: list[StreamEvent]) -> None:
        link = image.get("image_url")
        url = as_text(link.get("url")) if isinstance(link, dict) else as_text(link)
        if url:
            self._blocks.aside("image", {"url": url}, out)

    def _cite_sources(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        """Lists that some servers repeat in every chunk; ``search_results`` know the titles of ``citations``."""
        results = [result for result in as_list(chunk.get("search_results")) if isinstance(result, dict)]
        titles = {as_text(result.get("url")): result.get("title") for result in results}
        urls = chunk.get("citations")
        for url in urls if isinstance(urls, list) else titles:
            if isinstance(url, dict):
                url = url.get("url")
            self._cite(url, titles.get(as_text(url)), out)

    def _cite(self, url: Any, title: Any, out: list[StreamEvent]) -> None:
        if not isinstance(url, str) or not url or url in self._cited:
            return
        self._cited.add(url)
        data = {"url": url, "title": title} if isinstance(title, str) and title else {"url": url}
        self._blocks.aside("citation", data, out)

    def _finish(self, native: str, out: list[StreamEvent]) -> None:
        if native == self._reason:
            return
        self._reason = native
        reason = self._quirks.finish_map.get(native) or FINISH.get(native.lower(), "stop")
        if reason == "stop" and self._refused:
            reason = "refusal"
        elif reason == "stop" and self._blocks.has_calls:
            reason = "tool_calls"
        out.append(Finished(reason, native))

    def _note(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        """Id and model as first sent; some servers send them empty first."""
        old = self._info
        new_id = old.response_id or as_text(chunk.get("id")) or None
        model = old.model or as_text(chunk.get("model")) or None
        if new_id == old.response_id and model == old.model:
            return
        metadata = {name: clean(chunk[name]) for name in METADATA if chunk.get(name) is not None}
        self._info = ResponseInfo(new_id, model, metadata)
        self._info_known = bool(new_id and model)
        out.append(self._info)

    def _count(self, raw: Any, out: list[StreamEvent]) -> None:
        """The last usage wins; a repetition is not said again."""
        if not isinstance(raw, dict) or raw == self._usage:
            return
        paths = self._quirks.usage
        usage = read_usage(raw, paths)
        if usage is not None:
            self._usage = raw
            out.append(UsageReported(usage, clean(raw), read_cost(raw, paths)))

    def _groq(self, extra: dict[str, Any], out: list[StreamEvent]) -> None:
        self._count(extra.get("usage"), out)
        if extra.get("error"):
            self._fail_with(error_in(extra), out)

    def _check(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        """Errors beside or instead of choices."""
        alone = not chunk.get("choices") and (event == "error" or "base_resp" in chunk)
        if chunk.get("error") or alone or chunk.get("object") == "error":
            self._fail_with(error_in(chunk), out)

    def _late_usage(self, data: bytes) -> Sequence[StreamEvent]:
        """Some servers report an error first and what it cost afterwards."""
        out: list[StreamEvent] = []
        try:
            chunk = as_dict(self._reader.read(data))
        except ValueError:
            return out
        self._count(chunk.get("usage"), out)
        return out

    def _fail_with(self, found: ErrorBody | None, out: list[StreamEvent]) -> None:
        if found is not None and not self._over:
            self._failed(stream_error(found), out)

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


def _signature_of(part: dict[str, Any]) -> str:
    """Beside the thought, or in its summary (Databricks)."""
    inner = (as_text(as_dict(each).get("signature")) for each in as_list(part.get("summary")))
    return as_text(part.get("signature")) or next((found for found in inner if found), "")


def _reasoning_text(delta: dict[str, Any], name: str) -> str:
    value = delta.get(name)
    if isinstance(value, str):
        return value
    if name != "reasoning_details":
        return ""
    details = [as_dict(detail) for detail in as_list(value)]
    return "".join(as_text(detail.get("text")) or as_text(detail.get("summary")) for detail in details)
