"""The content blocks of one answer: native blocks, which come in pieces, as ours.

Text blocks that touch are one of ours (a cited answer is cut in the middle of sentences); a tool that ran at the
provider and its result are one, too. What is needed to say them again exactly goes into ``replay``.
"""

from typing import Any

from providers.contract.events import BlockOpened, Delta, StreamEvent
from providers.contract.messages import BlockKind
from providers.dialects.blocks import Blocks
from providers.dialects.jsonvalue import as_dict, as_json, as_list, as_text, clean, json_or_text

PROTOCOL = "anthropic_messages"
BY_DELTA = {
    "text_delta": "text",
    "citations_delta": "text",
    "thinking_delta": "thinking",
    "signature_delta": "thinking",
    "input_json_delta": "tool_use",
}
"""What a piece belongs to whose block was never opened."""
RESULT = "_tool_result"
CALL = frozenset({"type", "id", "name", "input"})


def replay(**state: Any) -> dict[str, Any]:
    """State that goes back unchanged, to this protocol only."""
    return {"protocol": PROTOCOL, **state}


class _Run:
    """Native text blocks that touch: one block of ours. ``parts``: [length, citations] of each."""

    __slots__ = ("index", "parts")

    def __init__(self) -> None:
        self.index: int | None = None
        self.parts: list[tuple[int, list[Any]]] = []


class _Native:
    """One native block. ``index``: ours, once there is one."""

    __slots__ = ("citations", "index", "input", "kind", "length", "raw", "run", "signature", "stopped")

    def __init__(self, kind: str, raw: dict[str, Any]) -> None:
        self.kind = kind
        self.raw = raw
        self.index: int | None = None
        self.run: _Run | None = None
        self.length = 0
        self.citations: list[Any] = []
        self.input = ""
        self.signature = ""
        self.stopped = False


