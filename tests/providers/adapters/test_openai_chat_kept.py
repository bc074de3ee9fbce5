"""What comes beside a chat answer in pieces and is told at its end."""

from typing import Any

from providers.adapters.openai_chat.blocks import ChatBlocks
from providers.adapters.openai_chat.kept import MAX_PIECES, Kept
from providers.contract.events import BlockOpened, StreamEvent


def told(*deltas: dict[str, Any], text: bool = False) -> list[BlockOpened]:
    """What is said at the end of an answer that had these deltas."""
    blocks, kept, out = ChatBlocks("any"), Kept(), list[StreamEvent]()
    if text:
        blocks.text("text", "x", out)
    for delta in deltas:
        kept.read(delta)
    kept.tell(blocks, out)
    return [event for event in out if isinstance(event, BlockOpened) and event.data]


def details(*pieces: dict[str, Any]) -> Any:
    [block] = told(*({"reasoning_details": [piece]} for piece in pieces))
    assert block.data is not None
    return block.data["replay"]["reasoning_details"]


def test_pieces_are_put_together_by_index_and_type() -> None:
    assert details(
        {"type": "reasoning.text", "index": 0, "text": "a", "signature": None},
        {"type": "reasoning.encrypted", "index": 0, "data": "X"},
        {"type": "reasoning.text", "index": 0, "text": "b", "signature": "s"},
        {"type": "reasoning.text", "index": 1, "text": "c"},
    ) == [
        {"type": "reasoning.text", "index": 0, "text": "ab", "signature": "s"},
        {"type": "reasoning.encrypted", "index": 0, "data": "X"},
        {"type": "reasoning.text", "index": 1, "text": "c"},
    ]


def test_without_an_index_what_follows_belongs_together() -> None:
    assert details(
        {"type": "reasoning.text", "text": "a"},
        {"type": "reasoning.text", "text": "b", "signature": "s"},
        {"type": "reasoning.text", "text": "c"},
        {"type": "reasoning.text", "text": "d", "id": "2"},
    ) == [
        {"type": "reasoning.text", "text": "ab", "signature": "s"},
        {"type": "reasoning.text", "text": "c"},
        {"type": "reasoning.text", "text": "d", "id": "2"},
    ]


def test_blocks_of_a_proxy() -> None:
    [block] = told(
        {"thinking_blocks": [{"type": "thinking", "thinking": "a"}]},
        {"thinking_blocks": [{"type": "thinking", "thinking": "b", "signature": "s"}]},
    )

    assert block.data is not None
    assert block.data["replay"]["thinking_blocks"] == [{"type": "thinking", "thinking": "ab", "signature": "s"}]


def test_sound_is_whole_at_the_end() -> None:
    kept = Kept()

    assert kept.read({"audio": {"transcript": "Hello"}}) == "Hello"
    [block] = told({"audio": {"id": "a", "data": "AA"}}, {"audio": {"data": "BB"}})
    assert (block.kind, block.data) == ("audio", {"id": "a", "data": "AABB"})


def test_files_that_were_read_stay_with_the_text() -> None:
    note = {"type": "file", "file": {"hash": "h"}}

    assert told({"annotations": [note, {"type": "url_citation"}]}) == []
    [block] = told({"annotations": [note, {"type": "url_citation"}]}, text=True)
    assert block.kind == "text"
    assert block.data == {"replay": {"protocol": "openai_chat", "provider": "any", "annotations": [note]}}


def test_a_server_without_end_is_not_remembered_without_end() -> None:
    kept = Kept()
    for number in range(MAX_PIECES // 100 + 2):
        kept.read({"reasoning_details": [{"type": f"t{number}-{each}", "text": "x"} for each in range(100)]})
    out: list[StreamEvent] = []

    kept.tell(ChatBlocks("any"), out)

    [block] = [event for event in out if isinstance(event, BlockOpened)]
    assert block.data is not None
    assert len(block.data["replay"]["reasoning_details"]) == MAX_PIECES
