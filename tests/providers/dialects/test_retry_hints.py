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
        ({"retry-after": "1m30s"}, 90),
        ({"retry-after": "30s"}, 30),
        ({"x-ms-retry-after-ms": "1500", "retry-after": "2"}, 1.5),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "12"}, 12),
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


@pytest.mark.parametrize("factor", [1, 1000])
def test_moments_as_numbers(factor: int) -> None:
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int((time.time() + 100) * factor))}

    assert retry_after(headers) == pytest.approx(100, abs=5)


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (b'{"details": [{"@type": "RetryInfo", "retryDelay": "34.5s"}]}', 34.5),
        (b'{"error": {"message": "slow down", "retry_after": 7}}', 7),
        (b'{"error": {"retry_after_ms": 1500, "message": "x"}}', 1.5),
        (b'{"detail": "later", "retryAfter": "1m30s"}', 90),
        (b'{"error": "Model m is currently loading", "estimated_time": 20.0}', 20),
        (b'{"error": {"message": "Rate limit reached. Please try again in 7.66s. Need more tokens?"}}', 7.66),
        (b'{"error": {"message": "Please try again in 1m30.5s."}}', 90.5),
        (b'{"error": {"message": "Please try again in 120ms."}}', 0.12),
        (b'{"error": {"message": "Please retry after 24 seconds."}}', 24),
        (b'{"message": "Wait 2 minutes, please"}', 120),
        (
            b'{"error": {"message": "Requests to this model may be retried; see our plans for 20 seconds of audio."}}',
            None,
        ),
        (b'{"error": {"message": "try again in a while", "retry_after": null}}', None),
        (b'{"retry_after": 99999999999999999999999}', None),
        (b"\xff\xfe", None),
    ],
)
def test_bodies(body: bytes, seconds: float | None) -> None:
    assert retry_after({}, body) == (None if seconds is None else pytest.approx(seconds))


def test_a_body_counts_only_where_waiting_helps() -> None:
    assert retry_after({}, b'{"message": "max 3 tries: try again in 5 seconds"}', status=400) is None


def test_resets_count_only_when_a_limit_was_met() -> None:
    headers = {"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"}

    assert retry_after(headers, status=500) is None
