"""Native blocks as ours: what is opened, what is said again, and under which index."""

from typing import Any

import pytest

from providers.contract.events import BlockOpened, Delta, StreamEvent
from providers.dialects.messages.blocks import NativeBlocks, replay

SOURCE = {"type": "web_search_result_location", "url": "https://a/", "title": "A", "cited_text": "x"}


def whole(*natives: dict[str, Any]) -> list[StreamEvent]:
    """The events of blocks that came complete."""
    blocks, out = NativeBlocks(), list[StreamEvent]()
    for wire, native in enumerate(natives):
        blocks.start(wire, native, out)
        blocks.stop(wire, out)
    blocks.complete(out)
    return out


def test_touching_texts_are_one_block() -> None:
    cited = {"type": "text", "text": "b", "citations": [SOURCE, SOURCE]}

    events = whole({"type": "text", "text": "a"}, cited, {"type": "text", "text": ""}, {"type": "text", "text": "c"})

    parts = [[1, []], [1, [SOURCE, SOURCE]], [1, []]]
    assert events == [
        BlockOpened(0, "text"),
        Delta(0, "text", "a"),
        Delta(0, "text", "b"),
        BlockOpened(1, "citation", data={"url": "https://a/", "title": "A", "cited_text": "x"}),
        Delta(0, "text", "c"),
        BlockOpened(0, "text", data={"replay": replay(parts=parts)}),
    ]


def test_a_plain_text_has_nothing_to_go_back() -> None:
    assert whole({"type": "text", "text": "a"}) == [BlockOpened(0, "text"), Delta(0, "text", "a")]


def test_texts_around_something_else_are_two() -> None:
    redacted = {"type": "redacted_thinking", "data": "x"}

    events = whole({"type": "text", "text": "a"}, redacted, {"type": "text", "text": "b"})

    assert [(event.index, event.kind) for event in events if isinstance(event, BlockOpened)] == [
        (0, "text"),
        (1, "reasoning"),
        (2, "text"),
    ]


def test_a_result_far_from_its_tool_knows_how_far() -> None:
    use = {"type": "server_tool_use", "id": "s", "name": "search", "input": {"q": 1}}
    result = {"type": "web_search_tool_result", "tool_use_id": "s", "content": []}

    events = whole(use, {"type": "thinking", "thinking": "a", "signature": "x"}, {"type": "text", "text": "b"}, result)

    used = {"type": "server_tool_use", "id": "s", "name": "search"}
    came = {"type": "web_search_tool_result", "tool_use_id": "s"}
    assert events[-1] == BlockOpened(
        0, "server_tool", data={"output": [], "replay": replay(use=used, result=came, after=2, nth=1)}
    )


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ({"url": "https://a/"}, {"url": "https://a/"}),
        ({"source": "https://s/", "title": "S"}, {"url": "https://s/", "title": "S"}),
        ({"source": "shelf 7", "title": "S"}, {"title": "S"}),
        ({"document_title": "D", "cited_text": "so"}, {"title": "D", "cited_text": "so"}),
    ],
)
def test_sources(source: dict[str, Any], shown: dict[str, Any]) -> None:
    events = whole({"type": "text", "text": "a", "citations": [source, source]})

    assert [event.data for event in events if isinstance(event, BlockOpened) and event.kind == "citation"] == [shown]


@pytest.mark.parametrize("sent", [{}, None, {"a": "é"}])
def test_arguments_that_came_with_the_call(sent: Any) -> None:
    [_, arguments] = whole({"type": "tool_use", "id": "t", "name": "f", "input": sent})

    assert arguments == Delta(0, "tool_call", '{"a": "é"}' if sent else "{}")


def test_pieces_of_a_block_of_tomorrow_grow() -> None:
    blocks, out = NativeBlocks(), list[StreamEvent]()
    blocks.start(0, {"type": "diary", "page": None, "mood": "so"}, out)
    for delta in ({"page": "Dear "}, {"page": "me", "mood": None}, {"count": 1}, {"count": 2}):
        blocks.delta(0, {"type": "diary_delta", **delta}, out)
    blocks.stop(0, out)

    assert out == [
        BlockOpened(
            0,
            "server_tool",
            name="diary",
            data={"output": {"page": "Dear me", "mood": "so", "count": 2}, "replay": replay(block="diary")},
        )
    ]


def test_calls_are_known() -> None:
    blocks = NativeBlocks()
    blocks.start(0, {"type": "server_tool_use"}, [])
    assert not blocks.has_calls

    blocks.start(1, {"type": "tool_use"}, [])
    assert blocks.has_calls
