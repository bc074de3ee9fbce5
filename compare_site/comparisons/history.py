"""The list of a person's comparisons: pinned first, then newest; with filters, and search in any language.

``search_text`` is folded when it is written and so is the query: one LIKE on both databases, without tokenizer and
language. The newest rows are looked through first; only if they do not fill the page, an index says where to look.
"""

import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Prefetch, Q, QuerySet
from django.utils.dateparse import parse_datetime

from compare_site.comparisons import figures, grams, search_index
from compare_site.comparisons.access import Principal, trashed_comparisons, visible_comparisons
from compare_site.comparisons.figures import EXCERPT
from compare_site.comparisons.models import Column, Comparison, Run, Turn

PAGE = 30
WINDOW = 600
"""So many of the newest rows are looked through at once: a few milliseconds."""
PIECES, AHEAD = (100, 600, 1500, 1500), 1000


@dataclass(frozen=True, slots=True)
class Page:
    """``next`` is the cursor of the page after this one, None on the last."""

    items: list[dict[str, Any]]
    next: str | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; everything is optional. ``until`` is the first moment that is too late.

    All words of ``q`` must occur; ``tag``, ``provider`` and ``metadata`` exactly; ``model`` as a part of a public id;
    ``status`` of any run. ``trash``: what has been deleted and can come back.
    """

    q: str = ""
    tag: str = ""
    model: str = ""
    provider: str = ""
    status: str = ""
    since: datetime | None = None
    until: datetime | None = None
    cost_min: Decimal | None = None
    cost_max: Decimal | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    trash: bool = False

    @property
    def facets(self) -> list[str]:
        """The exact filters as the index knows them."""
        found = [grams.facet(kind, value) for kind, value in (("tag", self.tag), ("provider", self.provider)) if value]
        return found + [grams.facet("metadata", grams.pair(key, value)) for key, value in self.metadata.items()]

    @property
    def said(self) -> bool:
        """Whether it narrows anything."""
        return self != Wanted(trash=self.trash)

    @property
    def possible(self) -> bool:
        """No text holds U+0000, and PostgreSQL raises at it."""
        said = (self.q, self.tag, self.model, self.provider, *self.metadata, *self.metadata.values())
        return "\x00" not in "".join(said)


def moment_of(said: date | None, *, end: bool = False) -> datetime | None:
    """A day as a moment in UTC: its beginning, or the beginning of the next. A moment stays; without a zone it is UTC.

    None also for what does not exist in UTC.
    """
    if said is None:
        return None
    try:
        if isinstance(said, datetime):
            return said.astimezone(UTC) if said.tzinfo is not None else said.replace(tzinfo=UTC)
        return datetime.combine(said, time.min, UTC) + timedelta(days=1 if end else 0)
    except OverflowError:
        return None


def folded(text: str) -> str:
    """``text`` as search compares it: accents composed or not, full-width letters and case make no difference."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def search(principal: Principal, cursor: str = "", **wanted: Any) -> Page:
    """One page of what ``Wanted(**wanted)`` says."""
    asked = Wanted(**wanted)
    if not asked.possible or "\x00" in cursor:
        return Page([], None)
    rows = trashed_comparisons(principal) if asked.trash else visible_comparisons(principal)
    ids = _found(rows, _after(_narrowed(rows, asked).order_by("-pinned", "-created_at", "-pk"), cursor), asked)
    known = Comparison.objects.defer("search_text", "system", "settings", "facets").in_bulk(ids[:PAGE])
    shown = [known[pk] for pk in ids[:PAGE] if pk in known]
    following = _cursor_of(shown[-1]) if len(ids) > PAGE and shown else None
    return Page(items_of(shown), following)


def items_of(rows: Sequence[Comparison]) -> list[dict[str, Any]]:
    """As lists show them. Of those that are not settled the runs themselves are asked."""
    _look_closer([row for row in rows if not row.settled])
    return [_item(row) for row in rows]


def _narrowed(rows: QuerySet[Comparison], asked: Wanted) -> QuerySet[Comparison]:
    """What the index of the list answers by itself."""
    if asked.since is not None:
        rows = rows.filter(created_at__gte=asked.since)
    if asked.until is not None:
        rows = rows.filter(created_at__lt=asked.until)
    if asked.cost_min is not None:
        rows = rows.filter(cost__gte=asked.cost_min)
    if asked.cost_max is not None:
        rows = rows.filter(cost__lte=asked.cost_max)
    if asked.status:
        bit = figures.BITS.get(asked.status, 0)
        rows = rows.annotate(has_state=F("state_mask").bitand(bit)).filter(has_state__gt=0)
    return rows


def _found(whole: QuerySet[Comparison], rows: QuerySet[Comparison], asked: Wanted) -> list[str]:
    """The ids of a page and one more. ``rows``: what is left of the ``whole`` list without looking at texts."""
    words, facets = folded(asked.q).split(), asked.facets
    checked = _checked(Comparison.objects.order_by("-pinned", "-created_at", "-pk"), words, facets, asked.model)
    if not (words or facets or asked.model):
        return list(rows.values_list("pk", flat=True)[: PAGE + 1])
    window: Any = rows.values_list("pk", flat=True)[: WINDOW + 1]
    if asked.status or asked.cost_min is not None or asked.cost_max is not None:
        # For these the whole list is gone through: once, not once more for what comes after the window.
        window = list(window)
    found = list(checked.filter(pk__in=window[:WINDOW]).values_list("pk", flat=True)[: PAGE + 1])
    if len(found) > PAGE or not window[WINDOW:]:
        return found
    look_up = grams.wanted([*words, *folded(asked.model).split()], facets)
    return _looked_up(whole, _checked(rows, words, facets, asked.model), look_up, found)


