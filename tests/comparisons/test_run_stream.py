"""From the client's events to run events; what a whole run makes of them is in ``test_runner``."""

from compare_site.comparisons.run_stream import joined
from providers.contract.events import BlockOpened, ClientEvent, Delta, StreamEnded


def test_what_came_at_the_same_moment_is_one_delta_a_block_in_order() -> None:
    batch: list[ClientEvent] = [
        BlockOpened(0, "text"),
        Delta(0, "text", "a"),
        Delta(0, "text", "b"),
        Delta(1, "tool_call", "{"),
        Delta(0, "text", "c"),
        StreamEnded(),
    ]

    assert list(joined(batch)) == [
        BlockOpened(0, "text"),
        Delta(0, "text", "ab"),
        Delta(1, "tool_call", "{"),
        Delta(0, "text", "c"),
        StreamEnded(),
    ]
    assert list(joined(batch[1:2])) == batch[1:2]
