"""What a web server loads before it can answer: a library too much is paid for by everybody who waits for the start."""

import subprocess
import sys
from pathlib import Path

from tests.stack import ROOT

LOADED = """
import sys
import compare_site.asgi
from django.urls import get_resolver
from compare_site.comparisons import sweeper
assert get_resolver().url_patterns
print(*(name for name in ("httpx", "aiohttp", "genai_prices", "jsonschema") if name in sys.modules))
"""


def test_a_web_server_starts_without_what_only_some_requests_need(tmp_path: Path) -> None:
    environment = {"PATH": "", "DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT), "DEBUG": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", LOADED], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
