"""Events of a version 2 stream, and whole answers, as stream events."""

from typing import Any

from providers.contract.events import StreamEvent, Usage
from providers.contract.spec import UsagePaths
from providers.dialects.cohere.answer import FINISH, citation, logprobs_of, read_usage
from providers.dialects.cohere.blocks import CohereBlocks
from providers.dialects.jsonvalue import as_dict, as_list, as_text, at_path
from providers.dialects.parser import Parser

SILENT = frozenset({"content-end", "tool-call-end", "citation-end", "debug"})


class ChatParser(Parser[CohereBlocks]):
    """One answer of version 2."""

    def __init__(self) -> None:
        super().__init__(CohereBlocks(), UsagePaths(cost=()))

    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        kind = as_text(chunk.get("type"))
        said = as_dict(at_path(chunk, "delta.message"))
        if kind == "content-delta" or kind == "content-start":
            self._content(as_dict(said.get("content")), chunk.get("index"), out)
            self._blocks.probable(logprobs_of(chunk.get("logprobs")))
        elif kind == "tool-plan-delta":
            self._blocks.plan(as_text(said.get("tool_plan")), out)
        elif kind == "tool-call-start" or kind == "tool-call-delta":
            self._call(said.get("tool_calls"), chunk.get("index"), kind == "tool-call-start", out)
        elif kind == "citation-start":
            self._cite(said.get("citations"), out)
        elif kind not in SILENT:
            self._rarer(chunk, event, out)

    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        message = value.get("message") if isinstance(value, dict) else None
        if not isinstance(message, dict):
            return False
        self._note(value.get("id"), out)
        self._message(message, out)
        for logprobs in as_list(value.get("logprobs")):
            self._blocks.probable(logprobs_of(logprobs))
        self._stop(value, out)
        return True

    def _late(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._count(as_dict(chunk.get("delta")).get("usage"), out)

    def _usage_of(self, raw: dict[str, Any]) -> Usage | None:
        return read_usage(raw)

    def _message(self, message: dict[str, Any], out: list[StreamEvent]) -> None:
        content = message.get("content")
        parts = [as_dict(part) for part in as_list(content)]
        thoughts = sum(1 for part in parts if part.get("thinking"))
        for place, part in enumerate(parts[:thoughts]):
            self._content(part, place, out)
        self._blocks.plan(as_text(message.get("tool_plan")), out)
        if isinstance(content, str):
            self._blocks.said(content, None, out)
        for place, part in enumerate(parts[thoughts:], thoughts):
            self._content(part, place, out)
        for place, call in enumerate(as_list(message.get("tool_calls"))):
            self._call(call, place, True, out)
        self._cite(message.get("citations"), out)

    def _content(self, content: dict[str, Any], part: Any, out: list[StreamEvent]) -> None:
        if thinking := as_text(content.get("thinking")):
            self._blocks.reasoning(thinking, part, "thinking", out)
        if text := as_text(content.get("text")):
            self._blocks.said(text, part, out)

    def _call(self, calls: Any, part: Any, starts: bool, out: list[StreamEvent]) -> None:
        """An object in streams; lists are read, too."""
        for call in calls if isinstance(calls, list) else (calls,):
            function = as_dict(as_dict(call).get("function"))
            arguments = function.get("arguments")
            if starts:
                name = as_text(function.get("name"))
                self._blocks.start_call(part, as_text(as_dict(call).get("id")), name, arguments, out)
            else:
                self._blocks.continue_call(part, arguments, out)

    def _cite(self, raw: Any, out: list[StreamEvent]) -> None:
        for each in raw if isinstance(raw, list) else (raw,):
            data = citation(each)
            if data is not None:
                self._blocks.aside("citation", data, out)

    def _rarer(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        kind = as_text(chunk.get("type"))
        if kind == "message-start":
            self._note(chunk.get("id"), out)
            self._message(as_dict(at_path(chunk, "delta.message")), out)
        elif kind == "message-end":
            self._stop(as_dict(chunk.get("delta")), out)
        elif kind == "error" or event == "error" or chunk.get("error") or isinstance(chunk.get("message"), str):
            self._check(chunk, out)

    def _note(self, said: Any, out: list[StreamEvent]) -> None:
        if self._learn(said, None):
            self._tell({}, out)

    def _stop(self, said: dict[str, Any], out: list[StreamEvent]) -> None:
        """The end of the message, which is the end of the answer."""
        self._flush(self._reader.rest(), out)
        self._count(said.get("usage"), out)
        if said.get("error"):
            self._check({"error": said["error"]}, out)
        native = as_text(said.get("finish_reason"))
        if native and not self._over:
            self._finish(FINISH.get(native, "error"), native, out)
        self._ended(out)
