"""Is the process up, and can it do its work? JSON, 200 or 503, no sign-in, nothing about the inside."""

import logging
from datetime import timedelta

from django.contrib.auth.decorators import login_not_required
from django.db import Error as DatabaseError
from django.db.models.functions import Now
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from compare_site import valkey
from compare_site.comparisons.models import WorkerLease

log = logging.getLogger(__name__)
WORKER_SEEN_WITHIN = timedelta(seconds=15)


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Database, Valkey and at least one worker are there."""
    database, worker = _database_and_worker()
    checks = {"database": database, "valkey": _valkey(), "worker": worker}
    ready = all(checks.values())
    return JsonResponse({"status": "ok" if ready else "unavailable", "checks": checks}, status=200 if ready else 503)


def _database_and_worker() -> tuple[bool, bool]:
    try:
        # A lease that has run out says when its worker was last seen: it had been renewed before that.
        return True, WorkerLease.objects.filter(lease_until__gt=Now() - WORKER_SEEN_WITHIN).exists()
    except DatabaseError as error:
        log.warning("not ready: database: %s", type(error).__name__)
        return False, False


def _valkey() -> bool:
    try:
        return bool(valkey.sync_client().ping())
    except valkey.RedisError as error:
        log.warning("not ready: valkey: %s", type(error).__name__)
        return False
