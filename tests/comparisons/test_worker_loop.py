"""What a worker process has once: it lives by its lease, obeys hints, lets go of what it lost, and leaves nothing."""

import asyncio
import gc
import json
import threading
from datetime import timedelta
from typing import Any

import psutil
import pytest
from django.db.models.functions import Now

from compare_site import valkey as site_valkey
from compare_site.comparisons import actions, journal, runner, slots, takeover, transitions, worker_loop
from compare_site.comparisons.models import Run, WorkerLease
from compare_site.comparisons.worker_loop import WorkerLoop
from tests.clients.until import wait_until
from tests.comparisons.driving import QUICK, STALLS, Driven, drive, queued, shown, started, until_shown
from tests.fakes.provider_server import Reply, delta
from tests.fakes.threaded import ThreadedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


def listening_ports() -> set[int]:
    """Where this process accepts connections."""
    connections = psutil.Process().net_connections("tcp")
    return {each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN}


def test_there_is_one_loop_a_process_and_a_new_one_after_it_was_left() -> None:
    assert worker_loop.existing() is None
    first = worker_loop.current()
    assert worker_loop.current() is first is worker_loop.existing()
    worker_loop.leave()
    assert worker_loop.existing() is None
    assert worker_loop.current().lease_id != first.lease_id


def test_threads_that_come_at_once_get_the_same_loop() -> None:
    found: list[WorkerLoop] = []
    threads = [threading.Thread(target=lambda: found.append(worker_loop.current())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1
    assert WorkerLease.objects.count() == 1


def test_the_lease_is_there_from_the_start_renewed_and_given_up(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-only-its-name-is-announced")
    settings.LEASE_RENEW_SECONDS = 0.05
    worker = worker_loop.current()
    assert transitions.announced_env_keys() == {"OPENAI_API_KEY"}
    WorkerLease.objects.update(lease_until=Now() - timedelta(seconds=1))
    wait_until(lambda: transitions.live_leases().filter(pk=worker.lease_id).exists())
    WorkerLease.objects.all().delete()
    wait_until(lambda: transitions.live_leases().filter(pk=worker.lease_id).exists())
    worker_loop.leave()
    assert not WorkerLease.objects.exists()


def test_the_lease_outlives_faults(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.LEASE_RENEW_SECONDS = 0.05
    worker = worker_loop.current()
    seconds, settings.LEASE_SECONDS = settings.LEASE_SECONDS, "not a number"
    wait_until(lambda: "lease not renewed: TypeError" in caplog.text)
    settings.LEASE_SECONDS = seconds
    WorkerLease.objects.all().delete()
    wait_until(lambda: transitions.live_leases().filter(pk=worker.lease_id).exists())


def test_a_loop_that_stands_still_loses_its_lease_until_it_goes_on(settings: Any) -> None:
    settings.LEASE_SECONDS, settings.LEASE_RENEW_SECONDS = 0.2, 0.02
    worker = worker_loop.current()
    go_on = threading.Event()
    worker.call(go_on.wait)
    try:
        wait_until(lambda: not transitions.live_leases().filter(pk=worker.lease_id).exists())
    finally:
        go_on.set()
    wait_until(lambda: transitions.live_leases().filter(pk=worker.lease_id).exists())


def test_a_loop_that_cannot_start_says_why(settings: Any) -> None:
    url, settings.REDIS_URL = settings.REDIS_URL, "nonsense://"
    with pytest.raises(ValueError, match="must specify one of"):
        worker_loop.current()
    assert worker_loop.existing() is None
    settings.REDIS_URL = url
    assert worker_loop.current().lease_id


def test_hints_stop_what_they_name_and_nonsense_stops_nothing(owner: Any, caplog: pytest.LogCaptureFixture) -> None:
    comparison = started(owner, STALLS, STALLS)
    first, second = queued(comparison)
    client = site_valkey.sync_client()
    with Driven([first, second]):
        until_shown(first)
        until_shown(second)
        for nonsense in (b"\xff", b"[]", b'{"stop": 5}', b'{"go": []}', b"null"):
            client.publish(journal.CONTROL_CHANNEL, nonsense)
        wait_until(lambda: caplog.text.count("a hint that says nothing") == 5)
        assert set(worker_loop.current()._active) == {first, second}
        client.publish(journal.CONTROL_CHANNEL, json.dumps({"stop": [first, "unknown"]}))
        wait_until(lambda: set(worker_loop.current()._active) == {second})
        takeover.end_run(Run.objects.get(pk=second), "cancelled")
        journal.tell_workers(client, [second])


def test_hints_come_again_after_valkey_was_away(owner: Any, valkey_server: Any) -> None:
    worker = worker_loop.current()
    valkey_server.stop()
    valkey_server.start()
    comparison = started(owner, STALLS)
    (run_id,) = queued(comparison)
    with Driven([run_id]):
        until_shown(run_id)
        wait_until(lambda: site_valkey.sync_client().pubsub_numsub(journal.CONTROL_CHANNEL)[0][1] == 1)
        takeover.end_run(Run.objects.get(), "cancelled")
        journal.tell_workers(site_valkey.sync_client(), [run_id])
    assert worker._active == {}


def test_with_its_lease_a_worker_learns_what_it_has_lost(owner: Any, upstream: ThreadedProvider, settings: Any) -> None:
    """The hint was lost, and the provider says nothing that could be refused."""
    settings.LEASE_RENEW_SECONDS = 0.05

    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(delta("half"))
        await reply.silence()

    upstream.play(script)
    comparison = started(owner, upstream.as_rows())
    with Driven(queued(comparison)):
        until_shown(comparison.runs.get().pk)
        takeover.end_run(Run.objects.get(), "cancelled")
        wait_until(upstream.received().gone.is_set)
    assert [(run["status"], run["text"]) for run in shown(comparison)] == [("cancelled", "half")]


def test_what_was_claimed_and_is_driven_by_nobody_is_given_up(owner: Any, settings: Any) -> None:
    """As after a claim whose answer was lost on its way, or an end that could not be stored."""
    settings.LEASE_RENEW_SECONDS = 0.05
    stray, held, driven = queued(started(owner, QUICK, QUICK, STALLS))
    worker = worker_loop.current()
    with Driven([driven]), worker.holding([held]):
        until_shown(driven)
        transitions.claim([stray, held], worker.lease_id)
        wait_until(lambda: [run.pk for run in transitions.orphans()] == [stray])
        assert set(transitions.runs_of(worker.lease_id)) == {held, driven}
        actions.cancel_run(Run.objects.get(pk=driven))


def test_the_simulated_provider_starts_with_its_first_use(owner: Any, upstream: ThreadedProvider) -> None:
    before = listening_ports()
    drive(started(owner, upstream.as_rows()))
    assert listening_ports() == before
    (run,) = drive(started(owner, QUICK))
    (again,) = drive(started(owner, QUICK))
    assert len(listening_ports() - before) == 1
    assert run["hops"][0]["base_url"] == again["hops"][0]["base_url"]
    worker_loop.leave()
    assert listening_ports() == before


def test_leaving_closes_everything_even_in_the_middle_of_an_answer(owner: Any) -> None:
    """Warnings are errors: a socket, a loop or a task that stayed would fail this test."""
    before = {thread.name for thread in threading.enumerate()}
    comparison = started(owner, STALLS)
    worker = worker_loop.current()
    (job,) = runner.prepare(transitions.claim(queued(comparison), worker.lease_id))
    outcomes: list[slots.Outcome] = []
    slot = slots.Slot(worker, outcomes.append)
    worker.call(runner._start, worker, [job], slot)
    until_shown(job.run.pk)
    worker_loop.leave()

    slot.serve()
    assert [outcome.event for outcome in outcomes] == [None]
    assert {thread.name for thread in threading.enumerate()} <= before
    assert worker.loop.is_closed()
    del worker, job, outcomes, slot
    gc.collect()


def test_leaving_waits_for_what_the_loop_gave_to_a_thread() -> None:
    """Such a thread may still write to the database."""
    worker = worker_loop.current()
    entered, left = threading.Event(), threading.Event()

    def work() -> None:
        entered.set()
        wait_until(worker.loop.is_closed)
        left.set()

    worker.call(worker.loop.run_in_executor, None, work)
    assert entered.wait(10)
    worker_loop.leave()
    assert left.is_set()


def test_what_starts_after_the_grace_is_stopped_at_once() -> None:
    worker = worker_loop.current()
    worker.shut_down(0)
    wait_until(lambda: worker._grace_over)

    async def late() -> bool:
        task = asyncio.get_running_loop().create_task(asyncio.sleep(60))
        worker.track("r", task)
        await asyncio.gather(task, return_exceptions=True)
        return task.cancelled() and worker._active == {}

    assert worker.submit(late()).result(10)
