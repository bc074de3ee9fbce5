"""Arguments of a function call that come in pieces, each with the JSON path of its place (Vertex)."""

import json
import re
from typing import Any

from providers.dialects.jsonvalue import as_dict, as_list, as_text

STEP = re.compile(r"""\.?([^.\[\]'"]+)|\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]""")
LONGEST_LIST = 10_000
DEEPEST = 100


class PartialArgs:
    """Puts the pieces together; text of one place may come in several."""

    __slots__ = ("_value",)

    def __init__(self, value: dict[str, Any] | None = None) -> None:
        self._value: dict[str, Any] = dict(value or {})

    def feed(self, pieces: Any) -> None:
        """Pieces without a place or without a value are passed over."""
        for piece in as_list(pieces):
            piece = as_dict(piece)
            steps = _steps(as_text(piece.get("jsonPath")))
            if steps and (known := _value(piece)) is not None:
                _put(self._value, steps, known[0])

    def merge(self, value: dict[str, Any]) -> None:
        self._value.update(value)

    def text(self) -> str:
        return json.dumps(self._value, ensure_ascii=False)


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    for name, number, single, double in STEP.findall(path.removeprefix("$")):
        steps.append(int(number[:9]) if number else name or re.sub(r"\\(.)", r"\1", single or double))
    return steps[:DEEPEST]


def _value(piece: dict[str, Any]) -> tuple[Any] | None:
    """The value in a tuple, since null is one."""
    if "nullValue" in piece:
        return (None,)
    return next(((piece[name],) for name in ("stringValue", "numberValue", "boolValue") if name in piece), None)


def _put(root: Any, steps: list[str | int], value: Any) -> None:
    """Set the place, making what is missing on the way; text is added to text."""
    place = root
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        fresh: Any = value if following is None else [] if isinstance(following, int) else {}
        if isinstance(step, int):
            if not isinstance(place, list) or step > LONGEST_LIST:
                return
            place.extend([None] * (step + 1 - len(place)))
            old = place[step]
        elif isinstance(place, dict):
            old = place.get(step)
        else:
            return
        if following is None and isinstance(old, str) and isinstance(value, str):
            place[step] = old + value
        elif following is None or not isinstance(old, dict | list):
            place[step] = fresh
        place = place[step]
