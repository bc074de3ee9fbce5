"""``rotate_master_key`` as a process of its own on the database of a test, to be killed by it.

Arguments: name of the database, folder of the master keys.
"""

import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connections


def main() -> None:
    django.setup()
    connections.settings["default"]["NAME"] = sys.argv[1]
    settings.APP_KEYS_DIR = sys.argv[2]
    call_command("rotate_master_key", verbosity=2)


if __name__ == "__main__":
    main()
