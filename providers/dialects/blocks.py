"""The content blocks of one answer: their numbers, the one that text goes into, token probabilities.

A protocol adds what its blocks are made of.
"""

from typing import Any

from providers.contract.events import BlockOpened, Delta, DeltaKind, StreamEvent
from providers.contract.messages import BlockKind
from providers.dialects.jsonvalue import as_json
from providers.dialects.logprobs import MAX_TOKENS, Logprob, read_logprobs


class Blocks:
    """Turns pieces into ``BlockOpened`` and ``Delta``. Indices are consecutive, in the order of opening."""

    __slots__ = ("_count", "_firsts", "_kind", "_logprobs", "_open", "_origin")

    def __init__(self, **origin: str) -> None:
        """``origin``: whose thoughts these are (protocol, provider); they go back to nobody else."""
        self._origin = origin
        self._count = 0
        self._kind: DeltaKind | None = None
        self._open = 0
        self._firsts: dict[str, int] = {}
        self._logprobs: list[Logprob] = []

    @property
    def has_calls(self) -> bool:
        return "tool_call" in self._firsts

    @property
    def refused(self) -> bool:
        return "refusal" in self._firsts

    def text(self, kind: DeltaKind, text: str, out: list[StreamEvent]) -> None:
        """Append to the open block, or open a new one when the kind changes. Nearly every event comes here."""
        if not text:
            return
        if kind != self._kind:
            self._open = self._new(kind, out)
            self._kind = kind
        out.append(Delta(self._open, kind, text))

    def rest(self, text: str, out: list[StreamEvent]) -> None:
        """Half a character whose other half never came: it stands where the answer broke off."""
        self.text(self._kind or "text", text, out)

    def close(self) -> None:
        """Text that follows begins a new block."""
        self._kind = None

    def aside(self, kind: BlockKind, data: dict[str, Any], out: list[StreamEvent], name: str = "") -> None:
        """A block of its own that does not interrupt the text around it."""
        self._new(kind, out, name=name, data=data)

    def add(self, kind: BlockKind, data: dict[str, Any], out: list[StreamEvent]) -> None:
        """Data of the answer's first block of this kind, which is opened if there is none."""
        if kind in self._firsts:
            out.append(BlockOpened(self._firsts[kind], kind, data=data))
        else:
            self._new(kind, out, data=data)

    def whole_call(self, call_id: str, name: str, arguments: Any, out: list[StreamEvent]) -> None:
        """A call that comes in one piece, its arguments as text or as a value."""
        self.close()
        index = self._new("tool_call", out, id=call_id, name=name)
        if text := as_json(arguments):
            out.append(Delta(index, "tool_call", text))

    def probable(self, raw: Any) -> None:
        """Probabilities of more tokens of the text."""
        self._logprobs.extend(read_logprobs(raw, MAX_TOKENS - len(self._logprobs)))

    def end(self, out: list[StreamEvent]) -> None:
        """Nothing follows: what is known only now."""
        logprobs, self._logprobs = self._logprobs, []
        if logprobs and "text" in self._firsts:
            self.add("text", {"logprobs": logprobs}, out)

    def _new(
        self,
        kind: BlockKind,
        out: list[StreamEvent],
        *,
        id: str = "",
        name: str = "",
        data: dict[str, Any] | None = None,
    ) -> int:
        index = self._count
        self._count += 1
        self._firsts.setdefault(kind, index)
        if kind == "reasoning" and self._origin:
            data = {"replay": self._origin, **(data or {})}
        out.append(BlockOpened(index, kind, id=id or None, name=name or None, data=data or None))
        return index
