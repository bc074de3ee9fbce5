"""The runs that a stored key was used on, for the administration of keys, which knows of no runs."""

from collections.abc import Sequence

from django.urls import reverse

from compare_site.comparisons.listing import about
from compare_site.comparisons.models import Run
from providers.resolve import Reports, UseOfKey

LATEST = 10


def latest_runs(key_pk: int) -> Sequence[UseOfKey]:
    """Who used it on which run, the newest first."""
    rows = Run.objects.filter(api_key=key_pk).select_related("comparison__owner").order_by("-queued_at", "-pk")
    return [
        UseOfKey(
            url=reverse("admin:comparisons_run_change", args=(run.pk,)),
            run=run.pk,
            user=run.comparison.owner.get_username(),
            model=run.model,
            state=str(run.get_state_display()),
            error=run.error_code,
            cost="" if run.cost is None else about({"amount": str(run.cost), "source": run.cost_source}),
            at=run.queued_at,
        )
        for run in rows[:LATEST]
    ]


def address_of_runs(key_pk: int) -> str:
    """The list of all of them in the administration."""
    return f"{reverse('admin:comparisons_run_changelist')}?api_key__id__exact={key_pk}"


REPORTS = Reports(runs=latest_runs, all_runs=address_of_runs)
