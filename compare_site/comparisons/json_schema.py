"""JSON Schema: is it one, and where does a value leave it. Pure.

A schema comes from whoever asks and the value from a model, so that validation loads nothing from elsewhere and its
patterns run in linear time (pydantic's engine, not ``re``).
"""

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Annotated, Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.exceptions import SchemaError
from jsonschema.validators import extend
from pydantic import StringConstraints, TypeAdapter
from pydantic import ValidationError as Mismatch
from pydantic_core import SchemaError as BadPattern
from referencing.exceptions import Unresolvable
from referencing.jsonschema import EMPTY_REGISTRY

MAX_ERRORS = 50
MAX_MESSAGE = 500
MAX_SHOWN = 80


def check_schema(schema: Mapping[str, Any]) -> None:
    """Raises ValueError for what is no schema, or one that cannot be checked here."""
    try:
        Draft202012Validator.check_schema(schema)
        strange = '"patternProperties"' in json.dumps(schema)
    except SchemaError as error:
        raise ValueError(f"this is no JSON Schema: {error.json_path}: {error.message[:MAX_MESSAGE]}") from None
    except RecursionError:
        raise ValueError("the schema is nested too deeply") from None
    if strange:
        raise ValueError("patternProperties is not supported; name the properties")


def errors_of(parsed: Any, schema: Mapping[str, Any]) -> list[dict[str, str]]:
    """Where the answer leaves its schema, with JSON paths; at most ``MAX_ERRORS``."""
    found: list[dict[str, str]] = []
    try:
        for error in _Validator(schema, registry=EMPTY_REGISTRY).iter_errors(parsed):
            if len(found) == MAX_ERRORS:
                break
            found.append({"path": error.json_path, "message": error.message[:MAX_MESSAGE]})
    except Unresolvable:
        found.append({"path": "", "message": "The schema refers to something that is not in it."})
    except RecursionError:
        found.append({"path": "", "message": "The schema or the answer is nested too deeply to be checked."})
    return sorted(found, key=lambda error: error["path"])


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, str):
        return
    matcher = _matcher(pattern)
    if matcher is None:
        yield ValidationError(f"the pattern {pattern!r} cannot be checked here")
        return
    try:
        matcher.validate_python(instance)
    except Mismatch:
        yield ValidationError(f"{instance[:MAX_SHOWN]!r} does not match {pattern!r}")


@lru_cache(maxsize=256)
def _matcher(pattern: str) -> TypeAdapter[str] | None:
    try:
        return TypeAdapter(Annotated[str, StringConstraints(pattern=pattern)])
    except BadPattern:
        return None


_Validator: Any = extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]
