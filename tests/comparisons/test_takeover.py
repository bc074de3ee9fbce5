"""Ending runs from outside, and the watch that does it: on a real database and a real Valkey."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from compare_site import valkey as site_valkey
from compare_site.comparisons import events as ev
from compare_site.comparisons import journal, snapshot, sweeper, takeover, transitions
from compare_site.comparisons.actions import start_comparison
from compare_site.comparisons.fold import fold_run
from compare_site.comparisons.models import Run, SweepLock, WorkerLease
from compare_site.comparisons.requests import StartComparison

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
ALIVE, DEAD = "a" * 32, "d" * 32


@pytest.fixture
def run(owner: Any) -> Run:
    asked = StartComparison.model_validate({"prompt": "hi", "models": ["demo/fast"]})
    comparison, _ = start_comparison(owner.pk, asked)
    run = comparison.runs.get()
    site_valkey.sync_client().delete("celery")
    return run


def lease(worker: str, seconds: float) -> None:
    WorkerLease.objects.create(pk=worker, lease_until=Now() + timedelta(seconds=seconds), started_at=Now())


def started(run: Run, worker: str, *texts: str) -> Run:
    """As a worker does: claim, start with a checkpoint, and show some text."""
    (claimed,) = transitions.claim([run.pk], worker)
    fold = fold_run(takeover.blank_fold(claimed), ev.RunStarted(run=run.pk, at=1))
    part = journal.Part(run.pk, claimed.fence, [ev.encode(ev.RunStarted(run=run.pk, at=1))])
    client = site_valkey.sync_client()
    arguments = journal.append_args(run.comparison_id, [part], checkpoints=[(run.pk, fold.model_dump_json())])
    client.eval(*arguments)
    for number, text in enumerate(texts):
        event = ev.RunDelta(run=run.pk, index=0, kind="text", text=text, at=10.0 + number)
        journal.append(client, run.comparison_id, [journal.Part(run.pk, claimed.fence, [ev.encode(event)])])
    return claimed


def queued_messages() -> int:
    return int(site_valkey.sync_client().llen("celery"))


def reread(run: Run) -> Run:
    return Run.objects.select_related("record", "comparison").get(pk=run.pk)


def test_only_queued_runs_are_claimed_and_only_once(run: Run) -> None:
    assert [row.pk for row in transitions.claim([run.pk], ALIVE)] == [run.pk]
    assert transitions.claim([run.pk], ALIVE) == []
    assert (reread(run).state, reread(run).fence, reread(run).worker) == ("running", 1, ALIVE)


def test_an_older_fence_ends_nothing(run: Run) -> None:
    claimed = started(run, ALIVE, "seen")
    assert transitions.take_over(claimed) == 2
    fold = fold_run(takeover.blank_fold(claimed), ev.RunFinished(run=run.pk, finish_reason="stop"))
    assert transitions.end(run.pk, 1, fold) is False
    assert reread(run).state == "running"


def test_a_dead_worker_s_run_is_interrupted_with_all_that_was_seen(run: Run) -> None:
    lease(DEAD, -1)
    started(run, DEAD, "what they ", "had seen")
    sweeper.sweep()
    after = reread(run)
    assert after.state == "interrupted"
    shown = snapshot.state_of(after.comparison)["runs"][0]
    assert shown["text"] == "what they had seen"
    assert shown["error"]["message"]
    assert shown["timings"]["ttft_ms"] == 10.0
    assert queued_messages() == 0


def test_a_zombie_that_wakes_up_changes_neither_row_nor_journal(run: Run) -> None:
    lease(DEAD, -1)
    claimed = started(run, DEAD, "seen")
    sweeper.sweep()
    event = ev.RunDelta(run=run.pk, index=0, kind="text", text=" zombie", at=99)
    part = journal.Part(run.pk, claimed.fence, [ev.encode(event)])
    answer = journal.append(site_valkey.sync_client(), run.comparison_id, [part])
    assert answer.rejected == {run.pk}
    assert snapshot.state_of(reread(run).comparison)["runs"][0]["text"] == "seen"


def test_a_dead_worker_s_run_that_had_shown_nothing_is_queued_again(run: Run) -> None:
    lease(DEAD, -1)
    started(run, DEAD)
    sweeper.sweep()
    after = reread(run)
    assert (after.state, after.fence) == ("queued", 2)
    assert queued_messages() == 1
    assert snapshot.state_of(after.comparison)["runs"][0]["status"] == "queued"


def test_a_worker_that_died_before_its_first_word_to_the_journal_has_shown_nothing(run: Run) -> None:
    lease(DEAD, -1)
    transitions.claim([run.pk], DEAD)
    sweeper.sweep()
    assert (reread(run).state, reread(run).fence, queued_messages()) == ("queued", 2, 1)


def test_what_a_journal_had_that_is_lost_nobody_knows(run: Run) -> None:
    lease(DEAD, -1)
    transitions.claim([run.pk], DEAD)
    site_valkey.sync_client().flushall()
    sweeper.sweep()
    assert (reread(run).state, queued_messages()) == ("interrupted", 0)


def test_a_run_is_not_tried_for_ever(run: Run) -> None:
    for _ in range(20):
        if reread(run).state != "queued":
            break
        started(run, DEAD)
        sweeper.sweep()
    assert reread(run).state == "interrupted"


def test_a_living_worker_s_run_is_left_alone(run: Run) -> None:
    lease(ALIVE, 60)
    started(run, ALIVE, "text")
    sweeper.sweep()
    assert reread(run).state == "running"


def test_a_lost_message_is_sent_again_with_growing_pauses(run: Run) -> None:
    sweeper.sweep()
    assert queued_messages() == 0
    Run.objects.update(enqueued_at=Now() - timedelta(seconds=4))
    sweeper.sweep()
    assert queued_messages() == 1
    Run.objects.update(enqueued_at=Now() - timedelta(seconds=4))
    sweeper.sweep()
    assert queued_messages() == 1, "the second pause is twice as long"
    Run.objects.update(enqueued_at=Now() - timedelta(seconds=7))
    sweeper.sweep()
    assert queued_messages() == 2


def test_nothing_runs_for_ever(run: Run, settings: Any) -> None:
    lease(ALIVE, 60)
    started(run, ALIVE, "text")
    Run.objects.update(started_at=Now() - timedelta(seconds=settings.TOTAL_SECONDS + settings.QUEUE_SECONDS + 61))
    sweeper.sweep()
    after = reread(run)
    assert (after.state, after.error_code) == ("failed", "timed_out")


def test_a_run_nobody_ever_claims_ends_too(run: Run, settings: Any) -> None:
    Run.objects.update(queued_at=Now() - timedelta(seconds=settings.TOTAL_SECONDS + settings.QUEUE_SECONDS + 61))
    sweeper.sweep()
    assert reread(run).state == "failed"


def test_a_sweep_that_died_half_way_is_finished_by_the_next(run: Run) -> None:
    lease(DEAD, -1)
    claimed = started(run, DEAD, "seen")
    assert transitions.take_over(claimed) == 2
    sweeper.sweep()
    assert (reread(run).state, reread(run).fence) == ("running", 2), "a stop under way is not the sweeper's business"
    Run.objects.update(ended_at=Now() - timedelta(seconds=transitions.TAKEN_SECONDS + 1))
    sweeper.sweep()
    assert (reread(run).state, reread(run).fence) == ("interrupted", 3)


def test_without_its_journal_a_started_run_is_interrupted_and_not_asked_again(run: Run) -> None:
    lease(DEAD, -1)
    started(run, DEAD, "seen")
    site_valkey.sync_client().flushall()
    sweeper.sweep()
    assert reread(run).state == "interrupted"
    assert queued_messages() == 0


def test_stop_keeps_what_was_seen(run: Run) -> None:
    lease(ALIVE, 60)
    started(run, ALIVE, "half an ans")
    assert takeover.end_run(reread(run), "cancelled")
    shown = snapshot.state_of(reread(run).comparison)["runs"][0]
    assert (shown["status"], shown["text"], shown["finish_reason"], shown["usage"]) == (
        "cancelled",
        "half an ans",
        None,
        None,
    )
    assert not takeover.end_run(reread(run), "cancelled")


def test_one_process_sweeps_at_a_time() -> None:
    assert transitions.win_sweep()
    assert not transitions.win_sweep()
    SweepLock.objects.update(until=Now() - timedelta(seconds=1))
    assert transitions.win_sweep()


def test_leases_are_renewed_by_the_database_s_clock() -> None:
    transitions.renew_lease(ALIVE, ["OPENAI_API_KEY"])
    assert transitions.live_leases().filter(pk=ALIVE).exists()
    assert transitions.announced_env_keys() == {"OPENAI_API_KEY"}
    WorkerLease.objects.update(lease_until=Now() - timedelta(seconds=1))
    assert transitions.announced_env_keys() == frozenset()
    transitions.end_lease(ALIVE)
    assert not WorkerLease.objects.exists()


def test_a_new_worker_clears_away_the_rows_of_those_that_were_killed() -> None:
    lease(DEAD, -60)
    lease("e" * 32, -2 * 24 * 3600)
    transitions.renew_lease(ALIVE, [])
    assert set(WorkerLease.objects.values_list("pk", flat=True)) == {ALIVE, DEAD}
