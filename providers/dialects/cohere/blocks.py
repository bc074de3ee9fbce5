"""The content blocks of one answer: which is open, and under which index a tool call goes."""

import json
from typing import Any, Literal

from providers.contract.events import BlockOpened, Delta, StreamEvent

ReasoningField = Literal["thinking", "tool_plan"]


class Blocks:
    """Turns pieces into ``BlockOpened`` and ``Delta``. Indices are consecutive, in the order of opening."""

    __slots__ = ("_calls", "_count", "_key", "_open", "_text")

    def __init__(self) -> None:
        self._count = 0
        self._key: tuple[str, Any] | None = None
        self._open = 0
        self._text: int | None = None
        self._calls: dict[str, int] = {}

    @property
    def has_calls(self) -> bool:
        return bool(self._calls)

    def text(self, text: str, part: Any, out: list[StreamEvent]) -> None:
        """``part``: the index the provider gave; another one is another block."""
        if text:
            self._begin(("text", part), out, BlockOpened(self._count, "text"))
            self._text = self._open
            out.append(Delta(self._open, "text", text))

    def reasoning(self, text: str, part: Any, field: ReasoningField, out: list[StreamEvent]) -> None:
        """``field`` is where it has to go back to."""
        if text:
            data = {"replay": {"protocol": "cohere_v2", "field": field}}
            self._begin((field, part), out, BlockOpened(self._count, "reasoning", data=data))
            out.append(Delta(self._open, "reasoning", text))

    def start_call(self, part: Any, call_id: str, name: str, arguments: Any, out: list[StreamEvent]) -> None:
        """A call begins, also where another had the same index."""
        index = self._next()
        self._key = None
        self._calls[repr(part)] = index
        out.append(BlockOpened(index, "tool_call", id=call_id or None, name=name or None))
        self._arguments(index, arguments, out)

    def continue_call(self, part: Any, arguments: Any, out: list[StreamEvent]) -> None:
        if repr(part) not in self._calls:
            self.start_call(part, "", "", arguments, out)
        else:
            self._arguments(self._calls[repr(part)], arguments, out)

    def citation(self, data: dict[str, Any], out: list[StreamEvent]) -> None:
        """Does not interrupt the text around it."""
        out.append(BlockOpened(self._next(), "citation", data=data))

    def search(self, data: dict[str, Any], out: list[StreamEvent]) -> None:
        """What Cohere itself looked up."""
        out.append(BlockOpened(self._next(), "server_tool", name="search", data=data))

    def add_to_text(self, data: dict[str, Any], out: list[StreamEvent]) -> None:
        """More about the text so far, said of its last block."""
        if self._text is not None:
            out.append(BlockOpened(self._text, "text", data=data))

    def _arguments(self, index: int, arguments: Any, out: list[StreamEvent]) -> None:
        text = arguments if isinstance(arguments, str) else "" if arguments is None else _json(arguments)
        if text:
            out.append(Delta(index, "tool_call", text))

    def _begin(self, key: tuple[str, Any], out: list[StreamEvent], opened: BlockOpened) -> None:
        if key != self._key:
            self._key = key
            self._open = self._next()
            out.append(opened)

    def _next(self) -> int:
        index = self._count
        self._count += 1
        return index


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
