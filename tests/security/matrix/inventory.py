"""Every door of the product: from Django's resolver, the OpenAPI document and the socket routing, never from a list."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

API_ROOT = "/api/v1/"
HTTP_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True, slots=True)
class Route:
    """One pattern of the URL resolver."""

    pattern: str
    name: str

    def path(self, values: dict[str, str]) -> str:
        """An address that this pattern matches, with ``values`` for its parameters."""
        text = self.pattern
        if "(?P<" in text:
            text = re.sub(r"\(\?P<(\w+)>[^)]*\)", lambda found: values[found[1]], text).replace("^", "")
            return text.removesuffix("$")
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: values[found[1]], text)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API."""

    method: str
    pattern: str

    def __str__(self) -> str:
        return f"{self.method} {self.pattern}"

    def path(self, values: dict[str, str]) -> str:
        """The address with ``values`` for its parameters."""
        return self.pattern.format(**values)

    @property
    def parameters(self) -> list[str]:
        """The names of the parameters in the address."""
        return re.findall(r"{(\w+)}", self.pattern)


def routes(patterns: Iterable[Any] | None = None, prefix: str = "/", namespace: str = "") -> Iterator[Route]:
    """All URL patterns, included ones too."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        text = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, text, inner)
        else:
            assert isinstance(pattern, URLPattern)
            yield Route(text, f"{namespace}{pattern.name}" if pattern.name else "")


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; making it takes long."""
    from compare_site.api.urls import api

    return dict(api.get_openapi_schema(path_prefix=API_ROOT))


def operations() -> list[Operation]:
    """All operations that the OpenAPI document names."""
    paths = document()["paths"]
    return [
        Operation(method.upper(), path) for path, item in paths.items() for method in item if method in HTTP_METHODS
    ]


def operation_of(route: Route) -> str:
    """The path of a route as OpenAPI writes it."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route.pattern)


def sockets() -> list[str]:
    """All socket routes."""
    from compare_site.comparisons.routing import websocket_urlpatterns

    return [str(pattern.pattern) for pattern in websocket_urlpatterns]
