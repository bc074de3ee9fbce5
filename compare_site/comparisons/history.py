"""The list of a person's comparisons, newest first, with search that finds Chinese and English on both databases.

``search_text`` is folded when it is written and so is the query: one LIKE, no tokenizer, no language.
"""

import unicodedata
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.dateparse import parse_datetime

from compare_site.comparisons.access import Principal, visible_comparisons
from compare_site.comparisons.models import Column, Comparison, Run, Turn

PAGE = 30
EXCERPT = 240


@dataclass(frozen=True, slots=True)
class Page:
    """``next`` is the cursor of the page after this one, None on the last."""

    items: list[dict[str, Any]]
    next: str | None


def folded(text: str) -> str:
    """``text`` as search compares it: accents composed or not, full-width letters and case make no difference."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def search(principal: Principal, q: str = "", tag: str = "", model: str = "", cursor: str = "") -> Page:
    """One page. All words of ``q`` must occur; ``tag`` exactly; ``model`` as a part of a public id."""
    rows = visible_comparisons(principal)
    if "\x00" in q + tag + model + cursor:
        # No text holds it, and PostgreSQL raises at it.
        return Page([], None)
    for word in folded(q).split():
        rows = rows.filter(search_text__contains=word)
    if tag:
        rows = _with_tag(rows, tag)
    if model:
        rows = rows.filter(pk__in=Comparison.objects.filter(columns__model__icontains=model).values("pk"))
    rows = _after(rows.order_by("-created_at", "-pk"), cursor)
    found = list(listed(rows)[: PAGE + 1])
    shown = found[:PAGE]
    ids = [row.pk for row in shown]
    states = _states(ids)
    turns = dict(Turn.objects.filter(comparison_id__in=ids).values_list("comparison_id").annotate(Count("pk")))
    following = _cursor_of(shown[-1]) if len(found) > PAGE else None
    return Page([_item(row, turns.get(row.pk, 0), states.get(row.pk, {})) for row in shown], following)


def listed(rows: QuerySet[Comparison]) -> QuerySet[Comparison]:
    """With what a list shows: of long histories and pasted books that is the first prompt only."""
    first: Any = Prefetch("turns", Turn.objects.filter(position=0))
    return rows.defer("search_text", "system", "settings", "metadata").prefetch_related("columns", first)


def models_of(user_id: int, among: Collection[str]) -> set[str]:
    """Which of these models a person's own comparisons have."""
    if not among:
        return set()
    return set(Column.objects.filter(comparison__owner_id=user_id, model__in=among).values_list("model", flat=True))


def _with_tag(rows: QuerySet[Comparison], tag: str) -> QuerySet[Comparison]:
    """JSON containment is not in SQLite: candidates by the searchable text, then exactly."""
    candidates = rows.filter(search_text__contains=folded(tag)).values_list("pk", "tags")
    return rows.filter(pk__in=[pk for pk, tags in candidates if tag in tags])


def _cursor_of(row: Comparison) -> str:
    """Where the next page begins; nothing in it needs escaping in a URL."""
    return f"{row.created_at:%Y-%m-%dT%H:%M:%S.%fZ}~{row.pk}"


def _after(rows: QuerySet[Comparison], cursor: str) -> QuerySet[Comparison]:
    """What comes after the cursor: nothing, if it is none of ours. The first page again would never end."""
    if not cursor:
        return rows
    created_at, _, pk = cursor.partition("~")
    try:
        moment = parse_datetime(created_at)
        moment = moment.astimezone(UTC) if moment is not None and moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        return rows.none()
    return rows.filter(Q(created_at__lt=moment) | Q(created_at=moment, pk__lt=pk))


def _states(ids: list[str]) -> dict[str, dict[str, Any]]:
    summary: dict[str, dict[str, Any]] = {}
    rows = Run.objects.filter(comparison_id__in=ids).values_list("comparison_id", "state", "cost")
    for comparison_id, state, cost in rows:
        entry = summary.setdefault(comparison_id, {"states": Counter(), "cost": None})
        entry["states"][state] += 1
        if cost is not None:
            entry["cost"] = (entry["cost"] or 0) + cost
    return summary


def _item(row: Comparison, turns: int, summary: dict[str, Any]) -> dict[str, Any]:
    first: list[Any] = next((turn.messages for turn in row.turns.all()), [])
    prompt = "".join(block.get("text", "") for message in first[-1:] for block in message["content"])
    cost = summary.get("cost")
    return {
        "id": row.pk,
        "title": row.title,
        "prompt": prompt[:EXCERPT],
        "tags": row.tags,
        "models": [column.model for column in row.columns.all()],
        "turns": turns,
        "states": dict(summary.get("states", {})),
        "cost": None if cost is None else {"amount": format(cost.normalize(), "f"), "currency": "USD"},
        "created_at": row.created_at.isoformat(),
    }
