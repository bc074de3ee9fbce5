"""The Celery app: a message says that there is work, rows say what it is and who does it.

Nothing here decides whether a run is alive: that is the lease in the database. So a message may come twice or never.
"""

import os
from typing import Any

from celery import Celery, signals
from django.conf import settings

from compare_site import valkey

# For ``celery -A compare_site``, which knows nothing of manage.py.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "compare_site.settings")
PRODUCER_SECONDS = 1
app = Celery("compare_site")


def _settings() -> dict[str, Any]:
    return {
        "broker_url": valkey.broker_url(),
        "accept_content": ["json"],
        "task_serializer": "json",
        "task_ignore_result": True,
        "task_acks_late": True,
        "worker_prefetch_multiplier": 1,
        "worker_send_task_events": False,
        "task_send_sent_event": False,
        "worker_enable_remote_control": False,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
        "broker_connection_retry_on_startup": True,
        # None = for ever: the supervisor restarts Valkey, and the worker's streams go on meanwhile.
        "broker_connection_max_retries": None,
        "broker_connection_timeout": PRODUCER_SECONDS,
        "broker_transport_options": {
            # Above every deadline of a turn, so that a message never comes again while its task still runs.
            "visibility_timeout": max(3600, settings.TOTAL_SECONDS + settings.QUEUE_SECONDS + 600),
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            # Whoever enqueues for a person must hear soon that the broker is away.
            "socket_connect_timeout": PRODUCER_SECONDS,
            "socket_timeout": PRODUCER_SECONDS,
            "max_retries": 0,
        },
    }


app.add_defaults(_settings)
app.autodiscover_tasks(["compare_site.comparisons", "compare_site.hooks"])


@signals.celeryd_init.connect
def _wait_for_work(conf: Any = None, **_: Any) -> None:
    """A worker waits for messages as long as it takes."""
    conf.broker_transport_options = {**conf.broker_transport_options, "socket_timeout": None}


@signals.setup_logging.connect
def _keep_our_logging(**_: Any) -> None:
    """A receiver is all it takes: Celery then leaves logging as the settings made it."""
