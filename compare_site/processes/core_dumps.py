"""No image of the memory of a process that opens keys is left on a disk when it crashes."""

import sys


def forbid_core_dumps() -> None:
    """For this process and those it starts. Systems without such a limit are left as they are."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
