"""From the end of a comparison to a message that was received: rows first, then attempts until one succeeds.

The row is written in the transaction that notes the end. An attempt is a task; a worker that dies with it costs the
time until ``LEASE`` has passed, and the message goes again under the same id.
"""

import json
import logging
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import F
from django.db.models.functions import Now
from django.urls import reverse

from compare_site.comparisons.models import Comparison
from compare_site.hooks import signing
from compare_site.hooks.models import Delivery, Event, Webhook
from providers.contract.errors import ProviderError, SetupError
from providers.resolve import VaultError, open_for, post_out

log = logging.getLogger(__name__)
SECONDS = 10.0
LEASE = timedelta(seconds=60)
AT_ONCE = 20
FORGOTTEN_AT_ONCE = 500
WAITS = [timedelta(seconds=each) for each in (5, 30, 120, 600, 1800, 7200, 21600, 43200)]
"""Before each further attempt; then it is given up."""


def announce(comparison: Comparison) -> None:
    """Write a message to everybody who wants to hear of this end."""
    hooks = [hook for hook in Webhook.objects.filter(enabled=True) if hook.owner_id in (None, comparison.owner_id)]
    if not hooks:
        return
    runs = [_run(run) for run in comparison.runs.order_by("turn__position", "column__position", "sample", "attempt")]
    failed = any(run["status"] in {"failed", "interrupted"} for run in runs)
    events = [Event.ENDED, Event.FAILED] if failed else [Event.ENDED]
    for hook in hooks:
        for event in events:
            if event in hook.events:
                payload = _payload(comparison, event, runs, prompt=hook.include_prompt)
                Delivery.objects.create(webhook=hook, comparison=comparison, event=event, payload=payload, due_at=Now())


def _run(run: Any) -> dict[str, Any]:
    return {
        "id": run.pk,
        "column": run.column_id,
        "model": run.model,
        "status": run.state,
        "finish_reason": run.finish_reason or None,
        "error": run.error_code or None,
        "cost": None if run.cost is None else format(run.cost.normalize(), "f"),
        "cost_source": (run.cost_source if run.cost is not None else "") or "unknown",
    }


def _payload(comparison: Comparison, event: Event, runs: list[dict[str, Any]], *, prompt: bool) -> dict[str, Any]:
    said = {
        "id": comparison.pk,
        # Written by whoever noticed the end, who was asked nothing: only the setting knows this site's address.
        "url": f"{settings.PUBLIC_URL}{reverse('comparison', args=(comparison.pk,))}" if settings.PUBLIC_URL else None,
        "title": comparison.title,
        "tags": comparison.tags,
        "metadata": comparison.metadata,
        "created_at": comparison.created_at.isoformat(),
        "runs": runs,
    }
    if prompt:
        said["prompt"] = comparison.excerpt
    return {"type": str(event), "data": said}


def send_due() -> None:
    """Hand what is due to the workers; for the time of ``LEASE`` nobody else does."""
    from compare_site.hooks import tasks

    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, webhook__enabled=True)
    due = waiting.filter(due_at__lte=Now(), comparison__trashed_at__isnull=True).order_by("due_at")
    for pk in due.values_list("pk", flat=True)[:AT_ONCE]:
        # Of this row's own columns only: PostgreSQL does not look at a join again after waiting.
        mine = Delivery.objects.filter(pk=pk, state=Delivery.State.WAITING, due_at__lte=Now())
        if mine.update(due_at=Now() + LEASE):
            tasks.enqueue(pk)


def forget_old() -> int:
    """Delete the messages of long ago, those that nobody received, too; how many. A little at a time."""
    old = Delivery.objects.filter(created_at__lte=Now() - timedelta(days=settings.WEBHOOK_DAYS)).order_by("created_at")
    pks = list(old.values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return Delivery.objects.filter(pk__in=pks).delete()[0] if pks else 0


def attempt(pk: str) -> None:
    """Send one message once, and note what came of it. Called in a worker."""
    there = Delivery.objects.filter(state=Delivery.State.WAITING, comparison__trashed_at__isnull=True)
    delivery = there.select_related("webhook").filter(pk=pk).first()
    if delivery is None or not delivery.webhook.enabled:
        return
    Delivery.objects.filter(pk=pk).update(attempts=F("attempts") + 1, due_at=Now() + LEASE)
    status, problem = _send(delivery)
    mine = Delivery.objects.filter(pk=pk, state=Delivery.State.WAITING)
    if status is not None and 200 <= status < 300:
        mine.update(state=Delivery.State.DELIVERED, status=status, problem="", delivered_at=Now())
        return
    if delivery.attempts >= len(WAITS):
        mine.update(state=Delivery.State.FAILED, status=status, problem=problem)
        return
    mine.update(status=status, problem=problem, due_at=Now() + WAITS[delivery.attempts])


def _send(delivery: Delivery) -> tuple[int | None, str]:
    """The status of the answer and what is wrong."""
    # Imported here: web processes write and hand over messages, and need not load the whole engine.
    from compare_site.comparisons import worker_loop

    hook = delivery.webhook
    body = json.dumps(delivery.payload, ensure_ascii=False).encode()
    try:
        secret = open_for(Webhook._meta.db_table, hook.pk, hook.url, hook.ciphertext)
        headers = signing.headers_of(secret.reveal(), f"msg_{delivery.pk}", int(time.time()), body)
        loop = worker_loop.current()
        work = post_out(loop.transport, hook.url, body, headers, allow_private=hook.allow_private, seconds=SECONDS)
        status: int = loop.submit(work).result()
    except TimeoutError:
        return None, f"No answer within {SECONDS:g} seconds."
    except (ProviderError, SetupError, VaultError) as error:
        return getattr(error, "status", None), str(error)[:300]
    return status, "" if 200 <= status < 300 else f"HTTP {status}"
