#!/usr/bin/env python
"""Django's command line. ``--data-dir D`` is read before the settings, which depend on it."""

import gc
import os
import sys


def main(arguments: list[str]) -> None:
    """Run the command; a setting that cannot be used is one sentence, not a traceback."""
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--data-dir":
            os.environ["DATA_DIR"] = value or "".join(arguments[index + 1 : index + 2])
    # Hundreds of thousands of objects are made at the start and stay: looking for garbage among them takes long.
    gc.set_threshold(20_000, 20, 50)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compare_site.settings")
    from django.core.management import execute_from_command_line

    from compare_site.env import BadSetting

    try:
        execute_from_command_line(arguments)
        sys.stdout.flush()
    except BadSetting as error:
        sys.exit(f"{error}")
    except BrokenPipeError:
        # Whoever read what we print has seen enough (`| head`): as for any program that SIGPIPE ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(128 + 13)


if __name__ == "__main__":
    main(sys.argv)
