"""``manage.py web``: serve pages, API and sockets, and watch over the runs (the sweeper)."""

import gc
import socket
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.urls import get_resolver

from compare_site import env
from compare_site.processes.core_dumps import forbid_core_dumps
from compare_site.processes.lifeline import wait_for_go
from compare_site.processes.listener import PortTaken, listen


class Command(BaseCommand):
    help = "Serve the site with Daphne."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default=env.text("HOST", "127.0.0.1"))
        parser.add_argument("--port", type=int, default=env.integer("PORT", 8000))
        parser.add_argument("--fd", type=int, help="serve on this inherited listening socket")

    def handle(self, *args: Any, **options: Any) -> None:
        forbid_core_dumps()
        # Imported here: everything that a request needs is loaded before the first one comes.
        from compare_site.asgi import application
        from compare_site.body_limit import limit_of
        from compare_site.comparisons import sweeper
        from compare_site.processes.web_server import WebServer

        assert get_resolver().url_patterns
        if options["fd"] is not None:
            listener = socket.socket(fileno=options["fd"])
        else:
            try:
                listener = listen(options["host"], options["port"])
            except PortTaken as error:
                raise CommandError(str(error)) from None
        server = WebServer(
            application,
            listener,
            largest_body=limit_of,
            behind_proxy=settings.BEHIND_PROXY,
        )
        # What is loaded now stays: looking through all of it for garbage would hold up requests for 50 ms each time.
        gc.collect()
        gc.freeze()
        wait_for_go()
        sweeper.start()
        server.run()
