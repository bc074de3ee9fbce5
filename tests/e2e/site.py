"""The running site for tests that give it many commands: one process of it carries them out, one after the other."""

from typing import Any, Self

from tests.security.live import Operator
from tests.stack import Stack

CALL = """
import contextlib, io
from django.core.management import call_command
out = io.StringIO()
with contextlib.redirect_stdout(out):
    call_command(*{arguments!r}, stdout=out)
said = out.getvalue()
"""
LIVING = ("comparisons_workerlease", "comparisons_sweeplock")
"""What the processes write that go on running: an old lease would say that the worker has gone."""
KEEP = f"from tests import emptied; emptied.kept = emptied.Kept({LIVING!r})"
RESTORE = "from tests import emptied; emptied.kept.restore()"


class Site(Stack):
    """The same site as ``stack``, which starts and stops it."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack.folder)
        self.url = stack.url
        self._operator: Operator | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        if self._operator is not None:
            self._operator.__exit__()

    @property
    def operator(self) -> Operator:
        """The process that is told."""
        self._operator = self._operator or Operator(self)
        return self._operator

    def keep(self) -> None:
        """This is how ``restore`` makes it again: what one file of tests leaves is no trouble to the next."""
        self.operator.run(KEEP)

    def restore(self) -> None:
        self.operator.run(RESTORE)

    def manage(self, *arguments: str, text: str | None = None) -> str:
        """What a management command printed."""
        if text is not None:
            return super().manage(*arguments, text=text)
        return str(self.operator.run(CALL.format(arguments=arguments)))
