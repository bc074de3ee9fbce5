"""When a provider asks to be left alone for a while: every place where it may say so, as seconds."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DURATION = re.compile(r"(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?")


def retry_after(headers: Mapping[str, str], body: bytes = b"", status: int = 429) -> float | None:
    """Seconds the provider asked us to wait, from whatever place it said so; None if it did not."""
    hints = (
        _number(headers.get("retry-after-ms"), 0.001),
        _number(headers.get("retry-after"), 1),
        _date(headers.get("retry-after")),
        _retry_info(body),
        _resets(headers) if status == 429 else None,
    )
    return next((hint for hint in hints if hint is not None), None)


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


def _retry_info(body: bytes) -> float | None:
    found = re.search(rb'"retryDelay"\s*:\s*"(\d{1,9}(?:\.\d+)?)s"', body)
    return float(found[1]) if found else None


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
    """A Go-style duration ("6m0s", "20ms") or an RFC 3339 time, as seconds from now."""
    match = DURATION.fullmatch(text.strip())
    if match and any(match.groups()):
        hours, minutes, seconds, milliseconds = (float(part or 0) for part in match.groups())
        return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000
    try:
        return _until(datetime.fromisoformat(text.strip()))
    except ValueError:
        return None
