"""The content blocks of one answer. Servers stream tool calls in many styles; here each piece finds its call."""

import json
from typing import Any

from providers.contract.events import BlockOpened, Delta, StreamEvent
from providers.contract.messages import BlockKind
from providers.dialects.jsonvalue import as_dict, as_json, as_text, clean, json_or_text
from providers.dialects.tagged_blocks import TaggedBlocks

PROTOCOL = "openai_chat"
TOOL = frozenset({"index", "type", "arguments", "output"})


class _Call:
    """A tool call; its block is opened once its name is known.

    ``waiting``: arguments that came before that. ``raw``: arguments so far, of calls without an index. ``heard``: some
    arguments have come, so the name is complete. ``said``: some have been given out. ``custom``: a free-text tool.
    """

    __slots__ = ("block", "custom", "extra", "heard", "id", "name", "raw", "said", "waiting")

    def __init__(self, call_id: str) -> None:
        self.id = call_id
        self.name = ""
        self.custom = False
        self.extra: Any = None
        self.block: int | None = None
        self.waiting = ""
        self.raw = ""
        self.heard = False
        self.said = False


class ChatBlocks(TaggedBlocks):
    """``provider`` is noted with state that only this provider can read again."""

    __slots__ = ("_by_key", "_calls", "_ran")

    def __init__(self, provider: str = "", *, think_tags: bool = False) -> None:
        super().__init__(think_tags=think_tags, protocol=PROTOCOL, provider=provider)
        self._calls: list[_Call] = []
        self._by_key: dict[int | str, _Call] = {}
        self._ran: dict[str, int] = {}

    @property
    def has_calls(self) -> bool:
        """Whether any tool call has come, shown or not."""
        return bool(self._calls)

    def think(self, out: list[StreamEvent]) -> None:
        """Open a reasoning block without text, for reasoning that the provider keeps hidden."""
        if "reasoning" not in self._firsts:
            self._open = self._new("reasoning", out)
            self._kind = "reasoning"

    def has(self, kind: BlockKind) -> bool:
        return kind in self._firsts

    def replay(self, state: dict[str, Any]) -> dict[str, Any]:
        """State that goes back unchanged with the next turn, marked with where it may go."""
        return {"replay": {**self._origin, **state}}

    def call(self, raw: dict[str, Any], out: list[StreamEvent]) -> None:
        """One tool call delta, in any of the styles: whole, in pieces, with or without index or id."""
        function = as_dict(raw.get("function")) or as_dict(raw.get("custom")) or raw
        name = as_text(function.get("name"))
        given = function.get("arguments", function.get("input"))
        text = "" if given == {} and not self.is_whole else as_json(given)  # an empty object is a beginning, too
        call = self._find(raw.get("index"), _id(raw.get("id")), name, out)
        call.custom = call.custom or bool(as_dict(raw.get("custom")) and not as_dict(raw.get("function")))
        if raw.get("extra_content"):
            self._keep(call, clean(raw["extra_content"]), out)
        if name and (not call.name or (name != call.name and not call.heard)):
            self._name(call, name, out)
        if raw.get("index") is None:
            call.raw += text
        call.waiting += text
        call.heard = call.heard or bool(text)
        if call.name:
            self._flush(call, out)

    def legacy_call(self, raw: dict[str, Any], out: list[StreamEvent]) -> None:
        """``function_call``, the style before tools; some servers send an empty stub of it."""
        if raw.get("name") or raw.get("arguments"):
            self.call({"index": "function_call", "function": raw}, out)

    def ran(self, raw: dict[str, Any], out: list[StreamEvent]) -> None:
        """A tool that the provider ran itself; it comes twice, when it begins and with its output (Groq's compound)."""
        rest = {name: value for name, value in raw.items() if name not in TOOL and value not in (None, "", [], {})}
        data = {"input": json_or_text(as_text(raw.get("arguments"))), "output": as_text(raw.get("output")) or rest}
        data = clean({name: value for name, value in data.items() if value})
        key = as_json(raw.get("index"))
        if key and key in self._ran:
            out.append(BlockOpened(self._ran[key], "server_tool", data=data))
        else:
            self._ran[key] = self._new("server_tool", out, name=as_text(raw.get("type")) or "tool", data=data)

    def end(self, out: list[StreamEvent]) -> None:
        """Open calls that never got a name, and close the JSON that free-text arguments were wrapped in."""
        self.settle(out)
        for call in self._calls:
            if call.block is None:
                self._flush(call, out)
            if call.custom and call.block is not None:
                out.append(Delta(call.block, "tool_call", '"}' if call.heard else '{"input": ""}'))
        super().end(out)

    def _name(self, call: _Call, name: str, out: list[StreamEvent]) -> None:
        """Before the arguments a name may come in pieces, or again."""
        call.name += name
        if call.block is not None:
            out.append(BlockOpened(call.block, "tool_call", name=call.name))

    def _find(self, index: Any, call_id: str, name: str, out: list[StreamEvent]) -> _Call:
        """The call that a piece belongs to: by index, else by id, else the last one. A new id under a known index is a
        new call.

        In a whole answer each piece is a call of its own: servers may use the function's name as the id of every call.
        """
        key = index if isinstance(index, int | str) else f"id:{call_id}" if call_id else None
        known: _Call | None = None
        if key is None and self._calls and not _begins(self._calls[-1], name):
            known = self._calls[-1]
        elif key is not None:
            known = self._by_key.get(key)
        if self.is_whole:
            known = None
        if known is None or (call_id and known.id and known.id != call_id):
            known = _Call(call_id)
            self._calls.append(known)
            if key is not None:
                self._by_key[key] = known
        elif call_id and not known.id:
            known.id = call_id
            if known.block is not None:
                out.append(BlockOpened(known.block, "tool_call", id=call_id))
        return known

    def _flush(self, call: _Call, out: list[StreamEvent]) -> None:
        if call.block is None:
            data = {"custom": True} if call.custom else {}
            if call.extra is not None:
                data.update(self.replay({"extra_content": call.extra}))
            call.block = self._new("tool_call", out, id=call.id, name=call.name, data=data)
        self.close()
        if call.waiting:
            text = call.waiting
            if call.custom:
                text = ("" if call.said else '{"input": "') + json.dumps(text, ensure_ascii=False)[1:-1]
            call.said = True
            out.append(Delta(call.block, "tool_call", text))
            call.waiting = ""

    def _keep(self, call: _Call, extra: Any, out: list[StreamEvent]) -> None:
        """What came beside a call (Gemini's thought signature) and must go back with it."""
        call.extra = extra
        if call.block is not None:
            data = self.replay({"extra_content": extra})
            out.append(BlockOpened(call.block, "tool_call", data=data))


def _begins(last: _Call, name: str) -> bool:
    """Whether a piece with this name and nothing else to know it by begins another call than the last one."""
    if not name or not last.name:
        return False
    return name != last.name or (last.heard and _is_json(last.raw))


def _is_json(text: str) -> bool:
    try:
        json.loads(text or "{}")
    except ValueError:
        return False
    return True


def _id(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else as_text(value)
