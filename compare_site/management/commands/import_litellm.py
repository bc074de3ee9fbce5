"""Takes over the configuration of a LiteLLM proxy: providers, keys, groups. The same file again changes nothing."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from compare_site.management.site_command import SiteCommand
from providers.contract.errors import SetupError
from providers.contract.secret import Secret
from providers.resolve import ImportChoices, VaultError, import_litellm

MOST_BYTES = 256 * 1024


class Command(SiteCommand):
    help = (
        "Imports model_list, fallbacks and router settings of a LiteLLM proxy. Keys written os.environ/NAME are read "
        "from the environment of this command, and files that vertex_credentials names from this machine. No key is "
        "shown."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the config.yaml of the proxy")
        parser.add_argument("--dry-run", action="store_true", help="only tell what would happen")
        parser.add_argument(
            "--allow-private", action="store_true", help="private addresses in the file are wanted, each with its port"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        choices = ImportChoices(
            variable=_variable,
            read_file=_read_file,
            allow_private=options["allow_private"],
            dry_run=options["dry_run"],
        )
        try:
            report = import_litellm(_bytes(options["file"]), choices, "command")
        except (SetupError, VaultError) as error:
            raise CommandError(str(error)) from None
        for line in report.lines:
            self.stdout.write(f"{line.status:<10} {line.where}: {line.what}".rstrip(": "))
        counts = ", ".join(f"{count} {status}" for status, count in sorted(report.counts.items()))
        self.stdout.write(f"Only tried, nothing was changed: {counts}" if options["dry_run"] else f"Done: {counts}")


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CommandError(f"The file cannot be read: {error.strerror}.") from None


def _variable(name: str, _slug: str) -> Secret | None:
    """Whoever runs a command on this machine may see its environment."""
    value = os.environ.get(name)
    return Secret(value) if value else None


def _read_file(path: str) -> str | None:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError, ValueError):
        return None
