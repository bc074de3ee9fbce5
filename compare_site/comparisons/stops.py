"""Stop, for one run or all of a comparison: take it over, and end it with what viewers have seen.

So a stop is visible at once, whatever the workers do. While Valkey is away, only the workers know what was shown: they
are asked, by a column of the row, to end their runs themselves.
"""

import logging
import time
from collections.abc import Sequence

from compare_site import valkey
from compare_site.comparisons import events as ev
from compare_site.comparisons import journal, takeover, transitions
from compare_site.comparisons.models import Run

log = logging.getLogger(__name__)
ATTEMPTS = 5
JOURNAL_SECONDS = 0.5
"""How long a stop waits for Valkey, and for journals that were just lost: their workers write them again at once."""
WORKER_SECONDS = 4.0
"""How long whoever presses Stop waits for workers that are asked by their rows: they look every two seconds."""
STEP = 0.01
WORKER_STEP = 0.1


def stop(runs: Sequence[Run], *, wait: bool = True) -> None:
    """Take each run over, then tell its worker to stop streaming.

    ``wait`` False: where a worker has to end the run itself, do not wait until it has.
    """
    if not runs:
        return
    if not _await_journals(runs):
        _stop_by_rows(runs, wait=wait)
        return
    stopped = [run.pk for run in runs if _stop(run, salvage=True)]
    if not stopped:
        return
    try:
        journal.tell_workers(valkey.sync_client(), stopped)
    except valkey.RedisError as error:
        log.warning("workers not told of a stop: %s", type(error).__name__)


def _stop_by_rows(runs: Sequence[Run], *, wait: bool) -> None:
    """Without Valkey: ask living workers to end their runs; end here what nobody drives."""
    asked = [run.pk for run in runs if run.state in transitions.ACTIVE and transitions.ask_to_stop(run)]
    for run in runs:
        if run.pk not in asked:
            _stop(run, salvage=False)
    left = Run.objects.filter(pk__in=asked, state__in=transitions.NOT_FINAL)
    deadline = time.monotonic() + (WORKER_SECONDS if wait else 0)
    while asked and time.monotonic() < deadline and left.exists():
        time.sleep(WORKER_STEP)


def _await_journals(runs: Sequence[Run]) -> bool:
    """Wait until Valkey answers and has the journals of all running runs. False if it does not answer in time."""
    deadline = time.monotonic() + JOURNAL_SECONDS
    while not _answers():
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP)
    active: dict[str, list[str]] = {}
    for run in runs:
        if run.state in transitions.ACTIVE:
            active.setdefault(run.comparison_id, []).append(run.pk)
    for comparison_id, run_ids in active.items():
        while not takeover.can_salvage(comparison_id, run_ids) and time.monotonic() < deadline:
            time.sleep(STEP)
    return True


def _answers() -> bool:
    try:
        return bool(valkey.sync_client().ping())
    except valkey.RedisError as error:
        log.warning("stopping without Valkey: %s", type(error).__name__)
        return False


def _stop(run: Run, *, salvage: bool) -> bool:
    """End one run; try again if it changes hands meanwhile. False if it ended by itself or is gone."""
    for _attempt in range(ATTEMPTS):
        if run.state in ev.FINAL:
            return False
        if takeover.end_run(run, "cancelled", salvage=salvage):
            return True
        fresh = Run.objects.filter(pk=run.pk).first()
        if fresh is None:
            return False
        run = fresh
    return False
