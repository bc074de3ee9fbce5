"""Ending a run from outside its worker: Stop, a dead worker, a deadline that nobody kept.

The order makes it safe against a worker that still lives: first the row's fence, then the journal's, and only then is
what viewers have seen read back and written. From the first step on the old holder can change nothing.
"""

import logging
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Literal

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now

from compare_site import valkey
from compare_site.comparisons import events as ev
from compare_site.comparisons import journal, ledger, transitions
from compare_site.comparisons.events import Timings
from compare_site.comparisons.fold import ENDS, RunFold, fold_run
from compare_site.comparisons.models import Run
from providers.contract.errors import SetupError

log = logging.getLogger(__name__)
How = Literal["cancelled", "interrupted", "failed"]
CLOSING_SPAN = timedelta(seconds=5)
"""From the row of a run that has ended to its closing event takes less: after that it does not come from its worker."""
TOLD_SPAN = timedelta(seconds=30)
"""For so long after an end the sweeper makes sure that viewers hear of it, and longer if Valkey was away then."""
MOST_CLAIMS = 4
"""A run that has shown nothing is claimed so many times before it is interrupted."""
_unreached_since: float | None = None
"""Since when Valkey could not be asked which ends are untold."""


def end_run(run: Run, how: How, error: SetupError | None = None, *, salvage: bool = True) -> bool:
    """End ``run`` with the text salvaged from the journal. False if it changed hands or ended meanwhile.

    ``salvage`` False: Valkey is known to be away; end the run without its text instead of waiting.
    """
    fence = transitions.take_over(run)
    return fence is not None and end_taken(run, fence, how, error, salvage=salvage)


def end_taken(run: Run, fence: int, how: How, error: SetupError | None = None, *, salvage: bool = True) -> bool:
    """The same for a run that the caller has already taken over."""
    fold = (salvaged(run, fence) if salvage else None) or blank_fold(run)
    event = _end_event(run, fold, how, error)
    fold = fold_run(fold, event)
    if not transitions.end(run.pk, fence, fold):
        return False
    if salvage:
        _append(run, fence, event)
    return True


def salvaged(run: Run, fence: int) -> RunFold | None:
    """What viewers have seen of a run, None if nobody can know. Closes the journal to older fences first."""
    try:
        client = valkey.sync_client()
        journal.raise_fence(client, run.comparison_id, run.pk, fence)
        found = journal.salvage(client, run.comparison_id, run.pk)
        return found or journal.since_queued(client, run.comparison_id, run.pk)
    except (valkey.RedisError, ValueError) as error:
        # ValueError: another version wrote it. Ending the run matters more than its text.
        log.warning("journal of run %s cannot be read: %s", run.pk, type(error).__name__)
        return None


def can_salvage(comparison_id: str, run_ids: Iterable[str]) -> bool:
    """Whether the journal has these runs: not while Valkey is away, nor after a loss until they are written again."""
    try:
        return journal.known(valkey.sync_client(), comparison_id).issuperset(run_ids)
    except valkey.RedisError:
        return False


def requeue(run: Run, fence: int) -> bool:
    """Put it back into the queue, which viewers see as a fresh start. False if the fence does not hold any more."""
    if not transitions.requeue(run.pk, fence):
        return False
    _append(run, fence, queued_event(run))
    return True


def may_requeue(run: Run, fold: RunFold | None) -> bool:
    """Whether it may start anew: viewers have seen nothing of it, and it was not claimed ``MOST_CLAIMS`` times yet."""
    return fold is not None and not fold.has_shown and run.fence < MOST_CLAIMS


def tell_untold_ends() -> None:
    """Close journals that have a run open whose row has ended: its worker died in between, or Valkey was away.

    The journal may lack the last text as well. So viewers are made to take a snapshot.
    """
    global _unreached_since
    begun = time.monotonic()
    away = 0.0 if _unreached_since is None else begun - _unreached_since
    try:
        client = valkey.sync_client()
        ended = transitions.ended_between(CLOSING_SPAN, TOLD_SPAN + timedelta(seconds=away))
        untold = journal.still_open(client, ((run.comparison_id, run.pk) for run in ended))
        rows = Run.objects.with_state().filter(pk__in=untold)
        parts: dict[str, list[journal.Part]] = {}
        for run in rows if untold else ():
            event = ev.encode(_event_of(run))
            parts.setdefault(run.comparison_id, []).append(journal.Part(run.pk, run.fence, (event,)))
        for comparison_id, those in parts.items():
            log.warning("%d ends of %s are told by the sweeper", len(those), comparison_id)
            journal.start_anew(client, comparison_id, those)
        _unreached_since = None
    except valkey.RedisError as error:
        log.warning("ends not told, trying again: %s", type(error).__name__)
        if _unreached_since is None:
            _unreached_since = begun


