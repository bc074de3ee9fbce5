"""The broker's settings: what a lost Valkey must not do to whoever presses Run, nor to a worker."""

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from celery import signals
from django.conf import settings
from kombu.exceptions import OperationalError

from compare_site.celery import app
from tests.clients.until import wait_until
from tests.valkey_server import ValkeyServer

TASK = "comparisons.stream_turn"


def send() -> None:
    app.send_task(TASK, args=("turn", ["run"]), retry=False)


@pytest.fixture
def stopped(valkey_server: ValkeyServer) -> Iterator[ValkeyServer]:
    valkey_server.stop()
    yield valkey_server
    valkey_server.start()


def test_a_message_carries_ids_as_json(valkey: Any) -> None:
    send()

    message = json.loads(valkey.lindex("celery", 0))
    assert message["content-type"] == "application/json"
    assert message["headers"]["task"] == TASK


def test_enqueueing_fails_without_valkey(stopped: ValkeyServer) -> None:
    with pytest.raises(OperationalError):
        send()


@pytest.mark.timeout(30)
def test_enqueueing_does_not_wait_for_a_frozen_valkey(valkey: Any, valkey_server: ValkeyServer) -> None:
    send()
    assert valkey_server.process is not None
    valkey_server.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(OperationalError):
            send()
    finally:
        valkey_server.process.send_signal(signal.SIGCONT)


def test_enqueueing_works_again_when_valkey_is_back(valkey: Any, valkey_server: ValkeyServer) -> None:
    send()
    valkey_server.stop()
    with pytest.raises(OperationalError):
        send()
    valkey_server.start()

    wait_until(lambda: _sent(), 10)


def _sent() -> bool:
    try:
        send()
    except OperationalError:
        return False
    return True


def test_a_message_never_comes_again_while_its_task_may_run() -> None:
    assert (
        app.conf.broker_transport_options["visibility_timeout"] > settings.TOTAL_SECONDS + settings.QUEUE_SECONDS + 60
    )
    assert app.conf.task_acks_late
    assert app.conf.worker_prefetch_multiplier == 1
    assert app.conf.task_ignore_result
    assert app.conf.accept_content == ["json"]


def test_a_worker_waits_for_messages_without_a_limit() -> None:
    class Conf:
        broker_transport_options = dict(app.conf.broker_transport_options)

    assert Conf.broker_transport_options["socket_timeout"] == 1
    signals.celeryd_init.send(sender="worker", instance=None, conf=Conf, options={})

    assert Conf.broker_transport_options["socket_timeout"] is None
