"""The content blocks of one Converse answer. Indices of the wire have gaps and may change within one text."""

import base64
from dataclasses import dataclass, field
from typing import Any, Literal

from providers.adapters.bedrock_converse.thoughts import Thoughts
from providers.contract.events import BlockOpened, Delta, StreamEvent
from providers.dialects.blocks import Blocks
from providers.dialects.jsonvalue import as_dict, as_json, as_list, as_text, clean, json_or_text
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


class ConverseBlocks(Blocks):
    """``wire`` is the index that the provider gave."""

    __slots__ = ("_calls", "_cited", "_media", "_servers", "_signed", "_thoughts")

    def __init__(self, *, think_tags: bool) -> None:
        super().__init__(protocol=PROTOCOL)
        self._thoughts = Thoughts() if think_tags else None
        self._signed: tuple[Any, int, str] | None = None
        self._calls: dict[Any, int] = {}
        self._servers: dict[Any, _ServerTool] = {}
        self._media: dict[Any, _Media] = {}
        self._cited: list[dict[str, Any]] = []

    def close(self) -> None:
        super().close()
        self._signed = None

    def prose(self, text: str, out: list[StreamEvent]) -> None:
        """Text of the answer, in which some models mark their thoughts by tags."""
        if self._thoughts is None:
            self.text("text", text, out)
            return
        for kind, part in self._thoughts.feed(text):
            self.text(kind, part, out)

    def rest(self, text: str, out: list[StreamEvent]) -> None:
        if self._kind == "reasoning" or not text:
            super().rest(text, out)
        else:
            self.prose(text, out)

    def whole_text(self, text: str, out: list[StreamEvent]) -> None:
        """A text that is known from its beginning to its end: a lone closing tag can be understood in the first one."""
        if self._thoughts is not None and "text" not in self._firsts and not text.lstrip().startswith(OPENING):
            reasoning, text = split_whole(text)
            self.text("reasoning", reasoning, out)
        self.prose(text, out)

    def reasoning(self, text: str, out: list[StreamEvent]) -> None:
        """A thought with a block of its own: from now on tags are text."""
        if text and self._kind != "reasoning":
            self._settle(out)
            self._thoughts = None
        self.text("reasoning", text, out)

    def signature(self, wire: Any, piece: str, out: list[StreamEvent]) -> None:
        """Closes a thought. Without a text before it the thought was held back, but it still has to go back."""
        known = self._signed
        goes_on = known is not None and self._kind is None and known[:2] == (wire, self._open)
        whole = known[2] + piece if known is not None and goes_on else piece
        data = {"replay": {**self._origin, "signature": whole}}
        if goes_on or self._kind == "reasoning":
            out.append(BlockOpened(self._open, "reasoning", data=data))
        else:
            self._settle(out)
            self._open = self._new("reasoning", out, data=data)
        self._kind = None
        self._signed = (wire, self._open, whole)

    def redacted(self, content: str, out: list[StreamEvent]) -> None:
        self._settle(out)
        self._new("reasoning", out, data={"replay": {**self._origin, "redactedContent": content}})

    def call(self, wire: Any, use: dict[str, Any], out: list[StreamEvent]) -> None:
        self._settle(out)
        call_id, name = as_text(use.get("toolUseId")), as_text(use.get("name"))
        if use.get("type") == "server_tool_use":
            self._servers[wire] = _ServerTool(self._new("server_tool", out, id=call_id, name=name), use)
        else:
            self._calls[wire] = self._new("tool_call", out, id=call_id, name=name)

    def call_input(self, wire: Any, value: Any, out: list[StreamEvent]) -> None:
        """More of the arguments: a piece of JSON text, or all of them as a value."""
        text = as_json(value)
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
            tool = _ServerTool(self._new("server_tool", out, id=as_text(wanted)), {})
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
            self.aside("citation", clean(shown), out)

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
            self.aside(media.kind, data, out)

    def end(self, out: list[StreamEvent]) -> None:
        self._settle(out)
        super().end(out)

    def _settle(self, out: list[StreamEvent]) -> None:
        """Another kind of block begins: what the tag splitter held back belongs before it."""
        for kind, part in self._thoughts.restart() if self._thoughts is not None else ():
            self.text(kind, part, out)
        self.close()


def _server_tool(tool: _ServerTool) -> BlockOpened:
    """All that is known of it by now; said again when its result has come."""
    given = json_or_text(tool.input) if tool.input else as_dict(tool.use.get("input"))
    if isinstance(given, str):
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
