"""A key and a value of metadata in one line of text, ``key=value``. In a key, ``\\=`` is an equals sign and ``\\\\`` a
backslash: so every pair can be written, and read again."""

import re

MOST = 2 * 64 + 1 + 512
"""Characters of the longest pair, each of its key's written as two."""
_PAIR = re.compile(r"((?:\\.|[^=\\])*)=(.*)", re.DOTALL)
_ESCAPED = re.compile(r"\\([=\\])")


def written(key: str, value: str) -> str:
    """The pair as text."""
    plain = key.replace("\\", "\\\\").replace("=", "\\=")
    return f"{plain}={value}"


def read(text: str) -> tuple[str, str] | None:
    """The pair in such a text, without the spaces around its parts; None if there is none."""
    found = _PAIR.fullmatch(text)
    key = _ESCAPED.sub(r"\1", found[1]).strip() if found else ""
    return (key, found[2].strip()) if found and key else None
