"""The access log: one line a request, without tokens, query strings and static files."""

from datetime import datetime
from typing import Any, TextIO

from daphne.access import AccessLogGenerator

from compare_site.log_scrub import scrub

_QUIET = ("/static/", "/healthz", "/readyz")


class AccessLog(AccessLogGenerator):
    """Daphne's log of what it served."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)

    def write_entry(self, host: Any, date: datetime, request: str, *args: Any, **more: Any) -> None:
        """``request`` is the method and the path, or a socket event and the path."""
        what, _, path = request.partition(" ")
        if not path.startswith(_QUIET):
            super().write_entry(host, date, f"{what} {scrub(path.partition('?')[0])}", *args, **more)
            self.stream.flush()
