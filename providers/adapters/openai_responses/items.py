"""The output items of one answer as content blocks: said piece by piece, all at once at the end, or both."""

import json
from typing import Any, NamedTuple

from providers.adapters.openai_responses import native
from providers.contract.events import BlockOpened, Delta, DeltaKind, StreamEvent
from providers.dialects.blocks import Blocks
from providers.dialects.jsonvalue import as_dict, as_json, as_list, as_text
from providers.dialects.logprobs import MAX_TOKENS, Logprob, read_logprobs

CALLS = {"function_call": "arguments", "custom_tool_call": "input"}
KINDS: dict[str, DeltaKind] = {
    "text": "text",
    "refusal": "refusal",
    "summary": "reasoning",
    "content": "reasoning",
    "arguments": "tool_call",
    "input": "tool_call",
}
OWNERS = {"text": "message", "refusal": "message", "summary": "reasoning", "content": "reasoning"}
OWNERS |= {slot: kind for kind, slot in CALLS.items()}
KNOWN = frozenset(OWNERS.values())
PARAGRAPH = "\n\n"


class Slot(NamedTuple):
    """One text of an item: which, and the how manieth."""

    name: str
    number: int = 0


class Item:
    """What has been said of one output item so far. ``blocks``: where its texts are shown."""

    __slots__ = (
        *("blocks", "call_id", "done", "foreign", "held", "id", "kind", "logprobs", "name", "phase", "pieces"),
        *("sizes", "source", "told_phase"),
    )

    def __init__(self, kind: str, item_id: str) -> None:
        self.kind = kind
        self.id = item_id
        self.call_id = ""
        self.name = ""
        self.phase = ""
        self.told_phase = ""
        self.done = False
        self.foreign = False
        self.held = ""
        self.source = ""
        self.pieces: dict[Slot, list[str]] = {}
        self.sizes: dict[Slot, int] = {}
        self.blocks: dict[str | Slot, int] = {}
        self.logprobs: list[Logprob] = []

    def keep(self, slot: Slot, text: str) -> None:
        self.pieces.setdefault(slot, []).append(text)
        self.sizes[slot] = self.sizes.get(slot, 0) + len(text)

    def shown(self) -> str:
        return "".join(piece for pieces in self.pieces.values() for piece in pieces)


