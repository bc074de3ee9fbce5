"""Yandex's lines as stream events. Every line repeats the whole text so far; what is new of it is the delta."""

from typing import Any

from providers.contract.errors import ProviderError
from providers.contract.events import FinishReason, ResponseInfo, StreamEvent, Usage
from providers.contract.spec import UsagePaths
from providers.dialects.blocks import Blocks
from providers.dialects.errors import ErrorBody, error_in, stream_error
from providers.dialects.jsonvalue import as_count, as_dict, as_list, as_text, at_path
from providers.dialects.parser import LineParser
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


class GrowingText(Blocks):
    """A text that is said from its beginning every time."""

    __slots__ = ("_said",)

    def __init__(self) -> None:
        super().__init__()
        self._said = ""

    def whole(self, text: str, out: list[StreamEvent]) -> None:
        """What is new. A text that was replaced by another, as a filter does, is a block of its own."""
        if not text:
            return
        if not text.startswith(self._said):
            self.close()
            self._said = ""
        self.text("text", text[len(self._said) :], out)
        self._said = text


class YandexParser(LineParser[GrowingText]):
    """One answer: the first alternative."""

    def __init__(self) -> None:
        super().__init__(GrowingText(), USAGE)
        self._calls = 0
        self._version = ""

    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        result = as_dict(chunk.get("result")) or chunk
        self._answer(result, out)
        self._count(result.get("usage"), out)
        if chunk.get("error"):
            self._check(chunk, out)

    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        """One object; or the objects of a stream as one array."""
        if isinstance(value, list) and value and isinstance(value[0], dict):
            for each in value:
                if not self._over:
                    self._take(as_dict(each), "", out)
            return True
        result = as_dict(as_dict(value).get("result")) or as_dict(value)
        if not isinstance(result.get("alternatives"), list):
            return False
        self._take(value, "", out)
        return True

    def _late(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._count((as_dict(chunk.get("result")) or chunk).get("usage"), out)

    def _usage_of(self, raw: dict[str, Any]) -> Usage | None:
        """Numbers of 64 bits are strings in this JSON."""
        return read_usage(_numbers(raw), self._paths)

    def _error_in(self, value: Any) -> ProviderError | None:
        """An error line says which status it would have had."""
        line = as_dict(value)
        found = error_in(line) or (ErrorBody("", "", None) if line.get("error") else None)
        if found is None:
            return None
        error = as_dict(line.get("error")) or line
        status = as_count(error.get("httpCode"))
        if status is None:
            status = GRPC_STATUS.get(as_count(error.get("grpcCode", error.get("code"))) or 0)
        words = f"{found.words} {as_text(error.get('httpStatus'))}"
        return stream_error(found._replace(code=found.code if status is None else status, words=words))

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
            self._blocks.whole(text, out)
        calls = as_list(at_path(message, "toolCallList.toolCalls"))
        for call in calls[self._calls :] if status not in UNFINISHED else ():
            self._call(as_dict(as_dict(call).get("functionCall")), out)
        if status not in UNFINISHED:
            self._finish(FINISH.get(status, "stop"), status, out)

    def _call(self, call: dict[str, Any], out: list[StreamEvent]) -> None:
        """Calls have no ids: they are told apart by name and order. Unfinished ones may still grow and wait."""
        self._calls += 1
        self._blocks.whole_call("", as_text(call.get("name")), as_dict(call.get("arguments")), out)


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _numbers(item) for name, item in value.items()}
    is_number = isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20
    return int(value) if is_number else value
