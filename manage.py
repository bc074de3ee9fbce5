#!/usr/bin/env python
"""Django's command line. ``--data-dir D`` is read before the settings, which depend on it."""

import os
import sys


def main(arguments: list[str]) -> None:
    """Run the command; a setting that cannot be used is one sentence, not a traceback."""
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--data-dir":
            os.environ["DATA_DIR"] = value or "".join(arguments[index + 1 : index + 2])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compare_site.settings")
    from django.core.management import execute_from_command_line

    from compare_site.env import BadSetting

    try:
        execute_from_command_line(arguments)
    except BadSetting as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main(sys.argv)
