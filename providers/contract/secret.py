"""A key in memory: it does not show itself in logs or errors, and only ``providers.credentials`` unwraps it.

``clean_key`` says whether a text can be a key at all; its errors name the reason and never the text.
"""

from typing import Literal, NoReturn

KEY_LIMIT = 4096
KeyFault = Literal["empty", "space", "ascii", "long"]


class BadKey(ValueError):
    """The text cannot be a key. ``fault`` says why; the text itself is in no field."""

    def __init__(self, fault: KeyFault) -> None:
        super().__init__(f"not usable as a key: {fault}")
        self.fault: KeyFault = fault


class Secret:
    """Wraps a credential. repr, str, format, copying, pickling and JSON never show it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The plain value, for the request being authorised and for nothing else."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return repr(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret is never pickled")

    def __getstate__(self) -> NoReturn:
        raise TypeError("a secret is never pickled")


def clean_key(text: str) -> Secret:
    """A key as somebody pasted it: outer white space goes, anything else that cannot stand in a header is refused."""
    key = text.strip()
    if not key:
        raise BadKey("empty")
    if len(key) > KEY_LIMIT:
        raise BadKey("long")
    if any(character.isspace() for character in key):
        raise BadKey("space")
    if not (key.isascii() and key.isprintable()):
        raise BadKey("ascii")
    return Secret(key)
