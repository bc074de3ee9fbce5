"""The ledger: one entry per run, opened when it is asked and closed when it ends; and the sums that limits are held to.

All workers write their running costs into these entries, so the sums include what runs elsewhere.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import Case, DecimalField, Sum, Value, When
from django.utils.translation import gettext as _

from compare_site.comparisons import estimates
from compare_site.comparisons.events import FINAL, Cost
from compare_site.comparisons.fold import RunFold
from compare_site.comparisons.models import Run, SpendEntry, SpendLimit

log = logging.getLogger(__name__)
COLUMNS = {"user": "user_id", "comparison": "comparison_id", "key": "api_key_id", "provider": "provider"}
ZERO = Decimal(0)


class Scope(NamedTuple):
    """What a limit is counted for: one person's day, one comparison, one key's day, one provider's day."""

    kind: str
    of: int | str


class Place(NamedTuple):
    """Everything that the cost of a run is counted for. ``comparison_id`` "": there is no comparison yet."""

    user_id: int | None
    comparison_id: str = ""
    api_key: int | None = None
    provider: str = ""

    def scopes(self) -> list[Scope]:
        """The sums that its cost is part of."""
        return [Scope(kind, of) for kind, of in zip(COLUMNS, self, strict=True) if of is not None and of != ""]


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits that are switched on. Most installations have none, and pay one short query for knowing it."""

    rows: tuple[SpendLimit, ...] = ()

    def of(self, place: Place) -> dict[Scope, Decimal]:
        """The limits that apply here. One for this person, key or provider goes before one for all."""
        found: dict[Scope, Decimal] = {}
        for scope in place.scopes():
            own = place.user_id if scope.kind == "comparison" else scope.of
            fitting = [row for row in self.rows if row.kind == scope.kind and _target(row) in {None, own}]
            if fitting:
                meant = [row for row in fitting if _target(row) is not None] or fitting
                found[scope] = min(row.amount for row in meant)
        return found


def _target(row: SpendLimit) -> int | str | None:
    if row.kind == "key":
        return row.api_key_id
    if row.kind == "provider":
        return row.provider.slug if row.provider is not None else None
    return row.user_id


def limits() -> Limits:
    """The limits that are switched on."""
    return Limits(tuple(SpendLimit.objects.filter(enabled=True).select_related("provider")))


def today() -> date:
    """The day that daily limits count: UTC, wherever people are."""
    return datetime.now(UTC).date()


def spent(scopes: Iterable[Scope], day: date | None = None) -> dict[Scope, Decimal]:
    """What each of these has cost, running answers included. One query per kind."""
    wanted: dict[str, set[int | str]] = {}
    for scope in scopes:
        wanted.setdefault(scope.kind, set()).add(scope.of)
    found = {Scope(kind, of): ZERO for kind, each in wanted.items() for of in each}
    for kind, each in wanted.items():
        column = COLUMNS[kind]
        rows = SpendEntry.objects.filter(**{f"{column}__in": each}, amount__isnull=False)
        if kind != "comparison":
            rows = rows.filter(day=day or today())
        for of, total in rows.values_list(column).annotate(total=Sum("amount")):
            found[Scope(kind, of)] = total
    return found


class Passed(NamedTuple):
    """A limit that has been reached."""

    scope: Scope
    limit: Decimal

    @property
    def message(self) -> str:
        """What it is, and what to do."""
        words = {
            "user": _("Your limit of $%(limit)s a day is reached. It begins anew at midnight UTC;"),
            "comparison": _("The limit of $%(limit)s for one comparison is reached. Start another one;"),
            "key": _("The limit of $%(limit)s a day for the API key is reached. It begins anew at midnight UTC;"),
            "provider": _("The limit of $%(limit)s a day for the provider is reached. It begins anew at midnight UTC;"),
        }
        amount = {"limit": format(self.limit.normalize(), "f")}
        return f"{words[self.scope.kind] % amount} {_('an administrator can raise it.')}"


def passed(places: Sequence[Place], held: Limits | None = None) -> list[Passed | None]:
    """For each place the limit that it has reached, if any."""
    held = limits() if held is None else held
    each = [held.of(place) if held.rows else {} for place in places]
    sums = spent({scope for found in each for scope in found}) if any(each) else {}
    return [
        next((Passed(scope, limit) for scope, limit in found.items() if sums[scope] >= limit), None) for found in each
    ]


def open_entries(entries: Sequence[SpendEntry]) -> None:
    """Write these entries. One that is there already, of an earlier worker, stays."""
    try:
        with transaction.atomic():
            SpendEntry.objects.bulk_create(entries, ignore_conflicts=True)
    except IntegrityError:
        # A key or a person was deleted at this moment.
        for entry in entries:
            entry.api_key_id = entry.user_id = None
        SpendEntry.objects.bulk_create(entries, ignore_conflicts=True)


def drop_ended(run_ids: Iterable[str]) -> None:
    """Remove entries of runs that somebody stopped before the entry was written: nobody would ever close them."""
    ended = Run.objects.filter(pk__in=list(run_ids), state__in=tuple(FINAL)).values("pk")
    SpendEntry.objects.filter(run_id__in=ended, running=True).delete()


def note_amounts(amounts: dict[str, Decimal]) -> None:
    """Set the costs of running answers. One that has ended meanwhile keeps its final cost."""
    if amounts:
        cases = [When(run_id=run_id, then=Value(amount)) for run_id, amount in amounts.items()]
        field = DecimalField(max_digits=20, decimal_places=10)
        SpendEntry.objects.filter(run_id__in=amounts, running=True).update(amount=Case(*cases, output_field=field))


def move(run_id: str, **fields: Any) -> None:
    """Another deployment of a group is asked now: another price, another key."""
    try:
        with transaction.atomic():
            SpendEntry.objects.filter(run_id=run_id, running=True).update(**fields)
    except IntegrityError:
        SpendEntry.objects.filter(run_id=run_id, running=True).update(**{**fields, "api_key_id": None})


def partial_cost(run_id: str, fold: RunFold) -> Cost | None:
    """What a run that is ended from outside its worker has cost so far, by the prices at which it was asked."""
    entry = SpendEntry.objects.filter(pk=run_id).only("prices", "input_tokens").first()
    return estimates.partial_cost(entry.prices, entry.input_tokens, fold) if entry is not None else None


def close(run_id: str, fold: RunFold, api_key: int | None = None, provider: str = "") -> None:
    """The run has ended: write its final cost. A run for which no provider can charge leaves no entry."""
    if fold.cost is None and not estimates.is_charged(fold):
        SpendEntry.objects.filter(pk=run_id).delete()
        return
    fields: dict[str, Any] = {
        "amount": Decimal(fold.cost.amount) if fold.cost is not None else None,
        "source": fold.cost.source if fold.cost is not None else "",
        "running": False,
    }
    if api_key is not None:
        fields["api_key_id"] = api_key
    if provider:
        fields["provider"] = provider
    if not SpendEntry.objects.filter(pk=run_id).update(**fields):
        _enter(run_id, fields)


def _enter(run_id: str, fields: dict[str, Any]) -> None:
    """Write the entry of a run that ended before one had been opened for it."""
    run = Run.objects.select_related("comparison").only("model", "comparison__owner_id").filter(pk=run_id).first()
    if run is None:
        return
    place = {"comparison_id": run.comparison_id, "user_id": run.comparison.owner_id, "day": today()}
    named = {"model": run.model, "provider": run.model.partition("/")[0][:63]}
    entry = SpendEntry(run_id=run_id, **{**place, **named, **fields})
    SpendEntry.objects.bulk_create([entry], ignore_conflicts=True)
