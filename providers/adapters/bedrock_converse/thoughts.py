"""Thoughts between tags, wherever pieces are cut: Nova writes some before each part of an answer.

A tag counts where a text begins; once one has been seen, wherever another stands. White space beside the tags goes
where no text has been said yet, and stays everywhere else.
"""

from typing import Literal

from providers.dialects.think_tags import CLOSING, OPENING, Part, partial, up_to


class Thoughts:
    """Parts of a streamed text. ``restart`` where something else stands between two texts."""

    __slots__ = ("_closing", "_held", "_said", "_seen", "_state")

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._seen = False
        self._said = False
        self._state: Literal["start", "text", "opened", "inside", "closed"] = "start"

    def feed(self, text: str) -> list[Part]:
        self._held += text
        parts: list[Part] = []
        while self._step(parts):
            pass
        return parts

    def restart(self) -> list[Part]:
        """What was held back; the next text may begin with a tag again."""
        held, self._held = self._held, ""
        was_inside = self._state in {"opened", "inside"}
        self._state = "start"
        if not held or (self._seen and not self._said and not held.strip()):
            return []
        self._said = self._said or not was_inside
        return [("reasoning" if was_inside else "text", held)]

    def _step(self, parts: list[Part]) -> bool:
        """One change of state; False where more has to come first."""
        if not self._held:
            return False
        if self._state == "start":
            return self._begin(parts)
        if self._state == "text":
            return self._scan(parts)
        if self._state == "inside":
            return self._close(parts)
        if self._state == "opened" or not self._said:
            self._held = self._held.lstrip()
            if not self._held:
                return False
        self._state = "inside" if self._state == "opened" else "text"
        return True

    def _begin(self, parts: list[Part]) -> bool:
        start = self._held.lstrip()
        for opening, closing in zip(OPENING, CLOSING, strict=True):
            if start.startswith(opening):
                self._text(self._held[: len(self._held) - len(start)] if self._said else "", parts)
                self._open(start[len(opening) :], closing)
                return True
        if any(opening.startswith(start) for opening in OPENING):
            return False
        self._state = "text"
        return True

    def _scan(self, parts: list[Part]) -> bool:
        found = [(at, tag) for tag in OPENING if (at := self._held.find(tag)) >= 0] if self._seen else []
        if found:
            at, opening = min(found)
            held = self._held
            self._text(held[:at], parts)
            self._open(held[at + len(opening) :], CLOSING[OPENING.index(opening)])
            return True
        keep = max((partial(self._held, tag) for tag in OPENING), default=0) if self._seen else 0
        held, self._held = self._held, self._held[len(self._held) - keep :]
        self._text(held[: len(held) - keep], parts)
        return False

    def _close(self, parts: list[Part]) -> bool:
        thought, found, self._held = up_to(self._closing, self._held)
        if found:
            self._state = "closed"
        if thought:
            parts.append(("reasoning", thought))
        return found

    def _open(self, rest: str, closing: str) -> None:
        self._held = rest
        self._closing = closing
        self._seen = True
        self._state = "opened"

    def _text(self, text: str, parts: list[Part]) -> None:
        if text:
            self._said = True
            parts.append(("text", text))
