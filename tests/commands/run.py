"""Running a management command as it is typed."""

import io

from django.core.management import call_command


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command(*arguments, stdout=output, stderr=output)
    return output.getvalue()
