"""Variables in prompts: the cases that the browser's twin is tested with, too."""

import json
from pathlib import Path
from typing import Any

import pytest

from compare_site.library import variables

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("variables.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_a_case(case: dict[str, Any]) -> None:
    assert variables.names_in([case["text"]]) == case["names"]
    assert variables.rendered(case["text"], case["values"]) == case["rendered"]
    assert variables.rendered_length(case["text"], case["values"]) == len(case["rendered"])


@pytest.mark.parametrize("case", CASES, ids=[case["why"] for case in CASES])
def test_an_escaped_text_renders_to_itself(case: dict[str, Any]) -> None:
    template = variables.escaped(case["text"])

    assert variables.names_in([template]) == []
    assert variables.rendered(template, {}) == case["text"]


def test_a_variable_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        variables.rendered("{a}", {"b": "1"})


def test_missing_and_extra_are_named_in_order() -> None:
    assert variables.missing_and_extra(["b", "a", "c"], {"c": "", "z": "", "y": ""}) == (["b", "a"], ["z", "y"])


def test_names_are_told_from_other_texts() -> None:
    assert variables.is_name("a_1")
    assert variables.is_name("语言")
    assert [text for text in ("", "1a", "a b", "a-b", "n" * 65, "a\n") if variables.is_name(text)] == []


def test_a_million_braces_take_no_longer_than_a_million_letters() -> None:
    """Nothing is searched again and again to the end."""
    text = "{" * 400_000 + "{x}" + "}" * 400_000

    assert variables.names_in([text]) == ["x"]
    assert variables.rendered_length(text, {"x": "value"}) == 400_005
