"""What an answer carries beside its text: sound, and state that its provider wants back with the next turn.

Gathered piece by piece and given out at the end, when it is whole.
"""

from typing import Any

from providers.adapters.openai_chat.blocks import ChatBlocks
from providers.contract.events import StreamEvent
from providers.dialects.jsonvalue import as_dict, as_list, as_text, clean

STATES = ("reasoning_details", "thinking_blocks")
TEXTS = ("text", "summary", "thinking", "data")
"""Fields of a detail that come in pieces."""
RARE = frozenset({*STATES, "annotations", "audio"})
MAX_PIECES = 1000
"""Of one list: a server that sends more is not remembered any further."""


class _Text(list[str]):
    """A text still in pieces."""


class Kept:
    """Of one answer."""

    __slots__ = ("_audio", "_files", "_places", "_signature", "_sound", "_states")

    def __init__(self) -> None:
        self._states: dict[str, list[dict[str, Any]]] = {}
        self._places: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._files: list[Any] = []
        self._signature = ""
        self._audio: dict[str, Any] = {}
        self._sound: list[str] = []

    def read(self, delta: dict[str, Any]) -> str:
        """One delta; gives the words of a piece of sound, which are text like any other."""
        for name in STATES:
            for detail in as_list(delta.get(name)):
                if isinstance(detail, dict):
                    self._merge(name, detail)
        for note in as_list(delta.get("annotations")):
            if as_dict(note).get("type") == "file" and len(self._files) < MAX_PIECES:
                self._files.append(note)
        audio = delta.get("audio")
        return self._hear(audio) if isinstance(audio, dict) else ""

    def signed(self, signature: Any) -> None:
        """The signature of thinking that came as a part of the content."""
        self._signature = as_text(signature) or self._signature

    def tell(self, blocks: ChatBlocks, out: list[StreamEvent]) -> None:
        state: dict[str, Any] = {name: _whole(details) for name, details in self._states.items()}
        if self._signature:
            state["signature"] = self._signature
        if state:
            blocks.add("reasoning", blocks.replay(state), out)
        if self._files and blocks.has("text"):
            blocks.add("text", blocks.replay({"annotations": clean(self._files)}), out)
        if self._sound:
            blocks.aside("audio", {**self._audio, "data": "".join(self._sound)}, out)

    def _merge(self, name: str, detail: dict[str, Any]) -> None:
        """Pieces of one detail belong together by index and type; without an index, by following each other."""
        details = self._states.setdefault(name, [])
        index, kind = detail.get("index"), detail.get("type")
        place = (name, repr(index), repr(kind))
        if index is not None:
            known = self._places.get(place)
        else:
            known = (
                details[-1] if details and details[-1].get("type") == kind and _goes_on(details[-1], detail) else None
            )
        if known is None:
            if len(details) >= MAX_PIECES:
                return
            known = self._places[place] = {}
            details.append(known)
        for field, value in detail.items():
            if field in TEXTS and isinstance(value, str):
                text = known.get(field)
                if isinstance(text, _Text):
                    text.append(value)
                else:
                    known[field] = _Text([value])
            elif value is not None or field not in known:
                known[field] = value

    def _hear(self, audio: dict[str, Any]) -> str:
        if data := as_text(audio.get("data")):
            self._sound.append(data)
        for name in ("id", "expires_at"):
            if audio.get(name) is not None:
                self._audio[name] = clean(audio[name])
        return as_text(audio.get("transcript"))


def _whole(details: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: clean("".join(value) if isinstance(value, _Text) else value) for name, value in detail.items()}
        for detail in details
    ]


def _goes_on(known: dict[str, Any], detail: dict[str, Any]) -> bool:
    """A new id is a new detail; so is whatever follows a signature."""
    return detail.get("id") in {None, known.get("id")} and not known.get("signature")