def announce_untold(runs: Iterable[Run]) -> bool:
    """Announce those of a turn's queued runs that the journal does not know: the web process died after it had
    committed them, or Valkey was away. Viewers take a snapshot, with the turn. False if Valkey is away still.
    """
    by_id = {run.pk: run for run in runs}
    (comparison_id,) = {run.comparison_id for run in by_id.values()}
    try:
        client = valkey.sync_client()
        untold = journal.never_named(client, comparison_id, by_id)
        if untold:
            parts = [journal.Part(run_id, 0, (ev.encode(queued_event(by_id[run_id])),)) for run_id in sorted(untold)]
            journal.start_anew(client, comparison_id, parts)
    except valkey.RedisError as error:
        log.warning("runs not announced, trying again: %s", type(error).__name__)
        return False
    return True


def _event_of(run: Run) -> ev.RunEnded:
    """The closing event of a run whose row is final."""
    fold = stored_fold(run)
    known = {name: getattr(fold, name) for name in ev.RunEnded.model_fields if name != "run"}
    kinds = (ev.RunFinished, ev.RunFailed, ev.RunInterrupted, ev.RunCancelled)
    kind = next(kind for kind in kinds if ENDS[kind.model_fields["type"].default] == run.state)
    return kind(run=run.pk, **known)


def stored_fold(run: Run) -> RunFold:
    """The state of a run that has ended, from its row."""
    record = getattr(run, "record", None)
    if record is None or not record.state:
        fold = blank_fold(run)
        fold.status = run.state  # type: ignore[assignment]
        return fold
    return RunFold.model_validate(record.state)


def queued_event(run: Run) -> ev.RunQueued:
    """The event that (re)opens a run."""
    return ev.RunQueued(
        run=run.pk,
        column=run.column_id,
        turn=run.turn_id,
        sample=run.sample,
        attempt=run.attempt,
        parent=run.parent_id,
    )


def blank_fold(run: Run) -> RunFold:
    """The state of a run that has shown nothing."""
    return fold_run(RunFold(id=run.pk), queued_event(run))


def _end_event(run: Run, fold: RunFold, how: How, error: SetupError | None) -> ev.RunEnded:
    known: dict[str, Any] = {
        "timings": end_timings(fold, _elapsed_ms(run)),
        "usage": fold.usage,
        "cost": ledger.partial_cost(run.pk, fold),
    }
    if how == "cancelled":
        return ev.RunCancelled(run=run.pk, **known)
    problem = error.as_dict() if error else None
    if how == "failed":
        return ev.RunFailed(run=run.pk, error=problem, **known)
    return ev.RunInterrupted(run=run.pk, error=problem, **known)


def end_timings(fold: RunFold, total_ms: float) -> Timings:
    """The timings of a run that ends now, from its trace; without tokens per second, which ``run_stream`` adds."""
    waited = fold.timings.waited_ms or 0.0
    shown = [(round(at - waited, 1), kind) for at, kind, _ in fold.trace]
    answer = next((at for at, kind in shown if kind == "text"), None)
    first = shown[0][0] if shown else None
    return fold.timings.model_copy(update={"ttft_ms": first, "ttfa_ms": answer, "total_ms": round(total_ms, 1)})


def _elapsed_ms(run: Run) -> float:
    span = ExpressionWrapper(Now() - F("queued_at"), output_field=DurationField())
    waited = Run.objects.filter(pk=run.pk).values_list(span, flat=True).first()
    return waited.total_seconds() * 1000 if waited is not None else 0.0


def _append(run: Run, fence: int, event: ev.Event) -> None:
    try:
        part = journal.Part(run.pk, fence, (ev.encode(event),))
        closing = run.pk if isinstance(event, ev.RunEnded) else ""
        journal.append(valkey.sync_client(), run.comparison_id, [part], closing=closing)
    except valkey.RedisError as error:
        # The row is the truth; viewers learn it from their next snapshot.
        log.warning("run %s ended, journal not told: %s", run.pk, type(error).__name__)
