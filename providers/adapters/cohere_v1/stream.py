"""Lines of a version 1 stream, and whole answers, as stream events. Gateways send the lines as server-sent events."""

from collections.abc import Sequence
from typing import Any

from providers.contract.errors import ProviderError
from providers.contract.events import Finished, ResponseInfo, StreamEnded, StreamEvent, StreamFailed, UsageReported
from providers.dialects.cohere.answer import citation, finish_of, read_usage
from providers.dialects.cohere.blocks import Blocks
from providers.dialects.errors import error_in, stream_error
from providers.dialects.jsonvalue import JsonReader, as_dict, as_list, as_text, clean, read_json

SHOWN = ("id", "title", "url")
SSE_FIELDS = (b"event:", b"id:", b"retry:", b":")


class HistoryChatParser:
    """One answer. After its end or a failure nothing more is said."""

    def __init__(self) -> None:
        self._reader = JsonReader()
        self._blocks = Blocks()
        self._calls = 0
        self._queries: list[str] = []
        self._documents: dict[str, dict[str, str]] = {}
        self._has_text = False
        self._cited = False
        self._over = False

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        if data[:5] == b"data:":
            data = data[5:].strip()
        if self._over or not data or data.startswith(SSE_FIELDS):
            return ()
        if data[:6] == b"[DONE]":
            return [*self.end(), StreamEnded()]
        out: list[StreamEvent] = []
        try:
            line = self._reader.read(data)
        except ValueError:
            return self._failed(ProviderError("malformed_stream", "The provider sent a line that is not JSON."), out)
        if not isinstance(line, dict):
            return self._failed(ProviderError("malformed_stream", "The provider sent a line that is no object."), out)
        kind = as_text(line.get("event_type"))
        if kind == "text-generation":
            self._text(as_text(line.get("text")), out)
        else:
            self._rarer(kind, line, out)
        return out

    def end(self) -> Sequence[StreamEvent]:
        """Flush what was held back."""
        if self._over:
            return ()
        out: list[StreamEvent] = []
        self._text(self._reader.rest(), out)
        self._over = True
        return out

    def parse_whole(self, body: bytes) -> Sequence[StreamEvent]:
        """The events of one JSON body, ``StreamEnded`` last unless it is an error."""
        out: list[StreamEvent] = []
        try:
            value = read_json(body)
        except ValueError:
            return self._failed(ProviderError("malformed_stream", "The provider's answer is not JSON."), out)
        if not isinstance(value, dict) or "text" not in value:
            found = error_in(value)
            nothing = ProviderError("malformed_stream", "The provider's answer holds no text.")
            return self._failed(stream_error(found) if found is not None else nothing, out)
        self._note(value, out)
        self._finish(value, {}, out)
        return out

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
            self._finish(as_dict(line.get("response")), line, out)
        elif "event_type" not in line and "text" in line:
            self._note(line, out)
            self._finish(line, {}, out)
        elif kind in {"", "stream-error"}:
            found = error_in(line)
            if found is not None:
                self._failed(stream_error(found), out)

    def _text(self, text: str, out: list[StreamEvent]) -> None:
        self._has_text = self._has_text or bool(text)
        self._blocks.text(text, None, out)

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
                self._blocks.citation(data, out)

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
            self._blocks.search(data, out)

    def _note(self, said: dict[str, Any], out: list[StreamEvent]) -> None:
        if as_text(said.get("generation_id")):
            out.append(ResponseInfo(said["generation_id"]))

    def _finish(self, response: dict[str, Any], line: dict[str, Any], out: list[StreamEvent]) -> None:
        """The end of the answer, which repeats all of it: what has not been said yet is said now."""
        self._searched(response, out)
        if not self._has_text:
            self._text(as_text(response.get("text")), out)
        self._whole_calls(response.get("tool_calls"), out)
        if not self._cited:
            self._cite(response.get("citations"), out)
        meta = response.get("meta")
        if isinstance(meta, dict) and ("tokens" in meta or "billed_units" in meta):
            out.append(UsageReported(read_usage(meta), clean(meta)))
        native = as_text(line.get("finish_reason")) or as_text(response.get("finish_reason"))
        if native:
            out.append(Finished(finish_of(native, has_calls=self._blocks.has_calls), native))
        out.extend((*self.end(), StreamEnded()))

    def _failed(self, error: ProviderError, out: list[StreamEvent]) -> list[StreamEvent]:
        out.extend(self.end())
        out.append(StreamFailed(error))
        return out
