"""Messages to the workers: ids only, never waited for long, and harmless however often they come."""

import base64
import json
import os
import signal
import time
from typing import Any

import pytest

from compare_site import valkey as site_valkey
from compare_site.comparisons import tasks, worker_loop
from compare_site.comparisons.models import Run
from tests.comparisons.driving import QUICK, queued, shown, started
from tests.fakes.threaded import ThreadedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
IDS = ["a" * 32, "b" * 32]
PATIENCE = 6.0
"""The settings say one second to connect and one for an answer; the rest is for a machine that is busy."""


def messages() -> list[dict[str, Any]]:
    return [json.loads(raw) for raw in site_valkey.sync_client().lrange("celery", 0, -1)]


def test_a_message_holds_the_ids_and_nothing_else() -> None:
    assert tasks.enqueue("t" * 32, IDS)
    (message,) = messages()
    args, kwargs, _ = json.loads(base64.b64decode(message["body"]))
    assert args == ["t" * 32, IDS]
    assert kwargs == {}
    assert message["headers"]["task"] == "comparisons.stream_turn"
    assert message["headers"]["argsrepr"] == repr(("t" * 32, IDS))


def test_a_message_says_nothing_of_prompt_parameters_or_keys(owner: Any) -> None:
    started(owner, {"model": QUICK, "params": {"stop": ["CANARY"]}}, prompt="CANARY", system="CANARY", title="CANARY")
    raw = json.dumps(messages()) + str([base64.b64decode(message["body"]) for message in messages()])
    assert "CANARY" not in raw


def test_a_broker_that_is_away_is_told_at_once(valkey_server: Any) -> None:
    assert tasks.enqueue("t" * 32, IDS)
    valkey_server.stop()
    begun = time.monotonic()
    assert tasks.enqueue("t" * 32, IDS) is False
    assert time.monotonic() - begun < PATIENCE
    valkey_server.start()
    assert tasks.enqueue("t" * 32, IDS)


def test_a_broker_that_says_nothing_is_given_up_soon(valkey_server: Any) -> None:
    assert tasks.enqueue("t" * 32, IDS)
    os.kill(valkey_server.process.pid, signal.SIGSTOP)
    try:
        begun = time.monotonic()
        assert tasks.enqueue("t" * 32, IDS) is False
        assert time.monotonic() - begun < PATIENCE
    finally:
        os.kill(valkey_server.process.pid, signal.SIGCONT)


def test_the_same_message_three_times_asks_the_provider_once(owner: Any, upstream: ThreadedProvider) -> None:
    comparison = started(owner, upstream.as_rows())
    ids = queued(comparison)
    for _ in range(3):
        tasks.stream_turn(comparison.turns.get().pk, ids)

    assert len(upstream.requests) == 1
    assert [run["status"] for run in shown(comparison)] == ["finished"]
    assert Run.objects.get().fence == 1


def test_a_message_for_runs_that_are_gone_does_nothing() -> None:
    tasks.stream_turn("t" * 32, IDS)
    assert Run.objects.count() == 0


def test_the_life_of_a_worker_starts_and_ends_its_loop() -> None:
    tasks._let_runs_finish()
    assert worker_loop.existing() is None, "a worker without runs has nothing to stop"
    tasks._start_loop()
    loop = worker_loop.existing()
    assert loop is not None
    tasks._let_runs_finish()
    assert loop.stopping
    tasks._give_up_lease()
    assert worker_loop.existing() is None
