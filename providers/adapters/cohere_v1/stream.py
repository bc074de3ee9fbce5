"""Lines of a version 1 stream, and whole answers, as stream events. Gateways send the lines as server-sent events."""

from collections.abc import Sequence
from typing import Any

from providers.contract.events import StreamEvent, Usage
from providers.contract.spec import UsagePaths
from providers.dialects.cohere.answer import FINISH, citation, read_usage
from providers.dialects.cohere.blocks import CohereBlocks
from providers.dialects.jsonvalue import as_dict, as_list, as_text
from providers.dialects.parser import LineParser

SHOWN = ("id", "title", "url")
SSE_FIELDS = (b"event:", b"id:", b"retry:", b":")


class HistoryChatParser(LineParser[CohereBlocks]):
    """One answer of version 1."""

    def __init__(self) -> None:
        super().__init__(CohereBlocks(), UsagePaths(cost=()))
        self._calls = 0
        self._queries: list[str] = []
        self._documents: dict[str, dict[str, str]] = {}
        self._has_text = False
        self._cited = False

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        if data.startswith(b"data:"):
            data = data[5:].strip()
        return () if data.startswith(SSE_FIELDS) else super().feed(data, event)

    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        kind = as_text(chunk.get("event_type"))
        if kind == "text-generation":
            self._text(as_text(chunk.get("text")), out)
        else:
            self._rarer(kind, chunk, out)

    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        if not isinstance(value, dict) or "text" not in value:
            return False
        self._note(value, out)
        self._stop(value, {}, out)
        return True

    def _late(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._count(as_dict(chunk.get("response")).get("meta"), out)

    def _usage_of(self, raw: dict[str, Any]) -> Usage | None:
        return read_usage(raw) if "tokens" in raw or "billed_units" in raw else None

    def _rarer(self, kind: str, line: dict[str, Any], out: list[StreamEvent]) -> None:
        if kind == "stream-start":
            self._note(line, out)
        elif kind == "tool-calls-chunk":
            self._call_piece(as_dict(line.get("tool_call_delta")), as_text(line.get("text")), out)
        elif kind == "tool-calls-generation":
            self._text("" if self._has_text else as_text(line.get("text")), out)
            self._whole_calls(line.get("tool_calls"), out)
        elif kind == "citation-generation":
            self._cite(line.get("citations"), out)
        elif kind in {"search-queries-generation", "search-results"}:
            self._searched(line, out)
        elif kind == "stream-end":
            self._stop(as_dict(line.get("response")), line, out)
        elif "event_type" not in line and "text" in line:
            self._note(line, out)
            self._stop(line, {}, out)
        elif kind in {"", "stream-error"}:
            self._check(line, out)

    def _text(self, text: str, out: list[StreamEvent]) -> None:
        self._has_text = self._has_text or bool(text)
        self._blocks.said(text, None, out)

    def _call_piece(self, delta: dict[str, Any], text: str, out: list[StreamEvent]) -> None:
        """A name begins a call, parameters continue it; a piece without both is text of the plan."""
        part = delta.get("index")
        name = as_text(delta.get("name"))
        if name:
            self._start(part, name, delta.get("parameters"), out)
        elif delta.get("parameters"):
            self._blocks.continue_call(part, delta["parameters"], out)
        else:
            self._text(as_text(delta.get("text")) or text, out)

    def _start(self, part: Any, name: str, parameters: Any, out: list[StreamEvent]) -> None:
        """Calls have no ids here; results of parallel calls need them."""
        self._blocks.start_call(part, f"call_{self._calls}", name, parameters, out)
        self._calls += 1

    def _whole_calls(self, calls: Any, out: list[StreamEvent]) -> None:
        """What came in pieces comes whole again."""
        if self._blocks.has_calls:
            return
        for place, call in enumerate(as_list(calls)):
            said = as_dict(call)
            self._start(place, as_text(said.get("name")), said.get("parameters") or {}, out)

    def _cite(self, citations: Any, out: list[StreamEvent]) -> None:
        """Documents are cited by their ids; what was found under them has been said before."""
        for each in as_list(citations):
            ids = as_list(as_dict(each).get("document_ids"))
            sources = [{"id": name, "document": self._documents.get(name)} for name in ids if isinstance(name, str)]
            data = citation({**as_dict(each), "sources": sources})
            if data is not None:
                self._cited = True
                self._blocks.aside("citation", data, out)

    def _searched(self, said: dict[str, Any], out: list[StreamEvent]) -> None:
        """What a connector looked for and found; said in two events and again at the end."""
        for each in as_list(said.get("search_queries")):
            query = as_text(as_dict(each).get("text"))
            if query and query not in self._queries:
                self._queries.append(query)
        found = {
            as_text(document.get("id")): {name: document[name] for name in SHOWN if as_text(document.get(name))}
            for document in map(as_dict, as_list(said.get("documents")))
        }
        if found and not self._documents:
            self._documents = found
            data = {"input": {"queries": self._queries[:]}, "output": {"documents": list(found.values())}}
            self._blocks.aside("server_tool", data, out, name="search")

    def _note(self, said: dict[str, Any], out: list[StreamEvent]) -> None:
        if self._learn(said.get("generation_id"), None):
            self._tell({}, out)

    def _stop(self, response: dict[str, Any], line: dict[str, Any], out: list[StreamEvent]) -> None:
        """The end of the answer, which repeats all of it: what has not been said yet is said now."""
        self._searched(response, out)
        if not self._has_text:
            self._text(as_text(response.get("text")), out)
        self._whole_calls(response.get("tool_calls"), out)
        if not self._cited:
            self._cite(response.get("citations"), out)
        self._count(response.get("meta"), out)
        native = as_text(line.get("finish_reason")) or as_text(response.get("finish_reason"))
        if native:
            self._finish(FINISH.get(native, "error"), native, out)
        self._ended(out)
