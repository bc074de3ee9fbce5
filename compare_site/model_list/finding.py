"""Which models somebody may see, and those of them that a filter wants, with what was measured of each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from compare_site.comparisons import history
from compare_site.comparisons.measured import Speed, speeds
from compare_site.comparisons.transitions import announced_env_keys
from providers.resolve import Catalogue, Entry, ModelListing, Wanted, select

PAGE = 50


@dataclass(frozen=True, slots=True)
class Found:
    """One page of models. ``total``: how many match; ``among``: how many there are."""

    listings: Sequence[ModelListing]
    speeds: dict[str, Speed]
    total: int
    among: int
    providers: Sequence[tuple[str, str]]


def find(user_id: int, wanted: Wanted, *, page: int = 1, size: int = PAGE) -> Found:
    """The page ``page`` (from 1) of what ``wanted`` says."""
    catalogue = Catalogue(announced_env_keys())
    seen = visible(user_id, catalogue.entries)
    measured = speeds() if wanted.sort in {"speed", "ttft"} else {}
    matched = select(seen, wanted, {key: (each.tokens_per_s, each.ttft_ms) for key, each in measured.items()})
    listings = catalogue.listings(matched[(page - 1) * size : page * size])
    shown = speeds([listing.id for listing in listings])
    return Found(listings, shown, len(matched), len(seen), catalogue.providers)


def visible(user_id: int, entries: Collection[Entry]) -> list[Entry]:
    """Without ids that only others have typed."""
    own = history.models_of(user_id, {entry.id for entry in entries if entry.typed})
    return [entry for entry in entries if not entry.typed or entry.id in own]


def find_one(user_id: int, public_id: str) -> tuple[ModelListing, Speed | None] | None:
    """One model; None if it is not there for this person."""
    if "\x00" in public_id:
        return None
    catalogue = Catalogue(announced_env_keys(), only=public_id or "-")
    entries = visible(user_id, catalogue.entries)
    for listing in catalogue.listings(entries):
        return listing, speeds([public_id]).get(public_id)
    return None
