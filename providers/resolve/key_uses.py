"""What is remembered of each use of a stored key: when, how it went, and on which run."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from providers.key_rows import NO_ANSWER
from providers.models import ApiKey, AuditEntry, KeyUse

Error = Mapping[str, Any]
"""As ``ProviderError.as_dict`` gives it."""
OK = 200


def note_key_used(key_pk: int, error: Error | None = None, *, run_id: str = "", before: Sequence[Error] = ()) -> None:
    """Remember that a key was used, and how it went. The run is named, the key only by its number.

    ``before``: the errors of the attempts that came first with the same key.
    """
    key = ApiKey.objects.select_related("provider").filter(pk=key_pk).first()
    if key is None:
        return
    code = error.get("code") if error else None
    now = timezone.now()
    ApiKey.objects.filter(pk=key_pk).update(last_used_at=now, last_error=code or "")
    AuditEntry.record("worker", "used", key.subject, run=run_id, error=code)
    _count(key_pk, (*before, error), now)


def _count(key_pk: int, ends: Iterable[Error | None], now: datetime) -> None:
    hour = now.replace(minute=0, second=0, microsecond=0)
    for (status, code), calls in Counter(map(_end, ends)).items():
        place = {"api_key_id": key_pk, "hour": hour, "status": status, "code": code}
        if not KeyUse.objects.filter(**place).update(calls=F("calls") + calls):
            _begin(place)
            KeyUse.objects.filter(**place).update(calls=F("calls") + calls)


def _begin(place: Mapping[str, Any]) -> None:
    """Somebody else may begin the same count at this moment, or delete the key: neither is an error here."""
    try:
        with transaction.atomic():
            KeyUse.objects.bulk_create([KeyUse(**place)], ignore_conflicts=True)
    except IntegrityError:
        if ApiKey.objects.filter(pk=place["api_key_id"]).exists():
            raise


def _end(error: Error | None) -> tuple[int, str]:
    if not error:
        return OK, ""
    status = error.get("status")
    return status if isinstance(status, int) and 0 <= status < 1000 else NO_ANSWER, str(error.get("code", ""))[:32]
