"""How stored keys are doing: errors by kind, money, keys that end soon; and on which runs, where somebody has runs.

This package knows of none: whoever does registers how they are looked up.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from providers.key_rows import NO_ANSWER
from providers.models import ApiKey, KeyUse

REMIND_DAYS = 14
DAY, WEEK = timedelta(hours=24), timedelta(days=7)
KINDS: dict[str, Q] = {
    "good": Q(status=200),
    "unauthorized": Q(status=401),
    "forbidden": Q(status__in=(402, 403)),
    "limited": Q(status=429),
    "server": Q(status__gte=500),
    "no_answer": Q(status=NO_ANSWER),
}
"""Kind -> which counts are meant; what is none of these is told as the rest."""


class Spent(NamedTuple):
    """USD, of the calls whose cost is known; how many others there are, and how many of the known are estimates."""

    amount: Decimal | None
    unknown: int = 0
    estimated: int = 0


@dataclass(frozen=True, slots=True)
class UseOfKey:
    """One run that a key was used on, for a list. ``url``: where an administrator reads about it."""

    url: str
    run: str
    user: str
    model: str
    state: str
    error: str
    cost: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Reports:
    """What the site can tell: the latest runs of a key, and the address of the list of all of them."""

    runs: Callable[[int], Sequence[UseOfKey]]
    all_runs: Callable[[int], str]


_reports: list[Reports] = []


def register_reports(reports: Reports) -> None:
    """How the runs of a key are looked up."""
    _reports[:] = [reports]


def reports() -> Reports | None:
    """What the site has registered."""
    return _reports[0] if _reports else None


def counts(key_pk: int, span: timedelta) -> dict[str, int]:
    """Calls by kind within ``span``, ``all`` and ``rest`` among them. Hours count whole."""
    rows = KeyUse.objects.filter(api_key=key_pk, hour__gt=_since(span))
    sums = {kind: Coalesce(Sum("calls", filter=which), 0) for kind, which in KINDS.items()}
    found = rows.aggregate(all=Coalesce(Sum("calls"), 0), **sums)
    return {**found, "rest": found["all"] - sum(found[kind] for kind in KINDS)}


def with_counts(keys: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
    """Each with its calls of the last week by kind, as ``week_<kind>``; one query for all."""
    rows = KeyUse.objects.filter(api_key=OuterRef("pk"), hour__gt=_since(WEEK)).order_by().values("api_key")

    def summed(which: Q) -> Any:
        return Coalesce(Subquery(rows.annotate(n=Sum("calls", filter=which)).values("n")), 0)

    cost = Subquery(rows.annotate(n=Sum("cost")).values("n"))
    beside = {
        f"week_{name}": Coalesce(Subquery(rows.annotate(n=Sum(name)).values("n")), 0)
        for name in ("unknown", "estimated")
    }
    kinds = {f"week_{kind}": summed(which) for kind, which in KINDS.items()}
    return keys.annotate(**kinds, **beside, week_all=summed(Q()), week_cost=cost)


def spent(key_pk: int, span: timedelta | None = None) -> Spent:
    """Within ``span``, or ever."""
    rows = KeyUse.objects.filter(api_key=key_pk)
    rows = rows if span is None else rows.filter(hour__gt=_since(span))
    counted = {name: Sum(name, default=0) for name in ("unknown", "estimated")}
    return Spent(**rows.aggregate(amount=Sum("cost", default=Decimal(0)), **counted))


def ending(today: date | None = None) -> list[ApiKey]:
    """Keys in use whose last day is near or over, the nearest first."""
    today = today or timezone.now().date()
    stored = ApiKey.objects.filter(enabled=True).exclude(ciphertext="")
    near = stored.filter(expires_on__lte=today + timedelta(days=REMIND_DAYS))
    return list(near.select_related("provider").order_by("expires_on", "pk"))


def _since(span: timedelta) -> datetime:
    return timezone.now() - span - timedelta(hours=1)
