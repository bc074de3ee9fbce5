"""Log lines without secrets: whoever reads a log must not be able to sign in, open a share or use a key with it."""

import logging
import re
from datetime import datetime
from typing import Any, TextIO

from daphne.access import AccessLogGenerator

MASK = "***"
_TOKENS_IN_PATHS = re.compile(r"(/s/|/accounts/link/)[^/\s\"'?<>]+")
_KEY_SHAPES = re.compile(
    r"(?i:\bbearer\s+)[\w.~+/=-]{8,}"
    r"|\b(?:sk-|gsk_|xai-|hf_|nvapi-|pplx-|r8_|fw_|csk-|key-|tgp_v1_)[\w-]{12,}"
    r"|\bAIza[\w-]{20,}|\bAKIA[0-9A-Z]{16}\b"
)
_QUIET = ("/static/", "/healthz", "/readyz")


def scrub(text: str) -> str:
    """``text`` without tokens in addresses and without anything that has the shape of a key."""
    return _KEY_SHAPES.sub(MASK, _TOKENS_IN_PATHS.sub(rf"\g<1>{MASK}", text))


class ScrubbingFormatter(logging.Formatter):
    """Scrubs the finished line, tracebacks included, because a filter would see its parts only."""

    def format(self, record: logging.LogRecord) -> str:
        return scrub(super().format(record))


class AccessLog(AccessLogGenerator):  # type: ignore[misc]
    """One line a request to a page, the API or a socket: no tokens, no query strings, no static files."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)

    def write_entry(self, host: Any, date: datetime, request: str, *args: Any, **more: Any) -> None:
        method, _, path = request.partition(" ")
        if not path.startswith(_QUIET):
            super().write_entry(host, date, f"{method} {scrub(path.partition('?')[0])}", *args, **more)
            self.stream.flush()
