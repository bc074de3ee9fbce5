"""Prints a new link that shows one comparison to whoever has it."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import CommandError
from django.urls import reverse
from django.utils import timezone

from compare_site.accounts.links import absolute
from compare_site.comparisons.actions import Refused
from compare_site.management.commands.export import found
from compare_site.management.site_command import SiteCommand
from compare_site.sharing.actions import ShareOptions, create_share

LONGEST_DAYS = 3650


class Command(SiteCommand):
    help = "Print a new share link of a comparison, alone on standard output. It is shown only this once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("id", help="the comparison: the last part of its address")
        parser.add_argument("--days", type=int, default=7, help="how long it works; 0: until it is revoked")

    def handle(self, *args: Any, **options: Any) -> None:
        comparison, days = found(options["id"]), options["days"]
        if not 0 <= days <= LONGEST_DAYS:
            raise CommandError(f"--days must be 0 to {LONGEST_DAYS}", returncode=2)
        expires = timezone.now() + timedelta(days=days) if days else None
        try:
            _share, token = create_share(comparison, comparison.owner_id, ShareOptions(expires_at=expires))
        except Refused as error:
            raise CommandError(error.message) from None
        self.stdout.write(absolute(reverse("share", args=[token])))
