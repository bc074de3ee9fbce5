"""Lists of prompts with search that finds Chinese and English on both databases, and where a version was used."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.utils.dateparse import parse_datetime

from compare_site.comparisons.access import Principal, visible_comparisons
from compare_site.comparisons.history import folded
from compare_site.comparisons.models import Comparison
from compare_site.library.access import visible_prompts
from compare_site.library.models import Prompt, PromptVersion

PAGE = 30
MOST_TAGGED = 1000
Scope = Literal["all", "mine", "team"]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of prompts with the newest version of each; ``next`` is the cursor of the page after it."""

    items: list[tuple[Prompt, PromptVersion]]
    next: str | None


def search(principal: Principal, q: str = "", tag: str = "", scope: Scope = "all", cursor: str = "") -> Found:
    """One page, the last changed first. All words of ``q`` must occur, ``tag`` exactly."""
    if "\x00" in q + tag + cursor:
        return Found([], None)
    rows = scoped(visible_prompts(principal), principal, scope)
    for word in folded(q).split():
        rows = rows.filter(search_text__contains=word)
    if tag:
        # JSON containment is not in SQLite: candidates by the searchable text, then exactly.
        candidates = rows.filter(search_text__contains=folded(tag)).values_list("pk", "tags")
        rows = rows.filter(pk__in=[pk for pk, tags in candidates if tag in tags])
    rows = _after(rows.order_by("-updated_at", "-pk"), cursor)
    found = list(rows.select_related("owner").defer("search_text")[: PAGE + 1])
    shown = found[:PAGE]
    newest = newest_versions([prompt.pk for prompt in shown])
    following = _cursor_of(shown[-1]) if len(found) > PAGE else None
    # Somebody may have deleted one between the two questions.
    return Found([(prompt, newest[prompt.pk]) for prompt in shown if prompt.pk in newest], following)


def scoped(rows: QuerySet[Prompt], principal: Principal, scope: Scope) -> QuerySet[Prompt]:
    """Only one's own, only those that the team sees, or all."""
    if scope == "mine":
        return rows.filter(owner_id=principal.user_id)
    return rows.filter(team=True) if scope == "team" else rows


def newest_versions(prompt_ids: Collection[str]) -> dict[str, PromptVersion]:
    """Prompt -> its newest version, in one query."""
    newest = PromptVersion.objects.filter(prompt=OuterRef("prompt")).order_by("-number").values("pk")[:1]
    rows = PromptVersion.objects.filter(prompt__in=prompt_ids, pk=Subquery(newest))
    return {version.prompt_id: version for version in rows}


def tags_of(principal: Principal) -> list[str]:
    """The tags of all prompts that the principal may read, the most used first."""
    counted: dict[str, int] = {}
    for tags in visible_prompts(principal).values_list("tags", flat=True)[:MOST_TAGGED]:
        for tag in tags:
            counted[tag] = counted.get(tag, 0) + 1
    return sorted(counted, key=lambda tag: (-counted[tag], tag))


def used_in(principal: Principal, version: PromptVersion) -> QuerySet[Comparison]:
    """The principal's own comparisons with a turn that was made of this version, newest first."""
    return visible_comparisons(principal).filter(turns__prompt_version=version).distinct().order_by("-created_at")


def versions_with_uses(principal: Principal, prompt: Prompt) -> QuerySet[PromptVersion]:
    """All versions, newest first, each with ``uses``: in how many of the principal's comparisons."""
    own = Q(turns__comparison__in=visible_comparisons(principal).values("pk"))
    uses = Count("turns__comparison", filter=own, distinct=True)
    return prompt.versions.select_related("created_by").annotate(uses=uses).order_by("-number")


def _cursor_of(row: Prompt) -> str:
    return f"{row.updated_at:%Y-%m-%dT%H:%M:%S.%fZ}~{row.pk}"


def _after(rows: QuerySet[Prompt], cursor: str) -> QuerySet[Prompt]:
    """What comes after the cursor: nothing, if it is none of ours."""
    if not cursor:
        return rows
    moment, _, pk = cursor.partition("~")
    at = _moment(moment)
    return rows.none() if at is None else rows.filter(Q(updated_at__lt=at) | Q(updated_at=at, pk__lt=pk))


def _moment(text: str) -> datetime | None:
    try:
        at = parse_datetime(text)
        return at.astimezone(UTC) if at is not None and at.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
