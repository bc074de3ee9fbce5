"""Ollama's lines as stream events. A whole answer is one line that is done."""

import json
from collections.abc import Sequence
from typing import Any, Literal

from providers.contract.errors import ProviderError
from providers.contract.events import (
    BlockOpened,
    Delta,
    Finished,
    FinishReason,
    ResponseInfo,
    StreamEnded,
    StreamEvent,
    StreamFailed,
    UsageReported,
)
from providers.contract.quirks import OllamaQuirks
from providers.contract.spec import UsagePaths
from providers.dialects.errors import ErrorBody, error_in, stream_error
from providers.dialects.jsonvalue import JsonReader, as_dict, as_list, as_text, clean, read_json
from providers.dialects.logprobs import MAX_TOKENS, Logprob, read_logprobs
from providers.dialects.think_tags import ThinkSplitter, split_whole
from providers.dialects.usage import read_usage

PROTOCOL = "ollama_chat"
FINISH: dict[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "load": "stop",
    "unload": "stop",
    "tool_calls": "tool_calls",
    "content_filter": "content_filter",
    "error": "error",
}
COUNTS = (
    *("prompt_eval_count", "eval_count", "total_duration", "load_duration"),
    *("prompt_eval_duration", "eval_duration"),
)
USAGE = UsagePaths(
    input=("prompt_eval_count",), output=("eval_count",), total=(), cache_read=(), cache_creation=(), reasoning=()
)
METADATA = ("created_at", "remote_model", "remote_host")


