"""Chat Completions chunks as stream events. A whole answer is read as one chunk whose message is the delta.

Thousands of chunks a second come here: fields that nearly every chunk has are read first, rare ones only if present.
"""

import json
from typing import Any

from providers.adapters.openai_chat.blocks import ChatBlocks
from providers.adapters.openai_chat.kept import RARE, Kept
from providers.contract.events import FinishReason, StreamEvent
from providers.contract.spec import Quirks
from providers.dialects.errors import error_in
from providers.dialects.jsonvalue import as_dict, as_list, as_text, clean
from providers.dialects.parser import Parser

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
"""The native finish reasons met so far; ``quirks.finish_map`` goes before it. Any other word means ``stop``."""
SEEN = frozenset({"annotations", "executed_tools", "images"})
REASONING = ("reasoning_content", "reasoning", "reasoning_text", "thinking")
"""Every name of the reasoning field met so far."""
DETAILS = "reasoning_details"
IN_CONTENT = "content[]"
"""Stands for a field: the reasoning comes as typed parts of ``content``."""
MOST_HELD = 64
"""Choices that are kept back while choice 0 has not come."""
NOTHING_BUT_AN_ERROR = frozenset(
    {"message", "Message", "detail", "title", "errors", "error_code", "status", "type", "code", "param", "request_id"}
)
"""A chunk that says nothing else is no chunk (FastAPI, Databricks, NVIDIA)."""
METADATA = ("object", "created", "system_fingerprint", "service_tier", "provider")


