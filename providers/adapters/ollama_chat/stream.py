"""Ollama's lines as stream events. A whole answer is one line that is done."""

from typing import Any

from providers.contract.errors import ProviderError
from providers.contract.events import FinishReason, StreamEvent
from providers.contract.quirks import OllamaQuirks
from providers.contract.spec import UsagePaths
from providers.dialects.errors import ErrorBody, error_in, stream_error
from providers.dialects.jsonvalue import as_dict, as_list, as_text, clean
from providers.dialects.parser import LineParser
from providers.dialects.tagged_blocks import TaggedBlocks

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


class OllamaBlocks(TaggedBlocks):
    """A thought that came in a field of its own goes back in it."""

    __slots__ = ()

    def thought(self, text: str, out: list[StreamEvent]) -> None:
        self.settle(out)
        self._think = None
        if self._kind != "reasoning":
            self._open = self._new("reasoning", out, data={"replay": {**self._origin, "field": "thinking"}})
            self._kind = "reasoning"
        self.text("reasoning", text, out)


class OllamaParser(LineParser[OllamaBlocks]):
    """One answer of Ollama's own chat."""

    def __init__(self, quirks: OllamaQuirks) -> None:
        super().__init__(OllamaBlocks(think_tags=quirks.think_tags, protocol=PROTOCOL), USAGE)

    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        message = _message(chunk)
        if message is not None:
            if self._learn(None, chunk.get("model")):
                self._tell({name: clean(chunk[name]) for name in METADATA if chunk.get(name)}, out)
            self._message(message, out)
            if message.get("content") and chunk.get("logprobs"):
                self._blocks.probable(chunk["logprobs"])
        if chunk.get("error"):
            self._check(chunk, out)
        elif chunk.get("done") is True:
            self._done(chunk, out)

    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        if not isinstance(value, dict) or _message(value) is None:
            return False
        self._blocks.is_whole = True
        self._take(value, "", out)
        if value.get("done") is False:
            self._fail(ProviderError("incomplete", "The provider's answer is not done."), out)
        return True

    def _late(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        self._counts(chunk, out)

    def _error_in(self, value: Any) -> ProviderError | None:
        """An error line; a server in between adds the status it got."""
        line = as_dict(value)
        found = error_in(line) or (ErrorBody("", "", None) if line.get("error") else None)
        status = line.get("StatusCode", line.get("status_code"))
        if found is not None and found.code is None and isinstance(status, int):
            found = found._replace(code=status)
        return None if found is None else stream_error(found)

    def _message(self, message: dict[str, Any], out: list[StreamEvent]) -> None:
        thought = message.get("thinking")
        if isinstance(thought, str) and thought:
            self._blocks.thought(thought, out)
        self._blocks.prose(as_text(message.get("content")), out)
        for image in as_list(message.get("images")):
            if isinstance(image, str) and image:
                self._blocks.settle(out)
                self._blocks.close()
                self._blocks.aside("image", {"data": image, "media_type": "image/png"}, out)
        for call in as_list(message.get("tool_calls")):
            if isinstance(call, dict):
                self._call(call, out)

    def _call(self, call: dict[str, Any], out: list[StreamEvent]) -> None:
        """Always whole: each is a new one, whatever its index says."""
        self._blocks.settle(out)
        function = as_dict(call.get("function"))
        arguments = function.get("arguments")
        text = arguments if isinstance(arguments, str) else as_dict(arguments)
        self._blocks.whole_call(as_text(call.get("id")), as_text(function.get("name")), text, out)

    def _done(self, line: dict[str, Any], out: list[StreamEvent]) -> None:
        self._flush(self._reader.rest(), out)
        native = as_text(line.get("done_reason"))
        if native:
            self._finish(FINISH.get(native, "stop"), native, out)
        self._counts(line, out)
        self._ended(out)

    def _counts(self, line: dict[str, Any], out: list[StreamEvent]) -> None:
        self._count({name: line[name] for name in COUNTS if name in line}, out)


def _message(line: dict[str, Any]) -> dict[str, Any] | None:
    """What the model says; servers that complete a prompt put it beside the rest."""
    if isinstance(line.get("response"), str):
        return {"content": line["response"], "thinking": line.get("thinking")}
    return line["message"] if isinstance(line.get("message"), dict) else None
