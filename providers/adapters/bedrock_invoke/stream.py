"""The vendors' bodies, unwrapped: what they are shows in the first piece, and its own parser reads the rest."""

import base64
import json
from collections.abc import Sequence
from typing import Any

from providers.adapters import get_adapter
from providers.adapters.bedrock_invoke.completions import FINISH, said
from providers.contract.adapter import StreamParser
from providers.contract.events import Delta, StreamEvent, StreamFailed, UsageReported
from providers.contract.spec import ProviderSpec, Quirks, UsagePaths
from providers.dialects.blocks import Blocks
from providers.dialects.jsonvalue import as_dict, as_list, as_text, clean
from providers.dialects.parser import Parser

METRICS = "amazon-bedrock-invocationMetrics"
NOVA = frozenset(
    {"messageStart", "contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata"}
)


class InvokeParser(Parser[Blocks]):
    """One answer. Plain text is read here, all else by the parser of the protocol that it is wrapped from."""

    def __init__(self, spec: ProviderSpec) -> None:
        super().__init__(Blocks(), UsagePaths())
        self._spec = spec
        self._inner: _Wrapped | None = None
        self._is_plain = False
        self._last: Delta | None = None

    def _take(self, chunk: dict[str, Any], event: str, out: list[StreamEvent]) -> None:
        if event.startswith("exception:"):
            self._aws(json.dumps(chunk).encode(), event, out)
            return
        try:
            piece = self._unwrapped(chunk)
        except ValueError:
            self._unreadable(json.dumps(chunk).encode(), event, out)
            return
        if event == "error":
            self._check(piece, out)
        if not self._over:
            self._read(piece, out)

    def _read(self, piece: dict[str, Any], out: list[StreamEvent]) -> None:
        if self._inner is None and not self._is_plain:
            self._inner = _recognised(piece, self._spec)
        if self._inner is not None:
            self._pass_on(self._inner.take(piece), out)
        elif not self._prompted(piece, out):
            self._check(piece, out)
        if isinstance(piece.get(METRICS), dict):  # AWS's own count, which is not the vendor's and replaces nothing
            self._tell({"invocation_metrics": clean(piece[METRICS])}, out)

    def _late(self, chunk: dict[str, Any], out: list[StreamEvent]) -> None:
        try:
            events = self._inner.take(self._unwrapped(chunk)) if self._inner is not None else ()
        except ValueError:
            return
        out.extend(event for event in events if isinstance(event, UsageReported))

    def _flush(self, rest: str, out: list[StreamEvent]) -> None:
        if self._inner is None:
            super()._flush(rest, out)
            return
        if rest and self._last is not None:
            out.append(Delta(self._last.index, self._last.kind, rest))
        self._pass_on(self._inner.end(), out)

    def _whole(self, value: Any, out: list[StreamEvent]) -> bool:
        """By the vendor whose body it is."""
        whole, spec = as_dict(value), self._spec
        if isinstance(as_dict(whole.get("output")).get("message"), dict):
            protocol = "bedrock_converse"
        elif as_text(whole.get("type")) in {"message", "error"} or isinstance(whole.get("completion"), str):
            protocol = "anthropic_messages"
        elif isinstance(whole.get("choices"), list):
            protocol, whole, spec = "openai_chat", _chat_piece(whole), _plain_chat(spec)
        else:
            return self._prompted(whole, out)
        self._pass_on(get_adapter(protocol).parse_whole(json.dumps(whole).encode(), spec), out)
        self._over = True
        return True

    def _odd(self, value: Any, event: str, out: list[StreamEvent]) -> None:
        self._take({}, event, out)

    def _unreadable(self, data: bytes, event: str, out: list[StreamEvent]) -> None:
        if event.startswith("exception:"):
            self._aws(data, event, out)
        else:
            super()._unreadable(data, event, out)

    def _aws(self, data: bytes, event: str, out: list[StreamEvent]) -> None:
        """AWS's own failures, whatever is wrapped beside them."""
        self._pass_on(get_adapter("bedrock_converse").parser(self._spec).feed(data, event), out)

    def _pass_on(self, events: Sequence[StreamEvent], out: list[StreamEvent]) -> None:
        """What another parser says; its failure is the failure of this one."""
        for event in events:
            if isinstance(event, StreamFailed):
                self._fail(event.error, out)
            else:
                self._last = event if isinstance(event, Delta) else self._last
                out.append(event)

    def _prompted(self, piece: dict[str, Any], out: list[StreamEvent]) -> bool:
        """A plain text in pieces; whether this is one of them."""
        found = said(piece)
        if found is None:
            return False
        self._is_plain = True
        self._blocks.text("text", found.text, out)
        if found.reason:
            self._finish(FINISH.get(found.reason.lower(), "stop"), found.reason, out)
        return True

    def _unwrapped(self, frame: dict[str, Any]) -> dict[str, Any]:
        """What a frame holds in base64. Pieces that are no objects say nothing."""
        if "bytes" not in frame:
            return frame
        wrapped = base64.b64decode(as_text(frame["bytes"])).strip()
        return as_dict(self._reader.read(wrapped)) if wrapped and not wrapped.startswith(b"[DONE]") else {}


class _Wrapped:
    """Pieces of another protocol, read by its own parser."""

    def __init__(self, parser: StreamParser) -> None:
        self._parser = parser

    def take(self, piece: dict[str, Any]) -> Sequence[StreamEvent]:
        """Anthropic's events have their name in the type."""
        return self._parser.feed(json.dumps(piece).encode(), as_text(piece.get("type")))

    def end(self) -> Sequence[StreamEvent]:
        return self._parser.end()


class _Nova(_Wrapped):
    """Converse's events, their name being the key."""

    def take(self, piece: dict[str, Any]) -> Sequence[StreamEvent]:
        parts = [(name, json.dumps(piece[name]).encode()) for name in piece if name in NOVA]
        return [event for name, data in parts for event in self._parser.feed(data, name)]


class _Chat(_Wrapped):
    """Chunks of Chat Completions, and of Mistral, who says the reason under another name. No ``[DONE]`` follows."""

    def take(self, piece: dict[str, Any]) -> Sequence[StreamEvent]:
        return super().take(_chat_piece(piece))


def _recognised(piece: dict[str, Any], spec: ProviderSpec) -> _Wrapped | None:
    if NOVA & piece.keys():
        return _Nova(get_adapter("bedrock_converse").parser(spec))
    if isinstance(piece.get("choices"), list):
        return _Chat(get_adapter("openai_chat").parser(_plain_chat(spec)))
    if isinstance(piece.get("type"), str) or isinstance(piece.get("completion"), str):
        return _Wrapped(get_adapter("anthropic_messages").parser(spec))
    return None


def _plain_chat(spec: ProviderSpec) -> ProviderSpec:
    """What is known of this provider's own Chat Completions is not true of what it wraps."""
    return spec.model_copy(update={"quirks": Quirks()})


def _chat_piece(piece: dict[str, Any]) -> dict[str, Any]:
    choices = [
        {**choice, "finish_reason": choice["stop_reason"]} if choice.get("stop_reason") else choice
        for choice in map(as_dict, as_list(piece.get("choices")))
    ]
    return {**piece, "choices": choices}
