"""Every change of a run's state, and the leases of workers. The only writer of ``Run.state``.

A run's fence is a number that grows whenever the run changes hands. Every update names the fence that the caller holds;
with an older one it changes no row, and callers act on the number of rows that were changed.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce, Now

from compare_site.comparisons import ledger
from compare_site.comparisons.fold import RunFold
from compare_site.comparisons.models import Run, RunRecord, SweepLock, Turn, WorkerLease

log = logging.getLogger(__name__)
ACTIVE = (Run.State.RUNNING, Run.State.RETRYING)
NOT_FINAL = (Run.State.QUEUED, *ACTIVE)
REMEMBERED = timedelta(days=1)
TAKEN_SECONDS = 2.0
"""How long a web process that took a run over has for ending it; then the run is an orphan again."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What the record of a run keeps beyond its folded state."""

    sent: dict[str, Any] | None = None
    provider: str = ""
    prices: dict[str, str] | None = None
    raw_usage: dict[str, Any] | None = None
    api_key: int | None = None
    wire: dict[str, Any] | None = None
    slug: str = ""
    """Of the provider."""


def claim(run_ids: Sequence[str], worker: str) -> Sequence[Run]:
    """Take the queued ones among these runs for ``worker``. ``Run.waited`` (a timedelta): how long each was queued."""
    with transaction.atomic():
        rows = list(
            Run.objects.select_for_update(of=("self",))
            .filter(pk__in=run_ids, state=Run.State.QUEUED)
            .order_by()
            .select_related("column")
            .annotate(
                waited=models.ExpressionWrapper(Now() - F("queued_at"), output_field=models.DurationField()),
            )
        )
        # Shared by all runs of a turn, and read once.
        turns = Turn.objects.select_related("comparison").in_bulk({row.turn_id for row in rows})
        Run.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=Run.State.RUNNING, fence=F("fence") + 1, worker=worker, started_at=Now()
        )
    places = {run_id: place for place, run_id in enumerate(run_ids)}
    rows.sort(key=lambda row: places[row.pk])
    for row in rows:
        row.turn = turns[row.turn_id]
        row.comparison = row.turn.comparison
        row.state, row.fence, row.worker = Run.State.RUNNING, row.fence + 1, worker
    return rows


def take_over(run: Run, states: Iterable[str] = NOT_FINAL) -> int | None:
    """Take the run away from whoever holds it. Returns the new fence, or None if it changed meanwhile.

    The run then has no worker, and ``ended_at`` says since when: the sweeper leaves it alone for ``TAKEN_SECONDS``.
    """
    updated = Run.objects.filter(pk=run.pk, fence=run.fence, state__in=tuple(states)).update(
        fence=F("fence") + 1, worker="", ended_at=Now()
    )
    return run.fence + 1 if updated else None


def end(run_id: str, fence: int, fold: RunFold, kept: Kept | None = None) -> bool:
    """Write the final state once, if the fence still holds. ``fold`` must be final.

    True also if this end is there already, so that the caller may repeat it after a lost connection.
    """
    kept = kept or Kept()
    try:
        return _end(run_id, fence, fold, kept)
    except IntegrityError:
        if kept.api_key is None:
            raise
        # The key was deleted while it was used. That must not cost the answer.
        return _end(run_id, fence, fold, replace(kept, api_key=None))


def _end(run_id: str, fence: int, fold: RunFold, kept: Kept) -> bool:
    usage, cost = fold.usage, fold.cost
    with transaction.atomic():
        updated = Run.objects.filter(pk=run_id, fence=fence, state__in=NOT_FINAL).update(
            state=fold.status,
            ended_at=Now(),
            worker="",
            finish_reason=fold.finish_reason or "",
            error_code=(fold.error or {}).get("code", ""),
            input_tokens=usage.input if usage else None,
            output_tokens=usage.output if usage else None,
            cost=Decimal(cost.amount) if cost else None,
            cost_source=cost.source if cost else "",
            ttft_ms=fold.timings.ttft_ms,
            total_ms=fold.timings.total_ms,
            **({} if kept.api_key is None else {"api_key_id": kept.api_key}),
        )
        if not updated:
            return Run.objects.filter(pk=run_id, fence=fence, state=fold.status).exists()
        record = RunRecord(
            run_id=run_id,
            state=fold.model_dump(mode="json"),
            sent=kept.sent,
            provider=kept.provider,
            prices=kept.prices,
            raw_usage=kept.raw_usage,
            wire=kept.wire,
        )
        ledger.close(run_id, fold, kept.api_key, kept.slug)
        # One statement where ``update_or_create`` needs three, in a worker that ends a whole turn at once.
        RunRecord.objects.bulk_create(
            [record],
            update_conflicts=True,
            unique_fields=["run"],
            update_fields=["state", "sent", "provider", "prices", "raw_usage", "wire"],
        )
    return True


def note_key(run_id: str, api_key: int) -> None:
    """Note the key that was used for a run which somebody else has ended: a fact about the past, so without a fence."""
    try:
        with transaction.atomic():
            Run.objects.filter(pk=run_id, api_key=None).update(api_key_id=api_key)
    except IntegrityError:
        log.info("the key of run %s is not there any more", run_id)


def requeue(run_id: str, fence: int) -> bool:
    """A run that had shown nothing goes back to the queue under the fence that took it over."""
    return bool(
        Run.objects.filter(pk=run_id, fence=fence, state__in=NOT_FINAL).update(
            state=Run.State.QUEUED,
            worker="",
            started_at=None,
            ended_at=None,
            enqueued_at=Now(),
            enqueue_count=F("enqueue_count") + 1,
        )
    )


