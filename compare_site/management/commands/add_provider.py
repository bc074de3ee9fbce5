"""Adds a provider, or moves one to another address, from the command line. The same command again updates it."""

import sys
from argparse import ArgumentParser
from typing import Any, get_args

from django.core.management.base import CommandError

from compare_site.management.site_command import SiteCommand
from providers.contract.errors import SetupError
from providers.contract.secret import BadKey, Secret, clean_key
from providers.contract.spec import Protocol
from providers.resolve import NewProvider, NoHost, VaultError, ensure_master_key, set_up_provider

FAULTS = {
    "empty": "There is no key on standard input.",
    "space": "The key has white space in it.",
    "ascii": "The key has characters that are not printable ASCII.",
    "long": "The key is longer than 4096 characters.",
}


class Command(SiteCommand):
    help = (
        "Adds or updates a provider. A loopback or private URL is allowed, exactly with its host and port; "
        "another host than before removes the keys stored for the old one."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the name in front of its models, like my-server")
        parser.add_argument("--protocol", required=True, help=f"one of: {', '.join(get_args(Protocol))}")
        parser.add_argument("--base-url", required=True, help="like https://api.example.com/v1")
        parser.add_argument("--key-stdin", action="store_true", help="read the API key from standard input")
        parser.add_argument("--model", action="append", default=[], metavar="ID", help="a model id; can be repeated")

    def handle(self, *args: Any, **options: Any) -> None:
        known = get_args(Protocol)
        if options["protocol"] not in known:
            raise CommandError(f"Unknown protocol. Use one of: {', '.join(known)}")
        key = self._key() if options["key_stdin"] else None
        new = NewProvider(options["slug"], options["protocol"], options["base_url"], key, tuple(options["model"]))
        try:
            if key is not None:
                ensure_master_key()
            done = set_up_provider(new, "command")
        except (SetupError, VaultError, NoHost) as error:
            raise CommandError(str(error)) from None
        verb = "added" if done.created else "updated"
        self.stdout.write(f"{done.provider.slug} {verb}: {done.endpoint.protocol} at {done.endpoint.url}")
        if done.endpoint.allow_private:
            self.stdout.write(f"Private address allowed: {done.endpoint.host_port}")
        if done.wiped:
            self.stdout.write(f"The host has changed: stored keys wiped: {done.wiped}")
        if key is not None:
            self.stdout.write("The key is stored.")

    def _key(self) -> Secret:
        try:
            return clean_key(sys.stdin.read())
        except BadKey as error:
            raise CommandError(FAULTS[error.fault]) from None
