"""Events of a version 2 stream, and whole answers, as stream events."""

from collections.abc import Sequence
from typing import Any

from providers.contract.errors import ProviderError
from providers.contract.events import Finished, ResponseInfo, StreamEnded, StreamEvent, StreamFailed, UsageReported
from providers.dialects.cohere.answer import citation, finish_of, logprobs_of, read_usage
from providers.dialects.cohere.blocks import Blocks
from providers.dialects.errors import ErrorBody, error_in, scrub, stream_error
from providers.dialects.jsonvalue import JsonReader, as_dict, as_list, as_text, at_path, clean, read_json
from providers.dialects.logprobs import MAX_TOKENS, Logprob, read_logprobs

SILENT = frozenset({"content-end", "tool-call-end", "citation-end", "debug"})


class ChatParser:
    """One answer. After its end or a failure nothing more is said."""

    def __init__(self) -> None:
        self._reader = JsonReader()
        self._blocks = Blocks()
        self._logprobs: list[Logprob] = []
        self._over = False

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        if self._over or not data:
            return ()
        if data[:6] == b"[DONE]":
            return [*self.end(), StreamEnded()]
        try:
            chunk = self._reader.read(data)
        except ValueError:
            return self._unreadable(data, event)
        out: list[StreamEvent] = []
        if not isinstance(chunk, dict):
            return self._failed(ProviderError("malformed_stream", "The provider sent a chunk that is no object."), out)
        kind = as_text(chunk.get("type"))
        said = as_dict(at_path(chunk, "delta.message"))
        if kind == "content-delta" or kind == "content-start":
            self._content(as_dict(said.get("content")), chunk.get("index"), out)
            self._note_logprobs(chunk.get("logprobs"))
        elif kind == "tool-plan-delta":
            self._blocks.reasoning(as_text(said.get("tool_plan")), None, "tool_plan", out)
        elif kind == "tool-call-start" or kind == "tool-call-delta":
            self._call(said.get("tool_calls"), chunk.get("index"), kind == "tool-call-start", out)
        elif kind == "citation-start":
            self._cite(said.get("citations"), out)
        elif kind not in SILENT:
            self._rarer(chunk, event, out)
        return out

    def end(self) -> Sequence[StreamEvent]:
        """Flush what was held back."""
        if self._over:
            return ()
        out: list[StreamEvent] = []
        self._blocks.text(self._reader.rest(), None, out)
        self._over = True
        return out

    def parse_whole(self, body: bytes) -> Sequence[StreamEvent]:
        """The events of one JSON body, ``StreamEnded`` last unless it is an error."""
        out: list[StreamEvent] = []
        try:
            value = read_json(body)
        except ValueError:
            return self._failed(ProviderError("malformed_stream", "The provider's answer is not JSON."), out)
        message = value.get("message") if isinstance(value, dict) else None
        if not isinstance(message, dict):
            found = error_in(value)
            nothing = ProviderError("malformed_stream", "The provider's answer holds no message.")
            return self._failed(stream_error(found) if found is not None else nothing, out)
        self._note(value.get("id"), out)
        self._message(message, out)
        for logprobs in as_list(value.get("logprobs")):
            self._note_logprobs(logprobs)
        self._finish(value, out)
        return out

    def _message(self, message: dict[str, Any], out: list[StreamEvent]) -> None:
        self._blocks.reasoning(as_text(message.get("tool_plan")), None, "tool_plan", out)
        content = message.get("content")
        if isinstance(content, str):
            self._blocks.text(content, None, out)
        for place, part in enumerate(as_list(content)):
            self._content(as_dict(part), place, out)
        for place, call in enumerate(as_list(message.get("tool_calls"))):
            self._call(call, place, True, out)
        self._cite(message.get("citations"), out)

    def _content(self, content: dict[str, Any], part: Any, out: list[StreamEvent]) -> None:
        if thinking := as_text(content.get("thinking")):
            self._blocks.reasoning(thinking, part, "thinking", out)
        if text := as_text(content.get("text")):
            self._blocks.text(text, part, out)

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
                self._blocks.citation(data, out)

    def _rarer(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        kind = as_text(chunk.get("type"))
        if kind == "message-start":
            self._note(chunk.get("id"), out)
            self._message(as_dict(at_path(chunk, "delta.message")), out)
        elif kind == "message-end":
            self._finish(as_dict(chunk.get("delta")), out)
        elif kind == "error" or event == "error" or chunk.get("error") or isinstance(chunk.get("message"), str):
            found = error_in(chunk)
            if found is not None:
                self._failed(stream_error(found), out)

    def _note(self, said: Any, out: list[StreamEvent]) -> None:
        if as_text(said):
            out.append(ResponseInfo(as_text(said)))

    def _note_logprobs(self, raw: Any) -> None:
        if raw is not None:
            self._logprobs.extend(read_logprobs(logprobs_of(raw), MAX_TOKENS - len(self._logprobs)))

    def _finish(self, said: dict[str, Any], out: list[StreamEvent]) -> None:
        """The end of the message, which is the end of the answer."""
        if self._logprobs:
            self._blocks.add_to_text({"logprobs": self._logprobs[:]}, out)
        usage = said.get("usage")
        if isinstance(usage, dict):
            out.append(UsageReported(read_usage(usage), clean(usage)))
        error = said.get("error")
        if error:
            found = error_in({"error": error})
            if found is not None:
                self._failed(stream_error(found), out)
                return
        native = as_text(said.get("finish_reason"))
        if native:
            out.append(Finished(finish_of(native, has_calls=self._blocks.has_calls), native))
        out.extend((*self.end(), StreamEnded()))

    def _failed(self, error: ProviderError, out: list[StreamEvent]) -> list[StreamEvent]:
        out.extend(self.end())
        out.append(StreamFailed(error))
        return out

    def _unreadable(self, data: bytes, event: str) -> Sequence[StreamEvent]:
        if event == "error":
            said = scrub(data[:2000].decode("utf-8", "replace"))
            return self._failed(stream_error(ErrorBody(said, "", None)), [])
        return self._failed(ProviderError("malformed_stream", "The provider sent a chunk that is not JSON."), [])
