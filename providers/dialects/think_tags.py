"""Inline think tags: ``<think>…</think>`` at the start of an answer is reasoning, wherever the chunks are cut.

So are those that begin a later line of such an answer: models that think between their steps write one each time. In
the middle of a line a tag is only spoken of. A closing tag without an opening one can only be understood when the whole
answer is there; in a stream the text before it has been shown already and stays text.
"""

import re
from typing import Literal

Part = tuple[Literal["text", "reasoning"], str]
NAMES = ("think", "thinking", "mm:think")
OPENING = tuple(f"<{name}>" for name in NAMES)
CLOSING = tuple(f"</{name}>" for name in NAMES)
LONE = re.compile(rf"(?<!`)</({'|'.join(NAMES)})>[ \t]*(?:\n|$)")
"""At the end of a line: an answer that talks about the tag has it in the middle of a sentence."""
TAG = re.compile(rf"</?({'|'.join(NAMES)})>")
BEGINS_A_LINE = re.compile(rf"(?:\A|\n)[ \t]*(<(?:{'|'.join(NAMES)})>)")


class ThinkSplitter:
    """Parts of a streamed text. Once ``done``, everything is text and the splitter is no longer needed.

    White space at the inner border of the tags belongs to neither part, nor does that before the first words of text.
    """

    __slots__ = ("_closing", "_held", "_line", "_said", "_state")

    def __init__(self) -> None:
        self._held = ""
        self._closing = ""
        self._said = False
        self._line = ""
        self._state: Literal["start", "opened", "inside", "closed", "text"] = "start"

    @property
    def done(self) -> bool:
        return self._state == "text" and not self._closing

    @property
    def tagged(self) -> bool:
        """Whether there was an opening tag."""
        return bool(self._closing)

    def feed(self, text: str) -> list[Part]:
        self._held += text
        parts: list[Part] = []
        if self._state == "start":
            self._begin()
        again = True
        while again and self._held:
            again = False
            if self._state == "opened":
                self._held = self._held.lstrip()
                self._state = "inside" if self._held else "opened"
            if self._state == "inside":
                self._inside(parts)
            if self._state == "closed":
                self._held = self._held if self._said else self._held.lstrip()
                self._state = "text" if self._held else "closed"
            if self._state == "text":
                again = self._text(parts)
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

    def _text(self, parts: list[Part]) -> bool:
        """Say the text up to what is, or may become, a tag at the beginning of a line; whether there is one."""
        if not self._closing or ("<" not in self._held and "\n" not in self._held and self._line.strip()):
            self._say(self._held, "", parts)
            return False
        seen = len(self._line)
        text = self._line + self._held
        found = BEGINS_A_LINE.search(text)
        if found is None:
            tail = text.rpartition("\n")[2].lstrip(" \t")
            sure = len(text) - (len(tail) if tail and any(tag.startswith(tail) for tag in OPENING) else 0)
            self._say(text[seen:sure], text[sure:], parts)
            return False
        self._say(text[seen : found.start(1)], text[found.end(1) :], parts)
        self._closing = CLOSING[OPENING.index(found[1])]
        self._state = "opened"
        return True

    def _say(self, text: str, rest: str, parts: list[Part]) -> None:
        """``_line``: how the line that is being said has begun, as long as a tag may still follow."""
        self._held = rest
        if text:
            self._said = True
            self._line = (self._line + text).rpartition("\n")[2]
            self._line = "x" if self._line.strip() else self._line
            parts.append(("text", text))

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
    lone, tag = LONE.search(text), TAG.search(text)
    if lone is None or tag is None or tag.start() != lone.start():
        return "", text
    return text[: lone.start()].strip(), text[lone.end() :].lstrip()
