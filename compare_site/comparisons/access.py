"""Who asks, and which comparisons and runs they may see or change. Views, API and sockets get rows through here only.

For anybody else an object does not exist: ``Denied`` becomes 404 (4404 on a socket). ``accounts`` and ``sharing``
register how bearer tokens, share cookies and live sessions are looked up; this module imports neither.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.contrib.auth import get_user_model
from django.db.models import QuerySet
from django.http import HttpRequest

from compare_site.comparisons.models import Comparison, Run
from compare_site.comparisons.project import OWNER, Audience
from compare_site.comparisons.project import ShareGrant as ShareGrant

Need = Literal["read", "write"]
ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a signed-in person (``session_key``) or a bearer (``token_id``), and the share grants they carry.

    ``user_id`` is None for somebody who has only grants, or nothing at all.
    """

    user_id: int | None = None
    session_key: str | None = None
    token_id: int | None = None
    grants: tuple[ShareGrant, ...] = ()

    @property
    def is_anonymous(self) -> bool:
        return self.user_id is None and not self.grants


class Denied(Exception):
    """There is no such object for this principal."""


class NotSignedIn(Denied):
    """Nobody is signed in, so nothing can be said about the object."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """What a bearer token stands for."""

    user_id: int
    token_id: int


BearerResolver = Callable[[str], Bearer | None]
GrantsResolver = Callable[[Mapping[str, str]], Sequence[ShareGrant]]
FrozenResolver = Callable[[str], dict[str, Any] | None]
WayBack = Callable[[Mapping[str, str], str], str | None]
Liveness = Callable[[Sequence[Principal]], set[int]]
"""Indexes of the principals that have lost their login, token or share."""

_bearer: list[BearerResolver] = []
_grants: list[GrantsResolver] = []
_liveness: list[Liveness] = []
_frozen: list[FrozenResolver] = []
_way_back: list[WayBack] = []


def register_bearer(resolver: BearerResolver) -> None:
    """How a bearer token is looked up."""
    _bearer.append(resolver)


def register_grants(resolver: GrantsResolver) -> None:
    """How the share grants in a request's cookies are looked up."""
    _grants.append(resolver)


def register_frozen(resolver: FrozenResolver) -> None:
    """Where the state of a comparison is that was frozen when its link was made."""
    _frozen.append(resolver)


def register_way_back(resolver: WayBack) -> None:
    """How it is known that a browser was let in by a link that has ended, or asks for another password now."""
    _way_back.append(resolver)


def register_liveness(check: Liveness) -> None:
    """How open sockets learn that a login, token or share has ended."""
    _liveness.append(check)


def principal_of_bearer(token: str) -> Principal | None:
    """The principal of an API token, None if it is unknown or revoked."""
    for resolver in _bearer:
        bearer = resolver(token)
        if bearer is not None:
            return Principal(user_id=bearer.user_id, token_id=bearer.token_id)
    return None


def grants_of(cookies: Mapping[str, str]) -> tuple[ShareGrant, ...]:
    """All valid share grants in the cookies of a request."""
    return tuple(grant for resolver in _grants for grant in resolver(cookies))


def way_back(cookies: Mapping[str, str], comparison_id: str) -> str | None:
    """The address at which whoever was let in here by a link can come in again; empty if that link has ended.

    None where these cookies are of no such link: only who was let in has its secret.
    """
    found = [resolver(cookies, comparison_id) for resolver in _way_back] if is_id(comparison_id) else []
    return max((address for address in found if address is not None), default=None)


def principal_of(request: HttpRequest) -> Principal:
    """Who sends this request: the user of the session, and the shares whose cookies it carries."""
    user = getattr(request, "user", None)
    signed_in = user if user is not None and user.is_authenticated else None
    return principal_of_cookies(signed_in, signed_in and request.session.session_key, request.COOKIES)


def principal_of_cookies(user: Any, session_key: str | None, cookies: Mapping[str, str]) -> Principal:
    """``user`` None = nobody has signed in: then shares for signed-in people open nothing."""
    grants = grants_of(cookies)
    if user is None:
        return Principal(grants=tuple(grant for grant in grants if not grant.signed_in))
    return Principal(user_id=user.pk, session_key=session_key, grants=grants)


