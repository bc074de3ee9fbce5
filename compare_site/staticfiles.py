"""Static files without a bundler: libraries straight from node_modules, hashed names, and one import map.

Modules stay byte for byte as written. The import map sends bare names to the libraries and the URL of each of our own
modules to its hashed file, so a relative import inside a hashed module finds a hashed module.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.contrib.staticfiles.storage import HashedFilesMixin, staticfiles_storage
from django.contrib.staticfiles.utils import matches_patterns
from django.core.files.storage import FileSystemStorage
from servestatic.storage import CompressedManifestStaticFilesStorage

HIGHLIGHT = "@highlightjs/cdn-assets/es"
LANGUAGES = (
    *("bash", "c", "cpp", "csharp", "css", "diff", "go", "java", "javascript", "json", "kotlin"),
    *("markdown", "php", "python", "ruby", "rust", "sql", "swift", "typescript", "xml", "yaml"),
)
BARE_NAMES = {
    "marked": "vendor/marked.js",
    "temml": "vendor/temml/temml.js",
    "highlight": "vendor/highlight/core.js",
    **{f"highlight/{language}": f"vendor/highlight/{language}.js" for language in LANGUAGES},
}
VENDOR_FILES = {
    "vendor/marked.js": "marked/lib/marked.esm.js",
    "vendor/temml/temml.js": "temml/dist/temml.mjs",
    "vendor/temml/Temml-Local.css": "temml/dist/Temml-Local.css",
    "vendor/temml/Temml.woff2": "temml/dist/Temml.woff2",
    "vendor/stix-two-math.woff2": "@fontsource/stix-two-math/files/stix-two-math-latin-400-normal.woff2",
    "vendor/highlight/core.js": f"{HIGHLIGHT}/core.min.js",
    **{f"vendor/highlight/{language}.js": f"{HIGHLIGHT}/languages/{language}.min.js" for language in LANGUAGES},
}
"""Static name -> file below node_modules. Nothing else of node_modules is ever served."""


class VendorStorage(FileSystemStorage):
    """The files of VENDOR_FILES under their static names."""

    def __init__(self) -> None:
        super().__init__(location=settings.BASE_DIR / "node_modules")

    def path(self, name: str) -> str:
        return str(Path(self.location, VENDOR_FILES[name.replace("\\", "/")]))


class VendorFinder(BaseFinder):
    """Finds exactly VENDOR_FILES."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.storage = VendorStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: Any = False, **kwargs: Any) -> Any:
        known = path in VENDOR_FILES and self.storage.exists(path)
        found = [self.storage.path(path)] if known else []
        return found if find_all else (found[0] if found else [])

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, VendorStorage]]:
        ignored = list(ignore_patterns or ())
        for name in VENDOR_FILES:
            if not matches_patterns(name, ignored):
                yield name, self.storage


class Storage(CompressedManifestStaticFilesStorage):
    """Hashed names for everything, ``url()`` rewritten in style sheets only; unhashed copies are not kept.

    Django's rewriting of JavaScript follows source maps that are not there and misreads imports in comments.
    """

    keep_only_hashed_files = True
    patterns = tuple(
        (glob, tuple(rule for rule in rules if "sourceMappingURL" not in str(rule)))
        for glob, rules in HashedFilesMixin.patterns
        if glob == "*.css"
    )


def is_collected() -> bool:
    """Whether pages name hashed files of STATIC_ROOT; otherwise they name the sources."""
    return not settings.DEBUG and isinstance(staticfiles_storage, Storage)


@lru_cache(maxsize=1)
def import_map() -> str:
    """The import map as it stands in the page, safe inside a script element."""
    imports = {name: staticfiles_storage.url(path) for name, path in BARE_NAMES.items()}
    if isinstance(staticfiles_storage, Storage) and not settings.DEBUG:
        for name in sorted(staticfiles_storage.hashed_files):
            if name.startswith("js/") and name.endswith(".js"):
                imports[f"{settings.STATIC_URL}{name}"] = staticfiles_storage.url(name)
    text = json.dumps({"imports": imports}, separators=(",", ":"))
    return text.replace("<", "\\u003C").replace(">", "\\u003E").replace("&", "\\u0026")


@lru_cache(maxsize=1)
def import_map_hash() -> str:
    """The source expression that lets exactly this import map run."""
    digest = hashlib.sha256(import_map().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
