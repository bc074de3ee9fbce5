"""Reading the environment; every helper fails loudly at a strange value.

Any variable may be given as ``<NAME>_FILE``, the path of a file that holds the value (container secrets).
"""

import os
import re
from pathlib import Path

WEB_ADDRESS = re.compile(r"https?://([a-z0-9_.-]+|\[[0-9a-f:]+\])(:[0-9]{1,5})?", re.IGNORECASE)
DEFAULT_PORTS = {"http": ":80", "https": ":443"}
HIGHEST_PORT = 65535


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


def integer(name: str, default: int, least: int = 0, most: int | None = None) -> int:
    """A whole number that is at least ``least`` and at most ``most``."""
    value = text(name)
    if value == "":
        return default
    try:
        number = int(value)
    except ValueError:
        raise BadSetting(f"{name} must be a whole number") from None
    if number < least:
        raise BadSetting(f"{name} must be at least {least}")
    if most is not None and number > most:
        raise BadSetting(f"{name} must be at most {most}")
    return number


def web_address(name: str) -> str:
    """An address without a path, as browsers write it in Origin; empty if it is not set."""
    value = text(name).strip().rstrip("/")
    if value and not WEB_ADDRESS.fullmatch(value):
        raise BadSetting(f"{name} must be like https://compare.example.org or http://10.0.0.5:8642, without a path")
    scheme, _, authority = value.lower().partition("://")
    return value and f"{scheme}://{authority.removesuffix(DEFAULT_PORTS.get(scheme, ''))}"


def items(name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Comma-separated words."""
    value = text(name)
    return tuple(part.strip() for part in value.split(",") if part.strip()) if value else default
