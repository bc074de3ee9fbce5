"""Prints a one-time link with which somebody chooses a name and a password."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from compare_site.accounts.invitations import DAYS, invite
from compare_site.accounts.links import absolute
from compare_site.accounts.models import Role
from compare_site.management.site_command import SiteCommand


class Command(SiteCommand):
    help = "Prints an invitation that works once: the person chooses a password, and a name if none is given."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", nargs="?", default="", help="a name to begin with; of a user: a new password")
        parser.add_argument("--role", choices=Role.values, default=Role.MEMBER.value)
        parser.add_argument("--days", type=int, default=DAYS, choices=range(1, 31), metavar="1-30")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            _, path = invite(options["user"], Role(options["role"]), days=options["days"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(absolute(path))
