"""The access log: whoever reads it learns no token and no search."""

import io
from datetime import datetime

import pytest

from compare_site.access_log import AccessLog


def line(request: str, status: int = 200, *, full: bool = True) -> str:
    stream = io.StringIO()
    AccessLog(stream, full=full).write_entry("127.0.0.1:5", datetime(2026, 1, 2), request, status, 10)
    return stream.getvalue()


def test_a_request_is_one_line() -> None:
    assert line("GET /history/") == '127.0.0.1:5 - - [02/Jan/2026:00:00:00] "GET /history/" 200 10\n'


@pytest.mark.parametrize(
    "request_line",
    [
        "GET /s/t0ken-of-a-share",
        "GET /accounts/link/t0ken-of-a-link/",
        "WSCONNECT /s/t0ken-x/",
        "GET /history/?q=t0ken",
    ],
)
def test_no_token_and_no_query(request_line: str) -> None:
    assert "t0ken" not in line(request_line)
    assert line(request_line)


def test_usually_only_what_the_server_got_wrong_is_a_line() -> None:
    assert line("GET /history/", full=False) == ""
    assert line("WSCONNECT /ws/comparisons/1/", full=False) == ""
    assert line("POST /api/v1/comparisons", 422, full=False) == ""
    assert '"GET /history/" 500' in line("GET /history/", 500, full=False)


@pytest.mark.parametrize("path", ["/static/js/main.js", "/healthz", "/readyz"])
def test_what_nobody_asks_about_is_left_out(path: str) -> None:
    assert line(f"GET {path}") == ""