def mark_enqueued(run_ids: Sequence[str]) -> None:
    """These queued runs have been handed to the broker once more."""
    Run.objects.filter(pk__in=run_ids).update(enqueued_at=Now(), enqueue_count=F("enqueue_count") + 1)


def renew_lease(worker: str, env_keys: Sequence[str]) -> None:
    """The worker lives for ``LEASE_SECONDS`` more, by the database's clock."""
    until = Now() + timedelta(seconds=settings.LEASE_SECONDS)
    if not WorkerLease.objects.filter(pk=worker).update(lease_until=until, env_keys=list(env_keys)):
        WorkerLease.objects.create(pk=worker, lease_until=until, started_at=Now(), env_keys=list(env_keys))
        # Whoever was killed could not take its row away.
        WorkerLease.objects.filter(lease_until__lt=Now() - REMEMBERED).delete()


def runs_of(worker: str) -> dict[str, bool]:
    """The runs that ``worker`` drives according to their rows, and whether it is asked to stop each."""
    rows = Run.objects.filter(worker=worker, state__in=ACTIVE).values_list("pk", "stop_asked_at")
    return {pk: asked_at is not None for pk, asked_at in rows}


def ask_to_stop(run: Run) -> bool:
    """Ask the worker that drives ``run``, by its row, to end it. False if no living worker does."""
    if not live_leases().filter(pk=run.worker).exists():
        return False
    asked = Run.objects.filter(pk=run.pk, fence=run.fence, state__in=ACTIVE)
    return bool(asked.update(stop_asked_at=Coalesce(F("stop_asked_at"), Now())))


def disown(run_ids: Iterable[str], worker: str) -> None:
    """Give up runs that ``worker`` holds but does not drive: without a worker the sweeper treats them as orphans."""
    Run.objects.filter(pk__in=run_ids, worker=worker, state__in=ACTIVE).update(worker="")


def end_lease(worker: str) -> None:
    """The worker has stopped: its lease need not run out."""
    WorkerLease.objects.filter(pk=worker).delete()


def live_leases() -> models.QuerySet[WorkerLease]:
    """Leases of workers that are alive."""
    return WorkerLease.objects.filter(lease_until__gt=Now())


def announced_env_keys() -> frozenset[str]:
    """Names of the key variables that some live worker has in its environment."""
    return frozenset(name for keys in live_leases().values_list("env_keys", flat=True) for name in keys)


def win_sweep() -> bool:
    """The right to sweep for one interval; False if another web process has it."""
    until = Now() + timedelta(seconds=settings.SWEEP_SECONDS * 0.9)
    if SweepLock.objects.filter(pk=1, until__lt=Now()).update(until=until):
        return True
    if SweepLock.objects.filter(pk=1).exists():
        return False
    _, created = SweepLock.objects.get_or_create(pk=1, defaults={"until": until})
    return created


def any_open() -> bool:
    """Whether any run is not final."""
    return Run.objects.filter(state__in=NOT_FINAL).exists()


def orphans() -> list[Run]:
    """Runs whose worker's lease has ended, or that were taken over a while ago and never ended."""
    holders = live_leases().values("pk")
    rows = Run.objects.filter(state__in=ACTIVE).exclude(worker__in=holders)
    being_ended = Q(worker="", ended_at__gt=Now() - timedelta(seconds=TAKEN_SECONDS))
    return list(rows.exclude(being_ended).select_related("comparison"))


def ended_between(least: timedelta, most: timedelta) -> list[Run]:
    """Runs that ended at least and at most so long ago, without what they answered."""
    moments = Now() - most, Now() - least
    ended = Run.objects.filter(ended_at__range=moments).exclude(state__in=NOT_FINAL)
    return list(ended.only("comparison_id").order_by())


def overdue(seconds: float) -> list[Run]:
    """Runs not final ``seconds`` after they were started, or after they were queued if nobody ever started them."""
    limit = Now() - timedelta(seconds=seconds)
    late = Q(state__in=ACTIVE, started_at__lt=limit) | Q(state=Run.State.QUEUED, queued_at__lt=limit)
    return list(Run.objects.filter(late).select_related("comparison"))


def not_stopped(seconds: float) -> list[Run]:
    """Runs whose workers were asked to end them ``seconds`` ago, and have not."""
    rows = Run.objects.filter(state__in=NOT_FINAL, stop_asked_at__lt=Now() - timedelta(seconds=seconds))
    return list(rows.select_related("comparison"))


def of_nobody_active() -> list[Run]:
    """Runs not final whose owner has been switched off."""
    rows = Run.objects.filter(state__in=NOT_FINAL, comparison__owner__is_active=False)
    return list(rows.select_related("comparison"))


def unclaimed(base_seconds: float) -> list[Run]:
    """Queued runs whose message is probably lost: the wait doubles with every time they were enqueued."""
    waiting = Run.objects.filter(state=Run.State.QUEUED)
    # Once a second, and mostly for nothing: then the long condition is not even put together.
    if not waiting.filter(enqueued_at__lt=Now() - timedelta(seconds=base_seconds)).exists():
        return []
    due = Q()
    for count in range(1, 8):
        last = {"enqueue_count": count} if count < 7 else {"enqueue_count__gte": count}
        due |= Q(enqueued_at__lt=Now() - timedelta(seconds=base_seconds * 2 ** (count - 1)), **last)
    return list(waiting.filter(due))
