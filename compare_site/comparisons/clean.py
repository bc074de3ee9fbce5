"""Values that no database, JSON or UTF-8 encoder can hold, made harmless: they come from providers and files. Pure.

NUL and lone surrogates become U+FFFD; numbers that are not finite and values nested too deeply become null.
"""

import json
import math
from collections.abc import Iterable
from typing import Any

REPLACEMENT = "\ufffd"
DEEPEST = 100
"""Readers of stored JSON give up at 200; what surrounds a value in a state needs some of it."""


def strict_json(text: str | bytes) -> Any:
    """JSON as it is defined: no NaN, no Infinity, no number beyond a float. Raises ValueError or RecursionError."""
    return json.loads(text, parse_constant=_no_number, parse_float=_finite)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def clean_text(text: str) -> str:
    """``text`` as it can be stored and sent. Ordinary text is returned as it is."""
    if "\x00" in text:
        text = text.replace("\x00", REPLACEMENT)
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


def clean(value: Any, depth: int = DEEPEST) -> Any:
    """The same for any JSON value, keys included."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict | list | tuple) and depth == 0:
        return None
    if isinstance(value, dict):
        return {clean_text(str(key)): clean(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item, depth - 1) for item in value]
    return value


def is_too_deep(value: Any) -> bool:
    """Whether ``clean`` would cut something off: objects and lists more than ``DEEPEST`` inside each other."""
    level = [value]
    for _ in range(DEEPEST):
        level = [item for outer in level for item in _items(outer)]
        if not level:
            return False
    return any(isinstance(item, dict | list | tuple) for item in level)


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list | tuple) else ()
