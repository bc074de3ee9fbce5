"""The watch of a web process: it keeps going whatever happens, and what it sends back to the queue is driven again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from compare_site import valkey as site_valkey
from compare_site.comparisons import events as ev
from compare_site.comparisons import journal, runner, sweeper, takeover, tasks, transitions
from compare_site.comparisons.fold import RunFold, fold_run
from compare_site.comparisons.models import Run, SweepLock, WorkerLease
from tests.clients.until import wait_until
from tests.comparisons.driving import (
    ENDLESS,
    QUICK,
    Driven,
    journaled,
    no_database,
    queued,
    shown,
    started,
    until_shown,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
DEAD = "d" * 32


def claimed_by_the_dead(user: Any, *models: str) -> list[Run]:
    """Runs of a worker whose lease has ended, after it had said that it began with them."""
    comparison = started(user, *models)
    alive = {"lease_until": Now() + timedelta(minutes=1), "started_at": Now()}
    WorkerLease.objects.update_or_create(pk=DEAD, defaults=alive)
    rows = list(transitions.claim(queued(comparison), DEAD))
    for run in rows:
        begin = [ev.encode(ev.RunStarted(run=run.pk, at=1))]
        state = takeover.blank_fold(run).model_dump_json()
        part = journal.Part(run.pk, run.fence, begin)
        client = site_valkey.sync_client()
        client.eval(*journal.append_args(run.comparison_id, [part], checkpoints=[(run.pk, state)]))
    WorkerLease.objects.filter(pk=DEAD).update(lease_until=Now())
    return rows


@contextmanager
def unreachable(valkey_server: Any) -> Iterator[None]:
    """Nobody can connect; what it holds is there again afterwards."""
    elsewhere = valkey_server.socket.with_suffix(".away")
    valkey_server.socket.rename(elsewhere)
    site_valkey.sync_client().connection_pool.disconnect()
    try:
        yield
    finally:
        elsewhere.rename(valkey_server.socket)


def test_what_a_dead_worker_had_not_shown_is_asked_for_once_more_and_finishes(owner: Any) -> None:
    (run,) = claimed_by_the_dead(owner, QUICK)
    sweeper.sweep()
    runner.stream_turn([run.pk])

    (after,) = shown(run.comparison)
    assert (after["status"], Run.objects.get().fence) == ("finished", 3)
    kinds = [event.type for event in journaled(run.comparison, run.pk)]
    assert kinds[:4] == ["run.queued", "run.started", "run.queued", "run.started"]
    assert "run.interrupted" not in kinds


def test_a_run_that_cannot_be_read_back_does_not_keep_the_others_from_their_end(owner: Any) -> None:
    poisoned, healthy = claimed_by_the_dead(owner, QUICK, QUICK)
    client = site_valkey.sync_client()
    checkpoints = journal.keys_of(poisoned.comparison_id)[2]
    entry_id = client.hget(checkpoints, poisoned.pk).partition(b" ")[0]
    client.hset(checkpoints, poisoned.pk, entry_id + b' {"from": "another version"}')
    sweeper.sweep()

    assert Run.objects.get(pk=poisoned.pk).state == "interrupted", "nobody knows what it had shown"
    assert Run.objects.get(pk=healthy.pk).state == "queued"


def test_a_living_worker_past_the_deadline_loses_the_run(owner: Any, settings: Any) -> None:
    comparison = started(owner, ENDLESS)
    with Driven(queued(comparison)):
        seen = until_shown(comparison.runs.get().pk)
        Run.objects.update(started_at=Now() - timedelta(seconds=settings.TOTAL_SECONDS + settings.QUEUE_SECONDS + 61))
        sweeper.sweep()

    (after,) = shown(comparison)
    assert (after["status"], after["error"]["code"]) == ("failed", "timed_out")
    assert after["text"].startswith(seen["text"])


def test_lost_messages_of_one_turn_become_one_message(owner: Any) -> None:
    comparison = started(owner, QUICK, QUICK, QUICK)
    client = site_valkey.sync_client()
    client.delete("celery")
    Run.objects.update(enqueued_at=Now() - timedelta(seconds=sweeper.LOST_MESSAGE_SECONDS + 1))
    sweeper.sweep()
    assert client.llen("celery") == 1
    assert set(Run.objects.values_list("enqueue_count", flat=True)) == {2}
    assert queued(comparison)


def test_what_had_been_shown_is_waited_for_while_valkey_is_away(owner: Any, valkey_server: Any) -> None:
    (run,) = claimed_by_the_dead(owner, QUICK)
    event = ev.RunDelta(run=run.pk, index=0, kind="text", text="seen", at=2)
    part = journal.Part(run.pk, run.fence, [ev.encode(event)])
    journal.append(site_valkey.sync_client(), run.comparison_id, [part])
    with unreachable(valkey_server):
        sweeper.sweep()
        assert Run.objects.get().state == "running"
    sweeper.sweep()

    assert [(after["status"], after["text"]) for after in shown(run.comparison)] == [("interrupted", "seen")]


def test_a_valkey_that_stays_away_does_not_keep_runs_for_ever(
    owner: Any, valkey_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeper, "AWAY_SECONDS", 0.0)
    (run,) = claimed_by_the_dead(owner, QUICK)
    started(owner, QUICK)
    Run.objects.filter(state="queued").update(enqueued_at=Now() - timedelta(seconds=60))
    valkey_server.stop()
    sweeper.sweep()
    sweeper.sweep()
    assert Run.objects.get(pk=run.pk).state == "interrupted"
    waiting = Run.objects.exclude(pk=run.pk).get()
    assert (waiting.state, waiting.enqueue_count) == ("queued", 1), "the wait grows by messages, not by attempts"


def test_a_stop_under_way_is_told_as_a_stop(owner: Any) -> None:
    """The sweep comes between the two halves of a stop: the run has no worker then, like one whose worker died."""
    (run,) = claimed_by_the_dead(owner, QUICK)
    fence = transitions.take_over(run)
    assert fence is not None
    sweeper.sweep()
    assert takeover.end_taken(run, fence, "cancelled")
    assert [after["status"] for after in shown(run.comparison)] == ["cancelled"]


@contextmanager
def watching(settings: Any) -> Iterator[None]:
    """The watch of this process, every 20 ms."""
    settings.SWEEP_SECONDS = 0.02
    over = threading.Event()
    thread = threading.Thread(target=sweeper.watch, args=(over,))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@pytest.fixture
def watch(settings: Any) -> Iterator[None]:
    """It, for the time of a test."""
    with watching(settings):
        yield


def test_the_watch_rescues_by_itself(owner: Any, watch: None) -> None:
    (run,) = claimed_by_the_dead(owner, QUICK)
    wait_until(lambda: Run.objects.get(pk=run.pk).state == "queued")
    assert SweepLock.objects.count() == 1


def test_the_watch_survives_a_database_that_is_away_and_faults_of_its_own(
    owner: Any, watch: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    with no_database():
        wait_until(lambda: "sweep failed" in caplog.text)
    with monkeypatch.context() as patch:
        patch.setattr(sweeper.figures, "catch_up", None)
        caplog.clear()
        wait_until(lambda: "sweep failed, trying again: TypeError" in caplog.text)
    (run,) = claimed_by_the_dead(owner, QUICK)
    wait_until(lambda: Run.objects.get(pk=run.pk).state == "queued")


def test_what_may_wait_is_looked_for_at_once_and_then_more_rarely(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step that fails keeps no other from being taken."""
    calls: list[str] = []
    monkeypatch.setattr(sweeper, "_more", [lambda: 1 // 0, lambda: calls.append("often")])
    monkeypatch.setattr(sweeper, "_more_rarely", [lambda: 1 // 0, lambda: calls.append("rarely")])
    settings.SWEEP_RARELY_SECONDS = 3600
    with watching(settings):
        wait_until(lambda: calls.count("often") > 3)
    assert calls.count("rarely") == 1
    settings.SWEEP_RARELY_SECONDS = 0
    with watching(settings):
        wait_until(lambda: calls.count("rarely") > 3)


def test_a_site_where_nothing_happens_is_asked_little(django_assert_num_queries: Any) -> None:
    """Once a second, for as long as it runs."""
    with django_assert_num_queries(5):
        sweeper.sweep_often()


def test_a_process_watches_once_however_often_it_is_told(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.SWEEP_SECONDS = 3600
    monkeypatch.setattr(sweeper, "_started", threading.Event())
    before = set(threading.enumerate())
    sweeper.start()
    sweeper.start()
    assert [thread.name for thread in set(threading.enumerate()) - before] == ["sweeper"]


def test_runs_of_somebody_who_was_switched_off_end(owner: Any, stranger: Any) -> None:
    """However that was done; what waits in the queue, too. Those of others go on."""
    theirs, other = started(owner, QUICK, QUICK), started(stranger, QUICK)
    Run.objects.filter(pk=theirs.runs.first().pk).update(state="running", worker="w", started_at=Now())
    WorkerLease.objects.create(pk="w", lease_until=Now() + timedelta(minutes=1), started_at=Now())
    owner.is_active = False
    owner.save()

    sweeper.sweep()

    assert set(theirs.runs.values_list("state", flat=True)) == {"cancelled"}
    assert other.runs.get().state == "queued"


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch) -> None:
    """Valkey has been there all the time, as far as this process knows."""
    monkeypatch.setattr(takeover, "_unreached_since", None)


def ended_untold(run: Run, seconds: float) -> None:
    """Its worker ended it so long ago and died before it said so."""
    fold = journal.salvage(site_valkey.sync_client(), run.comparison_id, run.pk)
    assert fold is not None
    assert transitions.end(run.pk, run.fence, fold_run(fold, ev.RunFinished(run=run.pk, finish_reason="stop")))
    Run.objects.filter(pk=run.pk).update(ended_at=Now() - timedelta(seconds=seconds))


def test_an_end_is_told_however_long_valkey_was_away(owner: Any, valkey_server: Any, reached: None) -> None:
    (run,) = claimed_by_the_dead(owner, QUICK)
    ended_untold(run, 6)
    with unreachable(valkey_server):
        sweeper.sweep()
    assert takeover._unreached_since is not None
    takeover._unreached_since -= 100
    Run.objects.update(ended_at=Now() - timedelta(seconds=106))
    client = site_valkey.sync_client()
    assert journal.known(client, run.comparison_id) == {run.pk}
    sweeper.sweep()
    assert journal.known(client, run.comparison_id) == set()
    assert takeover._unreached_since is None


@pytest.mark.parametrize("state", ["finished", "failed", "interrupted", "cancelled"])
def test_an_end_that_its_worker_did_not_tell_is_told_once(owner: Any, state: str, reached: None) -> None:
    one, other = claimed_by_the_dead(owner, QUICK, ENDLESS)
    fold = journal.salvage(site_valkey.sync_client(), one.comparison_id, one.pk)
    assert fold is not None
    error = {"code": "server", "message": "broken"} if state == "failed" else None
    event = next(kind for kind in ev.RunEnded.__subclasses__() if kind.model_fields["type"].default == f"run.{state}")
    final = fold_run(fold, event(run=one.pk, finish_reason="stop", error=error))
    assert transitions.end(one.pk, one.fence, final)
    WorkerLease.objects.filter(pk=DEAD).update(lease_until=Now() + timedelta(minutes=1))
    client = site_valkey.sync_client()

    def open_after(seconds: float) -> set[str]:
        Run.objects.filter(pk=one.pk).update(ended_at=Now() - timedelta(seconds=seconds))
        sweeper.sweep()
        return journal.known(client, one.comparison_id)

    before = journal.tip(client, one.comparison_id)
    assert open_after(1) == {one.pk, other.pk}
    assert open_after(100) == {one.pk, other.pk}
    assert journal.tip(client, one.comparison_id) == before
    assert open_after(6) == {other.pk}
    told = journal.tip(client, one.comparison_id)
    assert told.epoch != before.epoch
    (entry,) = journal.entries(client, one.comparison_id, before.entry_id)
    assert ev.decode_many(entry.events) == [event(run=one.pk, finish_reason="stop", error=error, **_ends_of(final))]
    assert open_after(6) == {other.pk}
    assert journal.tip(client, one.comparison_id) == told


def test_what_was_announced_is_not_announced_again(owner: Any) -> None:
    """Workers that have much to do leave runs waiting, too: their viewers need no snapshot."""
    comparison = started(owner, QUICK)
    client = site_valkey.sync_client()
    before = journal.tip(client, comparison.pk)
    comparison.runs.update(enqueued_at=Now() - timedelta(seconds=4))
    sweeper.sweep()
    assert comparison.runs.get().enqueue_count == 2
    assert journal.tip(client, comparison.pk) == before


def test_a_run_whose_announcement_failed_is_left_to_the_sweeper(
    owner: Any, valkey_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise a worker could tell viewers of a run that they do not know."""
    handed: list[list[str]] = []
    monkeypatch.setattr(tasks, "enqueue", lambda _turn, ids: handed.append(ids) or True)
    with unreachable(valkey_server):
        comparison = started(owner, QUICK)
        Run.objects.update(enqueued_at=Now() - timedelta(seconds=4))
        sweeper.sweep()
    assert handed == []
    assert comparison.runs.get().enqueue_count == 1
    sweeper.sweep()
    run = comparison.runs.get()
    assert (handed, run.enqueue_count) == ([[run.pk]], 2)
    (entry,) = journal.entries(site_valkey.sync_client(), comparison.pk, "0-0")
    assert ev.decode_many(entry.events) == [takeover.queued_event(run)]


def _ends_of(fold: RunFold) -> dict[str, Any]:
    return {name: getattr(fold, name) for name in ("native_finish_reason", "usage", "cost", "timings")}
