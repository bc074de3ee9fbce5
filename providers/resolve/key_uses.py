"""What is noted about each use of a stored key: when, how it went, and on which run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from providers.key_rows import NO_ANSWER
from providers.models import ApiKey, AuditEntry, KeyUse

Error = Mapping[str, Any]
"""As ``ProviderError.as_dict`` gives it."""
OK = 200


def note_key_used(
    key_pk: int,
    error: Error | None = None,
    *,
    run_id: str = "",
    cost: str | None = "0",
    estimated: bool = False,
    before: Sequence[Error] = (),
) -> None:
    """Remember that a key was used, how it went, and what that cost (USD). The run is named, the key by its number.

    ``cost`` is None if the provider can ask for something and nobody knows how much, ``estimated`` if nobody knows it
    exactly. ``before``: the errors of the attempts that came first with the same key.
    """
    key = ApiKey.objects.select_related("provider").filter(pk=key_pk).first()
    if key is None:
        return
    code = error.get("code") if error else None
    now = timezone.now()
    ApiKey.objects.filter(pk=key_pk).update(last_used_at=now, last_error=code or "")
    AuditEntry.record("worker", "used", key.subject, run=run_id, error=code)
    hour = now.replace(minute=0, second=0, microsecond=0)
    for end, calls in Counter(map(_end, before)).items():
        _count(_place(key_pk, hour, end), calls=calls)
    spent: dict[str, int | Decimal] = {
        "cost": Decimal(cost or 0),
        "unknown": int(cost is None),
        "estimated": int(estimated and cost is not None),
    }
    _count(_place(key_pk, hour, _end(error)), calls=1, **spent)


def _place(key_pk: int, hour: datetime, end: tuple[int, str]) -> dict[str, Any]:
    return {"api_key_id": key_pk, "hour": hour, "status": end[0], "code": end[1]}


def _count(place: Mapping[str, Any], **counted: int | Decimal) -> None:
    more = {name: F(name) + number for name, number in counted.items()}
    if not KeyUse.objects.filter(**place).update(**more):
        _begin(place)
        KeyUse.objects.filter(**place).update(**more)


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
