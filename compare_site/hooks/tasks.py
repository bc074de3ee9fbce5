"""The Celery task that sends one message; it carries the id of a delivery and nothing else."""

import logging

from celery import shared_task
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)


@shared_task(name="hooks.deliver", ignore_result=True, acks_late=True)
def deliver(delivery_id: str) -> None:
    """Send one message once."""
    # Imported here: web processes only enqueue and need not load the whole engine.
    from compare_site.hooks import deliveries

    deliveries.attempt(delivery_id)


def enqueue(delivery_id: str) -> None:
    """If the broker is away, the message is due again in a moment."""
    try:
        deliver.apply_async(args=(delivery_id,), retry=False)
    except (OperationalError, OSError) as error:
        log.warning("delivery %s not enqueued yet: %s", delivery_id, type(error).__name__)
