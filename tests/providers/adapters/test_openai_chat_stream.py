"""What recordings do not show: the parser after its end, odd indices, and quirks that are switched off."""

import json
from typing import Any

from providers.adapters.openai_chat.stream import ChatParser
from providers.contract.events import (
    BlockOpened,
    Delta,
    Finished,
    ResponseInfo,
    StreamEnded,
    StreamEvent,
    StreamFailed,
)
from providers.contract.spec import Quirks


def feed(*chunks: Any, quirks: Quirks | None = None) -> list[StreamEvent]:
    parser = ChatParser(quirks or Quirks())
    events = [event for chunk in chunks for event in parser.feed(chunk if isinstance(chunk, bytes) else _chunk(chunk))]
    return [*events, *parser.end()]


def _chunk(delta: Any, **choice: Any) -> bytes:
    return json.dumps({"choices": [{"index": 0, "delta": delta, **choice}]}).encode()


def text(events: list[StreamEvent], kind: str = "text") -> str:
    return "".join(event.text for event in events if isinstance(event, Delta) and event.kind == kind)


def test_nothing_follows_the_end_marker() -> None:
    events = feed({"content": "a"}, b"[DONE]", {"content": "b"})

    assert text(events) == "a"
    assert sum(isinstance(event, StreamEnded) for event in events) == 1


def test_nothing_follows_a_failure() -> None:
    events = feed({"content": "a"}, b'{"error": "x"}', {"content": "b"}, b"[DONE]")

    assert text(events) == "a"
    assert isinstance(events[-1], StreamFailed)


def test_empty_frames_and_empty_errors_mean_nothing() -> None:
    events = feed(b"", b'{"choices": [], "error": null}', b'{"error": ""}', b'{"error": {}}', b'{"type": "ping"}')

    assert events == []


def test_held_back_text_comes_out_at_the_end() -> None:
    assert text(feed({"content": " <thi"})) == " <thi"
    assert text(feed({"content": "<think>a</th"}), "reasoning") == "a</th"


def test_half_a_character_at_the_end() -> None:
    assert text(feed(b'{"choices":[{"delta":{"content":"a\\ud83d"}}]}')) == "a\ufffd"


def test_think_tags_can_be_switched_off() -> None:
    assert text(feed({"content": "<think>a</think>b"}, quirks=Quirks(think_tags=False))) == "<think>a</think>b"


def test_reasoning_after_text_is_a_new_block() -> None:
    events = feed({"content": "a"}, {"reasoning": "b"}, {"content": "c"})

    opened = [(event.index, event.kind) for event in events if isinstance(event, BlockOpened)]
    assert opened == [(0, "text"), (1, "reasoning"), (2, "text")]


def test_text_around_a_tool_call_is_two_blocks() -> None:
    call = {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f", "arguments": "{}"}}]}

    events = feed({"content": "a"}, call, {"content": "b"})

    assert [event.kind for event in events if isinstance(event, BlockOpened)] == ["text", "tool_call", "text"]


def test_calls_that_go_on_in_turns() -> None:
    def piece(index: int, arguments: str, **more: Any) -> dict[str, Any]:
        return {"tool_calls": [{"index": index, **more, "function": {"arguments": arguments, **more}}]}

    events = feed(
        piece(0, "a", id="x", name="f"), piece(1, "b", id="y", name="g"), piece(0, "A"), piece(1, "B"), piece(0, "!")
    )

    texts: dict[int, str] = {}
    for event in events:
        if isinstance(event, Delta):
            texts[event.index] = texts.get(event.index, "") + event.text
    assert texts == {0: "aA!", 1: "bB"}


def test_a_call_without_a_name_is_shown_all_the_same() -> None:
    events = feed({"tool_calls": [{"index": 0, "id": "c", "function": {"arguments": "{}"}}]})

    assert [type(event) for event in events] == [BlockOpened, Delta]


def test_a_server_that_counts_choices_from_one() -> None:
    assert (
        text(
            feed(
                b'{"choices":[{"index":1,"delta":{"content":"a"}}]}',
                b'{"choices":[{"index":1,"delta":{"content":"b"}}]}',
            )
        )
        == "ab"
    )


def test_tgi_counts_tokens_in_the_index() -> None:
    chunks = [json.dumps({"choices": [{"index": n, "delta": {"content": str(n)}}]}).encode() for n in (1, 2, 3)]

    assert text(feed(*chunks, quirks=Quirks(choice_index=False))) == "123"


def test_finish_reasons_of_a_server_come_first() -> None:
    quirks = Quirks(finish_map={"done": "length"})

    [finished] = [
        event for event in feed(_chunk({}, finish_reason="done"), quirks=quirks) if isinstance(event, Finished)
    ]

    assert (finished.reason, finished.native_reason) == ("length", "done")


def test_an_unknown_finish_reason_is_an_end() -> None:
    [finished] = [event for event in feed(_chunk({}, finish_reason="enough")) if isinstance(event, Finished)]

    assert (finished.reason, finished.native_reason) == ("stop", "enough")


def test_images_are_blocks() -> None:
    events = feed({"content": "", "images": [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA"}}]})

    assert events == [BlockOpened(0, "image", data={"url": "data:image/png;base64,AA"})]


def test_the_text_of_old_completions() -> None:
    assert text(feed(b'{"choices":[{"index":0,"text":"a"}]}')) == "a"


def test_an_empty_custom_beside_a_function_is_no_free_text() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}, "custom": {"input": ""}}

    events = feed({"tool_calls": [call]})

    assert events == [BlockOpened(0, "tool_call", id="c", name="f"), Delta(0, "tool_call", '{"a":1}')]


def test_probabilities_without_text_open_no_block() -> None:
    told = {"content": [{"token": "a", "logprob": -1}]}

    assert feed(_chunk({"tool_calls": [{"index": 0, "function": {"name": "f"}}]}, logprobs=told)) == [
        BlockOpened(0, "tool_call", name="f")
    ]


def test_pieces_of_hidden_reasoning_have_their_place_before_the_text() -> None:
    details = {"reasoning_details": [{"type": "reasoning.encrypted", "data": "A", "index": 0}]}

    opened = [event.kind for event in feed(details, {"content": "x"}) if isinstance(event, BlockOpened)]

    assert opened == ["reasoning", "text", "reasoning"]


def test_what_is_told_only_at_the_end() -> None:
    first = {"id": "c", "model": "m", "object": "chat.completion.chunk", "choices": [{"delta": {"content": "x"}}]}
    end = {"choices": [{"delta": {}, "finish_reason": "stop", "native_finish_reason": "end_turn"}]}
    usage = {"choices": [], "usage": {"prompt_tokens": 1}, "service_tier": "flex", "provider": "Somebody"}
    events = feed(*(json.dumps(chunk).encode() for chunk in (first, end, usage)), b"[DONE]")
    told: dict[str, object] = {}
    for event in events:
        told |= event.metadata if isinstance(event, ResponseInfo) else {}
    assert told == {"object": "chat.completion.chunk", "service_tier": "flex", "provider": "Somebody"}
    assert [event for event in events if isinstance(event, Finished)] == [Finished("stop", "end_turn")]
