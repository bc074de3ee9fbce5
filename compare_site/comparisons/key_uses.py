"""Notes the stored keys that a run was asked with: how each call went, for the page of the key and for the run."""

from typing import Any

from compare_site.comparisons import estimates, transitions
from compare_site.comparisons import events as ev
from compare_site.comparisons.fold import RunFold
from compare_site.comparisons.jobs import Job
from providers.contract.resolved import Target
from providers.resolve import note_key_used


def note_keys(job: Job, event: ev.RunEnded | None, fold: RunFold) -> None:
    """Note every key that was used, with the outcome. ``event`` is None if somebody else has ended the run."""
    for key_pk, error in job.used:
        note_key_used(key_pk, error.as_dict(), run_id=job.run.pk)
    asked = job.asked.key_pk if job.asked is not None else None
    if asked is None:
        return
    # Members of a group are asked once each, and those that failed are told apart above.
    before = [retry["error"] for retry in fold.retries] if isinstance(job.target, Target) else []
    if event is None:
        transitions.note_key(job.run.pk, asked)
    nothing = None if estimates.is_charged(fold) else "0"
    known = event.cost if event is not None else None
    cost, estimated = (known.amount, known.source == "estimated") if known is not None else (nothing, False)
    note_key_used(asked, _error_of(event), run_id=job.run.pk, cost=cost, estimated=estimated, before=before)


def _error_of(event: ev.RunEnded | None) -> dict[str, Any] | None:
    return event.error if event is not None else None
