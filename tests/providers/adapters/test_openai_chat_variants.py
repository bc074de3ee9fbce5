"""Ways of saying the same that no recording shows: other fields, calls without numbers, choices out of order."""

import json
from typing import Any

import pytest

from providers.adapters.openai_chat import ADAPTER
from providers.catalog import load_catalog
from providers.contract.events import BlockOpened, Delta, Finished, StreamEvent, StreamFailed, UsageReported
from providers.contract.spec import ProviderSpec, Quirks

SPEC = ProviderSpec(slug="any", name="Any", base_url="https://host/v1")


def streamed(*deltas: dict[str, Any], spec: ProviderSpec = SPEC) -> list[StreamEvent]:
    return chunks(*({"choices": [{"index": 0, "delta": delta}]} for delta in deltas), spec=spec)


def chunks(*given: Any, spec: ProviderSpec = SPEC) -> list[StreamEvent]:
    parser = ADAPTER.parser(spec)
    return [*(event for each in given for event in parser.feed(json.dumps(each).encode())), *parser.end()]


def whole(*choices: dict[str, Any], spec: ProviderSpec = SPEC) -> list[StreamEvent]:
    return list(ADAPTER.parse_whole(json.dumps({"choices": list(choices)}).encode(), spec))


def text(events: list[StreamEvent], kind: str = "text") -> str:
    return "".join(event.text for event in events if isinstance(event, Delta) and event.kind == kind)


def calls(events: list[StreamEvent]) -> list[tuple[str | None, str | None, str]]:
    found: dict[int, list[Any]] = {}
    for event in events:
        if isinstance(event, BlockOpened) and event.kind == "tool_call":
            call = found.setdefault(event.index, [None, None, ""])
            call[0], call[1] = event.id or call[0], event.name or call[1]
        elif isinstance(event, Delta) and event.kind == "tool_call":
            found[event.index][2] += event.text
    return [(call_id, name, arguments) for call_id, name, arguments in found.values()]


def piece(name: str | None = None, arguments: Any = None, **also: Any) -> dict[str, Any]:
    said = {"name": name, "arguments": arguments}
    return {"tool_calls": [{**also, "function": {key: value for key, value in said.items() if value is not None}}]}


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning", "reasoning_text", "thinking"])
@pytest.mark.parametrize("slug", ["openai", "groq", "deepseek", "vllm"])
def test_thoughts_are_found_in_every_field(slug: str, name: str) -> None:
    events = streamed({name: "hm"}, {"content": "a"}, spec=load_catalog()[slug])

    assert (text(events, "reasoning"), text(events)) == ("hm", "a")


def test_thoughts_that_go_on_in_another_field_are_shown_and_repetitions_are_not() -> None:
    both = {"reasoning_content": "two ", "reasoning": "two "}

    assert text(streamed({"reasoning_content": "one "}, both, {"reasoning": "three"}), "reasoning") == "one two three"
    again = [{"reasoning": "one "}, {"reasoning": "two"}]
    assert text(streamed({"reasoning_content": "one "}, {"reasoning_content": "two"}, *again), "reasoning") == "one two"
    assert text(streamed(both, both, {"reasoning": "two two "}), "reasoning") == "two two "


def test_thoughts_that_are_repeated_in_the_text_are_shown_once_as_thoughts() -> None:
    message = {"reasoning_content": "hm", "content": "<think>hm</think>a"}

    for events in (streamed(message), whole({"index": 0, "message": message})):
        assert (text(events, "reasoning"), text(events)) == ("hm", "<think>hm</think>a")


def test_thoughts_in_a_field_and_in_parts_are_the_same() -> None:
    part = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}

    assert text(streamed({"reasoning_content": "hm", "content": [part]}), "reasoning") == "hm"
    assert text(streamed({"content": [part]}, {"reasoning_content": "hm"}), "reasoning") == "hm"


@pytest.mark.parametrize(
    "also", [[{}, {}], [{"id": "f"}, {"id": "f"}], [{"index": 0}, {"index": 0}], [{"id": ""}, {"id": ""}]]
)
def test_each_call_of_a_whole_answer_is_one(also: list[dict[str, Any]]) -> None:
    both = [{**each, "function": {"name": "f", "arguments": ""}} for each in also]

    assert len(calls(whole({"index": 0, "message": {"tool_calls": both}}))) == 2


def test_a_name_and_an_id_that_come_late_or_in_pieces() -> None:
    events = streamed(piece("get_", "", index=0), piece("weather", index=0, id="c"), piece(None, "{}", index=0))

    assert calls(events) == [("c", "get_weather", "{}")]


def test_a_name_that_is_said_again() -> None:
    again = streamed(piece("f", '{"a"', index=0, id="c"), piece("f", ":1}", index=0, id="c"))

    assert calls(again) == [("c", "f", '{"a":1}')]


