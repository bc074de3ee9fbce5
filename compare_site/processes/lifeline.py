"""A pipe from the supervisor to each child: one byte says "go", its end says that the supervisor is gone.

Linux could tell of the parent's death by itself, other systems cannot; the pipe works everywhere.
"""

import os
import threading
from contextlib import suppress

VARIABLE = "SUPERVISOR_LIFELINE"
GO = b"g"


class Lifeline:
    """The supervisor's end."""

    def __init__(self) -> None:
        self.child_end, self._own_end = os.pipe()
        self._gone = False

    def go(self) -> None:
        """What the child needs is there (the database's tables, for one)."""
        if not self._gone:
            self._gone = True
            # A child that has died already is noticed by the supervisor.
            with suppress(BrokenPipeError):
                os.write(self._own_end, GO)

    def forget_child_end(self) -> None:
        """After the child was started: it holds its end now."""
        os.close(self.child_end)

    def close(self) -> None:
        """The child has ended."""
        os.close(self._own_end)


def wait_for_go() -> None:
    """In a child: wait for the supervisor's go, then end at once when the supervisor ends. Without one: go on."""
    name = os.environ.pop(VARIABLE, "")
    if not name:
        return
    end = int(name)
    if os.read(end, 1) != GO:
        os._exit(1)
    threading.Thread(target=_end_with, args=(end,), name="lifeline", daemon=True).start()


def _end_with(end: int) -> None:
    os.read(end, 1)
    # Not sys.exit: whatever this process is doing, a later start must not meet it. Leases and fences clean up.
    os._exit(1)
