"""Runs whose end meets a fault of ours: no database, no Valkey, a value that no row holds, a mistake."""

import json
import threading
from functools import partial
from typing import Any

import pytest

from compare_site import valkey as site_valkey
from compare_site.comparisons import events as ev
from compare_site.comparisons import journal, runner, transitions, worker_loop
from compare_site.comparisons.models import Run
from providers.contract.errors import SetupError
from providers.contract.events import Usage
from tests.clients.until import wait_until
from tests.comparisons.driving import (
    QUICK,
    Driven,
    drive,
    ends_of,
    journaled,
    no_database,
    queued,
    shown,
    started,
    until_shown,
)
from tests.fakes.provider_server import DONE, answers, delta, frame, waits
from tests.fakes.threaded import ThreadedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


def test_a_database_that_is_away_for_a_moment_costs_patience_only(
    owner: Any, upstream: ThreadedProvider, caplog: pytest.LogCaptureFixture
) -> None:
    go = threading.Event()
    upstream.play(waits(delta("kept"), go, delta(finish="stop") + DONE))
    comparison = started(owner, upstream.as_rows())
    with Driven(queued(comparison)):
        until_shown(comparison.runs.get().pk)
        with no_database():
            go.set()
            wait_until(lambda: "waiting for the database" in caplog.text)

    assert [(run["status"], run["text"]) for run in shown(comparison)] == [("finished", "kept")]
    assert len(upstream.requests) == 1


def test_a_closing_event_that_finds_no_valkey_is_written_later(
    owner: Any, valkey_server: Any, monkeypatch: pytest.MonkeyPatch, upstream: ThreadedProvider
) -> None:
    monkeypatch.setattr(runner, "FLUSH_SECONDS", 0.1)
    go = threading.Event()
    upstream.play(waits(delta("seen"), go, delta(" unseen") + delta(finish="stop") + DONE))
    comparison = started(owner, upstream.as_rows())
    run_id = comparison.runs.get().pk
    with Driven(queued(comparison)):
        until_shown(run_id)
        before = journal.tip(site_valkey.sync_client(), comparison.pk)
        valkey_server.stop()
        go.set()

    assert Run.objects.get().state == "finished"
    valkey_server.start()
    wait_until(lambda: journal.tip(site_valkey.sync_client(), comparison.pk).epoch not in {"", before.epoch})
    (run,) = shown(comparison)
    assert (run["status"], run["text"]) == ("finished", "seen unseen")
    wait_until(lambda: not worker_loop.current().writer._channels)


def test_numbers_that_no_database_holds_do_not_cost_the_answer(owner: Any, upstream: ThreadedProvider) -> None:
    usage = {"prompt_tokens": 10**30, "completion_tokens": -5, "total_tokens": 2**53 - 1, "cost": 1e300}
    upstream.play(answers(delta("kept"), delta(finish="stop"), frame({"choices": [], "usage": usage}), DONE))
    (run,) = drive(started(owner, upstream.as_rows()))

    assert (run["status"], run["text"], run["cost"]) == ("finished", "kept", None)
    assert (run["usage"]["input"], run["usage"]["output"]) == (None, None)


def test_characters_that_no_database_holds_are_replaced_everywhere(owner: Any, upstream: ThreadedProvider) -> None:
    first = b'data: {"created": NaN, "service_tier": "x", "choices": []}\n\n'
    odd = '"id": "c\\u0000\\ud800d", "model": "m\\u0000", "system_fingerprint": "f\\udc00"'
    choices = '"choices": [{"index": 0, "delta": {"content": "a\\u0000b\\ud800c\\u2028"}}]'
    chunk = f"data: {{{odd}, {choices}}}\n\n"
    tail = 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "s\\u0000top"}]}\n\n'
    upstream.play(answers(first, chunk.encode(), tail.encode(), DONE))
    comparison = started(owner, upstream.as_rows())
    (run,) = drive(comparison)

    assert run["status"] == "finished"
    assert run["text"] == "a\ufffdb\ufffdc\u2028"
    everything = json.dumps([run, *(event.model_dump(mode="json") for event in journaled(comparison))])
    assert "\\u0000" not in everything
    assert "\\ud800" not in everything
    assert "NaN" not in everything
    for entry in journal.entries(site_valkey.sync_client(), comparison.pk, "0-0"):
        json.loads(entry.events, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_a_value_that_cannot_be_stored_costs_the_numbers_and_not_the_text(owner: Any) -> None:
    """Should an adapter ever let such a number through: the run ends, named, and its text stays."""
    comparison = started(owner, QUICK)
    worker = worker_loop.current()
    (job,) = runner.prepare(transitions.claim(queued(comparison), worker.lease_id))
    channel = worker.writer.open(comparison.pk, job.fold, job.run.fence)
    channel.fold = job.fold.model_copy()
    worker.submit(_say(channel, job.run.pk, "worth keeping")).result(10)
    event = ev.RunFinished(run=job.run.pk, finish_reason="stop", usage=Usage(input=2**70, output=1))
    runner._settle(worker, runner.Outcome(job, channel, event))

    (run,) = shown(comparison)
    assert (run["status"], run["text"], run["error"]["code"]) == ("failed", "worth keeping", "server")
    assert [event.type for event in ends_of(run, comparison)] == ["run.failed"]


async def _say(channel: Any, run_id: str, text: str) -> None:
    channel.emit(ev.RunDelta(run=run_id, index=0, kind="text", text=text, at=1))
    await channel.flushed()


def test_a_mistake_of_our_own_ends_the_run_by_name(owner: Any, caplog: pytest.LogCaptureFixture) -> None:
    comparison = started(owner, QUICK)
    worker = worker_loop.current()
    (job,) = runner.prepare(transitions.claim(queued(comparison), worker.lease_id))
    job.ask = "not a request"  # type: ignore[assignment]
    slot = runner.Slot(worker, partial(runner._settle, worker))
    worker.call(runner._start, worker, [job], slot)
    slot.serve()

    (run,) = shown(comparison)
    assert (run["status"], run["error"]) == ("failed", SetupError("server", runner.OURS).as_dict())
    assert "failed inside" in caplog.text
