"""What was spent, in lines to read: by day, model, provider, key and person, and how far the limits are used up.

Days are UTC. Runs whose cost nobody knows are counted beside the sums and never as nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from compare_site.comparisons import ledger
from compare_site.comparisons.ledger import ZERO, Place, Scope
from compare_site.comparisons.listing import money
from compare_site.comparisons.models import SpendEntry
from providers.models import ApiKey
from providers.resolve import DEMO

PERIODS = (7, 30, 90, 365)
MOST_LINES = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One sum; None if the cost of none of its runs is known. ``unknown``: how many these are.

    ``estimated``: the part that nobody has sent a bill for. ``simulated``: the part that nobody ever will.
    """

    name: str
    amount: Decimal | None
    estimated: Decimal
    runs: int
    unknown: int
    simulated: Decimal = ZERO

    def as_json(self) -> dict[str, Any]:
        """For the API: money as text."""
        amount = None if self.amount is None else plain(self.amount)
        parts = {"estimated": plain(self.estimated), "simulated": plain(self.simulated)}
        amounts = {"amount": amount, **parts, "currency": "USD"}
        return {"name": self.name, **amounts, "runs": self.runs, "unknown": self.unknown}


@dataclass(frozen=True, slots=True)
class Used:
    """A limit and how far it is used up."""

    kind: str
    name: str
    limit: Decimal
    spent: Decimal

    @property
    def share(self) -> int:
        """Per cent, at most 100."""
        return 100 if self.spent >= self.limit else int(self.spent * 100 / self.limit)

    @property
    def is_reached(self) -> bool:
        return self.spent >= self.limit

    def as_json(self) -> dict[str, Any]:
        """For the API."""
        left = max(self.limit - self.spent, ZERO)
        sums = {"limit": plain(self.limit), "spent": plain(self.spent), "left": plain(left), "currency": "USD"}
        return {"kind": self.kind, "name": self.name, **sums}


def plain(amount: Decimal) -> str:
    """Money as the API writes it."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def dollars(amount: Decimal | None) -> str:
    """Money as people read it."""
    return _("unknown") if amount is None else money({"amount": str(amount)})


def entries(days: int, user_id: int | None = None) -> QuerySet[SpendEntry]:
    """The books of the last days, today included; of one person or of all."""
    since = ledger.today() - timedelta(days=days - 1)
    rows = SpendEntry.objects.filter(day__gte=since)
    return rows if user_id is None else rows.filter(user_id=user_id)


def total(rows: QuerySet[SpendEntry]) -> Line:
    """All of them in one line."""
    found = rows.aggregate(**_sums())
    return _line("", found)


def by(rows: QuerySet[SpendEntry], column: str) -> list[Line]:
    """One line a value of ``column``: the newest days first, of all else the dearest."""
    order = "-day" if column == "day" else "-amount_sum"
    found = rows.values(column).annotate(**_sums()).order_by(order, column)[:MOST_LINES]
    names = _names(column, [row[column] for row in found])
    return [_line(names.get(row[column], str(row[column] or "–")), row) for row in found]


def _sums() -> dict[str, Any]:
    return {
        "amount_sum": Sum("amount", default=ZERO),
        "estimated_sum": Sum("amount", default=ZERO, filter=Q(source="estimated")),
        "simulated_sum": Sum("amount", default=ZERO, filter=Q(provider=DEMO.slug)),
        "run_count": Count("pk"),
        "unknown_count": Count("pk", filter=Q(amount=None)),
    }


def _line(name: str, row: dict[str, Any]) -> Line:
    runs, unknown = row["run_count"], row["unknown_count"]
    amount = None if runs and runs == unknown else row["amount_sum"]
    return Line(name, amount, row["estimated_sum"], runs, unknown, row["simulated_sum"])


def _names(column: str, values: Iterable[Any]) -> dict[Any, str]:
    """Keys and people by what they are called."""
    known = [value for value in values if value is not None]
    if column == "user":
        rows = get_user_model().objects.filter(pk__in=known)
        return {None: _("deleted people"), **{row.pk: row.get_username() for row in rows}}
    if column == "api_key":
        keys = ApiKey.objects.select_related("provider").filter(pk__in=known)
        return {None: _("no stored key"), **{key.pk: f"{key.provider.name}: {key}" for key in keys}}
    if column == "day":
        return {value: value.isoformat() for value in known if isinstance(value, date)}
    return {"": _("unknown"), None: _("unknown")}


def limits_of(user_id: int, comparison_id: str = "") -> list[Used]:
    """The limits that one person meets: their day, and a comparison of theirs."""
    place = Place(user_id, comparison_id or "-")
    held = ledger.limits().of(place)
    sums = ledger.spent([scope for scope in held if scope.of != "-"]) if held else {}
    names = {"user": _("You, today"), "comparison": _("One comparison")}
    return [Used(scope.kind, names[scope.kind], limit, sums.get(scope, ZERO)) for scope, limit in held.items()]


def limits_used() -> list[Used]:
    """Every person, key and provider with a limit today, the fullest first."""
    held = ledger.limits()
    if not held.rows:
        return []
    places = [Place(pk) for pk in get_user_model().objects.filter(is_active=True).values_list("pk", flat=True)]
    keys = ApiKey.objects.select_related("provider").filter(enabled=True)
    places += [Place(None, "", key.pk, key.provider.slug) for key in keys]
    places += [Place(None, provider=slug) for slug in _providers_today()]
    found: dict[Scope, Decimal] = {}
    for place in places:
        found.update(held.of(place))
    sums = ledger.spent(found)
    people = _names("user", [scope.of for scope in found if scope.kind == "user"])
    named = _names("api_key", [scope.of for scope in found if scope.kind == "key"])
    words = {"user": people, "key": named}
    used = [
        Used(scope.kind, words.get(scope.kind, {}).get(scope.of, str(scope.of)), limit, sums[scope])
        for scope, limit in found.items()
    ]
    return sorted(used, key=lambda each: (-each.share, -each.spent, each.name))[:MOST_LINES]


def _providers_today() -> list[str]:
    rows = SpendEntry.objects.filter(day=ledger.today()).exclude(provider="")
    return list(rows.order_by().values_list("provider", flat=True).distinct())
