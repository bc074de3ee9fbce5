"""``{name}`` in the texts of a prompt: which variables there are, and the texts with their values in place. Pure.

A name is a letter of any script or ``_``, then letters, marks, digits or ``_``: 64 characters at most. ``{{``, ``}}``
are literal braces. Every other brace stays as it is, so that pasted JSON and code do, too: what closes a plain ``{``
is plain, even in ``}}``. Values are put in once and never read again. ``static/js/core/variables.js`` is the same in
the browser; ``tests/library/variables.json`` is read by the tests of both.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

LONGEST_NAME = 64
_BRACE = re.compile("[{}]")
_MORE = frozenset({"Mn", "Mc", "Nd"})


def is_name(text: str) -> bool:
    """Whether ``text`` can be the name of a variable."""
    return 0 < len(text) <= LONGEST_NAME and _name_at(text, 0) == text


def names_in(texts: Iterable[str]) -> list[str]:
    """The variables of these texts, each once, in the order in which they are first met."""
    return list(dict.fromkeys(part for text in texts for is_variable, part in _parts(text) if is_variable))


def rendered(text: str, values: Mapping[str, str]) -> str:
    """``text`` with the values put in. Raises KeyError for a variable without a value."""
    return "".join(values[part] if is_variable else part for is_variable, part in _parts(text))


def rendered_length(text: str, values: Mapping[str, str]) -> int:
    """How long ``rendered`` would be: a value may be long and may stand in many places."""
    return sum(len(values[part] if is_variable else part) for is_variable, part in _parts(text))


def escaped(text: str) -> str:
    """``text`` as a template that renders to it: what looks like a variable is none."""
    return text.replace("{", "{{").replace("}", "}}")


def missing_and_extra(names: Sequence[str], values: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Variables without a value, and values without a variable."""
    return [name for name in names if name not in values], [name for name in values if name not in set(names)]


def _parts(text: str) -> Iterator[tuple[bool, str]]:
    """(True, name of a variable) and (False, literal text), in order."""
    open_braces: list[str] = []
    literal_from = at = 0
    while found := _BRACE.search(text, at):
        at = found.start()
        step, literal, name = _brace(text, at, open_braces)
        if name or literal != text[at : at + step]:
            if literal_from < at:
                yield False, text[literal_from:at]
            yield bool(name), name or literal
            literal_from = at + step
        at += step
    if literal_from < len(text):
        yield False, text[literal_from:]


def _brace(text: str, at: int, open_braces: list[str]) -> tuple[int, str, str]:
    """What stands at a brace: (its length, the text it becomes, the name if it is a variable)."""
    double = text[at : at + 2] in {"{{", "}}"}
    if text[at] == "{":
        name = "" if double else _name_at(text, at + 1)
        if name and text[at + 1 + len(name) : at + 2 + len(name)] == "}":
            return len(name) + 2, "", name
        open_braces.append("{{" if double else "{")
        return 2 if double else 1, "{", ""
    closes_plain = bool(open_braces) and open_braces[-1] == "{"
    if double and not closes_plain:
        del open_braces[-1:]
        return 2, "}", ""
    if closes_plain:
        open_braces.pop()
    return 1, "}", ""


def _name_at(text: str, start: int) -> str:
    """The longest name that begins at ``start``, "" if none does or it is too long."""
    end = start
    while end < len(text) and end - start <= LONGEST_NAME and _belongs(text[end], end == start):
        end += 1
    return text[start:end] if end - start <= LONGEST_NAME else ""


def _belongs(character: str, first: bool) -> bool:
    category = unicodedata.category(character)
    return character == "_" or category[0] == "L" or (not first and category in _MORE)
