"""The list of somebody's batches, newest first, in pages."""

from dataclasses import dataclass
from datetime import UTC

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime

from compare_site.batches.models import Batch

PAGE = 30


@dataclass(frozen=True, slots=True)
class Page:
    """``next`` is the cursor of the page after this one, None on the last."""

    items: list[Batch]
    next: str | None


def page_of(rows: QuerySet[Batch], cursor: str = "") -> Page:
    """One page. A cursor that is none of ours gives an empty one: the first page again would never end."""
    if cursor:
        created_at, _, pk = cursor.partition("~")
        try:
            moment = parse_datetime(created_at)
            moment = moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
        except (ValueError, OverflowError):
            moment = None
        if moment is None or "\x00" in pk:
            return Page([], None)
        rows = rows.filter(Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=pk))
    found = list(rows.order_by("-created_at", "-pk")[: PAGE + 1])
    shown = found[:PAGE]
    following = f"{shown[-1].created_at:%Y-%m-%dT%H:%M:%S.%fZ}~{shown[-1].pk}" if len(found) > PAGE else None
    return Page(shown, following)
