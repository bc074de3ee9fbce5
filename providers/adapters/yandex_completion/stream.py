"""Yandex's lines as stream events. Every line repeats the whole text so far; what is new of it is the delta."""

import json
from collections.abc import Sequence
from typing import Any

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
from providers.contract.spec import UsagePaths
from providers.dialects.errors import ErrorBody, error_in, stream_error
from providers.dialects.jsonvalue import JsonReader, as_count, as_dict, as_list, as_text, at_path, clean, read_json
from providers.dialects.usage import read_usage

STATUS = "ALTERNATIVE_STATUS_"
FINISH: dict[str, FinishReason] = {
    "FINAL": "stop",
    "TRUNCATED_FINAL": "length",
    "CONTENT_FILTER": "content_filter",
    "TOOL_CALLS": "tool_calls",
}
UNFINISHED = frozenset({"", "PARTIAL", "UNSPECIFIED"})
USAGE = UsagePaths(
    input=("inputTextTokens",),
    output=("completionTokens",),
    total=("totalTokens",),
    cache_read=(),
    cache_creation=(),
    reasoning=("completionTokensDetails.reasoningTokens",),
)
GRPC_STATUS = {3: 400, 4: 504, 5: 404, 7: 403, 8: 429, 9: 400, 13: 500, 14: 503, 16: 401}
"""Where the error has a gRPC code only."""


class YandexParser:
    """One answer: the first alternative. After a failure nothing more is said but usage."""

    def __init__(self) -> None:
        self._reader = JsonReader()
        self._count = 0
        self._open: int | None = None
        self._text = ""
        self._calls = 0
        self._reason = ""
        self._version = ""
        self._usage: dict[str, Any] | None = None
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
        result = as_dict(line.get("result")) or line
        if not self._has_failed:
            self._answer(result, out)
        self._counts(result.get("usage"), out)
        if line.get("error"):
            return self._failed(_in_stream(line), out)
        return out

    def end(self) -> Sequence[StreamEvent]:
        """Nothing is held back but half a character. The protocol has no end marker but the final status."""
        if self._over:
            return ()
        self._over = True
        out: list[StreamEvent] = []
        if rest := self._reader.rest():
            self._say(self._text + rest, out)
        return out

    def parse_whole(self, body: bytes) -> Sequence[StreamEvent]:
        """One object; or the lines of a stream, of which the first one is an object, too."""
        try:
            value = read_json(body)
        except ValueError:
            return self._lines(body)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return self._whole([json.dumps(each).encode() for each in value])
        result = as_dict(as_dict(value).get("result")) or value
        if not isinstance(result, dict) or not isinstance(result.get("alternatives"), list):
            found = error_in(value)
            missing = ProviderError("malformed_stream", "The provider's answer holds no alternatives.")
            return self._failed(missing if found is None else _in_stream(as_dict(value), found), [])
        return self._whole([body])

    def _lines(self, body: bytes) -> Sequence[StreamEvent]:
        lines = body.split(b"\n")
        if len(lines) < 2:
            return self._failed(ProviderError("malformed_stream", "The provider's answer is not JSON."), [])
        return self._whole(lines)

    def _whole(self, lines: Sequence[bytes]) -> Sequence[StreamEvent]:
        out = [event for line in lines for event in self.feed(line.strip())]
        if not self._has_failed:
            out.extend((*self.end(), StreamEnded()))
        return out

    def _answer(self, result: dict[str, Any], out: list[StreamEvent]) -> None:
        version = as_text(result.get("modelVersion"))
        if version and version != self._version:
            self._version = version
            out.append(ResponseInfo(metadata={"model_version": version}))
        alternative = as_dict(next(iter(as_list(result.get("alternatives"))), None))
        status = as_text(alternative.get("status")).removeprefix(STATUS)
        message = as_dict(alternative.get("message"))
        text = message.get("text")
        if isinstance(text, str):
            self._say(text, out)
        calls = as_list(at_path(message, "toolCallList.toolCalls"))
        for call in calls[self._calls :] if status not in UNFINISHED else ():
            self._call(as_dict(as_dict(call).get("functionCall")), out)
        if status not in UNFINISHED and status != self._reason:
            self._reason = status
            reason = FINISH.get(status, "stop")
            out.append(Finished("tool_calls" if reason == "stop" and self._calls else reason, status))

    def _say(self, text: str, out: list[StreamEvent]) -> None:
        """What is new. A text that was replaced by another, as a filter does, is a block of its own."""
        new = text[len(self._text) :] if text.startswith(self._text) else text
        if self._open is None or not text.startswith(self._text):
            if not new:
                return
            self._open = self._next()
            out.append(BlockOpened(self._open, "text"))
        self._text = text
        if new:
            out.append(Delta(self._open, "text", new))

    def _call(self, call: dict[str, Any], out: list[StreamEvent]) -> None:
        """Calls have no ids: they are told apart by name and order. Unfinished ones may still grow and wait."""
        self._calls += 1
        index = self._next()
        out.append(BlockOpened(index, "tool_call", name=as_text(call.get("name")) or None))
        out.append(Delta(index, "tool_call", json.dumps(as_dict(call.get("arguments")), ensure_ascii=False)))

    def _counts(self, raw: Any, out: list[StreamEvent]) -> None:
        """Numbers of 64 bits are strings in this JSON."""
        if not isinstance(raw, dict) or raw == self._usage:
            return
        usage = read_usage(_numbers(raw), USAGE)
        if usage is not None:
            self._usage = raw
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


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _numbers(item) for name, item in value.items()}
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20
    return int(value) if is_number else value


def _in_stream(line: dict[str, Any], found: ErrorBody | None = None) -> ProviderError:
    """An error line says which status it would have had."""
    error = as_dict(line.get("error")) or line
    found = found or error_in(line) or ErrorBody("", "", None)
    status = as_count(error.get("httpCode")) or GRPC_STATUS.get(as_count(error.get("grpcCode", error.get("code"))) or 0)
    words = f"{found.words} {as_text(error.get('httpStatus'))}"
    return stream_error(found._replace(code=status if status is not None else found.code, words=words))
