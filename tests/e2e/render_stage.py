"""A page with nothing but the renderer, under the product's own policy; and one without any policy, as its control."""

import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from csp.utils import build_policy
from django.conf import settings

from compare_site.staticfiles import VENDOR_FILES, import_map, import_map_hash

ROOT = Path(__file__).resolve().parents[2]
STAGE_SCRIPT = Path(__file__).with_name("render_stage.js")
OWN_STYLES = ("tokens", "base", "controls", "answer", "code")
STYLES = ("vendor/temml/Temml-Local.css", *(f"css/{name}.css" for name in OWN_STYLES))
PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}"><head><meta charset="utf-8"><title>Stage</title>
{styles}<script type="importmap">{map}</script><script type="module" src="/stage.js"></script>
</head><body><main id="stage"></main></body></html>"""
CONTROL = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Control</title><body></body></html>"""


def policy() -> str:
    """The header as the site sends it."""
    return str(
        build_policy(config=settings.CONTENT_SECURITY_POLICY["DIRECTIVES"], update={"script-src": [import_map_hash()]})
    )


def stage_page(theme: str) -> str:
    styles = "".join(f'<link rel="stylesheet" href="/static/{name}">' for name in STYLES)
    return PAGE.format(theme=theme, styles=styles, map=import_map())


def _static(name: str) -> Path | None:
    """A file of ours or of node_modules, by the names the site gives them."""
    if name in VENDOR_FILES:
        return ROOT / "node_modules" / VENDOR_FILES[name]
    path = ROOT / "static" / name
    return path if path.resolve().is_relative_to(ROOT) and path.is_file() else None


def _script(name: str) -> Path | None:
    """A script of the tests, for the pages that measure."""
    path = (ROOT / name).resolve()
    return path if path.is_relative_to(ROOT / "tests") and path.suffix == ".js" and path.is_file() else None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/":
            self._answer(stage_page("dark" if "dark" in query else "light").encode(), "text/html", policy=policy())
        elif path in {"/control", "/blank"}:
            self._answer(CONTROL.encode(), "text/html")
        elif path == "/stage.js":
            self._answer(STAGE_SCRIPT.read_bytes(), "text/javascript")
        elif path.startswith("/tests/") and (file := _script(path.removeprefix("/"))):
            self._answer(file.read_bytes(), "text/javascript")
        elif path == "/favicon.ico":
            self._answer(b"", "image/x-icon")
        elif path.startswith("/static/") and (file := _static(path.removeprefix("/static/"))):
            self._answer(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream")
        else:
            self._answer(b"", "text/plain", status=404)

    def _answer(self, body: bytes, kind: str, *, policy: str = "", status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind)
        self.send_header("Content-Length", str(len(body)))
        if policy:
            self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet: the browser's own view of the requests is what counts."""


@contextmanager
def running_stage() -> Iterator[str]:
    """The address of the stage, for as long as it stands."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
