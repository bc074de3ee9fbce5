"""JSON Schemas as constrained decoding takes them: closed objects, and what it cannot enforce said in words."""

import json
from collections.abc import Mapping
from typing import Any

KEPT = frozenset({"type", "title", "description", "enum", "const", "required"})
NAMED = ("$defs", "definitions", "properties")
LISTED = {"anyOf": "anyOf", "oneOf": "anyOf", "allOf": "allOf"}
FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"})
SILENT = frozenset({"$schema", "$id", "$comment", "additionalProperties"})


def enforceable(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The same schema with every object closed; what is refused moves into the description.

    Nothing may stand beside a ``$ref``.
    """
    found: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    if "$ref" in schema:
        schema = {name: schema[name] for name in ("$ref", "$defs", "definitions") if name in schema}
    for name, value in schema.items():
        if name in NAMED and isinstance(value, dict):
            found[name] = {key: _inner(each) for key, each in value.items()}
        elif name in LISTED and isinstance(value, list):
            found[LISTED[name]] = [_inner(each) for each in value]
        elif name in {"items", "$ref"}:
            found[name] = _inner(value)
        elif _is_kept(name, value):
            found[name] = value
        elif name not in SILENT:
            limits[name] = value
    if found.get("type") == "object" or "properties" in found:
        found["additionalProperties"] = False
    if limits:
        said = "; ".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in limits.items())
        before = found.get("description")
        found["description"] = f"{before} ({said})" if before else said
    return found


def _inner(value: Any) -> Any:
    return enforceable(value) if isinstance(value, dict) else value


def _is_kept(name: str, value: Any) -> bool:
    if name == "format":
        return isinstance(value, str) and value in FORMATS
    return name in KEPT or (name == "minItems" and isinstance(value, int) and value in {0, 1})
