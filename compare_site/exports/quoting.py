"""Values as source code that means exactly them, whatever a person or a model wrote, and that shows nothing unseen."""

import json
import pprint
import re
import shlex
import unicodedata
from typing import Any

from django.utils.translation import gettext as _

LONG_BASE64 = re.compile(r"(?:data:[\w/+.-]+;base64,)?[A-Za-z0-9+/_-]{1500,}={0,2}")
SECRET = re.compile(r"api_?-?key|authorization|password|secret|credential|(?:^|_)token$", re.IGNORECASE)
SAFE_INTEGER = 2**53 - 1


def masked(value: Any, name: str = "") -> Any:
    """``value`` without long media and without what stands under the name of a secret."""
    if isinstance(value, str):
        if SECRET.search(name):
            return "***"
        if LONG_BASE64.fullmatch(value):
            return f"<{_('%d characters of a file, left out here') % len(value)}>"
        return value
    if isinstance(value, dict):
        return {key: masked(item, key) for key, item in value.items()}
    return [masked(item) for item in value] if isinstance(value, list) else value


def as_json(value: Any) -> str:
    """``value`` as JSON. What cannot be seen, or would change the order of what is seen, is escaped."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return "".join(letter if _is_plain(letter) else _escaped(letter) for letter in text)


def _is_plain(letter: str) -> bool:
    return letter in "\n " or unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[place] << 8 | units[place + 1]:04x}" for place in range(0, len(units), 2))


def as_python(value: Any) -> str:
    """A Python expression for ``value``."""
    return pprint.pformat(value, width=100, sort_dicts=False)


def as_javascript(value: Any) -> str:
    """A JavaScript expression for the body of a request; a string where an object would mean something else."""
    if _is_exact(value):
        return f"JSON.stringify({as_json(value)})"
    return as_json(json.dumps(value, ensure_ascii=False))


def _is_exact(value: Any) -> bool:
    """Whether JavaScript reads the same from an object literal."""
    if isinstance(value, dict):
        return "__proto__" not in value and all(map(_is_exact, value.values()))
    if isinstance(value, list):
        return all(map(_is_exact, value))
    return not isinstance(value, int) or abs(value) <= SAFE_INTEGER


def for_shell(text: str) -> str:
    """One word of a POSIX shell."""
    return shlex.quote(text)


def in_double_quotes(text: str) -> str:
    """``text`` inside double quotes of a POSIX shell, beside a variable."""
    return re.sub(r'([\\"$`!])', r"\\\1", text)
