"""``manage.py worker``: drive runs, many at a time, in one process."""

import os
import socket
import sys
import warnings
from argparse import ArgumentParser
from typing import Any

from celery.platforms import SecurityWarning
from django.conf import settings
from django.core.management.base import BaseCommand

from compare_site import env
from compare_site.celery import app
from compare_site.processes.core_dumps import forbid_core_dumps
from compare_site.processes.lifeline import wait_for_go


class Command(BaseCommand):
    help = "Run a Celery worker that streams answers."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=settings.WORKER_CONCURRENCY)

    def handle(self, *args: Any, **options: Any) -> None:
        forbid_core_dumps()
        # Imported here and now: the first prompt should not wait for it.
        from compare_site.comparisons import runner  # noqa: F401

        # It would check the whole site once more, pages and all; `up` and the deployment have done that.
        os.environ["CELERY_SKIP_CHECKS"] = "1"
        # It warns root about pickled messages; only JSON is accepted here.
        warnings.simplefilter("ignore", SecurityWarning)
        wait_for_go()
        # Not worker_main: Celery's command line takes a tenth of a second to load.
        worker = app.Worker(
            pool_cls="threads",
            concurrency=options["concurrency"],
            hostname=f"worker-{os.getpid()}@{socket.gethostname()}",
            loglevel=env.text("LOG_LEVEL", "WARNING"),
            quiet=True,
            without_gossip=True,
            without_mingle=True,
            without_heartbeat=True,
        )
        worker.start()
        sys.exit(worker.exitcode)
