"""Thoughts between tags become blocks of their own, whatever comes between or after the pieces."""

import pytest

from providers.contract.events import BlockOpened, Delta, StreamEvent
from providers.dialects.tagged_blocks import TaggedBlocks


def told(*pieces: str, rest: str = "", whole: bool = False, think_tags: bool = True) -> list[tuple[str, str]]:
    blocks, out = TaggedBlocks(think_tags=think_tags), list[StreamEvent]()
    blocks.is_whole = whole
    for piece in pieces:
        blocks.prose(piece, out)
    blocks.rest(rest, out)
    blocks.end(out)
    blocks.end(out)
    texts: dict[int, tuple[str, str]] = {}
    for event in out:
        if isinstance(event, BlockOpened):
            texts[event.index] = (event.kind, "")
        if isinstance(event, Delta):
            texts[event.index] = (event.kind, texts[event.index][1] + event.text)
    return list(texts.values())


@pytest.mark.parametrize(
    ("pieces", "blocks"),
    [
        (("<thi", "nk>a</th", "ink>b"), [("reasoning", "a"), ("text", "b")]),
        (("a<think>b",), [("text", "a<think>b")]),
        (("<think>a",), [("reasoning", "a")]),
        (("<thi",), [("text", "<thi")]),
        (("a</think>b",), [("text", "a</think>b")]),
    ],
)
def test_in_pieces(pieces: tuple[str, ...], blocks: list[tuple[str, str]]) -> None:
    assert told(*pieces) == blocks


def test_a_whole_text_understands_a_lone_closing_tag() -> None:
    assert told("a\n</think>\nb", whole=True) == [("reasoning", "a"), ("text", "b")]


def test_without_tags_all_is_text() -> None:
    assert told("<think>a", think_tags=False) == [("text", "<think>a")]


def test_half_a_character_stays_with_its_thought() -> None:
    assert told("<think>a", rest="\ufffd") == [("reasoning", "a\ufffd")]
    assert told("<think>a</think>b", rest="\ufffd") == [("reasoning", "a"), ("text", "b\ufffd")]
