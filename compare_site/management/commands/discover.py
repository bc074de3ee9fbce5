"""Looks for model servers on this machine, and adds those that are named."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from compare_site.management.site_command import SiteCommand
from compare_site.management.terminal import harmless
from providers.contract.errors import SetupError
from providers.resolve import Found, add_found, look_for_servers

MOST_SHOWN = 8


class Command(SiteCommand):
    help = (
        "Asks this machine (DISCOVERY_HOSTS) on the usual ports of Ollama, llama.cpp, vLLM, LM Studio, Xinference, "
        "TGI, NIM and LiteLLM what is there. Adds nothing unless told so."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--add", action="append", default=[], metavar="HOST:PORT", help="add what is found there; can be repeated"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for place in options["add"]:
            try:
                provider, count = add_found(place, "command")
            except SetupError as error:
                raise CommandError(error.message) from None
            self.stdout.write(f"{provider.slug}: {count} models added. Address allowed: {place}")
        if options["add"]:
            return
        found = look_for_servers("command")
        for server in found:
            self.stdout.write(" ".join(harmless(_line(server)).split("\n")))
        if not found:
            self.stdout.write("No model server was found. Does it run, and listen where this machine can reach it?")


def _line(server: Found) -> str:
    shown = ", ".join(server.models[:MOST_SHOWN])
    more = f" and {len(server.models) - MOST_SHOWN} more" if len(server.models) > MOST_SHOWN else ""
    models = "asks for a key" if server.locked and not server.models else f"{shown}{more}" or "no models"
    state = f"here as {server.provider}" if server.provider else f"add it with: --add {server.place}"
    return f"{server.place}  {server.name} {server.version}".rstrip() + f"  {models}  ({state})"
