"""The access log: one line a request, without tokens, query strings and static files.

Usually only of what the server itself got wrong: the address and the sign-in link stay in sight on the terminal.
"""

from datetime import datetime
from typing import Any, TextIO

from daphne.access import AccessLogGenerator

from compare_site.log_scrub import scrub

_QUIET = ("/static/", "/healthz", "/readyz")
_OUR_FAULT = 500


class AccessLog(AccessLogGenerator):
    """Daphne's log of what it served; of everything where ``full``."""

    def __init__(self, stream: TextIO, *, full: bool) -> None:
        super().__init__(stream)
        self.full = full

    def write_entry(
        self, host: Any, date: datetime, request: str, status: int | None = None, *args: Any, **more: Any
    ) -> None:
        """``request`` is the method and the path, or a socket event and the path."""
        what, _, path = request.partition(" ")
        if (self.full or (status or 0) >= _OUR_FAULT) and not path.startswith(_QUIET):
            super().write_entry(host, date, f"{what} {scrub(path.partition('?')[0])}", status, *args, **more)
            self.stream.flush()
