"""Bodies that lie about their length, over plain sockets: refused, and the server goes on."""

import json
import re
import socket
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest

from tests.security.live import Live

LIMIT = 2 * 1024 * 1024
SECONDS = 30


def talk(site: Live, request: bytes, body: bytes = b"", *, half_close: bool = False) -> tuple[int, bytes]:
    """Send bytes, read the answer to its end. 0 = the connection was closed without one."""
    parts = urlsplit(site.url)
    answer = b""
    with socket.create_connection((parts.hostname or "", parts.port or 80), timeout=SECONDS) as connection:
        with suppress(OSError):  # it may have been closed by now
            connection.sendall(request)
            for start in range(0, len(body), 65536):
                connection.sendall(body[start : start + 65536])
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while not _complete(answer) and (piece := connection.recv(65536)):
                answer += piece
    return (int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/") else 0), answer


def _complete(answer: bytes) -> bool:
    top, found, rest = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", top)
    return bool(found) and length is not None and len(rest) >= int(length[1])


def head(site: Live, *lines: str, path: str = "/api/v1/comparisons", token: bool = True) -> bytes:
    """A POST with these header lines."""
    first = [f"POST {path} HTTP/1.1", f"Host: {urlsplit(site.url).netloc}", "Content-Type: application/json"]
    who = [f"Authorization: Bearer {site.bearers['owner_token']}"] if token else []
    return "\r\n".join([*first, *who, "Connection: close", *lines, "", ""]).encode("latin-1")


def still_there(site: Live) -> None:
    assert httpx.get(f"{site.url}/healthz", timeout=SECONDS).status_code == 200


def memory(site: Live) -> int:
    return max(process.memory_info().rss for process in site.stack.processes("web"))


@pytest.mark.parametrize("token", [True, False])
@pytest.mark.parametrize("path", ["/api/v1/comparisons", "/accounts/sign-in/", "/admin/login/", "/nowhere/", "/s/x"])
def test_too_large_and_honest(site: Live, path: str, token: bool) -> None:
    body = b"x" * (LIMIT + 1)
    status, answer = talk(site, head(site, f"Content-Length: {len(body)}", path=path, token=token), body)
    assert status == 413, answer[:200]
    still_there(site)


def test_too_large_and_announced_only(site: Live) -> None:
    """Nobody has to send 10 GB to be refused."""
    status, _ = talk(site, head(site, f"Content-Length: {10 * 1024**3}"), b"x" * 1024, half_close=True)
    assert status in {413, 400, 0}
    still_there(site)


def test_chunked_without_any_length(site: Live) -> None:
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    before = memory(site)
    status, answer = talk(site, head(site, "Transfer-Encoding: chunked"), chunk * 40 + b"0\r\n\r\n")
    assert status == 413, answer[:200]
    status, _ = talk(site, head(site, "Transfer-Encoding: chunked"), chunk * 800 + b"0\r\n\r\n")
    assert status == 413
    assert memory(site) - before < 32 * 1024 * 1024
    still_there(site)


def test_chunked_and_within_the_limit(site: Live) -> None:
    """The control: the same way with a body that is right."""
    body = json.dumps({"prompt": "x" * 1000, "models": ["demo/fast"]}).encode()
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    status, answer = talk(site, head(site, "Transfer-Encoding: chunked"), chunked)
    assert status == 201, answer[:300]


def test_understated_length(site: Live) -> None:
    """What goes beyond the announced length is not part of the request, however much it is."""
    body = json.dumps({"prompt": "x", "models": []}).encode()
    status, answer = talk(site, head(site, f"Content-Length: {len(body)}"), body + b"y" * (3 * LIMIT))
    assert status in {422, 0}, answer[:200]
    still_there(site)


def test_overstated_length(site: Live) -> None:
    status, _ = talk(site, head(site, "Content-Length: 5000"), b'{"prompt": "x"}', half_close=True)
    assert status in {400, 0}
    still_there(site)


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: -1",),
        ("Content-Length: 1e9",),
        ("Content-Length: 0x10",),
        ("Content-Length: +5",),
        ("Content-Length: 5, 6",),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Transfer-Encoding: chunked", "Content-Length: 5"),
        ("Transfer-Encoding: xchunked",),
        ("Transfer-Encoding: chunked, identity",),
        ("Content-Length: 99999999999999999999999999",),
        ("Content-Length: \u00b2",),
        ("Content-Length: ",),
    ],
)
def test_lengths_that_are_none(site: Live, lines: tuple[str, ...]) -> None:
    """Two readings of one request are how requests are smuggled past a proxy."""
    body = b"0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    status, answer = talk(site, head(site, *lines), body, half_close=True)
    assert status in {0, 400, 411, 413, 422, 501}, answer[:200]
    assert answer.count(b"HTTP/1.1 200") == 0
    still_there(site)


