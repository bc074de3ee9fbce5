"""Prints a one-time sign-in link."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from compare_site.accounts.links import absolute, create_sign_in_link
from compare_site.accounts.people import NoSuchPerson
from compare_site.management.site_command import SiteCommand


class Command(SiteCommand):
    help = "Prints a sign-in link that works once, for 15 minutes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--create", action="store_true", help="make a member of that name if there is none")
        parser.add_argument(
            "--administrator",
            action="store_true",
            help="whom --create makes is an administrator; others stay what they are",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            path = create_sign_in_link(
                options["user"], create=options["create"], administrator=options["administrator"]
            )
        except NoSuchPerson as error:
            raise CommandError(str(error)) from None
        self.stdout.write(absolute(path))
