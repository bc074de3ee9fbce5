"""Notes capabilities of a model that a run has proved: the answer showed one, or the provider refused one clearly."""

from compare_site.comparisons import events as ev
from compare_site.comparisons.fold import RunFold
from compare_site.comparisons.jobs import Job
from compare_site.comparisons.observed import newly_shown
from compare_site.comparisons.refused import refused
from providers.resolve import note_observed


def note_learned(job: Job, event: ev.RunEnded | None, fold: RunFold) -> None:
    """Store what is new with the row of the model. The capabilities of simulated models are known."""
    target = job.asked
    if target is None or target.spec.simulated:
        return
    shown = dict.fromkeys(newly_shown(fold, target.capabilities), True)
    denied = None
    if isinstance(event, ev.RunFailed) and event.error is not None and job.ask is not None and not fold.has_shown:
        denied = refused(event.error, job.ask.request)
    news = {**shown, **({denied: False} if denied is not None else {})}
    if news:
        note_observed(target.spec.slug, target.model_id, news)
