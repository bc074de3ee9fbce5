"""Think tags cut anywhere give the same parts, and look-alikes stay text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.dialects.think_tags import Part, ThinkSplitter, split_whole

CASES = [
    ("<think>a</think>b", "a", "b"),
    ("\n <think>\n a \n</think>\n\n b ", "a \n", "b "),
    ("<thinking>a</thinking>b", "a", "b"),
    ("<mm:think>a</mm:think>b", "a", "b"),
    ("<think></think>b", "", "b"),
    ("<think>\n\n</think>\n\nb", "", "b"),
    ("<think>a </thin b</think>c", "a </thin b", "c"),
    ("<think>a</thinking></think>b", "a</thinking>", "b"),
    ("<think>never closed", "never closed", ""),
    ("<think>a</think>b<think>c</think>", "a", "b<think>c</think>"),
    ("<think>a</think>b\n\n <think>\nc\n</think>\n\nd", "ac\n", "b\n\n \n\nd"),
    ("<think>a</think>\n<thinking>b</thinking>\nc", "ab", "c"),
    ("<think>a</think>b\nWrite <think> and `</think>`.", "a", "b\nWrite <think> and `</think>`."),
    ("<think>a</think>b\n<thin", "a", "b\n<thin"),
    ("b\n<think>c</think>", "", "b\n<think>c</think>"),
    ("plain", "", "plain"),
    ("\n\n  plain", "", "\n\n  plain"),
    ("<thin ice>", "", "<thin ice>"),
    ("<", "", "<"),
    ("   ", "", "   "),
    ("", "", ""),
]


def split(*pieces: str) -> tuple[str, str]:
    splitter = ThinkSplitter()
    parts = [part for piece in pieces for part in splitter.feed(piece)] + splitter.end()
    return joined(parts, "reasoning"), joined(parts, "text")


def joined(parts: list[Part], wanted: str) -> str:
    return "".join(text for kind, text in parts if kind == wanted)


@pytest.mark.parametrize(("text", "reasoning", "answer"), CASES)
def test_any_cut(text: str, reasoning: str, answer: str) -> None:
    assert split(text) == (reasoning, answer)
    assert split(*text) == (reasoning, answer)
    for at in range(len(text)):
        assert split(text[:at], text[at:]) == (reasoning, answer)


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "/", "think>", "a", " ", "\n", "</thi"]), max_size=12))
def test_nothing_but_tags_and_border_space_is_lost(pieces: list[str]) -> None:
    reasoning, answer = split(*pieces)

    whole = "".join(pieces)
    assert (reasoning, answer) == split(whole)
    splitter = ThinkSplitter()
    parts = [*splitter.feed(whole), *splitter.end()]
    assert without_tags("".join(text for _, text in parts)) == without_tags(whole)


def without_tags(text: str) -> str:
    text = "".join(text.split())
    while (fewer := re.sub("</?think>", "", text)) != text:
        text = fewer
    return text


def test_done_as_soon_as_it_is_plain_text() -> None:
    splitter = ThinkSplitter()

    assert splitter.feed("Hello") == [("text", "Hello")]
    assert splitter.done


@pytest.mark.parametrize(
    ("text", "reasoning", "answer"),
    [
        *CASES,
        ("Let me see.\n</think>\n\nFour.", "Let me see.", "Four."),
        ("Let me see.</think>\nFour.", "Let me see.", "Four."),
        ("The tag `</think>` ends it.", "", "The tag `</think>` ends it."),
        ("Write </think> to end.", "", "Write </think> to end."),
        ("Use <think>\nx\n</think>\nfor that.", "", "Use <think>\nx\n</think>\nfor that."),
        ("Say </think> first.\n</think>\nFour.", "", "Say </think> first.\n</think>\nFour."),
    ],
)
def test_whole_answers(text: str, reasoning: str, answer: str) -> None:
    assert split_whole(text) == (reasoning, answer)
