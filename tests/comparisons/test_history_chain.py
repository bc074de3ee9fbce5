"""Histories never mix: whatever tree of turns, attempts and samples, a run is told its own ancestors' words."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compare_site.comparisons.history_chain import answer_message, calls_dropped, chain_of, messages_of
from providers.contract.errors import SetupError
from providers.contract.messages import Message


@dataclass
class FakeTurn:
    """A turn with one user message."""

    messages: list[dict[str, Any]]


def said(text: str) -> FakeTurn:
    return FakeTurn([Message.of_text("user", text).model_dump(mode="json", exclude_none=True)])


def answered(text: str) -> list[dict[str, Any]]:
    return [{"index": 0, "kind": "reasoning", "text": "hidden"}, {"index": 1, "kind": "text", "text": text}]


def test_a_chain_goes_from_the_oldest_to_the_parent() -> None:
    assert chain_of("c", {"a": None, "b": "a", "c": "b", "x": "a"}) == ["a", "b", "c"]
    assert chain_of(None, {}) == []


def test_messages_are_system_then_turn_and_answer_in_order() -> None:
    messages = messages_of("be brief", [(said("one"), answered("1")), (said("two"), answered("2"))], said("three"))
    assert [(message.role, message.text) for message in messages] == [
        ("system", "be brief"),
        ("user", "one"),
        ("assistant", "1"),
        ("user", "two"),
        ("assistant", "2"),
        ("user", "three"),
    ]


def test_an_answer_without_text_is_left_out_and_reasoning_is_not_repeated() -> None:
    assert answer_message([{"index": 0, "kind": "reasoning", "text": "hm"}]) is None
    message = answer_message(answered("yes"))
    assert message is not None
    assert [block.kind for block in message.content] == ["text"]


def test_a_refusal_is_repeated_as_what_was_answered() -> None:
    refused = {"index": 1, "kind": "refusal", "text": "I cannot do that."}
    message = answer_message([*answered("Hm. ")[:1], refused])
    assert message is not None
    assert [(block.kind, block.text) for block in message.content] == [("refusal", "I cannot do that.")]
    mixed = answer_message([*answered("Well, "), {"index": 2, "kind": "text", "text": "no."}, refused])
    assert mixed is not None
    assert [(block.kind, block.text) for block in mixed.content] == [
        ("text", "Well, no."),
        ("refusal", refused["text"]),
    ]


@st.composite
def forests(draw: st.DrawFn) -> dict[str, str | None]:
    count = draw(st.integers(1, 40))
    parents: dict[str, str | None] = {}
    for index in range(count):
        choices: list[str | None] = [None, *parents]
        parents[f"r{index}"] = draw(st.sampled_from(choices))
    return parents


@given(forests())
def test_every_run_of_any_tree_is_told_exactly_its_ancestors(parents: dict[str, str | None]) -> None:
    for run, parent in parents.items():
        chain = chain_of(parent, parents)
        ancestors = [(said(f"turn of {pk}"), answered(f"answer of {pk}")) for pk in chain]
        texts = [message.text for message in messages_of("", ancestors, said(f"turn of {run}"))]
        expected: list[str] = []
        walk = parent
        while walk is not None:
            expected = [f"turn of {walk}", f"answer of {walk}", *expected]
            walk = parents[walk]
        assert texts == [*expected, f"turn of {run}"]


def called(*names: str) -> list[dict[str, Any]]:
    calls = [{"index": i, "kind": "tool_call", "id": f"id-{n}", "name": n, "text": "{}"} for i, n in enumerate(names)]
    return [{"index": 9, "kind": "reasoning", "text": "hm", "data": {"replay": {"protocol": "p"}}}, *calls]


def results(*blocks: dict[str, Any]) -> FakeTurn:
    return FakeTurn([{"role": "tool", "content": [{"kind": "tool_result", **block} for block in blocks]}])


def test_an_answer_goes_back_whole_when_its_calls_are_answered_and_only_then() -> None:
    turn = results({"id": "id-b", "text": "two"}, {"name": "a", "text": "one"}, {"name": "z", "text": "nobody's"})
    messages = messages_of("", [(said("one"), called("a", "b", "c"))], turn)
    assert [message.role for message in messages] == ["user", "assistant", "tool"]
    assert [block.kind for block in messages[1].content] == ["reasoning", "tool_call", "tool_call", "tool_call"]
    assert messages[1].content[0].data == {"replay": {"protocol": "p"}}
    found = [(block.id, block.text) for block in messages[2].content]
    assert found == [("id-a", "one"), ("id-b", "two"), ("id-c", "No result was given.")]

    later = messages_of("", [(said("one"), called("a")), (turn, answered("done"))], said("more"))
    assert [message.role for message in later] == ["user", "assistant", "tool", "assistant", "user"]
    ignored = messages_of("", [(said("one"), called("a"))], said("never mind"))
    assert [message.role for message in ignored] == ["user", "user"]
    assert calls_dropped([(said("one"), called("a"))], said("never mind"))
    assert calls_dropped([(said("one"), called("a")), (said("two"), answered("2"))], said("three"))
    assert not calls_dropped([(said("one"), called("a")), (turn, answered("done"))], said("more"))
    assert not calls_dropped([(said("one"), answered("1"))], said("two"))


def test_the_picture_of_the_last_answer_is_shown_to_who_may_see_it() -> None:
    drawn = {"kind": "image", "index": 2, "data": {"data": "AAAA", "media_type": "image/png", "replay": {"x": 1}}}
    draft = {"kind": "image", "index": 3, "data": {"data": "BBBB", "thought": True}}
    empty = {"kind": "image", "index": 4, "data": {"media_type": "image/png"}}
    before = [(said("draw"), [*answered("here"), drawn, draft, empty])]
    messages = messages_of("", before, said("blue"))
    assert [message.role for message in messages] == ["user", "assistant", "user"]
    assert [block.kind for block in messages[2].content] == ["image", "text"]
    assert messages[2].content[0].data == {"data": "AAAA", "media_type": "image/png"}
    assert [block.kind for block in messages_of("", before, said("blue"), pictures=False)[2].content] == ["text"]
    later = messages_of("", [*before, (said("blue"), answered("done"))], said("thanks"))
    assert {block.kind for message in later for block in message.content} == {"text"}


def test_results_that_nobody_asked_for() -> None:
    with pytest.raises(SetupError, match="called no tool"):
        messages_of("", [(said("one"), answered("1"))], results({"name": "a", "text": "one"}))
