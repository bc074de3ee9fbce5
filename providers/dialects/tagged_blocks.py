"""Blocks of an answer whose text may begin with a thought between tags."""

from providers.contract.events import StreamEvent
from providers.dialects.blocks import Blocks
from providers.dialects.think_tags import ThinkSplitter, split_whole


class TaggedBlocks(Blocks):
    """``is_whole``: texts come from their beginning to their end, so that a lone closing tag can be understood."""

    __slots__ = ("_think", "is_whole")

    def __init__(self, *, think_tags: bool, **origin: str) -> None:
        super().__init__(**origin)
        self._think = ThinkSplitter() if think_tags else None
        self.is_whole = False

    def prose(self, text: str, out: list[StreamEvent]) -> None:
        """Text of the answer, thoughts and all."""
        if self._think is None:
            self.text("text", text, out)
        elif self.is_whole:
            reasoning, text = split_whole(text)
            self.text("reasoning", reasoning, out)
            self.text("text", text, out)
        else:
            for kind, part in self._think.feed(text):
                self.text(kind, part, out)
            if self._think.done:
                self._think = None

    def rest(self, text: str, out: list[StreamEvent]) -> None:
        if self._think is None:
            super().rest(text, out)
        elif text:
            self.prose(text, out)

    def untag(self, out: list[StreamEvent]) -> None:
        """Thoughts have a field of their own here: tags are text, which repeats them or speaks of them."""
        self.settle(out)
        self._think = None

    def settle(self, out: list[StreamEvent]) -> None:
        """What was held back because it might be a tag belongs before what comes now."""
        for kind, part in self._think.end() if self._think is not None else ():
            self.text(kind, part, out)

    def end(self, out: list[StreamEvent]) -> None:
        self.settle(out)
        super().end(out)
