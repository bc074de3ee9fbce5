"""``rotate_master_key`` as a process of its own on the database of a test, to be killed by it.

Arguments: name of the database, folder of the master keys. For every line that it tells it takes one from its input,
so that it is never far ahead of who reads; where its input ends, nothing holds it.
"""

import sys
from typing import TextIO

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections


class Held:
    """What is written is told at once; each line waits to be allowed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Told, then held."""
        written = self._stream.write(text)
        self._stream.flush()
        for _ in range(text.count("\n")):
            sys.stdin.readline()
        return written

    def flush(self) -> None:
        """That was done."""


def main() -> None:
    django.setup()
    connections.settings["default"]["NAME"] = sys.argv[1]
    settings.APP_KEYS_DIR = sys.argv[2]
    call_command("rotate_master_key", verbosity=2, stdout=Held(sys.stdout))


if __name__ == "__main__":
    main()
