"""Output items of servers that leave things out: whatever is missing, all is shown, once, in order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.contract.events import BlockOpened, Finished, StreamEnded
from tests.fuzzing import examples
from tests.providers.adapters.responses_streams import ARGUMENTS, LEFT_OUT, TEXT, THOUGHT, feed, shown, stream


@settings(max_examples=examples(300))
@given(st.sets(st.sampled_from(LEFT_OUT)), st.integers(1, 9))
def test_whatever_a_server_leaves_out(without: set[str], sizes: int) -> None:
    """A name comes only with an item, so that some of those must be there."""
    if {"added", "item.done", "closing"} <= without:
        without.discard("closing")
    if {"delta", "text.done", "item.done", "closing"} <= without:
        without.discard("delta")

    events = feed(*stream(without, sizes))

    assert [(kind, text) for _, kind, text in shown(events)] == [
        ("reasoning", THOUGHT), ("text", TEXT), ("tool_call", ARGUMENTS),
    ]  # fmt: skip
    [call] = [event for event in events if isinstance(event, BlockOpened) and event.kind == "tool_call"]
    assert (call.id, call.name) == ("call_1", "weather")
    assert [event for event in events if isinstance(event, Finished)] == [Finished("tool_calls", "completed")]
    assert isinstance(events[-1], StreamEnded)


@settings(max_examples=examples(200))
@given(st.integers(1, 9), st.data())
def test_whatever_is_lost_or_doubled_nothing_is_shown_twice(sizes: int, data: st.DataObject) -> None:
    events = stream(set(), sizes)
    kept = data.draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events)))

    found = shown(feed(*(event for event, keep in zip(events, kept, strict=True) if keep)))

    for kind, text in (("reasoning", THOUGHT), ("text", TEXT), ("tool_call", ARGUMENTS)):
        said = "".join(piece for _, found_kind, piece in found if found_kind == kind)
        assert len(said) <= len(text)
    assert len(feed(*events, *events)) == len(feed(*events))


def test_a_text_that_is_said_again_after_its_item() -> None:
    item = {"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}

    found = feed(
        {"type": "response.output_text.delta", "output_index": 0, "delta": "Hi"},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.output_text.done", "output_index": 0, "text": "Hi"},
    )

    assert shown(found) == [(0, "text", "Hi")]


def test_parts_of_reasoning_that_were_streamed_as_one() -> None:
    item = {"type": "reasoning", "id": "rs_1", "summary": [{"text": "One."}, {"text": "Two."}]}
    piece = {"type": "response.reasoning_summary_text.delta", "item_id": "rs_1", "output_index": 0, "summary_index": 0}

    found = feed(
        {**piece, "delta": "One."},
        {**piece, "delta": "\n\nTwo."},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    )

    assert shown(found) == [(0, "reasoning", "One.\n\nTwo.")]


def test_a_phase_that_is_known_only_at_the_end() -> None:
    item = {"type": "message", "id": "msg_1", "phase": "commentary", "content": [{"type": "output_text", "text": "Hi"}]}

    found = feed(
        {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "msg_1"}},
        {"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "delta": "Hi"},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
    )

    told = [event.data["replay"]["item"] for event in found if isinstance(event, BlockOpened) and event.data]
    assert told == [{"type": "message", "id": "msg_1"}, {"type": "message", "id": "msg_1", "phase": "commentary"}]


def test_an_id_that_is_given_twice_is_two_items() -> None:
    one, two = ({"type": "function_call", "id": "x", "call_id": c, "name": "f", "arguments": "{}"} for c in "ab")
    output = {"output": [one, two], "status": "completed"}

    told = feed(
        *({"type": "response.output_item.added", "output_index": n, "item": raw} for n, raw in enumerate((one,))),
        {"type": "response.output_item.done", "output_index": 0, "item": one},
        {"type": "response.output_item.added", "output_index": 1, "item": two},
        {"type": "response.output_item.done", "output_index": 1, "item": two},
        {"type": "response.completed", "response": output},
    )

    for events in (told, feed({"type": "response.completed", "response": output})):
        opened = [event for event in events if isinstance(event, BlockOpened) and event.kind == "tool_call"]
        assert [event.id for event in opened] == ["a", "b"]


def test_steps_of_a_search_at_xai_are_known_by_their_ids() -> None:
    item = {"type": "custom_tool_call", "id": "x", "call_id": "xs_call-1", "name": "view_picture", "input": "{}"}

    events = feed({"type": "response.completed", "response": {"output": [item], "status": "completed"}})

    assert [event.kind for event in events if isinstance(event, BlockOpened)] == ["server_tool"]