@pytest.mark.parametrize(
    "request_line",
    [
        "GET / HTTP/1.1\r\nHost: {host}\r\nX: " + "a" * 70000,
        "GET /" + "a" * 70000 + " HTTP/1.1\r\nHost: {host}",
        "GET /?" + "a=1&" * 20000 + " HTTP/1.1\r\nHost: {host}",
        "GET / HTTP/1.1\r\nHost: {host}\r\n" + "A: b\r\n" * 2000 + "C: d",
        "GET / HTTP/9.9\r\nHost: {host}",
        "\x00\x01\x02",
        "GET / HTTP/1.1\r\nHost: {host}\r\nCookie: " + "a=b; " * 5000 + "z=1",
        "GET http://evil.example/ HTTP/1.1\r\nHost: evil.example",
        "CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example:443",
        "GET /%ff%fe HTTP/1.1\r\nHost: {host}",
        "GET /static/../compare_site/settings.py HTTP/1.1\r\nHost: {host}",
        "GET /static/%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: {host}",
        "GET /static/..%5c..%5cetc/passwd HTTP/1.1\r\nHost: {host}",
        "GET /static//etc/passwd HTTP/1.1\r\nHost: {host}",
    ],
)
def test_requests_that_are_none(site: Live, request_line: str) -> None:
    line = request_line.format(host=urlsplit(site.url).netloc)
    status, answer = talk(site, f"{line}\r\nConnection: close\r\n\r\n".encode("latin-1"), half_close=True)
    assert status < 500, answer[:200]
    assert status != 200
    assert b"SECRET_KEY" not in answer
    assert b"root:" not in answer
    still_there(site)


def test_deep_and_wide_json(site: Live) -> None:
    """Within the size limit, but made to cost: answered as wrong, quickly enough to go on."""
    bodies = [
        b"[" * 500_000,
        b'{"a":' * 200_000,
        b'{"prompt": "x", "models": ["demo/fast"], "extra_' + b"a" * 1_000_000 + b'": 1}',
        b'{"prompt": "x", "models": [' + b'"demo/fast",' * 100_000 + b'"demo/fast"]}',
        b'{"prompt": "x", "models": ["demo/fast"], "params": {"seed": ' + b"9" * 1_000_000 + b"}}",
        b'{"prompt": "\\ud800", "models": ["demo/fast"]}',
        b'{"prompt": "x\\u0000", "models": ["demo/\\u0000"]}',
        b'{"prompt": NaN, "models": Infinity}',
        b"\xef\xbb\xbf{}",
        b"\xff\xfe{\x00}\x00",
        b"",
        b"null",
        b'"x"',
    ]
    for body in bodies:
        status, answer = talk(site, head(site, f"Content-Length: {len(body)}"), body)
        replaced = b"\\ud800" in body or b"\\u0000" in body
        assert 400 <= status < 500 or (status == 201 and replaced), (body[:60], answer[:200])
    still_there(site)
    assert "Internal Server Error" not in site.stack.log
