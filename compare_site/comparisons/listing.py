"""Rows of the history page as people read them: a heading, a short excerpt, states and cost in words."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from compare_site.comparisons import pairs
from compare_site.comparisons.models import Run

MODELS_SHOWN = 6
HEADING = 90


def rows_of(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What the template lists, from what ``history.search`` found."""
    # In a template each of these would be looked up once a row.
    labels = {
        "choose": _("Select “%(title)s”"),
        "keep": _("Keep “%(title)s” at the top"),
        "delete": _("Delete “%(title)s”"),
        "restore": _("Restore “%(title)s”"),
    }
    rows = [_row(item) for item in items]
    for row in rows:
        title = {"title": row["heading"]}
        row["labels"] = {name: label % title for name, label in labels.items()}
    return rows


def _row(item: Mapping[str, Any]) -> dict[str, Any]:
    models = [_times(model, copies) for model, copies in Counter(item["models"]).items()]
    heading, rest = split_prompt(item["prompt"])
    created = datetime.fromisoformat(item["created_at"])
    return {
        "id": item["id"],
        "url": reverse("comparison", args=[item["id"]]),
        "heading": item["title"] or heading or _("Comparison"),
        "excerpt": item["prompt"] if item["title"] else rest,
        "models": models[:MODELS_SHOWN],
        "more_models": max(0, len(models) - MODELS_SHOWN),
        "tags": item["tags"],
        "summary": _summary(item["states"]),
        "cost": _spent(item["cost"], item["unknown_costs"]),
        "created": created,
        "created_in_words": f"{created:%Y-%m-%d %H:%M}",
        "pinned": item["pinned"],
        "metadata": [(key, value, pairs.written(key, value)) for key, value in item["metadata"].items()],
        "gone_on": _gone_on(item["trashed_at"]),
    }


def _gone_on(trashed_at: str | None) -> datetime | None:
    """When it goes for good."""
    return datetime.fromisoformat(trashed_at) + timedelta(days=settings.TRASH_DAYS) if trashed_at else None


def told(act: str, count: int) -> str:
    """What was done, in words."""
    words = {
        "pin": ngettext("%d comparison is pinned.", "%d comparisons are pinned.", count),
        "unpin": ngettext("%d comparison is not pinned any more.", "%d comparisons are not pinned any more.", count),
        "tag": ngettext("%d comparison has the tag now.", "%d comparisons have the tag now.", count),
        "untag": ngettext("%d comparison is without the tag now.", "%d comparisons are without the tag now.", count),
        "delete": ngettext("%d comparison is in the trash.", "%d comparisons are in the trash.", count),
        "restore": ngettext("%d comparison is back.", "%d comparisons are back.", count),
        "purge": ngettext("%d comparison is gone for good.", "%d comparisons are gone for good.", count),
    }
    if act == "delete" and not settings.TRASH_DAYS:
        act = "purge"
    return words[act] % count


def _times(model: str, copies: int) -> str:
    return model if copies == 1 else f"{model} ×{copies}"


def heading_of(title: str, turns: Sequence[Mapping[str, Any]]) -> str:
    """The name of a comparison on its page: its title, else how its first prompt begins."""
    if title:
        return title
    first = turns[0]["messages"] if turns else []
    text = "".join(block.get("text", "") for message in first[-1:] for block in message["content"])
    return split_prompt(text)[0] or _("Comparison")


def split_prompt(prompt: str) -> tuple[str, str]:
    """The first line, shortened, and what it leaves out."""
    first, _newline, rest = prompt.strip().partition("\n")
    if len(first) > HEADING:
        return f"{first[:HEADING].rstrip()}…", prompt.strip()
    return first, rest.strip()


def _summary(states: Mapping[str, int]) -> str:
    """ "3 finished · 1 failed", in the order of a run's life."""
    counted = ((states.get(state.value, 0), state.label) for state in Run.State)
    return " · ".join(
        _("%(number)d %(state)s") % {"number": number, "state": label} for number, label in counted if number
    )


def _spent(cost: Mapping[str, str] | None, unknown: int) -> str:
    """A sum and how many runs are not in it. Empty before anything has ended."""
    if not unknown:
        return about(cost)
    if cost is None:
        return ngettext("%d run of unknown cost", "%d runs of unknown cost", unknown) % unknown
    return _("%(cost)s + %(n)d unknown") % {"cost": about(cost), "n": unknown}


def about(cost: Mapping[str, str] | None) -> str:
    """Dollars with a sign before them if they are estimated, or a part of them."""
    estimated = cost is not None and cost.get("source") == "estimated"
    return f"≈ {money(cost)}" if estimated else money(cost)


def money(cost: Mapping[str, str] | None) -> str:
    """Dollars with the digits that matter: two below a cent. Empty when nothing is known."""
    if cost is None:
        return ""
    amount = Decimal(cost["amount"])
    if amount == 0:
        return "$0"
    places = 2 if amount >= 1 else 4 if amount >= Decimal("0.01") else 1 - amount.adjusted()
    return f"${number_format(round(amount, places), decimal_pos=places)}"
