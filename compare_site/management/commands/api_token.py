"""Makes a new API token and prints it, alone, on stdout."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from compare_site.accounts.people import NoSuchPerson, person
from compare_site.accounts.tokens import create_api_token
from compare_site.management.site_command import SiteCommand


class Command(SiteCommand):
    help = "Prints a new API token of a user. It is shown this once; the admin can revoke it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--create", action="store_true", help="make a member of that name if there is none")
        parser.add_argument("--label", default="", help="what the token is for; the admin shows it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            user = person(options["user"], create=options["create"])
        except NoSuchPerson as error:
            raise CommandError(str(error)) from None
        _, token = create_api_token(user, options["label"][:100])
        self.stdout.write(token)
