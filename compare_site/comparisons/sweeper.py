"""The sweeper: once a second it ends or requeues what nobody drives any more, and keeps figures up to date; what has
waited for days or is long overdue (trash, uploads that nobody used) it looks for more rarely.

Every web process has one; a row decides whose turn it is, and the database's clock decides which workers are alive.
Runs of dead workers, runs whose Celery message was lost, runs past every deadline and runs of people who were switched
off are found here, so no run stays "running" for ever.
"""

import logging
import threading
import time
from collections.abc import Callable

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connections

from compare_site import valkey
from compare_site.comparisons import figures, stops, takeover, tasks, transitions, trash
from compare_site.comparisons.models import Run
from providers.contract.errors import SetupError

log = logging.getLogger(__name__)
LOST_MESSAGE_SECONDS = 3
DEADLINE_MARGIN_SECONDS = 60
STOP_SECONDS = 8.0
"""How long a worker has for ending a run that its row asks it to stop."""
AWAY_SECONDS = 20.0
"""How long runs of dead workers wait for a Valkey that is away: only Valkey has what they had shown."""
DEAD = SetupError("server", "The worker that drove this run has gone. What had arrived is kept; run it again.")
LATE = SetupError("timed_out", "The run passed its deadline and was ended.")
_started = threading.Event()
_once = threading.Lock()
_away_since: float | None = None
_more: list[Callable[[], object]] = []
_more_rarely: list[Callable[[], object]] = []


def register_step(step: Callable[[], object], *, rarely: bool = False) -> None:
    """Call ``step`` at the end of every sweep, or every ``SWEEP_RARELY_SECONDS``: other apps look after their own rows
    that way.
    """
    (_more_rarely if rarely else _more).append(step)


def start() -> None:
    """Start the sweeper of this process, once."""
    with _once:
        if not _started.is_set():
            _started.set()
            threading.Thread(target=watch, args=(threading.Event(),), name="sweeper", daemon=True).start()


def watch(over: threading.Event) -> None:
    """Sweep in this thread until ``over`` is set."""
    rarely = time.monotonic()
    try:
        while not over.wait(settings.SWEEP_SECONDS):
            try:
                if transitions.win_sweep():
                    sweep_often()
                    if time.monotonic() >= rarely:
                        rarely = time.monotonic() + settings.SWEEP_RARELY_SECONDS
                        sweep_rarely()
            except Exception as error:
                # Nobody else sweeps for this process: whatever goes wrong here must not end the thread.
                log.error("sweep failed, trying again: %s", type(error).__name__)
                connections.close_all()
    finally:
        connections.close_all()


def sweep() -> None:
    """One pass over everything that should not stay as it is."""
    sweep_often()
    sweep_rarely()


def sweep_often() -> None:
    """What somebody may be waiting for. Of a site where nothing happens it asks little."""
    if transitions.any_open():
        _look_after_open_runs()
    takeover.tell_untold_ends()
    figures.catch_up()
    for step in _more:
        _guarded("a registered step", step)


def sweep_rarely() -> None:
    """What has been waiting for so long already that it may wait a little more."""
    for run in transitions.overdue(settings.TOTAL_SECONDS + settings.QUEUE_SECONDS + DEADLINE_MARGIN_SECONDS):
        _guarded(f"run {run.pk}", _end_late, run)
    trash.empty_what_is_due()
    for step in _more_rarely:
        _guarded("a registered step", step)


def _look_after_open_runs() -> None:
    if _can_salvage():
        for run in transitions.orphans():
            _guarded(f"run {run.pk}", rescue, run)
    for run in transitions.not_stopped(STOP_SECONDS):
        _guarded(f"run {run.pk}", _end_stopped, run)
    stops.stop(transitions.of_nobody_active(), wait=False)
    lost: dict[str, list[Run]] = {}
    for run in transitions.unclaimed(LOST_MESSAGE_SECONDS):
        lost.setdefault(run.turn_id, []).append(run)
    for turn_id, runs in lost.items():
        ids = [run.pk for run in runs]
        first = [run for run in runs if run.enqueue_count == 1]
        if (not first or takeover.announce_untold(first)) and tasks.enqueue(turn_id, ids):
            transitions.mark_enqueued(ids)


def _guarded(what: str, step: Callable[..., object], *arguments: object) -> None:
    """One step that fails must not keep the others from being taken; the next sweep tries it again."""
    try:
        step(*arguments)
    except DatabaseError:
        # It would fail for the others, too.
        raise
    except Exception as error:
        log.error("%s not swept: %s", what, type(error).__name__)


def _can_salvage() -> bool:
    """Whether journals can be read, or have been away for so long that runs must end without them."""
    global _away_since
    try:
        valkey.sync_client().ping()
    except valkey.RedisError:
        _away_since = _away_since or time.monotonic()
        return time.monotonic() - _away_since > AWAY_SECONDS
    _away_since = None
    return True


def _end_late(run: Run) -> None:
    takeover.end_run(run, "failed", LATE)


def _end_stopped(run: Run) -> None:
    takeover.end_run(run, "cancelled")


def rescue(run: Run) -> None:
    """A run without a living worker: back to the queue if nothing was shown, otherwise interrupted with its text."""
    fence = transitions.take_over(run, transitions.ACTIVE)
    if fence is None:
        return
    if run.stop_asked_at is not None:
        takeover.end_taken(run, fence, "cancelled")
        return
    if takeover.may_requeue(run, takeover.salvaged(run, fence)) and takeover.requeue(run, fence):
        tasks.enqueue(run.turn_id, [run.pk])
        return
    takeover.end_taken(run, fence, "interrupted", DEAD)
