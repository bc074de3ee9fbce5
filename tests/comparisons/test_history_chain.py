"""Histories never mix: whatever tree of turns, attempts and samples, a run is told its own ancestors' words."""

from dataclasses import dataclass
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from compare_site.comparisons.history_chain import answer_message, chain_of, messages_of
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
