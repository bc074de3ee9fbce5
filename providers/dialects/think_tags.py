"""Inline think tags: ``<think>…</think>`` at the start of an answer is reasoning, wherever the chunks are cut.

A closing tag without an opening one can only be understood when the whole answer is there; in a stream the text
before it has been shown already and stays text.
"""

import re
from typing import Literal

Part = tuple[Literal["text", "reasoning"], str]
NAMES = ("think", "thinking", "mm:think")
OPENING = tuple(f"<{name}>" for name in NAMES)
CLOSING = tuple(f"</{name}>" for name in NAMES)
LONE = re.compile(rf"(?<!`)</({'|'.join(NAMES)})>[ \t]*(?:\n|$)")
"""At the end of a line: an answer that talks about the tag has it in the middle of a sentence."""


class ThinkSplitter:
    """Parts of a streamed text. Once ``done``, everything is text and the splitter is no longer needed.

    White space at the inner and outer border of the tags belongs to neither part.
    """

    __slots__ = ("_closing", "_held", "_state")

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._state: Literal["start", "opened", "inside", "closed", "text"] = "start"

    @property
    def done(self) -> bool:
        return self._state == "text"

    @property
    def tagged(self) -> bool:
        """Whether there was an opening tag."""
        return bool(self._closing)

    def feed(self, text: str) -> list[Part]:
        self._held += text
        parts: list[Part] = []
        if self._state == "start":
            self._begin()
        if self._state == "opened":
            self._held = self._held.lstrip()
            if self._held:
                self._state = "inside"
        if self._state == "inside":
            self._inside(parts)
        if self._state == "closed":
            self._held = self._held.lstrip()
            if self._held:
                self._state = "text"
        if self._state == "text" and self._held:
            parts.append(("text", self._held))
            self._held = ""
        return parts

    def end(self) -> list[Part]:
        """Nothing follows: what was held back belongs where it stands."""
        held, self._held = self._held, ""
        if not held:
            return []
        return [("reasoning" if self._state == "inside" else "text", held)]

    def _begin(self) -> None:
        start = self._held.lstrip()
        for opening, closing in zip(OPENING, CLOSING, strict=True):
            if start.startswith(opening):
                self._closing = closing
                self._held = start[len(opening) :]
                self._state = "opened"
                return
        if not any(opening.startswith(start) for opening in OPENING):
            self._state = "text"

    def _inside(self, parts: list[Part]) -> None:
        thought, found, self._held = up_to(self._closing, self._held)
        if found:
            self._state = "closed"
        if thought:
            parts.append(("reasoning", thought))


def up_to(tag: str, text: str) -> tuple[str, bool, str]:
    """What is before the tag, whether it is there, and what is after it or may be its beginning."""
    before, found, after = text.partition(tag)
    if found:
        return before, True, after
    sure = len(text) - partial(text, tag)
    return text[:sure], False, text[sure:]


def partial(text: str, tag: str) -> int:
    """How many characters at the end of ``text`` may be the beginning of ``tag``."""
    return next((size for size in range(min(len(tag) - 1, len(text)), 0, -1) if tag.startswith(text[-size:])), 0)


def split_whole(text: str) -> tuple[str, str]:
    """(reasoning, text) of a whole answer; a lone closing tag ends reasoning that began unmarked."""
    splitter = ThinkSplitter()
    parts = [*splitter.feed(text), *splitter.end()]
    if splitter.tagged:
        reasoning, answer = (
            "".join(part for kind, part in parts if kind == wanted) for wanted in ("reasoning", "text")
        )
        return reasoning, answer
    lone = LONE.search(text)
    if lone is None or f"<{lone[1]}>" in text[: lone.start()]:
        return "", text
    return text[: lone.start()].strip(), text[lone.end() :].lstrip()