def ended(principals: Sequence[Principal]) -> set[int]:
    """Indexes of the principals that may no longer read what they read: asked every few seconds for open sockets."""
    gone = {index for check in _liveness for index in check(principals)}
    ids = {principal.user_id for principal in principals if principal.user_id is not None}
    active = set(get_user_model().objects.filter(pk__in=ids, is_active=True).values_list("pk", flat=True))
    gone.update(i for i, who in enumerate(principals) if who.user_id is not None and who.user_id not in active)
    return gone


def visible_comparisons(principal: Principal) -> QuerySet[Comparison]:
    """The principal's own comparisons that are not in the trash: what history lists."""
    return _own(principal).filter(trashed_at__isnull=True)


def trashed_comparisons(principal: Principal) -> QuerySet[Comparison]:
    """The principal's own comparisons in the trash, only there to be seen; not those that have begun to go for good."""
    return _own(principal).filter(trashed_at__isnull=False, going_since__isnull=True)


def _own(principal: Principal) -> QuerySet[Comparison]:
    if principal.user_id is None:
        return Comparison.objects.none()
    return Comparison.objects.filter(owner_id=principal.user_id)


def access_trashed(principal: Principal, comparison_id: str) -> Comparison:
    """A comparison in the principal's own trash. Raises Denied, or NotSignedIn for nobody."""
    if principal.is_anonymous:
        raise NotSignedIn
    found = trashed_comparisons(principal).filter(pk=comparison_id).first() if is_id(comparison_id) else None
    if found is None:
        raise Denied
    return found


def access_comparison(principal: Principal, comparison_id: str, need: Need = "read") -> Comparison:
    """The comparison, if the principal may do ``need`` with it. Raises Denied, or NotSignedIn for nobody."""
    if principal.is_anonymous:
        raise NotSignedIn
    comparison = Comparison.objects.filter(pk=comparison_id).first() if is_id(comparison_id) else None
    if comparison is None or not may(principal, comparison, need):
        raise Denied
    comparison.grant = grant_for(principal, comparison)
    return comparison


def access_run(principal: Principal, run_id: str, need: Need = "read") -> Run:
    """The run, by the rights on its comparison. Raises Denied, or NotSignedIn for nobody."""
    if principal.is_anonymous:
        raise NotSignedIn
    runs = Run.objects.select_related("comparison", "column", "turn")
    run = runs.filter(pk=run_id).first() if is_id(run_id) else None
    if run is None or not may(principal, run.comparison, need):
        raise Denied
    run.grant = run.comparison.grant = grant_for(principal, run.comparison)
    return run


def is_id(text: str) -> bool:
    """Whether it can be an id at all: PostgreSQL raises at U+0000 in a query."""
    return len(text) == ID_LENGTH and text.isascii() and text.isalnum()


def narrowed(principal: Principal, comparison: Comparison) -> Principal:
    """The principal with the one grant that it reads by: losing that ends what it reads, losing another does not."""
    return replace(principal, grants=() if comparison.grant is None else (comparison.grant,))


def grant_for(principal: Principal, comparison: Comparison) -> ShareGrant | None:
    """The share by which the principal reads (None = it is the owner): of several, a live one that shows most."""
    if principal.user_id is not None and comparison.owner_id == principal.user_id:
        return None
    grants = [grant for grant in principal.grants if grant.comparison_id == comparison.pk]
    return max(grants, key=lambda each: (not each.frozen, len(each.audience.sees or ()), each.share_id), default=None)


def audience_of(reached: Comparison | Run) -> Audience:
    """The audience that gets this object: its owner, or those of a share."""
    return OWNER if reached.grant is None else reached.grant.audience


def frozen_state(grant: ShareGrant) -> dict[str, Any]:
    """What a share shows that was frozen when it was made. Raises Denied if that is gone."""
    for resolver in _frozen:
        state = resolver(grant.share_id)
        if state is not None:
            return state
    raise Denied


def may(principal: Principal, comparison: Comparison, need: Need) -> bool:
    """Owners may do everything, a share reads its own comparison, nobody else does anything; nobody in the trash."""
    if comparison.trashed_at is not None:
        return False
    if principal.user_id is not None and comparison.owner_id == principal.user_id:
        return True
    if need == "read":
        return _granted(principal.grants, comparison.pk)
    if need == "write":
        return False
    raise ValueError(f"unknown need {need!r}")


def _granted(grants: Iterable[ShareGrant], comparison_id: str) -> bool:
    return any(grant.comparison_id == comparison_id for grant in grants)
