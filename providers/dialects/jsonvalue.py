"""JSON as strangers send it: read fast when it is right, repaired when it is not, made safe for storing.

Lone surrogates and NUL cannot be stored or sent on; NaN and infinities are no JSON.
"""

import json
import math
import re
from typing import Any

from pydantic_core import from_json

LOOSE = json.JSONDecoder(strict=False)
SURROGATE = re.compile("[\ud800-\udfff]")
HALVES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
REPLACEMENT = "\ufffd"
LARGEST_COUNT = 2**53
DEEPEST = 200
"""Objects and lists inside each other; as deep as the fast reader goes."""


class JsonReader:
    """Reads the frames of one stream. A character cut into two escapes over two frames is put together again.

    The second half is looked for at the same place of the next frame that has this place: another text there means that
    it never came.
    """

    __slots__ = ("_high", "_place")

    def __init__(self) -> None:
        self._high = ""
        self._place: tuple[str | int, ...] = ()

    def read(self, data: bytes) -> Any:
        """The value, with every string storable; ValueError if it is no JSON."""
        try:
            value = from_json(data)
        except ValueError:
            return self._mended(_read_loosely(data), ())
        if self._high:
            return self._mended(value, ())
        return clean(value) if b"\\u0000" in data else value

    def rest(self) -> str:
        """What is left of a character whose second half never came."""
        high, self._high = self._high, ""
        return REPLACEMENT if high else ""

    def _mended(self, value: Any, place: tuple[str | int, ...]) -> Any:
        if isinstance(value, str):
            return self._mended_text(value, place)
        if isinstance(value, dict):
            return {clean_text(name): self._mended(item, (*place, name)) for name, item in value.items()}
        if isinstance(value, list):
            return [self._mended(item, (*place, index)) for index, item in enumerate(value)]
        return value if not isinstance(value, float) or math.isfinite(value) else None

    def _mended_text(self, text: str, place: tuple[str | int, ...]) -> str:
        if self._high and place == self._place and text:
            text = self._high + text
            self._high = ""
        if "\ud800" <= text[-1:] <= "\udbff":
            self._high, self._place = text[-1], place
            text = text[:-1]
        return clean_text(text)


def _read_loosely(data: bytes) -> Any:
    """Control characters inside strings, invalid UTF-8 and lone surrogates are let through."""
    try:
        value = LOOSE.decode(data.decode("utf-8", "replace"))
    except RecursionError:
        raise ValueError("nested too deep") from None
    level = [value]
    for _ in range(DEEPEST):
        level = [item for outer in level for item in _items(outer)]
        if not level:
            return value
    raise ValueError("nested too deep")


def _items(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def read_json(data: bytes) -> Any:
    """A whole body; ValueError if it is no JSON."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return clean(from_json(data))
    except ValueError:
        return clean(_read_loosely(data))


def json_or_text(text: str) -> Any:
    """The value that a text is as JSON; the text itself if it is none."""
    try:
        return read_json(text.encode("utf-8", "replace"))
    except ValueError:
        return clean_text(text)


def clean_text(text: str) -> str:
    """Storable text: halves of a pair joined, lone ones and NUL replaced."""
    if "\0" in text:
        text = text.replace("\0", REPLACEMENT)
    if text.isascii() or not SURROGATE.search(text):
        return text
    joined = HALVES.sub(lambda pair: pair.group().encode("utf-16", "surrogatepass").decode("utf-16"), text)
    return SURROGATE.sub(REPLACEMENT, joined)


def clean(value: Any) -> Any:
    """``value`` with storable strings and finite numbers."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {clean_text(str(name)): clean(item) for name, item in value.items()}
    if isinstance(value, list):
        return [clean(item) for item in value]
    return value


def at_path(value: Any, path: str) -> Any:
    """The item at a dotted path through objects, or None."""
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def as_text(value: Any) -> str:
    """``value`` if it is a string, else nothing."""
    return value if isinstance(value, str) else ""


def as_json(value: Any) -> str:
    """Arguments as the text that they are everywhere else: some servers send them as a value."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def as_count(value: Any) -> int | None:
    """A number of tokens; None for anything that is not one."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value < LARGEST_COUNT:
        return None
    return int(value)
