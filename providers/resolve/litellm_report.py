"""What an import did, line by line. Whatever is written into it, no secret of the file stands in it."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal, NamedTuple

from django.utils.translation import pgettext_lazy

from providers.contract.secret import Secret

Status = Literal["imported", "changed", "unchanged", "skipped"]
WORDS = {
    "imported": pgettext_lazy("import", "imported"),
    "changed": pgettext_lazy("import", "changed"),
    "unchanged": pgettext_lazy("import", "unchanged"),
    "skipped": pgettext_lazy("import", "skipped"),
}
SHORTEST = 6
"""What is shorter is no secret, but it is part of many words."""


class Line(NamedTuple):
    """One line of the report."""

    where: str
    status: Status
    what: str

    @property
    def status_word(self) -> str:
        """The status in the language of the reader."""
        return str(WORDS[self.status])


class Report:
    """``lines``: as they came."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self.lines: list[Line] = []
        self._secrets: list[Secret] = []
        for secret in secrets:
            self.hide(secret)

    def hide(self, secret: Secret) -> None:
        """From now on this text is left out."""
        if len(secret.reveal().strip()) >= SHORTEST:
            self._secrets.append(secret)

    def add(self, where: str, status: Status, what: str) -> None:
        self.lines.append(Line(self._shown(where), status, self._shown(what)))

    def is_hidden(self, *texts: str) -> bool:
        """Whether a secret of the file stands in one of them."""
        return any(self._shown(text) != text for text in texts)

    def _shown(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret.reveal().strip(), "…")
        return text

    @property
    def counts(self) -> dict[str, int]:
        """How many lines of each status there are."""
        return dict(Counter(line.status for line in self.lines))
