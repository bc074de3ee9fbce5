"""What kind of body came, and what its end means. Faults over sockets are in ``test_attempt_ends``."""

import pytest

from providers.adapters import get_adapter
from providers.contract.events import Delta, StreamEvent
from providers.contract.spec import ProviderSpec
from providers.reading import BLOCK_COST, AnswerReader
from tests.fakes.aws_frames import event
from tests.fakes.provider_server import DONE, delta

WHOLE = b'{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}'
SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host/v1")


def reader(limit: int = 10_000) -> AnswerReader:
    return AnswerReader(get_adapter("openai_chat"), SPEC, "sse", limit)


def text(events: list[StreamEvent]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


@pytest.mark.parametrize("space", [b"", b"\xef\xbb\xbf", b"\r\n\r\n", b"   \n"])
@pytest.mark.parametrize("body", [delta("a") + DONE, WHOLE])
def test_recognised_by_the_first_character(space: bytes, body: bytes) -> None:
    reading = reader()

    events = [event for byte in space + body for event in reading.feed(bytes([byte]))]
    events.extend(reading.end())

    assert text(events) == "a"
    assert reading.complete
    assert reading.failure is None


def test_a_last_line_that_was_cut_is_no_malformed_stream() -> None:
    reading = reader()

    events = [*reading.feed(delta("a") + b'data: {"choi'), *reading.end()]

    assert text(events) == "a"
    assert (reading.failure, reading.complete) == (None, False)


def test_a_malformed_line_in_the_middle_stays_one() -> None:
    reading = reader()

    reading.feed(b"data: {nope\n\n" + delta("a"))
    reading.end()

    assert reading.failure is not None
    assert reading.failure.code == "malformed_stream"


def test_after_a_break_nothing_unfinished_is_read() -> None:
    reading = reader()
    reading.feed(delta("a") + delta("b").rstrip())

    assert text(list(reading.end(broken=True))) == ""
    assert text(list(reader().feed(delta("a")))) == "a"


def test_a_broken_whole_answer_is_not_guessed_at() -> None:
    reading = reader()
    reading.feed(b'{"choices":[]}')

    assert list(reading.end(broken=True)) == []
    assert not reading.complete


def test_the_limit_counts_text_and_blocks() -> None:
    reading = reader(limit=BLOCK_COST + 5)

    events = reading.feed(delta("abc") + delta("defg") + delta("h"))

    assert text(list(events)) == "abcde"
    assert reading.stopped
    assert reading.failure is not None
    assert reading.failure.code == "over_limit"


def test_an_answer_of_exactly_the_limit_is_none_too_long() -> None:
    reading = reader(limit=BLOCK_COST + 3)

    assert text(list(reading.feed(delta("abc") + delta(finish="stop")))) == "abc"
    assert reading.failure is None


CONVERSE = event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "a"}})
STOPPED = event("messageStop", {"stopReason": "end_turn"})


def of_frames() -> AnswerReader:
    return AnswerReader(get_adapter("bedrock_converse"), SPEC, "eventstream", 10_000)


@pytest.mark.parametrize(
    "body",
    [CONVERSE + STOPPED, b' {"output":{"message":{"content":[{"text":"a"}]}},"stopReason":"end_turn"}'],
)
def test_frames_and_whole_answers_are_told_apart(body: bytes) -> None:
    reading = of_frames()

    events = [event for byte in body for event in reading.feed(bytes([byte]))]
    events.extend(reading.end())

    assert text(events) == "a"
    assert (reading.complete, reading.failure) == (True, None)


def test_what_came_before_a_damaged_frame_is_kept() -> None:
    reading = of_frames()

    events = reading.feed(CONVERSE + CONVERSE[:-1] + b"!" + STOPPED)

    assert text(list(events)) == "a"
    assert reading.stopped
    assert reading.failure is not None
    assert reading.failure.code == "malformed_stream"


def test_a_web_page_instead_of_frames() -> None:
    reading = of_frames()
    reading.feed(b"<html>")

    assert reading.failure is not None
    assert "web page" in reading.failure.message


PRETTY = b'{\r\n  "model": "m",\n  "message": {"content": "a"},\n  "done": true\n}\n'
LINES = b'{"message": {"content": "a"}}\n{"done": true}\n'


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("space", [b"", b" \n "])
@pytest.mark.parametrize(("body", "whole"), [(PRETTY, True), (LINES, False), (b"{ " + LINES[1:], False)])
def test_lines_and_one_value_over_many_lines(body: bytes, whole: bool, space: bytes, size: int) -> None:
    reading = AnswerReader(get_adapter("ollama_chat"), SPEC, "ndjson", 10_000)
    sent = space + body

    events = [event for at in range(0, len(sent), size) for event in reading.feed(sent[at : at + size])]
    events.extend(reading.end())

    assert (text(events), reading.complete, reading.is_whole) == ("a", True, whole)
