"""A new master key for all stored credentials, while the site runs; can be killed at any moment and run again."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from compare_site.management.site_command import SiteCommand
from providers.resolve import (
    VaultError,
    encrypt_anew,
    is_unfinished,
    key_id_in_force,
    make_master_key,
    master_keys_in_use,
)

EVERY = 50


class Command(SiteCommand):
    help = (
        "Makes a new master key and encrypts every stored credential under it, one at a time, while the site runs. "
        "After a stop it goes on where it was. Several machines: give each the new file before (see SECURITY.md)."
    )
    requires_system_checks = ()  # one of them wants every master key that is needed, and this says which is missing

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["dry_run"]:
                self._tell()
            else:
                self._rotate(verbose=options["verbosity"] > 1)
        except VaultError as error:
            raise CommandError(str(error)) from None

    def _tell(self) -> None:
        used, current = master_keys_in_use(), key_id_in_force()
        for key_id, count in sorted(used.items()):
            self.stdout.write(f"{count} under {key_id}{' (in force)' if key_id == current else ''}")
        left = sum(count for key_id, count in used.items() if key_id != current)
        if left or is_unfinished():
            self.stdout.write(f"Would go on: {left} would be encrypted under {current}. Nothing was changed.")
        elif settings.APP_KEY_ID:
            self.stdout.write(f"Nothing to do: APP_KEY_ID names {current}. Nothing was changed.")
        else:
            count = sum(used.values())
            self.stdout.write(f"Would make a new master key and encrypt {count} under it. Nothing was changed.")

    def _rotate(self, *, verbose: bool) -> None:
        current, used = key_id_in_force(), master_keys_in_use()
        if set(used) - {current} or is_unfinished():
            self.stdout.write(f"Going on under the master key in force: {current}")
        elif settings.APP_KEY_ID:
            raise CommandError(
                f"APP_KEY_ID names the master key {current}, and everything is under it. Add a new one (a file in "
                "APP_KEYS_DIR or a variable), name it by APP_KEY_ID everywhere, restart, and run this again."
            )
        else:
            self.stdout.write(f"New master key in force: {make_master_key()}")
        self.stdout.flush()

        def told(done: int, total: int) -> None:
            if verbose or done % EVERY == 0 or done == total:
                self.stdout.write(f"{done} of {total}")
                self.stdout.flush()

        done = encrypt_anew("command", told)
        self._end(done.master_key, done.changed, done.failed)

    def _end(self, current: str, changed: int, failed: dict[str, str]) -> None:
        self.stdout.write(f"{changed} encrypted anew; the master key in force is {current}.")
        if failed:
            for name, why in failed.items():
                self.stderr.write(f"{name}: {why}")
            raise CommandError(f"{len(failed)} could not be opened and are as they were. The others are done.")
        self.stdout.write("No stored credential needs an older one. Keep those for as long as you keep older backups.")
