"""The Celery task of a turn. It carries ids only: the message is a hint, the rows say what there is to do."""

import gc
import logging
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from celery import shared_task, signals
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)
GRACE_SECONDS = 2.0
"""How long streams may go on after the worker was told to stop."""


@shared_task(name="comparisons.stream_turn", ignore_result=True, acks_late=True)
def stream_turn(turn_id: str, run_ids: list[str]) -> None:
    """Drive those of these runs that are queued to their ends."""
    # Imported here: web processes only enqueue and need not load the whole engine.
    from compare_site.comparisons import runner

    log.info("turn %s: %d runs", turn_id, len(run_ids))
    runner.stream_turn(run_ids, wait_in_line=False)


def enqueue(turn_id: str, run_ids: Sequence[str]) -> bool:
    """Hand the runs to a worker. False if the broker is away: the sweeper enqueues them again."""
    try:
        stream_turn.apply_async(args=(turn_id, list(run_ids)), retry=False)
    except (OperationalError, OSError) as error:
        log.warning("turn %s not enqueued yet: %s", turn_id, type(error).__name__)
        return False
    return True


@signals.worker_ready.connect
def _start_loop(**_: Any) -> None:
    """Load everything before the first task, so that the first prompt need not wait for it."""
    import_module("compare_site.comparisons.runner")
    from compare_site.comparisons import worker_loop

    worker_loop.current()
    # Otherwise the event loop would stand still while it loads this for the first answer with a schema.
    import_module("compare_site.comparisons.json_schema")
    # What is loaded now stays for good; collections that look through all of it took 50 ms, sometimes as a turn began.
    gc.collect()
    gc.freeze()


@signals.worker_shutting_down.connect
def _let_runs_finish(**_: Any) -> None:
    from compare_site.comparisons import worker_loop

    loop = worker_loop.existing()
    if loop is not None:
        loop.shut_down(GRACE_SECONDS)


@signals.worker_shutdown.connect
def _give_up_lease(**_: Any) -> None:
    from compare_site.comparisons import worker_loop

    worker_loop.leave()
