"""Master keys of the vault: make the first one, or a new one and have every stored key wrapped by it."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from providers.resolve import VaultError, ensure_master_key, make_master_key, rewrap_keys


class Command(BaseCommand):
    help = "Makes the master key of the API keys in the database, if there is none. Back it up apart from it."
    requires_system_checks = ()  # one of them asks for this very command

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--rotate",
            action="store_true",
            help="make a new one and wrap all stored keys by it; after a stop, run it with --rewrap",
        )
        parser.add_argument("--rewrap", action="store_true", help="wrap all stored keys by the one in force")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["rotate"]:
                self._rotate()
            else:
                self.stdout.write(f"Master key in force: {ensure_master_key()}")
            if options["rotate"] or options["rewrap"]:
                self.stdout.write(f"Stored keys wrapped anew: {rewrap_keys('command')}")
        except VaultError as error:
            raise CommandError(str(error)) from None

    def _rotate(self) -> None:
        if settings.APP_KEY_ID:
            raise CommandError(
                "APP_KEY_ID names the master key in force: add a new file, set APP_KEY_ID, use --rewrap."
            )
        self.stdout.write(f"New master key in force: {make_master_key()}")
        self.stdout.write("Keep the old file until backups that need it are gone.")
