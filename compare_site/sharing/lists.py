"""What a person shares and what is shared with them, as the page lists it: few queries, however much there is."""

from collections.abc import Mapping
from typing import Any

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compare_site.comparisons.listing import split_prompt
from compare_site.sharing.links import valid_shares, version_of
from compare_site.sharing.models import Share, ShareVisit

PAGE = 50
MOST_PEOPLE = 200
HEAVY = ("search_text", "facets", "system", "settings", "metadata")
PART_NAMES = {
    "prompt": gettext_lazy("Prompt"),
    "system": gettext_lazy("System prompt"),
    "attachments": gettext_lazy("Attachments"),
    "reasoning": gettext_lazy("Reasoning"),
    "metrics": gettext_lazy("Metrics"),
    "raw": gettext_lazy("Raw request"),
    "names": gettext_lazy("Names of models"),
}


def shared_by(user_id: int, page: int = 1) -> tuple[list[dict[str, Any]], bool]:
    """The links that a person has made, newest first, and whether there are more."""
    rows = Share.objects.filter(created_by_id=user_id, comparison__trashed_at__isnull=True)
    rows = rows.select_related("comparison").defer(*(f"comparison__{name}" for name in HEAVY))
    found = list(rows[(page - 1) * PAGE : page * PAGE + 1])
    return [_own(share) for share in found[:PAGE]], len(found) > PAGE


def _own(share: Share) -> dict[str, Any]:
    about = share.comparison
    return {
        "share": share,
        "heading": about.title or first_line(about.excerpt),
        "state": _state(share),
        "withheld": [PART_NAMES[part] for part in PART_NAMES if part not in share.parts and part != "raw"],
        "raw": "raw" in share.parts,
    }


def _state(share: Share) -> str:
    if share.revoked_at is not None:
        return "revoked"
    if share.expires_at is not None and share.expires_at <= timezone.now():
        return "expired"
    used_up = share.max_views is not None and share.views >= share.max_views
    return "used" if used_up else "works"


def people_who_share_with(user_id: int) -> list[str]:
    """User names of those whose links a person has opened and can still see."""
    visits = ShareVisit.objects.filter(user_id=user_id, share__in=valid_shares()).order_by(
        "share__created_by__username"
    )
    return list(visits.values_list("share__created_by__username", flat=True).distinct()[:MOST_PEOPLE])


def shared_with(user_id: int, page: int = 1, person: str = "") -> tuple[list[dict[str, Any]], bool]:
    """What others, or one ``person`` by user name, have shared with a person who has opened it and still can."""
    rows = ShareVisit.objects.filter(user_id=user_id, share__in=valid_shares())
    if person:
        rows = rows.filter(share__created_by__username=person)
    rows = rows.select_related("share__created_by").annotate(
        title=F("share__comparison__title"),
        excerpt=F("share__comparison__excerpt"),
        frozen_title=F("share__snapshot__state__title"),
    )
    found = list(rows[(page - 1) * PAGE : page * PAGE + 1])
    return [_others(visit, vars(visit)) for visit in found[:PAGE]], len(found) > PAGE


def _others(visit: ShareVisit, told: Mapping[str, Any]) -> dict[str, Any]:
    """Only what the link itself shows: the name of a comparison is a part of what was asked."""
    share, heading = visit.share, ""
    if "prompt" in share.parts:
        title = told["title"] if share.mode == Share.Mode.LIVE else told["frozen_title"]
        heading = title or first_line(told["excerpt"])
    return {
        "share": share,
        "heading": heading or _("Comparison"),
        "opened_at": visit.opened_at,
        "locked": bool(share.password) and visit.version != version_of(share),
    }


def first_line(text: str) -> str:
    """The name of a comparison without a title."""
    return split_prompt(text)[0] or _("Comparison")
