"""States of runs change hands by fences, whatever races: many threads on a real database."""

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.db.models.functions import Now

from compare_site.comparisons import actions, runner, takeover, transitions, worker_loop
from compare_site.comparisons import events as ev
from compare_site.comparisons.fold import fold_run
from compare_site.comparisons.models import Run, RunRecord, WorkerLease
from compare_site.comparisons.transitions import Kept
from tests.clients.until import wait_until
from tests.comparisons.driving import ENDLESS, QUICK, Driven, journaled, queued, shown, started, until_shown
from tests.fakes.provider_server import Reply, says
from tests.fakes.threaded import ThreadedProvider

pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.usefixtures("valkey"),
]
ME, OTHER = "a" * 32, "b" * 32
ENDS = {"run.finished", "run.failed", "run.interrupted", "run.cancelled"}


@pytest.fixture
def run(owner: Any) -> Run:
    return started(owner, QUICK).runs.get()


def at_once(*actions: Callable[[], object]) -> list[object]:
    """All of them in threads that start together; their results."""
    barrier = threading.Barrier(len(actions))
    results: list[object] = [None] * len(actions)

    def act(number: int) -> None:
        try:
            barrier.wait()
            results[number] = actions[number]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=act, args=(number,)) for number in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def finished(run: Run) -> Any:
    return fold_run(takeover.blank_fold(run), ev.RunFinished(run=run.pk, finish_reason="stop"))


def test_of_many_claims_one_wins(owner: Any) -> None:
    ids = queued(started(owner, QUICK, QUICK, QUICK))
    claims = at_once(*(lambda n=n: transitions.claim(ids, f"{n:032}") for n in range(8)))

    won = [run for rows in claims for run in rows]  # type: ignore[attr-defined]
    assert sorted(run.pk for run in won) == sorted(ids)
    for run in won:
        row = Run.objects.get(pk=run.pk)
        assert (row.fence, row.worker, row.state) == (1, run.worker, "running")


def test_of_many_that_take_over_one_wins_and_the_fence_grows_by_one(run: Run) -> None:
    (claimed,) = transitions.claim([run.pk], ME)
    fences = at_once(*(lambda: transitions.take_over(Run.objects.get(pk=run.pk)) for _ in range(6)))

    granted = [fence for fence in fences if fence is not None]
    assert granted == sorted(set(granted), key=granted.index)
    assert Run.objects.get().fence == claimed.fence + len(granted)
    assert transitions.take_over(claimed) is None, "it holds an older fence"


def test_the_end_is_written_once_and_repeating_it_changes_nothing(run: Run) -> None:
    (claimed,) = transitions.claim([run.pk], ME)
    assert transitions.end(run.pk, claimed.fence, finished(run), Kept(provider="P", sent={"a": 1}))
    before = Run.objects.values().get()
    assert transitions.end(run.pk, claimed.fence, finished(run)), "the answer to the first try may have been lost"
    assert Run.objects.values().get() == before
    record = RunRecord.objects.get()
    assert (record.provider, record.sent, record.state["status"]) == ("P", {"a": 1}, "finished")


@pytest.mark.parametrize("fence", [0, 2])
def test_another_fence_ends_nothing(run: Run, fence: int) -> None:
    transitions.claim([run.pk], ME)
    assert not transitions.end(run.pk, fence, finished(run))
    assert (Run.objects.get().state, RunRecord.objects.count()) == ("running", 0)


def test_another_end_under_the_same_fence_is_refused(run: Run) -> None:
    (claimed,) = transitions.claim([run.pk], ME)
    transitions.end(run.pk, claimed.fence, finished(run))
    cancelled = fold_run(takeover.blank_fold(run), ev.RunCancelled(run=run.pk))
    assert not transitions.end(run.pk, claimed.fence, cancelled)
    assert Run.objects.get().state == "finished"


def test_a_run_that_goes_back_to_the_queue_looks_like_one_that_was_never_started(run: Run) -> None:
    (claimed,) = transitions.claim([run.pk], ME)
    fence = transitions.take_over(claimed)
    assert fence is not None
    assert not transitions.requeue(run.pk, claimed.fence)
    assert transitions.requeue(run.pk, fence)
    row = Run.objects.get()
    assert (row.state, row.worker, row.started_at, row.ended_at, row.enqueue_count) == ("queued", "", None, None, 2)
    assert [again.fence for again in transitions.claim([run.pk], OTHER)] == [3]


def test_a_worker_learns_which_runs_are_its_own_still(owner: Any) -> None:
    rows = transitions.claim(queued(started(owner, QUICK, QUICK, QUICK, QUICK)), ME)
    transitions.take_over(rows[0])
    transitions.end(rows[1].pk, rows[1].fence, finished(rows[1]))
    fence = transitions.take_over(rows[2])
    assert fence is not None
    transitions.requeue(rows[2].pk, fence)
    transitions.claim([rows[2].pk], OTHER)

    assert transitions.runs_of(ME) == {rows[3].pk: False}


def test_a_run_that_its_living_worker_disowns_is_an_orphan(run: Run) -> None:
    WorkerLease.objects.create(pk=ME, lease_until=Now() + timedelta(seconds=60), started_at=Now())
    transitions.claim([run.pk], ME)
    transitions.disown([run.pk], OTHER)
    assert transitions.orphans() == []
    transitions.disown([run.pk], ME)
    assert [orphan.pk for orphan in transitions.orphans()] == [run.pk]


