"""Schemas as constrained decoding takes them."""

from typing import Any

import pytest

from providers.dialects.messages.schema import enforceable


def test_every_object_is_closed() -> None:
    schema = {
        "type": "object",
        "properties": {
            "person": {"$ref": "#/$defs/Person", "description": "who"},
            "tags": {"type": "array", "items": {"type": "object", "properties": {}}, "minItems": 1},
            "either": {"oneOf": [{"type": "null"}, {"type": "object", "additionalProperties": True}]},
        },
        "required": ["person"],
        "$defs": {"Person": {"type": "object", "title": "Person", "properties": {"name": {"type": "string"}}}},
        "$schema": "https://json-schema.org/draft/2020-12/schema",
    }

    assert enforceable(schema) == {
        "type": "object",
        "properties": {
            "person": {"$ref": "#/$defs/Person"},
            "tags": {
                "type": "array",
                "items": {"type": "object", "properties": {}, "additionalProperties": False},
                "minItems": 1,
            },
            "either": {"anyOf": [{"type": "null"}, {"type": "object", "additionalProperties": False}]},
        },
        "required": ["person"],
        "$defs": {
            "Person": {
                "type": "object",
                "title": "Person",
                "properties": {"name": {"type": "string"}},
                "additionalProperties": False,
            }
        },
        "additionalProperties": False,
    }


@pytest.mark.parametrize(
    ("schema", "sent"),
    [
        (
            {"type": "integer", "minimum": 1, "maximum": 9},
            {"type": "integer", "description": "minimum: 1; maximum: 9"},
        ),
        (
            {"type": "string", "description": "A code", "pattern": "^[A-Z]+$"},
            {"type": "string", "description": 'A code (pattern: "^[A-Z]+$")'},
        ),
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
        ({"type": "string", "format": "phone"}, {"type": "string", "description": 'format: "phone"'}),
        ({"type": "array", "minItems": 3}, {"type": "array", "description": "minItems: 3"}),
        ({"enum": ["é", None], "default": "é"}, {"enum": ["é", None], "description": 'default: "é"'}),
        ({"items": True, "format": ["odd"]}, {"items": True, "description": 'format: ["odd"]'}),
    ],
)
def test_what_is_refused_is_said_in_words(schema: dict[str, Any], sent: dict[str, Any]) -> None:
    assert enforceable(schema) == sent


def test_a_reference_at_the_root_keeps_what_it_refers_to() -> None:
    schema = {"$ref": "#/$defs/A", "$defs": {"A": {"type": "object"}}, "title": "A"}

    assert enforceable(schema) == {
        "$ref": "#/$defs/A",
        "$defs": {"A": {"type": "object", "additionalProperties": False}},
    }


def test_the_schema_that_was_given_stays_as_it_is() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "minLength": 1}}}

    enforceable(schema)

    assert schema == {"type": "object", "properties": {"a": {"type": "string", "minLength": 1}}}
