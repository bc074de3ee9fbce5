"""Searching thousands of models: what a filter looks at is read of all of them, the rest of one page only.

What was measured is the caller's to say; this package knows of no runs.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from providers.contract.errors import SetupError
from providers.group_rows import GROUP
from providers.models import ChatModel
from providers.prices import listed_prices
from providers.resolve.group_listing import list_groups
from providers.resolve.listing import ModelListing, Standing, is_local, listing_of, standings
from providers.resolve.public_ids import check_enabled

SORTS = ("", "name", "provider", "context", "input", "output", "speed", "ttft")
FIELDS = ("pk", "provider_id", "model_id", "label", "capabilities", "context_window", "prices", "source")


class Entry(NamedTuple):
    """What can be filtered and sorted by. ``row``: of a model; a group has its ``listing`` already."""

    id: str
    name: str
    provider: str
    provider_label: str
    capabilities: Mapping[str, bool | None]
    context_window: int | None
    own_prices: Mapping[str, str] | None
    price_id: str
    available: bool
    typed: bool
    row: int | None = None
    listing: ModelListing | None = None

    @property
    def model_id(self) -> str:
        """As its provider calls it."""
        return self.id.partition("/")[2]

    def price(self, name: str) -> Decimal | None:
        """USD per million tokens; None if nobody says."""
        found = self.own_prices or listed_prices(self.price_id, self.model_id) or {}
        return amount_of(found.get(name))


def amount_of(text: str | None) -> Decimal | None:
    """A price as a number; what is none counts as not said."""
    try:
        value = Decimal(text) if text else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() and value >= 0 else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which models. ``can``: capabilities that are known to be there. ``most``: USD per million tokens, in and out.

    What is not known matches neither a capability nor a price nor a size.
    """

    q: str = ""
    providers: tuple[str, ...] = ()
    can: tuple[str, ...] = ()
    local: bool | None = None
    available: bool | None = None
    most: Decimal | None = None
    context: int | None = None
    sort: str = ""
    descending: bool = False


class Catalogue:
    """All models and groups that are switched on. ``env_keys``: the key variables that live workers announce.

    ``only``: nothing but this one, by its public id.
    """

    def __init__(self, env_keys: frozenset[str], only: str = "") -> None:
        everybody = standings(env_keys, models=False)
        known = [each for each in everybody if _is_on(each)]
        self._of = {standing.provider.pk: standing for standing in known}
        groups = [_of_group(listing) for listing in list_groups(everybody)]
        rows = ChatModel.objects.filter(enabled=True, provider_id__in=list(self._of)).order_by("model_id")
        if only:
            groups = [entry for entry in groups if entry.id == only]
            rows = rows.filter(provider__slug=only.partition("/")[0], model_id=only.partition("/")[2])
        typed = frozenset(row.pk for row in rows.filter(source="typed") if row.only_typed)
        places = {pk: _Place.of(standing) for pk, standing in self._of.items()}
        models = [_of_row(places[row[1]], row, typed) for row in rows.values_list(*FIELDS)]
        self.entries = [*groups, *models]
        self.providers = [(each.provider.slug, each.provider.name) for each in known]

    def listings(self, entries: Sequence[Entry]) -> list[ModelListing]:
        """All that is known of these, in their order."""
        rows = ChatModel.objects.in_bulk([entry.row for entry in entries if entry.row is not None])
        found = []
        for entry in entries:
            if entry.listing is not None:
                found.append(entry.listing)
            elif entry.row in rows:
                row = rows[entry.row]
                found.append(listing_of(self._of[row.provider_id], row))
        return found


def _is_on(standing: Standing) -> bool:
    try:
        check_enabled(standing.provider)
    except SetupError:
        return False
    return True


def _of_group(listing: ModelListing) -> Entry:
    return Entry(
        listing.id,
        listing.label,
        GROUP,
        listing.provider_label,
        listing.capabilities,
        listing.context_window,
        listing.prices,
        "",
        listing.available,
        typed=False,
        listing=listing,
    )


class _Place(NamedTuple):
    """What all models of a provider have in common."""

    slug: str
    name: str
    local: bool
    price_id: str
    available: bool

    @classmethod
    def of(cls, standing: Standing) -> "_Place":
        local = is_local(standing)
        price_id = "" if local else standing.spec.price_id
        return cls(standing.provider.slug, standing.provider.name, local, price_id, not standing.why)


def _of_row(place: _Place, row: Sequence[Any], typed: Collection[int]) -> Entry:
    pk, _provider, model_id, label, capabilities, context, prices, source = row
    return Entry(
        f"{place.slug}/{model_id}",
        label or model_id,
        place.slug,
        place.name,
        {**capabilities, "local": place.local},
        context,
        prices,
        place.price_id,
        place.available,
        typed=source == "typed" and pk in typed,
        row=pk,
    )


def select(
    entries: Iterable[Entry], wanted: Wanted, measured: Mapping[str, tuple[float | None, float | None]]
) -> list[Entry]:
    """Those that match, in order. ``measured``: id -> tokens/s and TTFT. What is not known comes last, either way."""
    words = folded(wanted.q).split()
    found = [entry for entry in entries if _matches(entry, wanted) and _has_words(entry, words)]
    found.sort(key=lambda entry: (folded(entry.provider_label), folded(entry.name), entry.id))
    if not wanted.sort:
        found.sort(key=lambda entry: (not entry.available, entry.provider != GROUP))
        return found
    value = _value_of(wanted.sort, measured)
    valued = [(value(entry), entry) for entry in found]
    known = [pair for pair in valued if pair[0] is not None]
    known.sort(key=lambda pair: pair[0], reverse=wanted.descending)
    return [entry for _value, entry in known] + [entry for known_value, entry in valued if known_value is None]


def _matches(entry: Entry, wanted: Wanted) -> bool:
    can = entry.capabilities
    if wanted.providers and entry.provider not in wanted.providers:
        return False
    if any(can.get(name) is not True for name in wanted.can):
        return False
    if wanted.local is not None and bool(can.get("local")) is not wanted.local:
        return False
    if wanted.available is not None and entry.available is not wanted.available:
        return False
    if wanted.context is not None and (entry.context_window or 0) < wanted.context:
        return False
    return wanted.most is None or _costs_at_most(entry, wanted.most)


def _costs_at_most(entry: Entry, most: Decimal) -> bool:
    prices = (entry.price("input"), entry.price("output"))
    return all(price is not None and price <= most for price in prices)


def _has_words(entry: Entry, words: Collection[str]) -> bool:
    if not words:
        return True
    text = folded(f"{entry.id} {entry.name} {entry.provider_label}")
    return all(word in text for word in words)


def folded(text: str) -> str:
    """As the picker compares: case and width of letters make no difference."""
    return unicodedata.normalize("NFKC", text).lower()


def _value_of(sort: str, measured: Mapping[str, tuple[float | None, float | None]]) -> Callable[[Entry], Any]:
    nothing = (None, None)
    values: dict[str, Callable[[Entry], Any]] = {
        "name": lambda entry: folded(entry.name),
        "provider": lambda entry: folded(entry.provider_label),
        "context": lambda entry: entry.context_window,
        "input": lambda entry: entry.price("input"),
        "output": lambda entry: entry.price("output"),
        "speed": lambda entry: measured.get(entry.id, nothing)[0],
        "ttft": lambda entry: measured.get(entry.id, nothing)[1],
    }
    return values[sort]