def test_a_run_being_ended_is_an_orphan_only_after_a_while(run: Run) -> None:
    WorkerLease.objects.create(pk=ME, lease_until=Now() + timedelta(seconds=60), started_at=Now())
    (claimed,) = transitions.claim([run.pk], ME)
    assert transitions.orphans() == []
    transitions.take_over(claimed)
    assert transitions.orphans() == []
    Run.objects.update(ended_at=Now() - timedelta(seconds=transitions.TAKEN_SECONDS + 1))
    assert [orphan.pk for orphan in transitions.orphans()] == [run.pk]


def test_a_dead_worker_s_runs_are_orphans_at_once(run: Run) -> None:
    WorkerLease.objects.create(pk=ME, lease_until=Now() - timedelta(seconds=1), started_at=Now())
    transitions.claim([run.pk], ME)
    assert [orphan.pk for orphan in transitions.orphans()] == [run.pk]


def test_what_is_overdue_depends_on_the_state(owner: Any) -> None:
    ids = queued(started(owner, QUICK, QUICK, QUICK))
    transitions.claim(ids[:2], ME)
    Run.objects.filter(pk__in=ids).update(queued_at=Now() - timedelta(seconds=100))
    Run.objects.filter(pk=ids[0]).update(started_at=Now() - timedelta(seconds=20))

    assert {run.pk for run in transitions.overdue(50)} == {ids[2]}
    assert {run.pk for run in transitions.overdue(10)} == {ids[0], ids[2]}
    assert transitions.overdue(101) == []


@pytest.mark.parametrize("count", [1, 2, 5, 7, 40])
def test_the_wait_for_a_lost_message_doubles_up_to_a_bound(run: Run, count: int) -> None:
    wait = 3 * 2 ** (min(count, 7) - 1)
    Run.objects.update(enqueue_count=count, enqueued_at=Now() - timedelta(seconds=wait - 1))
    assert transitions.unclaimed(3) == []
    Run.objects.update(enqueued_at=Now() - timedelta(seconds=wait + 1))
    assert [row.pk for row in transitions.unclaimed(3)] == [run.pk]
    transitions.mark_enqueued([run.pk])
    assert Run.objects.get().enqueue_count == count + 1
    assert transitions.unclaimed(3) == []


def test_of_many_processes_one_sweeps_from_the_very_first_time(db: None) -> None:
    assert sum(bool(won) for won in at_once(*(transitions.win_sweep for _ in range(6)))) == 1


def test_a_lease_names_the_key_variables_of_all_that_live(db: None) -> None:
    transitions.renew_lease(ME, ["A_KEY"])
    transitions.renew_lease(OTHER, ["B_KEY"])
    transitions.renew_lease(ME, ["A_KEY", "C_KEY"])
    assert transitions.announced_env_keys() == {"A_KEY", "B_KEY", "C_KEY"}
    assert WorkerLease.objects.count() == 2


def one_story(comparison: Any) -> list[str]:
    """Every run has one end, and rows, records and journal tell the same of it; the ends."""
    told = []
    for run in shown(comparison):
        row = Run.objects.select_related("record").get(pk=run["id"])
        ends = [event for event in journaled(comparison, run["id"]) if event.type in ENDS]
        assert [event.type for event in ends] == [f"run.{row.state}"], run["id"]
        assert row.record.state["status"] == row.state == run["status"]
        deltas = [event.text for event in journaled(comparison, run["id"]) if isinstance(event, ev.RunDelta)]
        assert "".join(deltas).startswith(run["text"])
        if row.state == "finished":
            assert "".join(deltas) == run["text"]
        told.append(row.state)
    return told


def test_stop_and_the_end_of_an_answer_race_200_times_and_one_wins(owner: Any) -> None:
    """Stops of single runs, of all, twice at once, and of some that have not started: always one end, told once."""
    told: list[str] = []
    for seed in range(25):
        dice = random.Random(seed)
        models = [f"demo/fast@rate=0,delay={dice.randint(0, 12)},tokens={dice.randint(4, 400)}" for _ in range(8)]
        comparison = started(owner, *models)
        ids = queued(comparison)
        with Driven(ids):
            for run_id in dice.sample(ids, 8):
                threading.Event().wait(dice.choice([0, 0, 0.001, 0.004]))
                if dice.random() < 0.2:
                    at_once(*(lambda pk=run_id: actions.cancel_run(Run.objects.get(pk=pk)) for _ in range(2)))
                else:
                    actions.cancel_run(Run.objects.get(pk=run_id))
        told += one_story(comparison)

    assert len(told) == 200
    assert {"finished", "cancelled"} == set(told), "both must win now and then, or this shows nothing"


def test_a_run_that_was_taken_over_and_claimed_again_here_has_one_holder(
    owner: Any, upstream: ThreadedProvider
) -> None:
    """The worker slept longer than its lease; what it had not begun to show comes back to it."""

    async def hangs(reply: Reply) -> None:
        await reply.silence()

    upstream.play(hangs, says("again"))
    comparison = started(owner, upstream.as_rows())
    (run_id,) = queued(comparison)
    worker = worker_loop.current()
    with Driven([run_id]):
        first = upstream.received()
        fence = transitions.take_over(Run.objects.get())
        assert fence is not None
        assert takeover.requeue(Run.objects.get(), fence)
        runner.stream_turn([run_id])
        wait_until(first.gone.is_set)

    (run,) = shown(comparison)
    assert (run["status"], run["text"], Run.objects.get().fence) == ("finished", "again", 3)
    assert one_story(comparison) == ["finished"]
    assert worker.writer._channels == {}


def test_a_run_without_end_is_ended_by_one_of_many_stops(owner: Any) -> None:
    comparison = started(owner, ENDLESS)
    (run_id,) = queued(comparison)
    with Driven([run_id]):
        until_shown(run_id)
        at_once(*(lambda: actions.cancel_run(Run.objects.get()) for _ in range(5)))
    assert one_story(comparison) == ["cancelled"]