class ChatParser(Parser[ChatBlocks]):
    """One answer of Chat Completions.

    ``_index``: the choice that is read, None until it is known; ``_held``: choices that came before that.
    ``_reasoning_field``: the one that is read, although servers may repeat the same text in others.
    ``_reasoned``: its text so far; ``_repeated``: how much of that each other field has said again.
    ``_is_known``: id and model have been said. ``_kept``: state that goes back to the provider with the next turn.
    """

    def __init__(self, quirks: Quirks, *, provider: str = "") -> None:
        super().__init__(ChatBlocks(provider, think_tags=quirks.think_tags), quirks.usage)
        self._quirks = quirks
        self._kept: Kept | None = None
        self._is_known = False
        self._reasoning_fields = tuple(dict.fromkeys((*quirks.reasoning_fields, *REASONING, DETAILS)))
        self._reasons = frozenset(self._reasoning_fields)
        self._reasoning_field = ""
        self._reasoned: list[str] = []
        self._repeated: dict[str, int] = {}
        self._held: list[tuple[Any, dict[str, Any]]] = []
        self._cited: set[str] = set()
        self._index: Any = None
        self._counts_tokens = not quirks.choice_index
        self._count_from: int | None = None
        self._count_to = 0
        self._told: dict[str, Any] = {}

    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        if not self._is_known or chunk.get("usage") is not None:
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
            self._beside(chunk, event, out)

    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        if not isinstance(value, dict) or not isinstance(value.get("choices"), list):
            return False
        if not value["choices"] and error_in(value) is not None:
            return False
        self._blocks.is_whole = True
        said = [as_dict(choice).get("index") for choice in value["choices"]]
        indices = [place if index is None else index for place, index in enumerate(said)]
        self._index = min((index for index in indices if type(index) is int), default=None)
        self._take(value, "", out)
        return True

    def _late(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        for place in (chunk, as_dict(chunk.get("x_groq")), *map(as_dict, as_list(chunk.get("choices")))):
            self._count(place.get("usage"), out)

    def _flush(self, rest: str, out: list[StreamEvent]) -> None:
        self._release(out)
        super()._flush(rest, out)
        if self._kept is not None:
            self._kept.tell(self._blocks, out)

    def _choices(self, choices: Any, out: list[StreamEvent]) -> None:
        """Only one choice is read: number 0, which may come after others."""
        for place, choice in enumerate(as_list(choices)):
            if not isinstance(choice, dict):
                continue
            index = choice.get("index")
            if index is None:
                index = place
            if index == self._index or self._is_ours(index, choice):
                self._choice(choice, out)
        if len(self._held) > MOST_HELD:
            self._release(out)

    def _is_ours(self, index: Any, choice: dict[str, Any]) -> bool:
        """Whether a choice is the one to read, while that is not known yet; if it may turn out to be, it is held."""
        if self._counts_tokens and self._index is None:
            return self._goes_up(index)
        if self._index is None and (index == 0 or type(index) is not int):
            self._index = index
            self._held.clear()
            return True
        if self._index is None:
            self._held.append((index, choice))
        return False

    def _goes_up(self, index: Any) -> bool:
        """Some servers count tokens in ``index`` instead of choices (``quirks.choice_index``). Such a count never
        falls: when it does, these are choices after all, and the lowest is the one to read."""
        if type(index) is not int or index >= self._count_to:
            self._count_to = index if type(index) is int else self._count_to
            self._count_from = self._count_to if self._count_from is None else self._count_from
            return True
        self._index = min(index, self._count_from or 0)
        return bool(index == self._index)

    def _release(self, out: list[StreamEvent]) -> None:
        """No choice 0 has come, so the lowest index is the answer: read what was held of it."""
        held, self._held = self._held, []
        if held and self._index is None:
            self._index = min(index for index, _ in held)
            for index, choice in held:
                if index == self._index:
                    self._choice(choice, out)

    def _choice(self, choice: dict[str, Any], out: list[StreamEvent]) -> None:
        delta = choice.get("message" if self._blocks.is_whole else "delta")
        if delta is None:
            delta = choice.get("message")
        if isinstance(delta, dict):
            self._delta(delta, out)
        elif isinstance(choice.get("text"), str) and choice["text"]:
            self._blocks.prose(choice["text"], out)
        if choice.get("usage"):
            self._count(choice["usage"], out)
        if choice.get("logprobs"):
            self._blocks.probable(choice["logprobs"])
        reason = choice.get("finish_reason")
        if reason and isinstance(reason, str):
            meant = self._quirks.finish_map.get(reason) or FINISH.get(reason.lower(), "stop")
            self._finish(meant, as_text(choice.get("native_finish_reason")) or reason, out)
        if choice.get("error"):
            self._check(choice, out)

    def _delta(self, delta: dict[str, Any], out: list[StreamEvent]) -> None:
        content = delta.get("content")
        more = len(delta) > 1 or not content
        if more and not self._reasons.isdisjoint(delta):
            self._reasoning(delta, out)
        if content:
            if isinstance(content, str):
                self._blocks.prose(content, out)
            else:
                self._parts(content, out)
        if more:
            self._rarer(delta, out)

    def _reasoning(self, delta: dict[str, Any], out: list[StreamEvent]) -> None:
        """Read one field only, the first that has text: some servers repeat the same text in two or three."""
        chosen = self._reasoning_field
        if chosen:
            text = _reasoning_text(delta, chosen) or self._elsewhere(delta)
        else:
            for chosen in self._reasoning_fields:
                text = _reasoning_text(delta, chosen)
                if text:
                    self._reasoning_field = chosen
                    self._blocks.untag(out)
                    break
        if text:
            self._reasoned.append(text)
            self._blocks.text("reasoning", text, out)

    def _elsewhere(self, delta: dict[str, Any]) -> str:
        """What another field says while the chosen one is silent, unless that was said before."""
        for field in REASONING:
            text = _reasoning_text(delta, field)
            if not text:
                continue
            begin = self._repeated.get(field, 0)
            self._reasoned = ["".join(self._reasoned)]
            if not self._reasoned[0].startswith(text, begin):
                return text
            self._repeated[field] = begin + len(text)
        return ""

    def _parts(self, content: Any, out: list[StreamEvent]) -> None:
        """Content as a list of typed parts (Mistral, Databricks), or as an object (structured output)."""
        if isinstance(content, dict):
            self._blocks.prose(json.dumps(content, ensure_ascii=False), out)
            return
        for part in as_list(content):
            if isinstance(part, str):
                self._blocks.prose(part, out)
            elif isinstance(part, dict):
                self._part(part, out)

    def _part(self, part: dict[str, Any], out: list[StreamEvent]) -> None:
        kind = part.get("type")
        if kind in {"text", "output_text"}:
            if text := as_text(part.get("text")):
                self._blocks.prose(text, out)
        elif kind in {"thinking", "reasoning"}:
            inner = part.get("thinking") or part.get("summary") or part.get("text")
            text = inner if isinstance(inner, str) else "".join(as_text(as_dict(p).get("text")) for p in as_list(inner))
            if text and not self._reasoning_field:
                self._reasoning_field = IN_CONTENT
                self._blocks.untag(out)
            if self._reasoning_field == IN_CONTENT:
                self._reasoned.append(text)
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
                self._blocks.prose(said, out)
            if any(as_dict(detail).get("data") for detail in as_list(delta.get("reasoning_details"))):
                self._blocks.think(out)
        refusal = delta.get("refusal")
        if isinstance(refusal, str):
            self._blocks.text("refusal", refusal, out)
        for call in as_list(delta.get("tool_calls")):
            if isinstance(call, dict):
                self._blocks.call(call, out)
        if isinstance(delta.get("function_call"), dict):
            self._blocks.legacy_call(delta["function_call"], out)
        if not SEEN.isdisjoint(delta):
            self._seen(delta, out)

    def _seen(self, delta: dict[str, Any], out: list[StreamEvent]) -> None:
        """What comes beside the text: sources, tools that the provider ran, pictures."""
        for annotation in as_list(delta.get("annotations")):
            cited = as_dict(as_dict(annotation).get("url_citation"))
            self._cite(cited.get("url"), cited.get("title"), out)
        for tool in as_list(delta.get("executed_tools")):
            if isinstance(tool, dict):
                self._blocks.ran(tool, out)
        for image in as_list(delta.get("images")):
            self._image(as_dict(image), out)

    def _image(self, image: dict[str, Any], out: list[StreamEvent]) -> None:
        link = image.get("image_url")
        url = as_text(link.get("url")) if isinstance(link, dict) else as_text(link)
        if url:
            self._blocks.aside("image", {"url": url}, out)

    def _cite_sources(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        """Sources, which some servers repeat in every chunk. ``search_results`` has the titles of ``citations``."""
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

    def _note(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        """Id, model and metadata: read at the beginning, and again with usage, as some servers say them only then."""
        # The servers that count tokens there call their chunks by an older name, and newer ones answer beside them.
        self._counts_tokens = self._counts_tokens and chunk.get("object") != "chat.completion.chunk"
        is_new = self._learn(chunk.get("id"), chunk.get("model"))
        said = {name: clean(chunk[name]) for name in METADATA if chunk.get(name) not in (None, "")}
        if is_new or (self._is_known and any(self._told.get(name) != value for name, value in said.items())):
            self._is_known = bool(self._response_id and self._model)
            self._told |= said
            self._tell(said, out)

    def _groq(self, extra: dict[str, Any], out: list[StreamEvent]) -> None:
        self._count(extra.get("usage"), out)
        if extra.get("error"):
            self._check(extra, out)

    def _beside(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        """Errors beside or instead of choices."""
        alone = not chunk.get("choices") and (event == "error" or "base_resp" in chunk)
        bare = error_in(chunk) if NOTHING_BUT_AN_ERROR.issuperset(chunk) else None
        alone = alone or (bare is not None and bool(bare.message))
        if chunk.get("error") or alone or chunk.get("object") == "error":
            self._check(chunk, out)


def _signature_of(part: dict[str, Any]) -> str:
    """Beside the thought, or in its summary (Databricks)."""
    inner = (as_text(as_dict(each).get("signature")) for each in as_list(part.get("summary")))
    return as_text(part.get("signature")) or next((found for found in inner if found), "")


def _reasoning_text(delta: dict[str, Any], name: str) -> str:
    value = delta.get(name)
    if isinstance(value, str):
        return value
    if name != DETAILS:
        return ""
    details = [as_dict(detail) for detail in as_list(value)]
    return "".join(as_text(detail.get("text")) or as_text(detail.get("summary")) for detail in details)
