"""Output items of servers that leave things out: whatever is missing, all is shown, once, in order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from providers.contract.events import BlockOpened, Finished, StreamEnded
from tests.providers.adapters.responses_streams import ARGUMENTS, LEFT_OUT, TEXT, THOUGHT, feed, shown, stream


@settings(max_examples=300)
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


@settings(max_examples=200)
@given(st.integers(1, 9), st.data())
def test_whatever_is_lost_or_doubled_nothing_is_shown_twice(sizes: int, data: st.DataObject) -> None:
    events = stream(set(), sizes)
    kept = data.draw(st.lists(st.booleans(), min_size=len(events), max_size=len(events)))

    found = shown(feed(*(event for event, keep in zip(events, kept, strict=True) if keep)))

    for kind, text in (("reasoning", THOUGHT), ("text", TEXT), ("tool_call", ARGUMENTS)):
        said = "".join(piece for _, found_kind, piece in found if found_kind == kind)
        assert len(said) <= len(text)
    assert len(feed(*events, *events)) == len(feed(*events))
