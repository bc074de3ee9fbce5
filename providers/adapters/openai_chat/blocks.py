"""The content blocks of one answer: which is open, and under which index a tool call goes."""

import json
from typing import Any, Literal

from providers.contract.events import BlockOpened, Delta, StreamEvent
from providers.dialects.jsonvalue import as_dict, as_text

TextKind = Literal["text", "reasoning", "refusal"]


class _Call:
    """A tool call whose name may still be on its way; it is opened once the name is known."""

    __slots__ = ("arguments", "block", "id", "name", "waiting")

    def __init__(self, call_id: str) -> None:
        self.id = call_id
        self.name = ""
        self.block: int | None = None
        self.waiting = ""
        self.arguments = ""


class Blocks:
    """Turns pieces into ``BlockOpened`` and ``Delta``. Indices are consecutive, in the order of opening."""

    __slots__ = ("_by_key", "_calls", "_count", "_kind", "_open")

    def __init__(self) -> None:
        self._count = 0
        self._kind = ""
        self._open = 0
        self._calls: list[_Call] = []
        self._by_key: dict[int | str, _Call] = {}

    @property
    def has_calls(self) -> bool:
        return bool(self._calls)

    def text(self, kind: TextKind, text: str, out: list[StreamEvent]) -> None:
        """Append to the open block, or open a new one when the kind changes."""
        if kind != self._kind:
            self._kind = kind
            self._open = self._next()
            out.append(BlockOpened(self._open, kind))
        out.append(Delta(self._open, kind, text))

    def aside(self, kind: Literal["citation", "image"], data: dict[str, Any], out: list[StreamEvent]) -> None:
        """A block of its own that does not interrupt the text around it."""
        out.append(BlockOpened(self._next(), kind, data=data))

    def call(self, raw: dict[str, Any], out: list[StreamEvent]) -> None:
        """One tool call delta, in any of the styles: whole, in pieces, with or without index or id."""
        function = as_dict(raw.get("function")) or as_dict(raw.get("custom")) or raw
        name = as_text(function.get("name"))
        arguments = function.get("arguments", function.get("input"))
        text = arguments if isinstance(arguments, str) else "" if arguments is None else _json(arguments)
        call = self._find(raw.get("index"), _id(raw.get("id")), name)
        if name and not call.name:
            call.name = name
        call.waiting += text
        call.arguments += text
        if call.name:
            self._flush(call, out)

    def legacy_call(self, raw: dict[str, Any], out: list[StreamEvent]) -> None:
        """``function_call``, the style before tools; some servers send an empty stub of it."""
        if raw.get("name") or raw.get("arguments"):
            self.call({"index": "function_call", "function": raw}, out)

    def end(self, out: list[StreamEvent]) -> None:
        """Calls that never got a name are opened all the same."""
        for call in self._calls:
            if call.block is None:
                self._flush(call, out)

    def _find(self, index: Any, call_id: str, name: str) -> _Call:
        """By index, else by id, else the last one. A new id under a known index is a new call."""
        key = index if isinstance(index, int | str) else f"id:{call_id}" if call_id else None
        if key is None:
            last = self._calls[-1] if self._calls else None
            known = None if last is None or (name and last.arguments) else last
        else:
            known = self._by_key.get(key)
        if known is None or (call_id and known.id and known.id != call_id):
            known = _Call(call_id)
            self._calls.append(known)
            if key is not None:
                self._by_key[key] = known
        elif call_id and not known.id and known.block is None:
            known.id = call_id
        return known

    def _flush(self, call: _Call, out: list[StreamEvent]) -> None:
        if call.block is None:
            call.block = self._next()
            out.append(BlockOpened(call.block, "tool_call", id=call.id or None, name=call.name or None))
        self._kind = ""
        if call.waiting:
            out.append(Delta(call.block, "tool_call", call.waiting))
            call.waiting = ""

    def _next(self) -> int:
        index = self._count
        self._count += 1
        return index


def _id(value: Any) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else as_text(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
