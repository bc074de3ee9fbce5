"""How fast models have answered here: medians of their latest finished runs, whoever asked.

What retries have slowed down says nothing of a model, so it is no sample; waits in line are left out of all times.
"""

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

from django.db import transaction

from compare_site.comparisons import events as ev
from compare_site.comparisons.fold import RunFold
from compare_site.comparisons.jobs import Job
from compare_site.comparisons.models import ModelSpeed
from providers.contract.resolved import Target

SAMPLES = 20
DAYS = 30
SECONDS_A_DAY = 86400


@dataclass(frozen=True, slots=True)
class Speed:
    """Medians; None where no run has shown it. ``runs``: how many there were, ``since``: the day of the oldest."""

    tokens_per_s: float | None
    ttft_ms: float | None
    runs: int
    since: str


def note_measured(job: Job, event: ev.RunEnded | None, fold: RunFold) -> None:
    """Keep what a run has measured that has just finished, under the model that answered."""
    target = job.asked
    if not isinstance(event, ev.RunFinished) or event.timings is None or target is None:
        return
    if fold.retries and isinstance(job.target, Target):
        return
    ttft, speed = event.timings.ttft_ms, event.timings.tokens_per_s
    if fold.retries:  # the time to the first token is that of all who were asked
        ttft = None
    if ttft is not None or speed is not None:
        _keep(f"{target.spec.slug}/{target.model_id}"[:364], [round(time.time()), ttft, speed])


def _keep(model: str, sample: list[Any]) -> None:
    with transaction.atomic():
        ModelSpeed.objects.bulk_create([ModelSpeed(model=model)], ignore_conflicts=True)
        row = ModelSpeed.objects.select_for_update().get(pk=model)
        row.samples = [*row.samples, sample][-SAMPLES:]
        row.save(update_fields=("samples",))


def speeds(models: Collection[str] | None = None) -> dict[str, Speed]:
    """Public id -> what was measured within ``DAYS``; of all models if none are named."""
    rows = ModelSpeed.objects.all() if models is None else ModelSpeed.objects.filter(pk__in=models)
    oldest = time.time() - DAYS * SECONDS_A_DAY
    recent = ((model, [each for each in samples if each[0] >= oldest]) for model, samples in rows.values_list())
    return {model: _speed(samples) for model, samples in recent if samples}


def _speed(samples: list[list[Any]]) -> Speed:
    since = datetime.fromtimestamp(min(at for at, _ttft, _speed in samples), UTC).date().isoformat()
    ttft = _median([ttft for _at, ttft, _speed in samples])
    return Speed(_median([speed for _at, _ttft, speed in samples]), ttft, len(samples), since)


def _median(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(median(known), 1) if known else None