class Items(Blocks):
    """The items and where they are shown. ``provider`` goes with what only it can read again."""

    def __init__(self, provider: str) -> None:
        super().__init__(protocol=native.PROTOCOL, provider=provider)
        self._items: list[Item] = []
        self._by_id: dict[str, Item] = {}
        self._by_index: dict[int, Item] = {}
        self._cited: set[str] = set()
        self.offered: frozenset[str] = frozenset()
        """Names of the tools that the answer says it may call; empty if it does not say."""
        self._called = False
        self._heard: tuple[Item, Slot] | None = None

    @property
    def has_calls(self) -> bool:
        """Also of those that are not shown yet."""
        return self._called

    def find(self, item_id: Any, index: Any, slot: str, *, fresh: bool = True) -> Item:
        """The item an event speaks of: by id, else by place (some servers change ids all the time), else the last.

        ``fresh``: the event brings new text, so that it cannot belong to an item that is complete.
        """
        known = self._by_id.get(item_id) if isinstance(item_id, str) else None
        if known is not None:
            return known
        item = self._by_index.get(index) if type(index) is int else self._items[-1] if self._items else None
        kind = OWNERS[slot]
        if item is None or (item.done and fresh) or (item.kind in KNOWN and item.kind != kind):
            return self._item(index, kind, as_text(item_id))
        return item

    def added(self, index: Any, raw: dict[str, Any], out: list[StreamEvent], *, whole: bool = False) -> Item:
        """An item has begun, or is said again, ``whole``. One that begins under the id of a complete one is another."""
        kind, item_id = as_text(raw.get("type")), as_text(raw.get("id"))
        item = self._known(index, kind, item_id)
        if item is None or (item.done and not whole):
            item = self._item(index, kind, item_id)
        self._tell(item, raw, out, whole=whole)
        return item

    def _tell(self, item: Item, raw: dict[str, Any], out: list[StreamEvent], *, whole: bool) -> None:
        """What an item says of itself."""
        kind = as_text(raw.get("type"))
        item.call_id = item.call_id or as_text(raw.get("call_id"))
        item.name = item.name or as_text(raw.get("name"))
        item.phase = as_text(raw.get("phase")) or item.phase
        if item.done:
            return
        item.foreign = item.foreign or not native.is_ours(raw, self.offered)
        if native.is_tool(kind) or item.foreign:
            self._tool(item, raw, out, whole=whole)
        elif kind in CALLS and item.kind == kind:
            self._release(item, out)

    def piece(self, item: Item, slot: Slot, text: str, out: list[StreamEvent]) -> None:
        """More text of an item."""
        self._heard = item, slot
        if not text or item.done or item.foreign or item.kind != OWNERS[slot.name]:
            return
        if not self._is_heard(item, slot):
            return
        kind = KINDS[slot.name]
        if kind == "tool_call":
            item.keep(slot, text)
            item.held += json.dumps(text, ensure_ascii=False)[1:-1] if slot.name == "input" else text
            self._release(item, out)
            return
        key: str | Slot = slot.name if kind == "reasoning" else slot
        block = item.blocks.get(key)
        if block is None:
            block = item.blocks[key] = self._open_text(item, kind, out)
        elif slot not in item.pieces:
            out.append(Delta(block, kind, PARAGRAPH))
        item.keep(slot, text)
        out.append(Delta(block, kind, text))

    def rest(self, text: str, out: list[StreamEvent]) -> None:
        if text and self._heard is not None:
            self.piece(*self._heard, text, out)

    def remainder(self, item: Item, slot: Slot, full: str, out: list[StreamEvent]) -> None:
        """The whole of a text: what was not shown of it. What was shown is never taken back."""
        size = item.sizes.get(slot, 0)
        if len(full) > size and full.startswith("".join(item.pieces.get(slot, ()))):
            self.piece(item, slot, full[size:], out)

    def done(self, index: Any, raw: dict[str, Any], out: list[StreamEvent]) -> None:
        """An item is complete."""
        self._complete(self.added(index, raw, out, whole=True), raw, out)

    def closing(self, output: Any, out: list[StreamEvent]) -> None:
        """The answer as a whole, said again at its end: what no event has told."""
        shown = {(item.kind, item.shown(), item.done): item for item in self._items}
        told: set[Item] = set()
        for index, raw in enumerate(as_list(output)):
            if not isinstance(raw, dict):
                continue
            item = self._match(index, raw, shown)
            if item is None:
                item = self.added(index, raw, out, whole=True)
            else:
                if item in told and self._by_id.get(as_text(raw.get("id"))) is item:  # the same id again
                    item = self._item(index, as_text(raw.get("type")), as_text(raw.get("id")))
                self._tell(item, raw, out, whole=True)
            self._complete(item, raw, out)
            told.add(item)
            for part in as_list(raw.get("content")):
                for annotation in as_list(as_dict(part).get("annotations")):
                    self.cite(annotation, out)

    def _complete(self, item: Item, raw: dict[str, Any], out: list[StreamEvent]) -> None:
        if item.done:
            return
        if item.kind == "message":
            self._message(item, raw, out)
        elif item.kind == "reasoning":
            self._reasoning(item, raw, out)
        elif item.kind in CALLS and not item.foreign:
            self._call(item, raw, out)
        item.done = True

    def cite(self, annotation: Any, out: list[StreamEvent]) -> None:
        """A source, once."""
        data = native.citation(as_dict(annotation))
        key = str(data.get("url") or data.get("file_id") or "")
        if key and key not in self._cited:
            self._cited.add(key)
            self.aside("citation", data, out)

    def tell_logprobs(self, item: Item, raw: Any) -> None:
        item.logprobs.extend(read_logprobs(raw, MAX_TOKENS - len(item.logprobs)))

    def end(self, out: list[StreamEvent]) -> None:
        """Nothing follows: calls without a name are shown all the same."""
        for item in self._items:
            if item.held:
                self._release(item, out, named=False)
        super().end(out)

    def _known(self, index: Any, kind: str, item_id: str) -> Item | None:
        known = self._by_id.get(item_id)
        if known is not None:
            return known
        if type(index) is int:
            known = self._by_index.get(index)
        elif self._items and not (self._items[-1].id and item_id):
            known = self._items[-1]
        return known if known is not None and known.kind == kind and not known.done else None

    def _match(self, index: int, raw: dict[str, Any], shown: dict[tuple[str, str, bool], Item]) -> Item | None:
        """By id, by place, or because exactly this text has been shown (ids and places may both be wrong)."""
        kind, item_id = raw.get("type"), as_text(raw.get("id"))
        known = self._by_id.get(item_id)
        placed = self._by_index.get(index)
        if placed is not None and placed.kind == kind and (known is None or placed.id == item_id):
            known = placed
        if known is not None and known.kind == kind:
            return known
        text = native.whole_text(raw)
        said = (as_text(kind), text)
        return (shown.get((*said, False)) or shown.get((*said, True))) if text else None

    def _item(self, index: Any, kind: str, item_id: str) -> Item:
        item = Item(kind, item_id)
        self._items.append(item)
        if item_id:
            self._by_id[item_id] = item
        if type(index) is int:
            self._by_index[index] = item
        return item

    def _is_heard(self, item: Item, slot: Slot) -> bool:
        """Of a summary and the reasoning itself the first one is shown as it comes."""
        if item.kind != "reasoning":
            return True
        item.source = item.source or slot.name
        return item.source == slot.name

    def _open_text(self, item: Item, kind: DeltaKind, out: list[StreamEvent]) -> int:
        data = None
        if item.id and kind in {"text", "refusal"}:
            data = self._replay(native.message_of(item.id, item.phase))
            item.told_phase = item.phase
        return self._new(kind, out, data=data)

    def _release(self, item: Item, out: list[StreamEvent], *, named: bool = True) -> None:
        """Open a call once its name is known, and say its arguments so far."""
        self._called = True
        if named and not item.name:
            return
        slot = CALLS.get(item.kind, "arguments")
        if slot not in item.blocks:
            kept = native.call_of(item.kind, item.id)
            data = {**({"custom": True} if slot == "input" else {}), **(self._replay(kept) or {})}
            item.blocks[slot] = self._new("tool_call", out, id=item.call_id or item.id, name=item.name, data=data)
            if slot == "input":
                item.held = '{"input": "' + item.held
        if item.held:
            out.append(Delta(item.blocks[slot], "tool_call", item.held))
            item.held = ""

    def _message(self, item: Item, raw: dict[str, Any], out: list[StreamEvent]) -> None:
        parts = [as_dict(part) for part in as_list(raw.get("content"))]
        texts = [(Slot(*slot), text) for number, part in enumerate(parts) for slot, text in native.texts(part, number)]
        if item.shown() != "".join(text for _, text in texts):
            for slot, text in texts:
                self.remainder(item, slot, text, out)
        for part in parts:
            for annotation in as_list(part.get("annotations")):
                self.cite(annotation, out)
            if (image := native.image_in(part)) is not None:
                self.aside("image", image, out)
            if not item.logprobs:
                self.tell_logprobs(item, part.get("logprobs"))
        self._settle(item, out)

    def _settle(self, item: Item, out: list[StreamEvent]) -> None:
        """What is known of a message only when it is complete."""
        first = next(iter(item.blocks.values()), None)
        if first is None:
            return
        data: dict[str, Any] = {"logprobs": item.logprobs} if item.logprobs else {}
        if item.id and item.phase != item.told_phase:
            data.update(self._replay(native.message_of(item.id, item.phase)) or {})
        if data:
            out.append(BlockOpened(first, KINDS[next(iter(item.pieces)).name], data=data))

    def _reasoning(self, item: Item, raw: dict[str, Any], out: list[StreamEvent]) -> None:
        """Text that was not streamed, and the state that lets the model go on from here."""
        heard = "".join(item.shown().split())
        for name in (item.source or "content", "summary", "content"):
            texts = native.reasoning_texts(raw.get(name))
            if not texts or heard == "".join("".join(texts).split()):
                continue
            if item.source and item.source != name:
                item.source = name  # both were sent and they differ: both are shown
            for number, text in enumerate(texts):
                self.remainder(item, Slot(name, number), text, out)
            heard = heard or "".join(item.shown().split())
        kept = self._replay(native.reasoning_of(raw))
        if kept is not None:
            block = next(iter(item.blocks.values()), None)
            if block is None:
                self._new("reasoning", out, data=kept)
            else:
                out.append(BlockOpened(block, "reasoning", data=kept))

    def _call(self, item: Item, raw: dict[str, Any], out: list[StreamEvent]) -> None:
        name = CALLS[item.kind]
        said = raw.get(name)
        self.remainder(item, Slot(name), as_json(said), out)
        self._release(item, out, named=False)
        if name == "input":
            out.append(Delta(item.blocks[name], "tool_call", '"}'))

    def _tool(self, item: Item, raw: dict[str, Any], out: list[StreamEvent], *, whole: bool) -> None:
        """A tool the provider runs itself: shown when it begins, with its results when it is done."""
        kept = self._replay(native.tool_of(raw)) or {} if whole else {}
        image = native.generated_image(raw)
        if whole and image is not None:
            self._new("image", out, id=item.id, data={**image, **kept})
            return
        if item.kind == "image_generation_call" and not whole:
            return
        name = item.name or native.tool_name(item.kind)
        data = {**native.tool_data(raw), **kept}
        if "tool" in item.blocks:
            out.append(BlockOpened(item.blocks["tool"], "server_tool", id=item.id or None, name=name, data=data))
        else:
            item.blocks["tool"] = self._new("server_tool", out, id=item.id, name=name, data=data)

    def _replay(self, item: dict[str, Any] | None) -> dict[str, Any] | None:
        if item is None:
            return None
        return {"replay": {**self._origin, "item": item}}