def _looked_up(
    whole: QuerySet[Comparison], rows: QuerySet[Comparison], look_up: grams.Wanted, seen: Sequence[str]
) -> list[str]:
    """The same from the index, newest candidates first: of what is common in old rows only a part is read.

    ``seen``: what the window had, old rows that are pinned and new ones that are not in the index yet. Rows come into
    the index when all their runs have ended. So what was created while the last one on the page ran can stand
    further down in the index: the next ``AHEAD`` of the person are ample for that.
    """
    found = dict(_places(rows.filter(pk__in=seen)))
    below: int | None = None
    for most in PIECES:
        piece = search_index.newest(look_up, below, most)
        found |= _places(rows.filter(pk__in=[pk for _row, pk in piece]))
        if len(piece) < most:
            return _first(found)
        if len(found) > PAGE:
            _pinned, created_at, _pk = found[_first(found)[-1]]
            meanwhile = rows.filter(created_at__gte=created_at)
            for later in _moments(whole.filter(created_at__gte=created_at))[AHEAD : AHEAD + 1]:
                meanwhile = meanwhile.filter(created_at__lte=later)
            return _first(found | dict(_places(meanwhile)))
        below = piece[-1][0]
    return list(rows.filter(pk__in=search_index.candidates(look_up)).values_list("pk", flat=True)[: PAGE + 1])


def _moments(rows: QuerySet[Comparison]) -> "QuerySet[Comparison, datetime]":
    return rows.order_by("created_at").values_list("created_at", flat=True)


def _first(found: Mapping[str, tuple[bool, datetime, str]]) -> list[str]:
    """The ids of a page and one more, by their places."""
    return sorted(found, key=found.__getitem__, reverse=True)[: PAGE + 1]


def _places(rows: QuerySet[Comparison]) -> Iterable[tuple[str, tuple[bool, datetime, str]]]:
    """What decides where each stands. All of them: databases asked for the first few go through the whole list."""
    places = rows.order_by().values_list("pinned", "created_at", "pk")
    return ((place[-1], place) for place in places)


def _checked(
    rows: QuerySet[Comparison], words: Sequence[str], facets: Sequence[str], model: str
) -> QuerySet[Comparison]:
    for word in words:
        rows = rows.filter(search_text__contains=word)
    for facet in facets:
        rows = rows.filter(facets__contains=facet)
    return rows.filter(model_names__icontains=model) if model else rows


def listed(rows: QuerySet[Comparison]) -> QuerySet[Comparison]:
    """With what the administration lists: of long histories and pasted books that is the first prompt only."""
    first: Any = Prefetch("turns", Turn.objects.filter(position=0))
    return rows.defer("search_text", "system", "settings", "metadata").prefetch_related("columns", first)


def models_of(user_id: int, among: Collection[str]) -> set[str]:
    """Which of these models a person's own comparisons have."""
    if not among:
        return set()
    own = Column.objects.filter(comparison__owner_id=user_id, comparison__trashed_at__isnull=True)
    return set(own.filter(model__in=among).values_list("model", flat=True))


def _cursor_of(row: Comparison) -> str:
    """Where the next page begins; nothing in it needs escaping in a URL."""
    return f"{row.created_at:%Y-%m-%dT%H:%M:%S.%fZ}~{row.pk}{'~pinned' if row.pinned else ''}"


def _after(rows: QuerySet[Comparison], cursor: str) -> QuerySet[Comparison]:
    """What comes after the cursor: nothing, if it is none of ours. The first page again would never end."""
    if not cursor:
        return rows
    created_at, _, rest = cursor.partition("~")
    pk, _, pinned = rest.partition("~")
    try:
        moment = parse_datetime(created_at)
        moment = moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        return rows.none()
    later = Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=pk)
    if pinned:
        return rows.filter(Q(pinned=False) | Q(pinned=True) & later)
    # The first condition says nothing more, but it can be looked up.
    return rows.filter(created_at__lte=moment, pinned=False).filter(later)


def _look_closer(rows: Sequence[Comparison]) -> None:
    if not rows:
        return
    ids = [row.pk for row in rows]
    runs = figures.of_runs(ids)
    models: dict[str, list[str]] = {}
    for comparison_id, model in Column.objects.filter(comparison_id__in=ids).values_list("comparison_id", "model"):
        models.setdefault(comparison_id, []).append(model)
    first = {turn.comparison_id: turn for turn in Turn.objects.filter(comparison_id__in=ids, position=0)}
    for row in rows:
        now = runs[row.pk]
        row.states, row.cost = dict(now.states), now.cost
        row.cost_estimated, row.unknown_costs = now.estimated, now.unknown
        row.model_names = "\n".join(models.get(row.pk, ()))
        row.excerpt = figures.prompt_of(first[row.pk].messages)[:EXCERPT] if row.pk in first else ""


def _item(row: Comparison) -> dict[str, Any]:
    return {
        "id": row.pk,
        "title": row.title,
        "prompt": row.excerpt,
        "tags": row.tags,
        "metadata": row.metadata,
        "pinned": row.pinned,
        "models": row.model_names.split("\n") if row.model_names else [],
        "turns": row.turn_count,
        "states": {state: row.states[state] for state in Run.State.values if row.states.get(state)},
        "cost": figures.sum_of(row.cost, estimated=row.cost_estimated),
        "unknown_costs": row.unknown_costs,
        "created_at": row.created_at.isoformat(),
        "trashed_at": row.trashed_at.isoformat() if row.trashed_at else None,
    }