class OllamaParser:
    """One answer. After a failure nothing more is said but usage."""

    def __init__(self, quirks: OllamaQuirks) -> None:
        self._splits = quirks.think_tags
        self._think = ThinkSplitter() if quirks.think_tags else None
        self._reader = JsonReader()
        self._count = 0
        self._kind = ""
        self._open = 0
        self._text_block: int | None = None
        self._logprobs: list[Logprob] = []
        self._is_known = False
        self._has_calls = False
        self._is_whole = False
        self._over = False
        self._has_failed = False

    def feed(self, data: bytes, event: str = "") -> Sequence[StreamEvent]:
        out: list[StreamEvent] = []
        if not data or (self._over and not self._has_failed):
            return out
        try:
            line = self._reader.read(data)
        except ValueError:
            return self._failed(ProviderError("malformed_stream", "The provider sent a line that is not JSON."), out)
        if not isinstance(line, dict):
            return self._failed(ProviderError("malformed_stream", "The provider sent a line that is no object."), out)
        if self._has_failed:
            self._counts(line, out)
            return out
        message = _message(line)
        if message is not None:
            self._note(line, out)
            self._message(message, out)
            if message.get("content"):
                self._logprobs.extend(read_logprobs(line.get("logprobs"), MAX_TOKENS - len(self._logprobs)))
        if line.get("error"):
            return self._failed(_error(line), out)
        if line.get("done") is True:
            self._done(line, out)
        return out

    def end(self) -> Sequence[StreamEvent]:
        """Flush what was held back."""
        out: list[StreamEvent] = []
        if not self._over:
            self._over = True
            if rest := self._reader.rest():
                self._text(rest, out)
            self._settle(out)
        return out

    def parse_whole(self, body: bytes) -> Sequence[StreamEvent]:
        """One object; or lines after all, which is what a server sends that was not told how to answer."""
        try:
            value = read_json(body)
        except ValueError:
            return self._lines(body)
        if not isinstance(value, dict) or _message(value) is None:
            found = error_in(value)
            known = _error(value) if isinstance(value, dict) and value.get("error") else None
            if known is None and found is not None:
                known = stream_error(found)
            missing = ProviderError("malformed_stream", "The provider's answer holds no message.")
            return self._failed(known or missing, [])
        self._is_whole = True
        out = [*self.feed(body)]
        if self._over:
            return out
        if value.get("done") is False:
            return self._failed(ProviderError("incomplete", "The provider's answer is not done."), out)
        return [*out, *self.end(), StreamEnded()]

    def _lines(self, body: bytes) -> Sequence[StreamEvent]:
        lines = body.split(b"\n")
        if len(lines) < 2:
            return self._failed(ProviderError("malformed_stream", "The provider's answer is not JSON."), [])
        out = [event for line in lines for event in self.feed(line.strip())]
        return [*out, *self.end()]

    def _message(self, message: dict[str, Any], out: list[StreamEvent]) -> None:
        thought = message.get("thinking")
        if isinstance(thought, str) and thought:
            self._thought(thought, out)
        content = message.get("content")
        if isinstance(content, str) and content:
            self._text(content, out)
        for image in as_list(message.get("images")):
            if isinstance(image, str) and image:
                self._settle(out)
                out.append(BlockOpened(self._next(), "image", data={"data": image, "media_type": "image/png"}))
        for call in as_list(message.get("tool_calls")):
            if isinstance(call, dict):
                self._call(call, out)

    def _thought(self, text: str, out: list[StreamEvent]) -> None:
        """A thought that came in a field of its own goes back in it."""
        if self._kind != "reasoning":
            self._settle(out)
            self._think = None
            self._kind = "reasoning"
            self._open = self._next()
            out.append(BlockOpened(self._open, "reasoning", data={"replay": {"protocol": PROTOCOL}}))
        out.append(Delta(self._open, "reasoning", text))

    def _text(self, text: str, out: list[StreamEvent]) -> None:
        if self._think is None:
            self._append("text", text, out)
        elif self._is_whole:
            reasoning, text = split_whole(text)
            self._append("reasoning", reasoning, out)
            self._append("text", text, out)
        else:
            for kind, part in self._think.feed(text):
                self._append(kind, part, out)
            if self._think.done:
                self._think = None

    def _append(self, kind: Literal["text", "reasoning"], text: str, out: list[StreamEvent]) -> None:
        if not text:
            return
        if kind != self._kind:
            self._kind = kind
            self._open = self._next()
            if kind == "text" and self._text_block is None:
                self._text_block = self._open
            out.append(BlockOpened(self._open, kind))
        out.append(Delta(self._open, kind, text))

    def _call(self, call: dict[str, Any], out: list[StreamEvent]) -> None:
        """Always whole: each is a new one, whatever its index says."""
        self._settle(out)
        function = as_dict(call.get("function"))
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) else json.dumps(as_dict(arguments), ensure_ascii=False)
        index = self._next()
        self._has_calls = True
        name, call_id = as_text(function.get("name")) or None, as_text(call.get("id")) or None
        out.append(BlockOpened(index, "tool_call", id=call_id, name=name))
        if text:
            out.append(Delta(index, "tool_call", text))

    def _settle(self, out: list[StreamEvent]) -> None:
        """Another kind of block begins, or nothing: what was held back belongs before it."""
        if self._think is not None:
            for kind, part in self._think.end():
                self._append(kind, part, out)
        self._kind = ""

    def _note(self, line: dict[str, Any], out: list[StreamEvent]) -> None:
        model = as_text(line.get("model"))
        if self._is_known or not model:
            return
        self._is_known = True
        metadata = {name: clean(line[name]) for name in METADATA if line.get(name)}
        out.append(ResponseInfo(model=model, metadata=metadata))

    def _done(self, line: dict[str, Any], out: list[StreamEvent]) -> None:
        if self._logprobs and self._text_block is not None:
            out.extend(self.end())
            out.append(BlockOpened(self._text_block, "text", data={"logprobs": self._logprobs}))
        native = line.get("done_reason")
        if isinstance(native, str) and native:
            reason = FINISH.get(native, "stop")
            out.extend(self.end())
            out.append(Finished("tool_calls" if reason == "stop" and self._has_calls else reason, native))
        self._counts(line, out)
        out.extend((*self.end(), StreamEnded()))

    def _counts(self, line: dict[str, Any], out: list[StreamEvent]) -> None:
        raw = {name: line[name] for name in COUNTS if name in line}
        usage = read_usage(raw, USAGE)
        if usage is not None:
            out.append(UsageReported(usage, clean(raw)))

    def _next(self) -> int:
        index = self._count
        self._count += 1
        return index

    def _failed(self, error: ProviderError, out: list[StreamEvent]) -> list[StreamEvent]:
        if not self._has_failed:
            out.extend(self.end())
            out.append(StreamFailed(error))
            self._has_failed = True
        return out


def _message(line: dict[str, Any]) -> dict[str, Any] | None:
    """What the model says; servers that complete a prompt put it beside the rest."""
    if isinstance(line.get("response"), str):
        return {"content": line["response"], "thinking": line.get("thinking")}
    return line["message"] if isinstance(line.get("message"), dict) else None


def _error(line: dict[str, Any]) -> ProviderError:
    """An error line; a server in between adds the status it got."""
    found = error_in(line) or ErrorBody("", "", None)
    status = line.get("StatusCode", line.get("status_code"))
    if isinstance(status, int) and found.code is None:
        found = found._replace(code=status)
    return stream_error(found)
