"""Whether a JSON value has exactly the shape of a type from a vendor's package: nothing missing, nothing unknown."""

import types
from collections.abc import Iterable, Mapping
from functools import cache
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def mismatch(value: Any, kind: Any, where: str = "body") -> str:
    """The deepest place where ``value`` is not a ``kind``; empty if it is one."""
    origin = get_origin(kind)
    if origin in {Annotated, Required, NotRequired}:
        return mismatch(value, get_args(kind)[0], where)
    if origin in {Union, types.UnionType}:
        found = [mismatch(value, option, where) for option in get_args(kind)]
        return "" if "" in found else max(found, key=_depth)
    if origin is Literal:
        return "" if value in get_args(kind) else f"{where}: {value!r} is none of {get_args(kind)}"
    if hasattr(kind, "__required_keys__"):
        return _fields(value, kind, where)
    if origin is not None and issubclass(origin, Mapping):
        return "" if isinstance(value, dict) else f"{where}: no object"
    if (origin is not None and issubclass(origin, Iterable)) or _is_sequence(kind):
        return _items(value, get_args(kind)[0], where)
    if kind in {Any, object}:
        return ""
    if kind is float:
        return "" if isinstance(value, int | float) else f"{where}: no number"
    return "" if isinstance(value, kind) else f"{where}: no {kind.__name__}"


def _is_sequence(kind: Any) -> bool:
    """A vendor's own protocol for sequences of strings."""
    return bool(get_args(kind)) and "Sequence" in str(get_origin(kind))


def _depth(problem: str) -> int:
    return problem.count(".")


def _items(value: Any, kind: Any, where: str) -> str:
    if not isinstance(value, list):
        return f"{where}: no list"
    found = (mismatch(item, kind, f"{where}.{number}") for number, item in enumerate(value))
    return next((problem for problem in found if problem), "")


def _fields(value: Any, kind: Any, where: str) -> str:
    if not isinstance(value, dict):
        return f"{where}: no object"
    hints = _hints(kind)
    missing = kind.__required_keys__ - value.keys()
    unknown = value.keys() - hints.keys()
    found = [mismatch(item, hints[name], f"{where}.{name}") for name, item in value.items() if name in hints]
    problems = [problem for problem in found if problem]
    # What fails inside a field of the right kind says more than what is missing beside it.
    if any(problem.startswith((f"{where}.type:", f"{where}.role:")) for problem in problems):
        return f"{where}: another type"
    if problems:
        return max(problems, key=_depth)
    if missing or unknown:
        return f"{where}.: {kind.__name__} lacks {sorted(missing)}, knows no {sorted(unknown)}"
    return ""
