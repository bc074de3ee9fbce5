"""Stop, for one run or all of a comparison: taken out of whoever's hands, and ended with what they had shown.

Whoever reads sees the stop at once, whatever the workers do. A Valkey that does not answer is waited for once, not for
every run: its text is lost to the stopped ones, but nobody who presses Stop waits a minute.
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
"""How long a stop waits for journals that were lost a moment ago: their workers write them again at once."""
STEP = 0.01


def stop(runs: Sequence[Run]) -> None:
    """Take each run over, and only then tell its worker."""
    if not runs:
        return
    there = _await_journals(runs)
    stopped = [run.pk for run in runs if _stop(run, salvage=there)]
    if not stopped or not there:
        # Without Valkey the workers learn it with their leases.
        return
    try:
        journal.tell_workers(valkey.sync_client(), stopped)
    except valkey.RedisError as error:
        log.warning("workers not told of a stop: %s", type(error).__name__)


def _await_journals(runs: Sequence[Run]) -> bool:
    """Whether Valkey answers, as soon as it knows what all of them have shown."""
    deadline = time.monotonic() + JOURNAL_SECONDS
    while not _answers():
        if time.monotonic() > deadline:
            return False
        time.sleep(STEP)
    for run in runs:
        while run.state in transitions.ACTIVE and time.monotonic() < deadline and not takeover.can_salvage(run):
            time.sleep(STEP)
    return True


def _answers() -> bool:
    try:
        return bool(valkey.sync_client().ping())
    except valkey.RedisError as error:
        log.warning("stopping without Valkey: %s", type(error).__name__)
        return False


def _stop(run: Run, *, salvage: bool) -> bool:
    """Whether we ended it. It may change hands while we try; a run that is gone needs no stop."""
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
