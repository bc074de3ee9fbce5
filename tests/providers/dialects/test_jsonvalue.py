"""JSON from strangers: read when it can be, and everything that comes out can be stored."""

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from providers.dialects.jsonvalue import (
    JsonReader,
    as_count,
    as_json,
    at_path,
    clean,
    clean_text,
    json_or_text,
    read_json,
)


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b' \n{"a": 1}\n', {"a": 1}),
        (b'{"a": "x\ty"}', {"a": "x\ty"}),
        (b'{"a": "\xff"}', {"a": "\ufffd"}),
        (b'{"a": "\\u0000"}', {"a": "\ufffd"}),
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        (b'{"a": "\\ud83d"}', {"a": "\ufffd"}),
        (b'{"\\ud83d": 1}', {"\ufffd": 1}),
        (b'{"a": NaN, "b": -Infinity, "c": 1e999}', {"a": None, "b": None, "c": None}),
    ],
)
def test_read_json(data: bytes, value: Any) -> None:
    assert read_json(data) == value


@pytest.mark.parametrize("data", [b"", b"{", b"nope", b"[" * 100_000, b'{"a": 1} x'])
def test_no_json(data: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is the contract
        read_json(data)


def test_a_character_over_two_frames() -> None:
    reader = JsonReader()

    assert [reader.read(b'"a\\ud83d"'), reader.read(b'"\\ude00b"'), reader.rest()] == ["a", "😀b", ""]
    assert [reader.read(b'"a\\ud83d"'), reader.read(b'"b"'), reader.rest(), reader.rest()] == ["a", "\ufffdb", "", ""]


@given(st.text(st.characters(codec=None), max_size=20))
def test_clean_text_can_always_be_encoded(text: str) -> None:
    cleaned = clean_text(text)

    cleaned.encode()
    assert "\0" not in cleaned
    if text == text.encode("utf-8", "replace").decode() and "\0" not in text:
        assert cleaned == text


def test_clean_goes_all_the_way_down() -> None:
    value = {"a\0": ["\ud800", math.nan, {"b": math.inf}], "n": 1, "t": True, "x": None}

    assert clean(value) == {"a\ufffd": ["\ufffd", None, {"b": None}], "n": 1, "t": True, "x": None}
    json.dumps(clean(value), allow_nan=False).encode()


@pytest.mark.parametrize(
    ("value", "count"),
    [
        (0, 0),
        (7, 7),
        (7.0, 7),
        (7.9, 7),
        (True, None),
        (-1, None),
        ("7", None),
        (None, None),
        (1e300, None),
        (math.nan, None),
    ],
)
def test_as_count(value: Any, count: int | None) -> None:
    assert as_count(value) == count


def test_at_path() -> None:
    assert at_path({"a": {"b": 1}}, "a.b") == 1
    assert at_path({"a": [1]}, "a.b") is None
    assert at_path({}, "a.b.c") is None


def test_a_half_whose_other_half_never_came_is_replaced_where_it_stood() -> None:
    reader = JsonReader()
    texts = [reader.read(data)["c"] for data in (b'{"c":"b\\ud800"}', b'{"c":"c"}', b'{"c":"\\ude00d"}')]
    assert texts == ["b", "\ufffdc", "\ufffdd"]
    assert reader.rest() == ""


def test_a_frame_without_text_may_come_between_two_halves() -> None:
    reader = JsonReader()
    assert reader.read(b'{"c":"b\\ud83d"}') == {"c": "b"}
    assert reader.read(b'{"id":"x","c":""}') == {"id": "x", "c": ""}
    assert reader.read(b'{"usage":{"n":1}}') == {"usage": {"n": 1}}
    assert reader.read(b'{"id":"x","c":"\\ude00d"}') == {"id": "x", "c": "\U0001f600d"}


@pytest.mark.parametrize("depth", [150, 250, 600, 5000, 100_000])
def test_nesting_without_end_is_no_json(depth: int) -> None:
    data = b'{"c":' + b"[" * depth + b"]" * depth + b"}"
    for read in (read_json, JsonReader().read):
        if depth < 200:
            read(data)
            continue
        with pytest.raises(ValueError, match=r"nested|recursion"):
            read(data)


@pytest.mark.parametrize(
    ("text", "value"), [('{"a": [1]}', {"a": [1]}), ("7", 7), ("nonsense", "nonsense"), ("a\0\ud800", "a\ufffd\ufffd")]
)
def test_a_value_or_the_text_itself(text: str, value: Any) -> None:
    assert json_or_text(text) == value


@pytest.mark.parametrize(
    ("value", "text"), [({"a": "ü"}, '{"a": "ü"}'), ("{", "{"), (None, ""), ([], "[]"), (0, "0"), (False, "false")]
)
def test_arguments_as_text(value: Any, text: str) -> None:
    assert as_json(value) == text
