"""API tokens: made once, looked up by hash, never kept in the clear."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from compare_site.accounts.models import ApiToken, User, new_token, token_hash
from compare_site.comparisons.access import Bearer

NOTED_EVERY = timedelta(minutes=1)
MOST_CHARACTERS = 200


def create_api_token(user: User, label: str = "") -> tuple[ApiToken, str]:
    """A new token of ``user``: the row, and the token itself, which is not to be had again."""
    token = new_token()
    return ApiToken.objects.create(user=user, label=label, token_sha256=token_hash(token)), token


def bearer_of(token: str) -> Bearer | None:
    """Whose token it is, for ``comparisons.access``; None if it is unknown, revoked or of somebody who is switched off.

    The look-up by SHA-256 of 256 random bits tells a guesser nothing by its time.
    """
    if not token or len(token) > MOST_CHARACTERS or not token.isascii():
        return None
    row = ApiToken.objects.filter(token_sha256=token_hash(token), user__is_active=True).first()
    if row is None:
        return None
    _note_use(row)
    return Bearer(user_id=row.user_id, token_id=row.pk)


def _note_use(row: ApiToken) -> None:
    """Keep ``last_used_at`` about right without a write at every request."""
    now = timezone.now()
    if row.last_used_at is None or row.last_used_at < now - NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - NOTED_EVERY)
        ApiToken.objects.filter(stale, pk=row.pk).update(last_used_at=now)
