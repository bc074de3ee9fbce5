"""Finds the share that a token, an opening or a cookie stands for. Only hashes are stored, so rows give no access."""

import hashlib

from django.contrib.auth.hashers import check_password
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from compare_site.comparisons.access import ShareGrant
from compare_site.sharing.models import Share, ShareVisit

COOKIE_SALT = "compare_site.sharing.cookie"
PENDING_SALT = "compare_site.sharing.pending"
LET_IN_SALT = "compare_site.sharing.let_in"
LET_IN_CHARACTERS = 32
MOST_CHARACTERS = 200


def hash_of(token: str) -> str:
    """How a token is stored. It is 256 random bits: nothing is gained by a slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def valid_shares() -> QuerySet[Share]:
    """Neither revoked nor expired, made by somebody who is not switched off, of what is not in the trash."""
    open_ended = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
    return Share.objects.filter(
        open_ended,
        revoked_at=None,
        created_by__is_active=True,
        comparison__owner__is_active=True,
        comparison__trashed_at__isnull=True,
    )


def openable_shares() -> QuerySet[Share]:
    """Those whose link can be opened once more."""
    return valid_shares().filter(Q(max_views=None) | Q(views__lt=F("max_views")))


def resolve_token(token: str) -> Share | None:
    """The share whose link can be opened with this token."""
    if not token or len(token) > MOST_CHARACTERS or not token.isascii():
        return None
    return openable_shares().filter(token_sha256=hash_of(token)).first()


def count_opening(share: Share) -> bool:
    """One opening more, if there is one left: of those who come at the same time, only as many as may."""
    # Of this row's own columns only: with a join the condition becomes a subquery, which PostgreSQL does not look at
    # again after waiting for whoever was faster.
    left = Share.objects.filter(Q(max_views=None) | Q(views__lt=F("max_views")), pk=share.pk, revoked_at=None)
    return bool(left.update(views=F("views") + 1, last_viewed_at=timezone.now()))


def remember_visit(share: Share, user_id: int) -> None:
    """Whoever is signed in finds the link again under "shared with me"."""
    ShareVisit.objects.update_or_create(
        share=share, user_id=user_id, defaults={"opened_at": timezone.now(), "version": version_of(share)}
    )


def version_of(share: Share) -> str:
    """It changes with the password: who came in before has to come in anew."""
    return hashlib.sha256(share.password.encode()).hexdigest()[:16] if share.password else ""


def password_opens(share: Share, password: str) -> bool:
    """Whether this is the password of a share that has one."""
    return bool(share.password) and check_password(password, share.password)


def grant_of(share: Share) -> ShareGrant:
    """What the share lets its viewers see."""
    return ShareGrant(
        share_id=share.pk,
        comparison_id=share.comparison_id,
        parts=frozenset(share.parts),
        frozen=share.mode == Share.Mode.SNAPSHOT,
        signed_in=share.audience == Share.Audience.TEAMMATES,
        version=version_of(share),
    )


def cookie_secret(share: Share) -> str:
    """What the cookie of a share holds: neither the token nor its hash, and not to be made from a copy of the rows.

    Its first part opens nothing, and outlives the password: whoever was let in once is not a stranger at the door.
    """
    return f"{_let_in(share)}.{_secret(COOKIE_SALT, share)}"


def pending_secret(share: Share) -> str:
    """What the cookie of somebody holds who had the link, and still needs the password or a login."""
    return _secret(PENDING_SALT, share)


def _let_in(share: Share) -> str:
    digest = salted_hmac(LET_IN_SALT, f"{share.pk}:{share.token_sha256}", algorithm="sha256")
    return digest.hexdigest()[:LET_IN_CHARACTERS]


def _secret(salt: str, share: Share) -> str:
    return salted_hmac(salt, f"{share.pk}:{share.token_sha256}:{share.password}", algorithm="sha256").hexdigest()


def cookie_holds(share: Share, value: str) -> bool:
    """Whether ``value`` opens ``share``."""
    return constant_time_compare(_secret(COOKIE_SALT, share), value.rpartition(".")[2])


def was_let_in(share: Share, value: str) -> bool:
    """Whether the bearer of ``value`` was let in once, be it by another password."""
    return constant_time_compare(_let_in(share), value.partition(".")[0]) or cookie_holds(share, value)


def pending_holds(share: Share, value: str) -> bool:
    """Whether ``value`` says that its bearer had the link."""
    return constant_time_compare(pending_secret(share), value)
