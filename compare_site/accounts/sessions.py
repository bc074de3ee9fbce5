"""Whether logins still hold. Asked again and again for all open sockets: one query a kind, not one a socket."""

from collections.abc import Iterable, Sequence

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from compare_site.accounts.models import ApiToken, User
from compare_site.comparisons.access import Principal


def live_sessions(keys: Iterable[str]) -> set[str]:
    """Those of ``keys`` whose session exists, has not expired, and was made with the user's present password."""
    rows = Session.objects.filter(session_key__in=set(keys), expire_date__gt=timezone.now())
    decoded = {row.session_key: row.get_decoded() for row in rows}
    ids = {data[SESSION_KEY] for data in decoded.values() if SESSION_KEY in data}
    users = {str(user.pk): user for user in User.objects.filter(pk__in=ids, is_active=True)}
    return {key for key, data in decoded.items() if _holds(data, users.get(data.get(SESSION_KEY, "")))}


def _holds(data: dict[str, str], user: User | None) -> bool:
    if user is None:
        return False
    kept = data.get(HASH_SESSION_KEY, "")
    hashes = (user.get_session_auth_hash(), *user.get_session_auth_fallback_hash())
    return any(constant_time_compare(kept, each) for each in hashes)


def ended_logins(principals: Sequence[Principal]) -> set[int]:
    """Indexes of the principals whose session or token is gone: what ``comparisons.access`` asks."""
    keys = {who.session_key for who in principals if who.session_key}
    tokens = {who.token_id for who in principals if who.token_id is not None}
    live = live_sessions(keys) if keys else set()
    known = set(ApiToken.objects.filter(pk__in=tokens).values_list("pk", flat=True)) if tokens else set()
    return {
        index
        for index, who in enumerate(principals)
        if (who.session_key and who.session_key not in live) or (who.token_id is not None and who.token_id not in known)
    }
