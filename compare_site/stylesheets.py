"""Style sheets that every visit of a page needs, joined when static files are collected: one request instead of many.

Small files are for those who write them; a browser that paints first after eighteen of them paints late.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage

BUNDLES = {
    "site": ("tokens", "base", "controls", "parts", "dialogs", "header"),
    "playground": (
        *(
            "composer",
            "kept",
            "attach",
            "follow-up",
            "picker",
            "grid",
            "race",
            "columns",
            "card",
            "metrics",
            "turns",
            "answer",
            "code",
        ),
    ),
}
"""Bundle -> files of ``static/css``, in the order of the cascade."""


def sources(bundle: str) -> list[str]:
    """The static names of its files."""
    return [f"css/{name}.css" for name in BUNDLES[bundle]]


def bundled(bundle: str) -> str:
    """The static name of its one file. In the folder of its parts, so that their addresses stay true."""
    return f"css/{bundle}.bundle.css"


class BundleStorage(Storage):
    """The joined files, made while they are read."""

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        bundle = next(bundle for bundle in BUNDLES if bundled(bundle) == name)
        texts = []
        for source in sources(bundle):
            path = finders.find(source)
            if path is None:
                raise FileNotFoundError(source)
            with open(path, "rb") as file:
                texts.append(file.read())
        return ContentFile(b"\n".join(texts), name=name)

    def path(self, name: str) -> str:
        """Where it would lie, for what ``collectstatic`` says while it copies."""
        return str(Path(settings.BASE_DIR, "static", name))

    def get_modified_time(self, name: str) -> datetime:
        """That of the newest part."""
        bundle = next(bundle for bundle in BUNDLES if bundled(bundle) == name)
        found = [finders.find(source) for source in sources(bundle)]
        return datetime.fromtimestamp(max(Path(path).stat().st_mtime for path in found if path), UTC)


class BundleFinder(BaseFinder):
    """Finds the bundles for ``collectstatic``; pages of a site under development name the parts instead."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = BundleStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: Any = False, **kwargs: Any) -> Any:
        return []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, BundleStorage]]:
        for bundle in BUNDLES:
            yield bundled(bundle), self.storage