class NativeBlocks(Blocks):
    """``wire`` is the index that the provider gave."""

    __slots__ = ("_by_wire", "_cited", "_last", "_pending", "_results", "_run", "_server")

    def __init__(self) -> None:
        super().__init__(protocol=PROTOCOL)
        self._results = 0
        self._by_wire: dict[int, _Native] = {}
        self._pending: list[_Native] = []
        self._last: _Native | None = None
        self._run: _Run | None = None
        self._server: dict[str, tuple[int, dict[str, Any]]] = {}
        self._cited: set[tuple[str, ...]] = set()

    def start(self, wire: Any, raw: Any, out: list[StreamEvent]) -> None:
        """A native block begins; a whole answer brings it complete."""
        raw = as_dict(raw)
        block = _Native(as_text(raw.get("type")), raw)
        if isinstance(wire, int):
            self._by_wire[wire] = block
        self._last = block
        self._pending.append(block)
        if block.kind == "text":
            self._start_text(block, out)
            return
        self._close_run(out)
        if block.kind == "thinking":
            block.index = self._new("reasoning", out)
            self._thought(block, as_text(raw.get("thinking")), out)
            block.signature = as_text(raw.get("signature"))
        elif block.kind == "redacted_thinking":
            block.index = self._new("reasoning", out, data=clean({"replay": replay(data=raw.get("data"))}))
        elif block.kind.endswith("tool_use"):
            kind: BlockKind = "tool_call" if block.kind == "tool_use" else "server_tool"
            block.index = self._new(kind, out, id=as_text(raw.get("id")), name=as_text(raw.get("name")))

    def delta(self, wire: Any, raw: Any, out: list[StreamEvent]) -> None:
        """A piece of a block. The first lines are the path of nearly every event."""
        raw = as_dict(raw)
        kind = as_text(raw.get("type"))
        block = self._by_wire.get(wire) if isinstance(wire, int) else self._last
        if block is None:
            if kind not in BY_DELTA:
                return
            self.start(wire, {"type": BY_DELTA[kind]}, out)
            assert self._last is not None
            block = self._last
        if kind == "text_delta":
            self._say(block, as_text(raw.get("text")), out)
        elif kind == "thinking_delta":
            self._thought(block, as_text(raw.get("thinking")), out)
        elif kind == "input_json_delta":
            self._argue(block, as_text(raw.get("partial_json")), out)
        elif kind == "signature_delta":
            block.signature += as_text(raw.get("signature"))
        elif kind == "citations_delta":
            self._cite(block, raw.get("citation"), out)
        else:
            _merge(block.raw, raw)

    def stop(self, wire: Any, out: list[StreamEvent]) -> None:
        """A native block is complete."""
        block = self._by_wire.get(wire) if isinstance(wire, int) else self._last
        if block is not None:
            self._complete(block, out)

    def plain(self, text: str, out: list[StreamEvent]) -> None:
        """Text that comes without blocks."""
        if self._last is None:
            self.start(None, {"type": "text"}, out)
        assert self._last is not None
        self._say(self._last, text, out)

    def complete(self, out: list[StreamEvent]) -> None:
        """The answer has all its blocks, also those whose end was not said."""
        for block in list(self._pending):
            self._complete(block, out)
        self._close_run(out)

    def rest(self, text: str, out: list[StreamEvent]) -> None:
        block = self._last
        if block is not None and block.kind == "text":
            self._say(block, text, out)
        elif block is not None and block.kind == "thinking":
            self._thought(block, text, out)

    def end(self, out: list[StreamEvent]) -> None:
        """Blocks still open stay what they are: cut off, so that they are not said again as whole."""
        self._close_run(out)
        super().end(out)

    def _complete(self, block: _Native, out: list[StreamEvent]) -> None:
        if block.stopped:
            return
        block.stopped = True
        self._pending.remove(block)
        if block.kind == "text":
            self._end_part(block)
        elif block.kind == "thinking":
            assert block.index is not None
            out.append(BlockOpened(block.index, "reasoning", data={"replay": replay(signature=block.signature)}))
        elif block.kind == "tool_use":
            self._end_call(block, out)
        elif block.kind.endswith("_tool_use"):
            self._end_server_call(block, out)
        elif block.kind.endswith(RESULT):
            self._result(block, out)
        elif block.kind != "redacted_thinking":
            self._unknown(block, out)

    def _start_text(self, block: _Native, out: list[StreamEvent]) -> None:
        if self._run is None:
            self._run = _Run()
        block.run = self._run
        if text := as_text(block.raw.get("text")):
            self._say(block, text, out)
        for citation in as_list(block.raw.get("citations")):
            self._cite(block, citation, out)

    def _say(self, block: _Native, text: str, out: list[StreamEvent]) -> None:
        run = block.run
        if run is None or not text:
            return
        if run.index is None:
            run.index = self._new("text", out)
        block.length += len(text)
        out.append(Delta(run.index, "text", text))

    def _thought(self, block: _Native, text: str, out: list[StreamEvent]) -> None:
        if text and block.kind == "thinking" and block.index is not None:
            out.append(Delta(block.index, "reasoning", text))

    def _argue(self, block: _Native, text: str, out: list[StreamEvent]) -> None:
        if not text:
            return
        block.input += text
        if block.kind == "tool_use" and block.index is not None:
            out.append(Delta(block.index, "tool_call", text))

    def _cite(self, block: _Native, citation: Any, out: list[StreamEvent]) -> None:
        """Shown once a source; all of them are kept for saying the text again."""
        if not isinstance(citation, dict) or block.run is None:
            return
        block.citations.append(citation)
        shown = _citation(citation)
        key = (shown["url"],) if "url" in shown else tuple(map(str, shown.values()))
        if key not in self._cited:
            self._cited.add(key)
            self.aside("citation", clean(shown), out)

    def _end_part(self, block: _Native) -> None:
        if block.run is not None and block.length:
            block.run.parts.append((block.length, block.citations))

    def _close_run(self, out: list[StreamEvent]) -> None:
        """The text before this is over; how it was cut and what it cites is said once."""
        run, self._run = self._run, None
        if run is None or run.index is None:
            return
        if len(run.parts) > 1 or any(citations for _, citations in run.parts):
            parts = [[length, citations] for length, citations in run.parts]
            out.append(BlockOpened(run.index, "text", data=clean({"replay": replay(parts=parts)})))

    def _end_call(self, block: _Native, out: list[StreamEvent]) -> None:
        assert block.index is not None
        if not block.input:
            self._argue(block, as_json(clean(block.raw.get("input") or {})), out)
        also = {name: value for name, value in block.raw.items() if name not in CALL and value is not None}
        if as_dict(also.get("caller")).get("type") == "direct":
            del also["caller"]
        if also:
            out.append(BlockOpened(block.index, "tool_call", data=clean({"replay": replay(also=also)})))

    def _end_server_call(self, block: _Native, out: list[StreamEvent]) -> None:
        assert block.index is not None
        used = {name: value for name, value in block.raw.items() if name != "input"}
        state = replay(use=used)
        self._server[as_text(used.get("id"))] = (block.index, state)
        data = {"input": json_or_text(block.input) if block.input else block.raw.get("input"), "replay": state}
        if as_text(used.get("server_name")):
            data["server"] = used["server_name"]
        out.append(BlockOpened(block.index, "server_tool", data=clean(data)))

    def _result(self, block: _Native, out: list[StreamEvent]) -> None:
        """Joins the tool that was used; one of an earlier answer is not here, and its result stands alone."""
        used = as_text(block.raw.get("tool_use_id"))
        result = {name: value for name, value in block.raw.items() if name != "content"}
        if used in self._server:
            index, state = self._server.pop(used)
            self._results += 1
            state = {**state, "result": result, "after": self._count - index - 1, "nth": self._results}
            data = clean({"output": block.raw.get("content"), "replay": state})
            out.append(BlockOpened(index, "server_tool", data=data))
            return
        data = clean({"output": block.raw.get("content"), "replay": replay(result=result)})
        self._new("server_tool", out, id=used, name=block.kind.removesuffix(RESULT), data=data)

    def _unknown(self, block: _Native, out: list[StreamEvent]) -> None:
        """Whatever else there is (compaction and what comes after it): kept whole, shown by its name."""
        if block.kind:
            content = {name: value for name, value in block.raw.items() if name != "type"}
            data = clean({"output": content, "replay": replay(block=block.kind)})
            self.aside("server_tool", data, out, name=block.kind)


def _citation(citation: dict[str, Any]) -> dict[str, Any]:
    """``url`` and ``title`` where there are any; a place in a document has the text it cites."""
    source = as_text(citation.get("source"))
    url = as_text(citation.get("url")) or (source if source.startswith(("http://", "https://")) else "")
    title = as_text(citation.get("title")) or as_text(citation.get("document_title"))
    said = {"url": url, "title": title, "cited_text": as_text(citation.get("cited_text"))}
    return {name: value for name, value in said.items() if value}


def _merge(raw: dict[str, Any], delta: dict[str, Any]) -> None:
    """A piece of a kind we do not know: strings grow, anything else replaces."""
    for name, value in delta.items():
        if name == "type" or value is None:
            continue
        old = raw.get(name)
        raw[name] = old + value if isinstance(old, str) and isinstance(value, str) else value
