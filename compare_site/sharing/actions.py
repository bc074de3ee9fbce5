"""Making, revoking and resolving share links. Callers have checked through ``comparisons.access`` who may do it."""

import hashlib
import secrets
from datetime import UTC, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from compare_site.comparisons.access import Denied, Principal
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.models import Comparison
from compare_site.sharing.models import Share

COOKIE_SALT = "compare_site.sharing.cookie"
MOST_CHARACTERS = 200


def create_share(comparison: Comparison, by: int, expires_at: datetime | None = None) -> tuple[Share, str]:
    """A new link by the user ``by``: the row, and the token, which is not to be had again.

    ``expires_at`` None = until it is revoked; a time without a zone is UTC. Raises ``actions.Refused`` (422).
    """
    expires_at = _in_future(expires_at) if expires_at is not None else None
    token = secrets.token_urlsafe(32)
    share = Share.objects.create(
        comparison=comparison, created_by_id=by, token_sha256=_hash(token), expires_at=expires_at
    )
    return share, token


def _in_future(moment: datetime) -> datetime:
    try:
        moment = moment.replace(tzinfo=UTC) if timezone.is_naive(moment) else moment.astimezone(UTC)
    except OverflowError:
        message = _("This must be a date and time.")
        raise Refused(422, "invalid", message, [{"field": "expires_at", "message": message}]) from None
    if moment <= timezone.now():
        message = _("The link would have ended already: choose a time in the future.")
        raise Refused(422, "invalid", message, [{"field": "expires_at", "message": message}])
    return moment


def revoke_share(share: Share) -> Share:
    """End the link and all access by it; the first time counts."""
    Share.objects.filter(pk=share.pk, revoked_at=None).update(revoked_at=timezone.now())
    share.refresh_from_db()
    return share


def access_share(principal: Principal, share_id: str) -> Share:
    """The share, if the principal owns its comparison. Raises ``access.Denied``."""
    share = Share.objects.select_related("comparison").filter(pk=share_id).first()
    if share is None or principal.user_id is None or share.comparison.owner_id != principal.user_id:
        raise Denied
    return share


def valid_shares() -> QuerySet[Share]:
    """Neither revoked nor expired, made by somebody who is not switched off, of what is not in the trash."""
    open_ended = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return Share.objects.filter(
        open_ended, revoked_at=None, created_by__is_active=True, comparison__trashed_at__isnull=True
    )


def resolve_token(token: str) -> Share | None:
    """The valid share of a link."""
    if not token or len(token) > MOST_CHARACTERS or not token.isascii():
        return None
    return valid_shares().filter(token_sha256=_hash(token)).first()


def cookie_secret(share: Share) -> str:
    """What the cookie of a share holds: neither the token nor its hash, and not to be made from a copy of the rows."""
    return salted_hmac(COOKIE_SALT, f"{share.pk}:{share.token_sha256}", algorithm="sha256").hexdigest()


def cookie_holds(share: Share, value: str) -> bool:
    """Whether ``value`` is the secret of ``share``."""
    return constant_time_compare(cookie_secret(share), value)


def _hash(token: str) -> str:
    """How a token is stored. It is 256 random bits: nothing is gained by a slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
