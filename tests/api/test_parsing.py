"""What counts as JSON in a body, and what becomes of text that no database holds."""

from typing import Any

import pytest
from django.test import RequestFactory

from compare_site.api.parsing import StrictJson


def parse(body: str | bytes) -> Any:
    return StrictJson().parse_body(RequestFactory().post("/", body, content_type="application/json"))


def test_json_is_read_as_it_is() -> None:
    assert parse('{"a": [1, -2.5e3, null, true, "é\\u4e2d\\ud83d\\ude00"], "b": {}}') == {
        "a": [1, -2500.0, None, True, "é中😀"],
        "b": {},
    }


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 5000, "{", "", "\ufeff{}"])
def test_what_is_no_json_raises(value: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(f'{{"a": {value}}}')


@pytest.mark.parametrize("depth", [150, 250, 900, 100_000])
def test_nesting_beyond_measure_raises(depth: int) -> None:
    with pytest.raises((ValueError, RecursionError)):
        parse("[" * depth + "]" * depth)


def test_text_that_cannot_be_stored_is_replaced_in_names_and_values() -> None:
    assert parse('{"a\\u0000": ["\\ud800", {"\\udfff": "x\\u0000"}]}') == {"a\ufffd": ["\ufffd", {"\ufffd": "x\ufffd"}]}
