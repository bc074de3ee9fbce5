"""Actions on many comparisons at once and on the trash: pin, tag, delete, restore."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from compare_site.comparisons import access, actions, figures, trash
from compare_site.comparisons.access import Principal
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.models import Comparison, Run
from compare_site.comparisons.requests import MOST_TAGS

MOST_AT_ONCE = 100


def pin(comparison: Comparison, pinned: bool) -> None:
    """Pinned comparisons come first in their owner's list. Raises Refused 404."""
    if not Comparison.objects.filter(pk=comparison.pk, trashed_at__isnull=True).update(pinned=pinned):
        raise actions.deleted()
    comparison.pinned = pinned


def label_run(run: Run, tags: Sequence[str] | None, metadata: dict[str, str] | None) -> Run:
    """Change tags or metadata of one run; lists find its comparison by them."""
    with transaction.atomic():
        comparison = actions.locked(run.comparison_id)
        run = Run.objects.with_state().select_for_update(of=("self",)).get(pk=run.pk)
        if tags is not None:
            run.tags = list(dict.fromkeys(tags))
        if metadata is not None:
            run.metadata = metadata
        run.save(update_fields=("tags", "metadata"))
        models = list(comparison.columns.values_list("model", flat=True))
        facets = figures.facets_of(comparison, models, figures.labels_of(comparison))
        Comparison.objects.filter(pk=comparison.pk).update(facets=facets, settled=False)
    return run


def restore(comparison: Comparison) -> Comparison:
    """Take it out of the trash. Raises Refused 404 if it is not there any more."""
    if not trash.take_out(comparison.pk):
        raise _not_there()
    return Comparison.objects.get(pk=comparison.pk)


def delete_for_good(comparison: Comparison) -> None:
    """What is in the trash goes now. Raises Refused 404 if it is not there any more."""
    if not trash.delete(comparison.pk):
        raise _not_there()


def _not_there() -> Refused:
    return Refused(404, "not_found", _("This is not in the trash any more."))


def each(principal: Principal, comparison_ids: Sequence[str], act: str, tag: str = "") -> list[str]:
    """Do ``act`` (a key of ``ACTS``) with each of these; the ids of those that were there. Others are passed over."""
    find, do = ACTS[act]
    done = []
    for comparison_id in list(dict.fromkeys(comparison_ids))[:MOST_AT_ONCE]:
        try:
            do(find(principal, comparison_id), tag)
        except (access.Denied, Refused):
            continue
        done.append(comparison_id)
    return done


def _own(principal: Principal, comparison_id: str) -> Comparison:
    return access.access_comparison(principal, comparison_id, "write")


def _add_tag(comparison: Comparison, tag: str) -> None:
    if tag not in comparison.tags and len(comparison.tags) < MOST_TAGS:
        actions.update_details(comparison, None, [*comparison.tags, tag])


def _remove_tag(comparison: Comparison, tag: str) -> None:
    if tag in comparison.tags:
        actions.update_details(comparison, None, [each for each in comparison.tags if each != tag])


Act = tuple[Callable[[Principal, str], Comparison], Callable[[Comparison, str], Any]]
ACTS: dict[str, Act] = {
    "pin": (_own, lambda comparison, _tag: pin(comparison, True)),
    "unpin": (_own, lambda comparison, _tag: pin(comparison, False)),
    "tag": (_own, _add_tag),
    "untag": (_own, _remove_tag),
    "delete": (_own, lambda comparison, _tag: actions.delete_comparison(comparison)),
    "restore": (access.access_trashed, lambda comparison, _tag: restore(comparison)),
    "purge": (access.access_trashed, lambda comparison, _tag: delete_for_good(comparison)),
}
