"""Deleting: first into the trash, where a comparison is gone for everybody and can come back; later for good.

For good means rows, journal and whatever other parts of the site keep of it beside the rows (``register_leftovers``).
"""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from compare_site import valkey
from compare_site.comparisons import events as ev
from compare_site.comparisons import journal, stops
from compare_site.comparisons.models import Comparison, Run, Submission

log = logging.getLogger(__name__)
RUNS_AT_ONCE = 200
SWEEP_SECONDS = 0.3
SWEEP_MOST = 50
LEASE = timedelta(seconds=60)
"""So long nobody else ends what a process has begun to delete."""
Leftovers = Callable[[str], object]
_leftovers: list[Leftovers] = []


def register_leftovers(remove: Leftovers) -> None:
    """``remove`` is told the id of each comparison that goes for good, before its rows do."""
    _leftovers.append(remove)


def put_in(comparison_id: str) -> bool:
    """Stop it and take it from everybody's sight; False if it is not there. With TRASH_DAYS=0 it goes for good."""
    _stop(comparison_id)
    with transaction.atomic():
        # From here on nobody can add to it.
        here = Comparison.objects.filter(pk=comparison_id, trashed_at__isnull=True)
        if not here.update(trashed_at=Now(), settled=False):
            return False
        # The same key may start the same again, as after any deletion.
        Submission.objects.filter(comparison_id=comparison_id).delete()
    if settings.TRASH_DAYS == 0:
        delete(comparison_id)
        return True
    # What was started since the first stop.
    _stop(comparison_id)
    _drop(comparison_id)
    return True


def take_out(comparison_id: str) -> bool:
    """Back to where it was, with its shares; what ran has been stopped. False if it is not in the trash."""
    if not _there(comparison_id).update(trashed_at=None, settled=False):
        return False
    try:
        journal.forget(valkey.sync_client(), comparison_id)
    except valkey.RedisError as error:
        # It forgets by itself in a moment.
        log.warning("journal of a restored comparison stays a moment: %s", type(error).__name__)
    return True


def delete(comparison_id: str) -> bool:
    """For good; False if it is not in the trash any more. Whoever is faster, this or ``take_out``, has it whole."""
    if not _there(comparison_id).update(going_since=Now()):
        return False
    _delete_claimed(comparison_id)
    return True


def _there(comparison_id: str) -> QuerySet[Comparison]:
    """It, if it is in the trash and nobody deletes it. Of its own columns only: PostgreSQL looks at them again after
    waiting for whoever was faster."""
    return Comparison.objects.filter(pk=comparison_id, trashed_at__isnull=False, going_since__isnull=True)


def _delete_claimed(comparison_id: str) -> None:
    """In small pieces: long histories must not hold the database up."""
    _stop(comparison_id)
    for remove in _leftovers:
        remove(comparison_id)
    ids = list(Run.objects.filter(comparison_id=comparison_id).values_list("pk", flat=True))
    while len(ids) > RUNS_AT_ONCE:
        piece, ids = ids[:RUNS_AT_ONCE], ids[RUNS_AT_ONCE:]
        Run.objects.filter(pk__in=piece).delete()
    Comparison.objects.filter(pk=comparison_id).delete()
    _drop(comparison_id)


def empty_what_is_due() -> int:
    """Delete for good what has been in the trash long enough; how many. A little at a time: other sweeps wait."""
    waited = Q(going_since__isnull=True, trashed_at__lte=Now() - timedelta(days=settings.TRASH_DAYS))
    left_over = Q(going_since__lte=Now() - LEASE)
    due = Comparison.objects.filter(waited | left_over, trashed_at__isnull=False).order_by("trashed_at")
    until = time.monotonic() + SWEEP_SECONDS
    gone = 0
    for comparison_id in list(due.values_list("pk", flat=True)[:SWEEP_MOST]):
        # One that was taken back while others were deleted is not due any more.
        if not due.filter(pk=comparison_id).order_by().update(going_since=Now()):
            continue
        _delete_claimed(comparison_id)
        gone += 1
        if time.monotonic() > until:
            break
    return gone


def _stop(comparison_id: str) -> None:
    stops.stop(list(Run.objects.filter(comparison_id=comparison_id).exclude(state__in=tuple(ev.FINAL))))


def _drop(comparison_id: str) -> None:
    try:
        journal.drop(valkey.sync_client(), comparison_id)
    except valkey.RedisError as error:
        log.warning("viewers not told of a deletion: %s", type(error).__name__)
