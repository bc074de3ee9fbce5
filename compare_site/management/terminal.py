"""Text of others in a terminal: nothing in it may move the cursor, change a colour, a title or the order of letters."""

import unicodedata

KEPT = frozenset("\n\t\u200c\u200d\ufe0e\ufe0f")
"""New lines, and what joins letters and emoji."""


def harmless(text: str) -> str:
    """``text`` with its control characters made visible."""
    text = text.replace("\r\n", "\n")
    if text.isascii() and text.isprintable():
        return text
    return "".join(letter if _is_plain(letter) else _shown(letter) for letter in text)


def _is_plain(letter: str) -> bool:
    return letter in KEPT or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _shown(letter: str) -> str:
    code = ord(letter)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"
