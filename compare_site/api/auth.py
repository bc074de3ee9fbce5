"""Who calls the API: a bearer token, or the session cookie with the CSRF token. Share cookies may read."""

from typing import Any

from django.http import HttpRequest
from ninja.utils import check_csrf

from compare_site.comparisons import access
from compare_site.comparisons.access import Principal

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class CsrfFailed(Exception):
    """A cookie without the CSRF token may change nothing."""


def authenticate(request: HttpRequest) -> Principal | None:
    """The principal, kept as ``request.principal`` too; None answers 401."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        principal = access.principal_of_bearer(token.strip())
    else:
        principal = access.principal_of(request)
        if principal.user_id is None and not (principal.grants and request.method in SAFE):
            principal = None
        elif request.method not in SAFE and check_csrf(request) is not None:
            raise CsrfFailed
    request.principal = principal  # type: ignore[attr-defined]
    return principal


def principal_of(request: HttpRequest) -> Principal:
    """The principal that ``authenticate`` let in."""
    principal: Principal = request.principal  # type: ignore[attr-defined]
    return principal


def user_id_of(request: HttpRequest) -> int:
    """The user who calls; a share alone is nobody. Raises Denied."""
    user_id = principal_of(request).user_id
    if user_id is None:
        raise access.Denied
    return user_id


Authenticated: Any = authenticate
