"""Reading the environment; every helper fails loudly at a strange value.

Any variable may be given as ``<NAME>_FILE``, the path of a file that holds the value (container secrets).
"""

import os
from pathlib import Path


class BadSetting(Exception):
    """A variable has a value that cannot be used; the message names the variable and what is wanted."""


def text(name: str, default: str = "") -> str:
    """The value of ``name``, or the contents of the file that ``<name>_FILE`` points to."""
    path = os.environ.get(f"{name}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE points to a file that cannot be read: {error.strerror}") from None
    return os.environ.get(name, default)


def boolean(name: str, default: bool) -> bool:
    """1, true, yes, on / 0, false, no, off."""
    value = text(name).lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value == "":
        return default
    raise BadSetting(f"{name} must be true or false")


def integer(name: str, default: int, least: int = 0) -> int:
    """A whole number that is at least ``least``."""
    value = text(name)
    if value == "":
        return default
    try:
        number = int(value)
    except ValueError:
        raise BadSetting(f"{name} must be a whole number") from None
    if number < least:
        raise BadSetting(f"{name} must be at least {least}")
    return number


def items(name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Comma-separated words."""
    value = text(name)
    return tuple(part.strip() for part in value.split(",") if part.strip()) if value else default
