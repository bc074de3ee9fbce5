"""When a provider asks to be left alone for a while: every place where it may say so, as seconds."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")
FIELD = re.compile(
    r'"(?:retry[-_ ]?(?:after|delay|in)[-_ ]?(ms|milliseconds|s|sec|seconds)?|estimated_time)"'
    r'\s*:\s*"?(\d[\d.hms]{0,20})(?![\w.])',
    re.IGNORECASE,
)
"""In a body: a number of seconds (milliseconds where the name says so), or a duration."""
WORDS = re.compile(
    r"(?:try again|retry|wait)(?:ing)?(?: your request)?(?: after| in| for)?(?: about| at least)? (?:"
    r"((?:\d+[hm](?!s)){0,2}(?:\d+(?:\.\d+)?m?s|\d+[hm](?!\w)))|"
    r"(\d{1,6}(?:\.\d+)?) ?(milliseconds?|seconds?|secs?|minutes?|hours?))(?!\w)",
    re.IGNORECASE,
)
UNITS = {"milli": 0.001, "sec": 1, "minute": 60, "hour": 3600}
EPOCH = 1_000_000_000
"""From here on a number is a moment: seconds since 1970, or milliseconds if it has 13 digits."""
LONGEST_BODY = 20_000
WAITING = frozenset({408, 409, 425, 429, 498, 500, 502, 503, 504, 529})
"""Statuses after which one may come again: of another error, its words say something else."""


def retry_after(headers: Mapping[str, str], body: bytes = b"", status: int = 429) -> float | None:
    """Seconds the provider asked us to wait, from whatever place it said so; None if it did not."""
    said = headers.get("retry-after")
    hints = (
        _number(headers.get("retry-after-ms"), 0.001),
        _number(headers.get("x-ms-retry-after-ms"), 0.001),
        _number(said, 1),
        _date(said),
        _duration(said or ""),
        said_in(body[:LONGEST_BODY].decode("utf-8", "replace")) if status in WAITING else None,
        _resets(headers) if status == 429 else None,
    )
    return next((hint for hint in hints if hint is not None), None)


def said_in(text: str) -> float | None:
    """Seconds that an error body asks for, in a field of its own or in the words of its message."""
    field = FIELD.search(text)
    if field:
        unit = 0.001 if (field[1] or "").lower().startswith("m") else 1
        hint = _number(field[2], unit)
        return _duration(field[2]) if hint is None else hint
    words = WORDS.search(text)
    if words is None:
        return None
    if words[1]:
        return _duration(words[1].lower())
    return float(words[2]) * next(unit for name, unit in UNITS.items() if words[3].lower().startswith(name))


def _number(text: str | None, unit: float) -> float | None:
    if not text or not re.fullmatch(r"\d{1,12}(\.\d+)?", text.strip()):
        return None
    return float(text) * unit


def _date(text: str | None) -> float | None:
    if not text or not text[:1].isalpha():
        return None
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return _until(when)


def _until(when: datetime) -> float:
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _resets(headers: Mapping[str, str]) -> float | None:
    """The longest wait among the exhausted buckets of ``x-ratelimit-*`` or ``anthropic-ratelimit-*`` headers."""
    waits: list[float] = []
    for name, value in headers.items():
        if "ratelimit" not in name or "-reset" not in name:
            continue
        left = headers.get(name.replace("-reset", "-remaining"))
        wait = _moment(value) if left is not None and _number(left, 1) == 0 else None
        if wait is not None:
            waits.append(wait)
    return max(waits, default=None)


def _moment(text: str) -> float | None:
    """A duration, a number of seconds, a moment as a number or an RFC 3339 time: as seconds from now."""
    text = text.strip()
    number = _number(text[:-3] if re.fullmatch(r"\d{13}", text) else text, 1)
    if number is not None:
        return number if number < EPOCH else _until(datetime.fromtimestamp(min(number, EPOCH * 100), UTC))
    duration = _duration(text)
    if duration is not None:
        return duration
    try:
        return _until(datetime.fromisoformat(text))
    except ValueError:
        return None


def _duration(text: str) -> float | None:
    """As Go writes it: "6m0s", "20ms"."""
    match = DURATION.fullmatch(text.strip())
    if match is None or not any(match.groups()):
        return None
    hours, minutes, seconds, milliseconds = (float(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
