"""What processes load before they are ready: a library too much is paid for by everybody who waits for the start."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT

WEB = """
import sys
import compare_site.asgi
from django.urls import get_resolver
from compare_site.comparisons import sweeper
assert get_resolver().url_patterns
print(*(name for name in ("httpx", "aiohttp", "genai_prices", "jsonschema") if name in sys.modules))
"""
WORKER = """
import sys
import django
django.setup()
from celery.apps.worker import Worker
from compare_site.management.commands.worker import Command
def start(worker):
    assert (worker.pool_cls.__name__, worker.pool_cls.__module__) == ("TaskPool", "celery.concurrency.thread")
    assert worker.concurrency == 3
    worker.exitcode = 7
Worker.start = start
try:
    Command().handle(concurrency=3)
except SystemExit as end:
    assert end.code == 7
else:
    raise AssertionError("it did not end with the worker's code")
print(*(name for name in ("celery.bin", "prompt_toolkit", "compare_site.urls", "daphne") if name in sys.modules))
"""
UP = """
import sys
import django
django.setup()
from django.core.management import call_command
from compare_site.accounts import links
from compare_site.management.commands.up import Command
call_command("migrate", verbosity=0)
assert links.create_sign_in_link("admin", create=True, administrator=True).startswith("/accounts/link/")
print(*(name for name in ("compare_site.urls", "compare_site.api.batches", "httpx") if name in sys.modules))
"""


@pytest.mark.parametrize("script", [WEB, WORKER, UP], ids=["web", "worker", "up"])
def test_a_process_starts_without_what_it_does_not_need_yet(script: str, tmp_path: Path) -> None:
    environment = {"PATH": "", "DATA_DIR": str(tmp_path), "PYTHONPATH": str(ROOT), "DEBUG": "1"}
    environment["DJANGO_SETTINGS_MODULE"] = "compare_site.settings"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == []
