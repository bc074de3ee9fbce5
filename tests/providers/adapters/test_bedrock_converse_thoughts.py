"""Thoughts between tags, at the beginning of a text and later, however it is cut."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.adapters.bedrock_converse.thoughts import Thoughts


def split(*pieces: str) -> dict[str, str]:
    thoughts = Thoughts()
    parts = [part for piece in pieces for part in thoughts.feed(piece)]
    parts += thoughts.restart()
    said: dict[str, Any] = {"text": "", "reasoning": ""}
    for kind, text in parts:
        said[kind] += text
    return said


@pytest.mark.parametrize(
    ("text", "said", "thought"),
    [
        ("plain <thinking>x</thinking>", "plain <thinking>x</thinking>", ""),
        ("\n <thinking> a</thinking>\n\nsaid ", "said ", "a"),
        ("<think>a</think>one\n<think>b</think>\ntwo", "one\n\ntwo", "ab"),
        ("<thinking>a</thinking>\n", "", "a"),
        ("<thinking>never closed", "", "never closed"),
        ("<thinking>a</thinking>x <thin", "x <thin", "a"),
        ("<thin", "<thin", ""),
        ("  ", "  ", ""),
        ("<thinking>a</think>b</thinking>c", "c", "a</think>b"),
    ],
)
def test_split(text: str, said: str, thought: str) -> None:
    assert split(text) == {"text": said, "reasoning": thought}
    assert split(*text) == {"text": said, "reasoning": thought}


@given(
    st.lists(st.sampled_from(["<thinking>", "</thinking>", "<think>", "</think>", "a", " ", "\n", "<"]), max_size=12)
)
def test_cuts_change_nothing(pieces: list[str]) -> None:
    text = "".join(pieces)

    assert split(*text) == split(text) == split(*pieces)


def test_a_text_after_something_else_may_begin_with_a_tag() -> None:
    thoughts = Thoughts()

    first = [*thoughts.feed("Let me look."), *thoughts.restart()]
    then = [*thoughts.feed("<thinking>b</thinking>\nDone"), *thoughts.restart()]

    assert first == [("text", "Let me look.")]
    assert then == [("reasoning", "b"), ("text", "\nDone")]