def test_an_empty_object_before_the_arguments() -> None:
    assert calls(streamed(piece("f", {}, index=0), piece(None, '{"a":1}', index=0))) == [(None, "f", '{"a":1}')]


def test_calls_that_only_their_names_tell_apart() -> None:
    one = streamed(piece("f", '{"a"'), piece("f", ":1}"))
    two = streamed(piece("f", '{"a":1}'), piece("f", '{"a":2}'))
    bare = streamed(piece("f", ""), piece("g", ""))

    assert calls(one) == [(None, "f", '{"a":1}')]
    assert calls(two) == [(None, "f", '{"a":1}'), (None, "f", '{"a":2}')]
    assert [name for _, name, _ in calls(bare)] == ["f", "g"]


def choice(index: int | None, said: str, **also: Any) -> dict[str, Any]:
    number = {} if index is None else {"index": index}
    return {**number, "delta": {"content": said}, "message": {"content": said}, **also}


def test_the_first_choice_is_the_answer_wherever_it_stands() -> None:
    ends = {"finish_reason": "stop"}
    streams = chunks(*({"choices": [each]} for each in (choice(1, "b"), choice(0, "a", **ends), choice(1, "c"))))

    for events in (
        streams,
        whole(choice(1, "b"), choice(0, "a", **ends)),
        whole(choice(None, "a", **ends), choice(None, "b")),
    ):
        assert text(events) == "a"
        assert [event.reason for event in events if isinstance(event, Finished)] == ["stop"]


def test_without_a_first_choice_the_lowest_is_the_answer() -> None:
    few = [{"choices": [choice(2, "b"), choice(1, "a")]}, {"choices": [choice(1, "c", finish_reason="stop")]}]
    many = [{"choices": [choice(3, "x")]} for _ in range(100)]

    assert text(chunks(*few)) == "ac"
    assert text(chunks(*many)) == "x" * 100
    assert isinstance(next(event for event in chunks(*few) if isinstance(event, Finished)), Finished)


def test_counted_tokens_are_no_choices_but_in_a_stream() -> None:
    spec = SPEC.model_copy(update={"quirks": Quirks(choice_index=False)})

    assert text(chunks({"choices": [choice(1, "a")]}, {"choices": [choice(2, "b")]}, spec=spec)) == "ab"
    assert text(whole(choice(0, "a"), choice(1, "b"), spec=spec)) == "a"
    turns = [{"choices": [choice(*each)]} for each in ((0, ""), (1, ""), (0, "a"), (1, "b"), (0, "c"), (1, "d"))]
    assert text(chunks(*turns, spec=spec)) == "ac"
    named = [{"object": "chat.completion.chunk", "choices": [choice(*each)]} for each in ((0, "a"), (1, "b"), (0, "c"))]
    assert text(chunks(*named, spec=spec)) == "ac"


@pytest.mark.parametrize("data", [b"null", b"  ", b"\t"])
def test_an_event_that_says_nothing(data: bytes) -> None:
    parser = ADAPTER.parser(SPEC)

    assert list(parser.feed(data)) == []
    assert text(list(parser.feed(json.dumps({"choices": [choice(0, "a")]}).encode()))) == "a"


@pytest.mark.parametrize("data", [b"[DONE]", b" [DONE] ", b'"[DONE]"'])
def test_the_end_marker_in_any_dress(data: bytes) -> None:
    assert [type(event).__name__ for event in ADAPTER.parser(SPEC).feed(data)] == ["StreamEnded"]


@pytest.mark.parametrize(("data", "event"), [(b"1", ""), (b"[]", ""), (b"ping", ""), (b" ", "error")])
def test_what_cannot_be_read_is_a_failure(data: bytes, event: str) -> None:
    assert [type(each).__name__ for each in ADAPTER.parser(SPEC).feed(data, event)] == ["StreamFailed"]


@pytest.mark.parametrize("said", [{"detail": "Boom"}, {"message": "Boom", "code": 7}, {"title": "Boom", "status": 500}])
def test_a_chunk_that_is_nothing_but_an_error(said: dict[str, Any]) -> None:
    [*_, failed] = chunks({"choices": [choice(0, "a")]}, said)

    assert isinstance(failed, StreamFailed)
    assert failed.error.message == "Boom"
    for harmless in ({}, {"type": "ping"}, {"message": ""}, {"id": "r", "message": "hi"}):
        assert text(chunks(harmless, {"choices": [choice(0, "a")]})) == "a"


@pytest.mark.parametrize(
    "place", [{"choices": [{"index": 0, "usage": {"prompt_tokens": 3}}]}, {"x_groq": {"usage": {"prompt_tokens": 3}}}]
)
def test_what_a_failed_answer_has_cost_is_heard_wherever_it_is_said(place: dict[str, Any]) -> None:
    events = chunks({"error": {"message": "Boom"}}, place)

    assert [event.usage.input for event in events if isinstance(event, UsageReported)] == [3]
