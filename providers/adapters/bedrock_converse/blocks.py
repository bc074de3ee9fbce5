"""The content blocks of one Converse answer. Indices of the wire have gaps and may change within one text."""

import base64
import json
from dataclasses import dataclass, field
from typing import Any, Literal

from providers.adapters.bedrock_converse.thoughts import Thoughts
from providers.contract.events import BlockOpened, Delta, StreamEvent
from providers.dialects.jsonvalue import as_dict, as_list, as_text, clean
from providers.dialects.think_tags import OPENING, split_whole

PROTOCOL = "bedrock_converse"
Medium = Literal["image", "audio", "video"]
MEDIA: tuple[Medium, ...] = ("image", "audio", "video")


@dataclass(slots=True)
class _ServerTool:
    """A tool that the provider ran itself: what it was called with and what came of it."""

    index: int
    use: dict[str, Any]
    input: str = ""
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class _Media:
    kind: Medium
    form: str
    pieces: list[bytes] = field(default_factory=list)


class Blocks:
    """Turns pieces into ``BlockOpened`` and ``Delta``. ``wire`` is the index that the provider gave."""

    __slots__ = (
        "_calls",
        "_cited",
        "_count",
        "_kind",
        "_media",
        "_open",
        "_servers",
        "_signed",
        "_thoughts",
        "has_calls",
    )

    def __init__(self, *, think_tags: bool) -> None:
        self._thoughts = Thoughts() if think_tags else None
        self._count = 0
        self._kind = ""
        self._open = 0
        self._signed: tuple[Any, str] | None = None
        self._calls: dict[Any, int] = {}
        self._servers: dict[Any, _ServerTool] = {}
        self._media: dict[Any, _Media] = {}
        self._cited: list[dict[str, Any]] = []
        self.has_calls = False

    def text(self, text: str, out: list[StreamEvent]) -> None:
        if self._thoughts is None:
            self._append("text", text, out)
            return
        for kind, part in self._thoughts.feed(text):
            self._append(kind, part, out)

    def whole_text(self, text: str, out: list[StreamEvent]) -> None:
        """A text that is known from its beginning to its end: a lone closing tag can be understood."""
        if self._thoughts is not None and not text.lstrip().startswith(OPENING):
            reasoning, text = split_whole(text)
            self._append("reasoning", reasoning, out)
        self.text(text, out)

    def reasoning(self, text: str, out: list[StreamEvent]) -> None:
        if text and self._kind != "reasoning":
            self._settle(out)
        self._append("reasoning", text, out)

    def signature(self, wire: Any, piece: str, out: list[StreamEvent]) -> None:
        """Closes a thought. Without a text before it the thought was held back, but it still has to go back."""
        before = self._signed[1] if self._signed is not None and self._signed[0] == wire else ""
        if self._kind != "reasoning" or (self._signed is not None and not before):
            self._settle(out)
            self._kind = "reasoning"
            self._open = self._next()
        self._signed = (wire, before + piece)
        replay = {"protocol": PROTOCOL, "signature": before + piece}
        out.append(BlockOpened(self._open, "reasoning", data={"replay": replay}))

    def redacted(self, content: str, out: list[StreamEvent]) -> None:
        self._settle(out)
        replay = {"protocol": PROTOCOL, "redactedContent": content}
        out.append(BlockOpened(self._next(), "reasoning", data={"replay": replay}))

    def call(self, wire: Any, use: dict[str, Any], out: list[StreamEvent]) -> None:
        self._settle(out)
        index = self._next()
        name, call_id = as_text(use.get("name")) or None, as_text(use.get("toolUseId")) or None
        if use.get("type") == "server_tool_use":
            self._servers[wire] = _ServerTool(index, use)
            out.append(BlockOpened(index, "server_tool", id=call_id, name=name))
            return
        self.has_calls = True
        self._calls[wire] = index
        out.append(BlockOpened(index, "tool_call", id=call_id, name=name))

    def call_input(self, wire: Any, value: Any, out: list[StreamEvent]) -> None:
        """More of the arguments: a piece of JSON text, or all of them as a value."""
        text = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
        if not text:
            return
        if wire in self._servers:
            self._servers[wire].input += text
            return
        if wire not in self._calls:
            self.call(wire, {}, out)
        out.append(Delta(self._calls[wire], "tool_call", text))

    def result(self, wire: Any, result: dict[str, Any], out: list[StreamEvent]) -> None:
        """What a tool of the provider gave; it belongs to the call of the same id."""
        wanted = result.get("toolUseId")
        tool = next((tool for tool in self._servers.values() if tool.use.get("toolUseId") == wanted), None)
        if tool is None:
            self._settle(out)
            tool = _ServerTool(self._next(), {})
            out.append(BlockOpened(tool.index, "server_tool", id=as_text(wanted) or None))
        tool.result = {**result, "content": as_list(result.get("content"))}
        self._servers[wire] = tool

    def result_content(self, wire: Any, content: Any) -> None:
        if wire in self._servers:
            self._servers[wire].result.setdefault("content", []).extend(as_list(content))

    def media(self, wire: Any, kind: Medium, value: dict[str, Any]) -> None:
        """A picture may come in pieces, each base64 of its own."""
        found = self._media.setdefault(wire, _Media(kind, ""))
        found.form = as_text(value.get("format")) or found.form
        try:
            found.pieces.append(base64.b64decode(as_text(as_dict(value.get("source")).get("bytes"))))
        except ValueError:
            return

    def citation(self, citation: dict[str, Any], out: list[StreamEvent]) -> None:
        """Beside the text, which goes on in the same block."""
        location = as_dict(citation.get("location"))
        quoted = "".join(as_text(as_dict(part).get("text")) for part in as_list(citation.get("sourceContent")))
        said = {
            "url": as_text(as_dict(location.get("web")).get("url")) or as_text(citation.get("source")),
            "title": as_text(citation.get("title")),
            "cited_text": quoted,
            "location": location,
        }
        shown = {name: value for name, value in said.items() if value}
        if shown not in self._cited:
            self._cited.append(shown)
            out.append(BlockOpened(self._next(), "citation", data=clean(shown)))

    def stop(self, wire: Any, out: list[StreamEvent]) -> None:
        """What can only be said once a block of the wire is over."""
        tool = self._servers.get(wire)
        if tool is not None:
            out.append(_server_tool(tool))
        media = self._media.pop(wire, None)
        if media is not None and any(media.pieces):
            self._settle(out)
            content = base64.b64encode(b"".join(media.pieces)).decode()
            data = {"data": content, "media_type": f"{media.kind}/{media.form or 'png'}"}
            out.append(BlockOpened(self._next(), media.kind, data=data))

    def end(self, out: list[StreamEvent]) -> None:
        self._settle(out)

    def _append(self, kind: Literal["text", "reasoning"], text: str, out: list[StreamEvent]) -> None:
        if not text:
            return
        if kind != self._kind or self._signed is not None:
            self._kind = kind
            self._signed = None
            self._open = self._next()
            out.append(BlockOpened(self._open, kind))
        out.append(Delta(self._open, kind, text))

    def _settle(self, out: list[StreamEvent]) -> None:
        """Another kind of block begins: what the tag splitter held back belongs before it."""
        for kind, part in self._thoughts.restart() if self._thoughts is not None else ():
            self._append(kind, part, out)
        self._kind = ""
        self._signed = None

    def _next(self) -> int:
        index = self._count
        self._count += 1
        return index


def _server_tool(tool: _ServerTool) -> BlockOpened:
    """All that is known of it by now; said again when its result has come."""
    given: Any = tool.input or as_dict(tool.use.get("input"))
    try:
        given = json.loads(given) if isinstance(given, str) else given
    except ValueError:
        given = {"text": given}
    data: dict[str, Any] = {"input": given}
    replay: dict[str, Any] = {"protocol": PROTOCOL}
    if tool.use:
        replay["toolUse"] = {**tool.use, "input": given}
    if tool.result:
        data["output"] = tool.result["content"]
        replay["toolResult"] = tool.result
    call_id = as_text(tool.use.get("toolUseId")) or None
    return BlockOpened(tool.index, "server_tool", id=call_id, data=clean({**data, "replay": replay}))
