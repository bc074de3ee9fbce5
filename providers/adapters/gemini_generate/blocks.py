"""The parts of an answer as content blocks, with what has to go back to Google kept beside them.

A thought signature belongs to the part it came with: it closes its block, so that the part can be sent back as it was.
"""

import re
from typing import Any

from providers.adapters.gemini_generate.partial_args import PartialArgs
from providers.contract.events import BlockOpened, Delta, DeltaKind, StreamEvent
from providers.contract.messages import BlockKind
from providers.dialects.blocks import Blocks
from providers.dialects.jsonvalue import as_dict, as_text

PROTOCOL = "gemini_generate"
KINDS: dict[str, BlockKind] = {"image": "image", "audio": "audio", "video": "video"}
RUN_THERE = ("executableCode", "codeExecutionResult", "toolCall", "toolResponse")
"""Parts about tools that Google ran itself."""


class _Call:
    """A function call whose arguments are still coming."""

    __slots__ = ("arguments", "id", "index", "name")

    def __init__(self, index: int, name: str, call_id: str) -> None:
        self.index = index
        self.name = name
        self.id = call_id
        self.arguments = PartialArgs()


class PartBlocks(Blocks):
    """``made_by``: the id of the answer; part of the ids of calls that came without one."""

    __slots__ = ("_call", "_calls", "_kinds", "_last", "_replays", "_tools", "made_by")

    def __init__(self, platform: str) -> None:
        super().__init__(protocol=PROTOCOL, platform=platform)
        self._last: int | None = None
        self._kinds: dict[int, BlockKind] = {}
        self._replays: dict[int, dict[str, Any]] = {}
        self._tools: list[tuple[int, str, bool]] = []
        self._calls = 0
        self._call: _Call | None = None
        self.made_by = ""

    def part(self, part: dict[str, Any], out: list[StreamEvent]) -> None:
        """One part of any kind; an unknown one counts for its signature only."""
        signature = as_text(part.get("thoughtSignature"))
        text = part.get("text")
        if isinstance(text, str):
            kind: DeltaKind = "reasoning" if part.get("thought") is True else "text"
            if signature:
                self._signed_text(kind, text, signature, out)
            else:
                self.text(kind, text, out)
        elif isinstance(part.get("functionCall"), dict):
            self._function_call(part["functionCall"], signature, out)
        elif isinstance(part.get("inlineData"), dict) or isinstance(part.get("fileData"), dict):
            self._media(part, signature, out)
        elif any(isinstance(part.get(name), dict) for name in RUN_THERE):
            self._run_there(part, out)
        elif signature:
            self._sign_after(signature, out)

    def _signed_text(self, kind: DeltaKind, text: str, signature: str, out: list[StreamEvent]) -> None:
        """A signature marks its part: the text is a block of its own."""
        if text:
            index = self._part(kind, out, replay={"signature": signature})
            out.append(Delta(index, kind, text))
        else:
            self._sign_after(signature, out)

    def end(self, out: list[StreamEvent]) -> None:
        """What is known of a call whose arguments never ended."""
        self._end_call(out)
        super().end(out)

    def _end_call(self, out: list[StreamEvent]) -> None:
        call, self._call = self._call, None
        if call is not None:
            out.append(Delta(call.index, "tool_call", call.arguments.text()))

    def _function_call(self, call: dict[str, Any], signature: str, out: list[StreamEvent]) -> None:
        name, call_id = as_text(call.get("name")), as_text(call.get("id"))
        pieces, args = call.get("partialArgs"), as_dict(call.get("args"))
        more = call.get("willContinue") is True
        if self._call is not None and name and not self._continues(name, call_id, pieces):
            self._end_call(out)
        if self._call is None:
            if not (name or call_id or args):
                return
            self._start_call(name, call_id, signature, out)
        elif signature:
            self._sign_after(signature, out)
        open_call = self._call
        assert open_call is not None
        open_call.arguments.merge(args)
        open_call.arguments.feed(pieces)
        if not more:
            self._end_call(out)

    def _continues(self, name: str, call_id: str, pieces: Any) -> bool:
        known = self._call
        return known is not None and known.name == name and pieces is not None and call_id in {"", known.id}

    def _start_call(self, name: str, call_id: str, signature: str, out: list[StreamEvent]) -> None:
        call_id = call_id or self._made_id()
        self._calls += 1
        index = self._part(
            "tool_call", out, id=call_id, name=name, replay={"signature": signature} if signature else None
        )
        self._call = _Call(index, name, call_id)

    def _made_id(self) -> str:
        """AI Studio may leave ids out; results of parallel calls need them."""
        made_by = re.sub(r"[^A-Za-z0-9_-]", "", self.made_by)[:24]
        return f"call_{made_by}_{self._calls}" if made_by else f"call_{self._calls}"

    def _media(self, part: dict[str, Any], signature: str, out: list[StreamEvent]) -> None:
        inline, file = as_dict(part.get("inlineData")), as_dict(part.get("fileData"))
        media_type = as_text((inline or file).get("mimeType"))
        data: dict[str, Any] = {"media_type": media_type} if media_type else {}
        if as_text(inline.get("data")):
            data["data"] = inline["data"]
        elif as_text(file.get("fileUri")):
            data["url"] = file["fileUri"]
        else:
            return
        if part.get("thought") is True:
            data["thought"] = True
        kind = KINDS.get(media_type.partition("/")[0], "file")
        self._part(kind, out, data=data, replay={"signature": signature} if signature else None)

    def _run_there(self, part: dict[str, Any], out: list[StreamEvent]) -> None:
        """Call and result of one tool are one block; its parts go back as they came."""
        name, call_id, said, is_result = _tool(part)
        known = self._waiting(call_id) if is_result else None
        if known is None:
            index = self._part("server_tool", out, id=call_id, name=name, data=said, replay={"parts": [part]})
            self._tools.append((index, call_id, is_result))
        else:
            self._replays[known]["parts"] = [*self._replays[known]["parts"], part]
            self._say_again(known, out, said)
            self._close_after(known)

    def _waiting(self, call_id: str) -> int | None:
        """The block of the call a result belongs to: by id, else the last one without a result."""
        for place, (index, known_id, answered) in reversed(list(enumerate(self._tools))):
            if not answered and (known_id == call_id or not call_id):
                self._tools[place] = (index, known_id, True)
                return index
        return None

    def _sign_after(self, signature: str, out: list[StreamEvent]) -> None:
        """A signature on an empty part: remembered as following the block before it."""
        last = self._last if self._kind is None else self._open
        if last is None:
            self._part("text", out, replay={"after": [signature]})
            return
        replay = self._replays.get(last, {})
        self._replays[last] = {**replay, "after": [*replay.get("after", ()), signature]}
        self._say_again(last, out)
        self._close_after(last)

    def _close_after(self, index: int) -> None:
        """Text that follows is a new block; a signature without a part of its own belongs to ``index``."""
        self._last = index
        self.close()

    def _say_again(self, index: int, out: list[StreamEvent], data: dict[str, Any] | None = None) -> None:
        out.append(BlockOpened(index, self._kinds[index], data={**(data or {}), "replay": self._replay(index)}))

    def _part(
        self,
        kind: BlockKind,
        out: list[StreamEvent],
        *,
        data: dict[str, Any] | None = None,
        replay: dict[str, Any] | None = None,
        **named: str,
    ) -> int:
        """A block that came as a part of the answer; ``replay``: what has to go back with it."""
        if replay is not None:
            self._replays[self._count] = replay
            data = {**(data or {}), "replay": self._replay(self._count)}
        index = self._new(kind, out, data=data, **named)
        self._close_after(index)
        return index

    def _new(self, kind: BlockKind, out: list[StreamEvent], **said: Any) -> int:
        index = super()._new(kind, out, **said)
        self._kinds[index] = kind
        return index

    def _replay(self, index: int) -> dict[str, Any]:
        return {**self._origin, **self._replays[index]}


def _tool(part: dict[str, Any]) -> tuple[str, str, dict[str, Any], bool]:
    """Name, id, what is said of it, and whether it is the result."""
    found = next(name for name in RUN_THERE if isinstance(part.get(name), dict))
    value = part[found]
    call_id = as_text(value.get("id"))
    if found == "executableCode":
        return "code_execution", call_id, {"input": _without_id(value)}, False
    if found == "codeExecutionResult":
        return "code_execution", call_id, {"output": _without_id(value)}, True
    name = as_text(value.get("toolType")).lower() or "tool"
    if found == "toolCall":
        return name, call_id, {"input": value.get("args")}, False
    return name, call_id, {"output": value.get("response")}, True


def _without_id(value: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in value.items() if name != "id"}
