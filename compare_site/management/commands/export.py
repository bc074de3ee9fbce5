"""Writes a comparison to a file or to standard output."""

import sys
from argparse import ArgumentParser
from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from compare_site.comparisons.access import is_id
from compare_site.comparisons.models import Comparison
from compare_site.exports import source
from compare_site.exports.formats import KINDS
from compare_site.management.site_command import SiteCommand
from compare_site.management.terminal import harmless


class Command(SiteCommand):
    help = "Export a comparison: json (comes back in by import), md, csv or xlsx."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="the comparison: the last part of its address")
        parser.add_argument("--format", choices=tuple(KINDS), default="md")
        parser.add_argument("--out", help="the file to write; without it, standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        comparison = found(options["id"])
        kind = KINDS[options["format"]]
        if options["out"]:
            try:
                with Path(options["out"]).open("wb") as file:
                    kind.write(source.read(comparison), file)
            except OSError as error:
                raise CommandError(f"{options['out']} cannot be written: {error.strerror}") from None
            return
        if options["format"] == "xlsx" and sys.stdout.isatty():
            raise CommandError("A workbook is nothing for a terminal. Name a file: --out comparison.xlsx")
        if sys.stdout.isatty():
            shown = BytesIO()
            kind.write(source.read(comparison), shown)
            sys.stdout.write(harmless(shown.getvalue().decode("utf-8", "replace")))
        else:
            kind.write(source.read(comparison), sys.stdout.buffer)
        sys.stdout.flush()


def found(comparison_id: str) -> Comparison:
    """The comparison of that id. Whoever may run commands may read all of them."""
    comparison = (
        Comparison.objects.filter(pk=comparison_id, trashed_at__isnull=True).first() if is_id(comparison_id) else None
    )
    if comparison is None:
        raise CommandError(f"There is no comparison {comparison_id!r}.")
    return comparison
