"""The content blocks of one answer: which part of it each piece belongs to."""

from typing import Any, Literal

from providers.contract.events import Delta, StreamEvent
from providers.dialects.blocks import Blocks
from providers.dialects.jsonvalue import as_json

ReasoningField = Literal["thinking", "tool_plan"]
PLAN = {"replay": {"protocol": "cohere_v2", "field": "tool_plan"}}


class CohereBlocks(Blocks):
    """``part``: the index that the provider gave; another one is another block."""

    __slots__ = ("_calls", "_part", "_thinks")

    def __init__(self) -> None:
        super().__init__()
        self._part: tuple[str, Any] = ("", None)
        self._calls: dict[str, int] = {}
        self._thinks = False

    def said(self, text: str, part: Any, out: list[StreamEvent]) -> None:
        self._turn_to("text", part)
        self.text("text", text, out)

    def reasoning(self, text: str, part: Any, field: ReasoningField, out: list[StreamEvent]) -> None:
        """``field`` is where it has to go back to."""
        self._thinks = self._thinks or (field == "thinking" and bool(text))
        self._turn_to(field, part)
        if text and self._kind is None:
            self._open = self._new("reasoning", out, data={"replay": {"protocol": "cohere_v2", "field": field}})
            self._kind = "reasoning"
        self.text("reasoning", text, out)

    def plan(self, text: str, out: list[StreamEvent]) -> None:
        """What it is going to do: all the thinking of older models. After real thoughts it is said to the reader."""
        if not self._thinks:
            self.reasoning(text, None, "tool_plan", out)
            return
        self._turn_to("tool_plan", None)
        if text and self._kind is None:
            self._open = self._new("text", out, data=PLAN)
            self._kind = "text"
        self.text("text", text, out)

    def start_call(self, part: Any, call_id: str, name: str, arguments: Any, out: list[StreamEvent]) -> None:
        """A call begins, also where another had the same index."""
        self._calls.pop(repr(part), None)
        self._calls[repr(part)] = self._count
        self.whole_call(call_id, name, arguments, out)

    def continue_call(self, part: Any, arguments: Any, out: list[StreamEvent]) -> None:
        """Without an index, the last one."""
        index = next(reversed(self._calls.values()), None) if part is None else self._calls.get(repr(part))
        if index is None:
            self.start_call(part, "", "", arguments, out)
        elif text := as_json(arguments):
            out.append(Delta(index, "tool_call", text))

    def _turn_to(self, field: str, part: Any) -> None:
        if (field, part) != self._part:
            self._part = (field, part)
            self.close()
