"""How long a provider asks to be left alone, in all the places where it may say so."""

import email.utils
import time
from datetime import UTC, datetime, timedelta

import pytest

from providers.dialects.retry_hints import retry_after


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "20"}, 20),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}, 360),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "1h2m3.5s"}, 3723.5),
        ({"x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "6m0s"}, None),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "whenever"}, None),
        ({}, None),
    ],
)
def test_headers(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers) == (None if seconds is None else pytest.approx(seconds))


def test_dates() -> None:
    said = email.utils.formatdate(time.time() + 100, usegmt=True)

    assert retry_after({"retry-after": said}) == pytest.approx(100, abs=5)


def test_times_of_anthropic() -> None:
    reset = (datetime.now(UTC) + timedelta(seconds=90)).isoformat()
    headers = {"anthropic-ratelimit-requests-remaining": "0", "anthropic-ratelimit-requests-reset": reset}

    assert retry_after(headers) == pytest.approx(90, abs=5)


def test_google_says_it_in_the_body() -> None:
    assert retry_after({}, b'{"details": [{"@type": "RetryInfo", "retryDelay": "34.5s"}]}') == 34.5


def test_resets_count_only_when_a_limit_was_met() -> None:
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}

    assert retry_after(headers, status=500) is None
