"""What the API says about wrong input: sentences of ours, translated, without the value."""

from typing import Any

import pytest
from django.utils import translation
from pydantic import ValidationError

from compare_site.comparisons.requests import AddTurn, StartComparison
from compare_site.words import WORDS, mebibytes, words_of

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"models": ["demo/fast"]}, "Give either prompt or messages."),
    ({"prompt": "a", "models": []}, "Too few entries; at least 1."),
    ({"prompt": "a", "models": ["demo/fast"], "title": "secret" * 99}, "Too many characters; at most 200."),
    ({"prompt": "a", "models": ["demo/fast"], "secret": 1}, "There is no such field."),
    ({"prompt": "a", "models": ["demo/fast"], "params": {"seed": "secret"}}, "This must be a whole number."),
    ({"prompt": "a", "models": ["demo/fast"], "params": {"max_retries": 99}}, "At most 5."),
    ({"prompt": "a", "models": ["demo/fast"], "params": {"seed": 2**63}}, "At most 9223372036854775807."),
    ({"prompt": "a", "models": ["demo/fast"], "params": {"seed": -(2**64)}}, "At least -9223372036854775808."),
    (
        {"prompt": "a", "models": ["demo/fast"], "attachments": ["secret"]},
        "This is no id: an id has 32 characters from 0-9 and a-f.",
    ),
    (
        {"messages": [{"role": "secret", "content": "a"}], "models": ["demo/fast"]},
        "One of these: 'system', 'user', 'assistant', 'tool'.",
    ),
]


def said(model: type[Any], body: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body)
    return [words_of(dict(error)) for error in caught.value.errors(include_url=False)]


@pytest.mark.parametrize(("body", "sentence"), WRONG)
def test_a_sentence_for_each_problem(body: dict[str, Any], sentence: str) -> None:
    sentences = said(StartComparison, body)

    assert sentence in sentences
    assert "secret" not in " ".join(sentences)


def test_own_sentences_of_the_inputs() -> None:
    assert said(AddTurn, {"prompt": "a", "history": "chosen"}) == ['history "chosen" and a chosen run belong together.']
    assert said(AddTurn, {"prompt": " "}) == ["The prompt is empty."]
    assert said(AddTurn, {"messages": []}) == ["messages is empty."]


def test_what_we_have_no_words_for_stays_as_it_is() -> None:
    assert words_of({"type": "something_new", "msg": "As pydantic says"}) == "As pydantic says"
    assert words_of({"type": "too_long", "msg": "Without its number"}) == "Without its number"
    pattern = {"type": "string_pattern_mismatch", "msg": "String should match", "ctx": {"pattern": "^x$"}}
    assert words_of(pattern) == "This does not have the form that is asked for."


def test_every_sentence_is_translated_when_it_is_said() -> None:
    with translation.override("de"):
        assert str(WORDS["missing"]) == "Dieses Feld ist zwingend erforderlich."


def test_limits_are_said_exactly() -> None:
    assert [mebibytes(size) for size in (16 * 1024 * 1024, 1536 * 1024)] == ["16 MiB", "1.5 MiB"]
