"""``manage.py up``: the whole site with one command; Valkey, worker and web server as supervised children."""

import fcntl
import http.client
import os
import shutil
import sys
from argparse import ArgumentParser
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from compare_site import env, valkey
from compare_site.accounts import links
from compare_site.management.commands.prepare import prepare
from compare_site.processes import embedded_valkey
from compare_site.processes.child import Spec
from compare_site.processes.listener import PortTaken, listen
from compare_site.processes.supervisor import GaveUp, Supervisor

READY_SECONDS = 60


class Command(BaseCommand):
    help = "Start everything and keep it running. Ctrl-C stops it in order."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        port = env.integer("PORT", links.DEFAULT_PORT, most=env.HIGHEST_PORT)
        parser.add_argument("--port", type=int, default=port, help="0: any")
        parser.add_argument("--data-dir", help="where everything is kept (manage.py has read it already)")
        parser.add_argument("--workers", type=int, default=1, help="worker processes, for machines with many cores")

    def handle(self, *args: Any, **options: Any) -> None:
        # Database, socket and logs are nobody else's business, whatever the rights of the folder.
        os.umask(0o077)
        try:
            with ExitStack() as stack:
                self._run(stack, options)
        except (PortTaken, GaveUp) as error:
            raise CommandError(str(error)) from None

    def _run(self, stack: ExitStack, options: dict[str, Any]) -> None:
        self._claim_data_folder(stack)
        host = env.text("HOST", "127.0.0.1")
        if not 0 <= options["port"] <= env.HIGHEST_PORT:
            # The system would cut it down to some other port.
            raise CommandError(f"--port must be at most {env.HIGHEST_PORT}")
        listener = stack.enter_context(listen(host, options["port"]))
        port = listener.getsockname()[1]
        os.environ["PORT"] = str(port)
        links.write_address()
        stack.callback(links.remove_address)
        supervisor = stack.enter_context(Supervisor())
        self._start_valkey(stack, supervisor)
        for number in range(options["workers"]):
            name = "worker" if number == 0 else f"worker {number + 1}"
            supervisor.start(Spec(name=name, command=_manage("worker"), grace=10))
        web = Spec(
            name="web", command=_manage("web", f"--fd={listener.fileno()}"), grace=5, descriptors=(listener.fileno(),)
        )
        supervisor.start(web)
        prepare()
        supervisor.go()
        self._announce(supervisor, host, port)
        supervisor.wait()
        self.stdout.write("Stopping.")
        self.stdout.flush()

    def _claim_data_folder(self, stack: ExitStack) -> None:
        """One ``up`` a folder: two would share the socket and the database file, and stop each other's Valkey."""
        lock = stack.enter_context((settings.DATA_DIR / "up.lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            message = f"Touchstone is running on {settings.DATA_DIR} already. Stop it, or choose another DATA_DIR."
            raise CommandError(message) from None

    def _start_valkey(self, stack: ExitStack, supervisor: Supervisor) -> None:
        if env.text("REDIS_URL"):
            try:
                valkey.sync_client().ping()
            except valkey.RedisError:
                raise CommandError("REDIS_URL is set, but no Valkey or Redis answers there.") from None
            return
        folder = embedded_valkey.socket_folder(settings.DATA_DIR / "run")
        if folder.parent != settings.DATA_DIR:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        settings.REDIS_URL = os.environ["REDIS_URL"] = f"unix://{folder / 'valkey.sock'}"
        supervisor.start(embedded_valkey.spec(folder))

    def _announce(self, supervisor: Supervisor, host: str, port: int) -> None:
        """The address and a sign-in link, once the site answers."""
        reachable = "127.0.0.1" if host in {"0.0.0.0", "127.0.0.1"} else host  # noqa: S104 - only compared
        probe = http.client.HTTPConnection(reachable, port, timeout=READY_SECONDS)
        probe.request("GET", "/healthz")
        answered = supervisor.wait([probe.sock.fileno()], READY_SECONDS)
        probe.close()
        if supervisor.is_stopping:
            return
        if not answered:
            raise CommandError(f"The site did not answer within {READY_SECONDS} seconds.")
        link = links.absolute(links.create_sign_in_link("admin", create=True, administrator=True))
        self.stdout.write(f"Touchstone is running at {links.absolute('/')}")
        self.stdout.write(f"Sign in as admin (once, within 15 minutes): {link}")
        self.stdout.write("Ctrl-C stops it.")
        self.stdout.flush()


def _manage(*arguments: str) -> list[str]:
    return [sys.executable, str(Path(settings.BASE_DIR, "manage.py")), *arguments]
