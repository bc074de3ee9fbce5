"""Rows and journal tell one story: a state is given when both agree, at starts, at ends and after a loss."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from compare_site import valkey as site_valkey
from compare_site.comparisons import events as ev
from compare_site.comparisons import journal, snapshot, takeover, transitions
from compare_site.comparisons.access import Denied
from compare_site.comparisons.actions import start_comparison
from compare_site.comparisons.fold import RunFold, fold_run
from compare_site.comparisons.models import Run
from compare_site.comparisons.project import PARTS, Audience, project_run
from compare_site.comparisons.requests import StartComparison

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
WORKER = "w" * 32


@pytest.fixture
def run(owner: Any) -> Run:
    comparison, _ = start_comparison(
        owner.pk, StartComparison.model_validate({"prompt": "hi", "models": ["demo/fast"]})
    )
    (claimed,) = transitions.claim([comparison.runs.get().pk], WORKER)
    return claimed


def write(run: Run, *events: ev.RunEvent, state: str = "") -> None:
    part = journal.Part(run.pk, run.fence, [ev.encode(event) for event in events])
    site_valkey.sync_client().eval(*journal.append_args(run.comparison_id, [part], checkpoints=[(run.pk, state)]))


def start(run: Run) -> RunFold:
    """As the worker's writer does it: first events with a checkpoint."""
    events = [ev.RunStarted(run=run.pk, at=1), ev.RunDelta(run=run.pk, index=0, kind="text", text="all of it", at=2)]
    fold = takeover.blank_fold(run)
    for event in events:
        fold = fold_run(fold, event)
    write(run, *events, state=fold.model_dump_json())
    return fold


def closing(run: Run) -> ev.RunFinished:
    return ev.RunFinished(run=run.pk, finish_reason="stop")


def claimed_long_ago(run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(started_at=timezone.now() - 2 * snapshot.CLAIM_SPAN)


def test_a_run_that_was_just_claimed_is_shown_as_it_is(run: Run) -> None:
    state, settled, _ending = snapshot.read(run.comparison)
    assert settled
    assert state["runs"][0]["text"] == ""
    claimed_long_ago(run)
    assert snapshot.read(run.comparison).settled is False
    start(run)
    state, settled, _ending = snapshot.read(run.comparison)
    assert settled
    assert state["runs"][0]["text"] == "all of it"


def test_the_age_of_an_open_run_is_told_for_who_joins_in_a_silence(run: Run) -> None:
    fold = start(run)
    Run.objects.filter(pk=run.pk).update(queued_at=timezone.now() - timedelta(seconds=12))
    assert 12_000 <= snapshot.read(run.comparison).state["runs"][0]["age_ms"] < 60_000
    assert 12_000 <= snapshot.run_state(Run.objects.get(pk=run.pk))["age_ms"] < 60_000
    shared = project_run({"age_ms": 12_000}, Audience(frozenset(PARTS) - {"metrics"}))
    assert shared["age_ms"] is None
    transitions.end(run.pk, run.fence, fold_run(fold, closing(run)))
    assert snapshot.read(run.comparison).state["runs"][0]["age_ms"] is None


def test_a_short_answer_that_ended_while_it_was_read_is_read_again(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The row said "running", then everything came, and the journal has closed it before it was looked at."""
    look = journal.view

    def late(*arguments: Any) -> journal.View:
        transitions.end(run.pk, run.fence, fold_run(start(run), closing(run)))
        write(run, closing(run))
        return look(*arguments)

    monkeypatch.setattr(journal, "view", late)
    assert snapshot.read(run.comparison).settled is False
    monkeypatch.setattr(journal, "view", look)
    state, settled, _ending = snapshot.read(run.comparison)
    assert settled
    assert state["runs"][0]["text"] == "all of it"


def test_an_end_is_not_shown_before_its_closing_event_is_written(run: Run) -> None:
    """Otherwise the viewer would get the closing event after a state that had it ended."""
    fold = start(run)
    assert transitions.end(run.pk, run.fence, fold_run(fold, closing(run)))
    assert snapshot.read(run.comparison).settled is False
    write(run, closing(run))
    state, settled, _ending = snapshot.read(run.comparison)
    assert settled
    assert state["runs"][0]["status"] == "finished"
    after = journal.entries(site_valkey.sync_client(), run.comparison_id, journal.parse_seq(state["seq"]).entry_id)
    assert list(after) == []


def test_whoever_asks_meanwhile_waits_for_the_closing_event(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Longer than for anything else: a state without it would be followed by a second end."""
    monkeypatch.setattr(snapshot, "SETTLE_SECONDS", 0)
    fold = start(run)
    transitions.end(run.pk, run.fence, fold_run(fold, closing(run)))
    late = threading.Timer(0.1, write, args=(run, closing(run)))
    late.start()
    state = snapshot.state_of(run.comparison)
    late.join()
    assert journal.tip(site_valkey.sync_client(), run.comparison_id) == journal.parse_seq(state["seq"])


def test_a_closing_event_that_will_never_come_is_not_waited_for(run: Run) -> None:
    """The worker died between the row and the event."""
    fold = start(run)
    transitions.end(run.pk, run.fence, fold_run(fold, closing(run)))
    Run.objects.filter(pk=run.pk).update(ended_at=timezone.now() - 2 * snapshot.CLOSING_SPAN)
    state, settled, _ending = snapshot.read(run.comparison)
    assert settled
    assert state["runs"][0]["text"] == "all of it"


def test_a_lost_journal_is_waited_for(run: Run) -> None:
    """Until the worker has written it again, nobody is shown an answer without its text."""
    fold = start(run)
    site_valkey.sync_client().flushall()
    assert snapshot.read(run.comparison).settled is False
    write(run, ev.RunMeta(run=run.pk), state=fold.model_dump_json())
    state, settled, _ending = snapshot.read(run.comparison)
    assert settled
    assert state["runs"][0]["text"] == "all of it"


def test_one_run_by_itself_waits_in_the_same_way(run: Run) -> None:
    fold = start(run)
    transitions.end(run.pk, run.fence, fold_run(fold, closing(run)))
    write(run, closing(run))
    # ``run`` was read before it ended; its journal has no checkpoint of it any more.
    shown = snapshot.run_state(run)
    assert (shown["status"], shown["text"]) == ("finished", "all of it")


def test_taking_a_run_over_closes_it_in_the_journal_too(run: Run) -> None:
    start(run)
    assert takeover.end_run(run, "cancelled")
    state, settled, _ending = snapshot.read(run.comparison)
    assert settled
    assert (state["runs"][0]["status"], state["runs"][0]["text"]) == ("cancelled", "all of it")


def test_one_running_run_is_shown_with_what_is_in_the_journal(run: Run) -> None:
    start(run)
    shown = snapshot.run_state(run)
    assert (shown["status"], shown["text"]) == ("running", "all of it")


def test_without_valkey_one_run_is_shown_as_its_row_knows_it(
    run: Run, valkey_server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "SETTLE_SECONDS", 0.05)
    start(run)
    valkey_server.stop()
    shown = snapshot.run_state(run)
    assert (shown["id"], shown["text"], shown["error"]) == (run.pk, "", None)
    state = snapshot.state_of(run.comparison)
    assert (state["seq"], [each["id"] for each in state["runs"]]) == ("0", [run.pk])


def test_one_run_that_is_deleted_meanwhile_does_not_exist(run: Run) -> None:
    Run.objects.all().delete()
    with pytest.raises(Denied):
        snapshot.run_state(run)


def test_an_end_without_a_record_is_shown_as_the_row_says(run: Run) -> None:
    Run.objects.update(state="failed", error_code="server")
    shown = snapshot.run_state(Run.objects.get())
    assert (shown["status"], shown["content"], shown["column"]) == ("failed", [], run.column_id)


def test_what_was_said_after_the_rows_were_read_is_added_once(run: Run) -> None:
    state = snapshot.state_of(run.comparison)
    turn = state["turns"][0]
    later = {"id": "n" * 32, "parent": turn["id"], "position": 1, "messages": []}
    events = [ev.TurnAdded(turn=turn), ev.TurnAdded(turn=later), ev.ComparisonUpdated(title="new")]
    snapshot._add_others(state, events)
    assert [each["id"] for each in state["turns"]] == [turn["id"], later["id"]]
    assert (state["title"], state["tags"]) == ("new", [])


def test_the_requests_that_were_sent_are_not_read(run: Run) -> None:
    takeover.end_run(run, "cancelled")
    with CaptureQueriesContext(connection) as asked:
        snapshot.state_of(run.comparison)
    assert not any('"sent"' in query["sql"] for query in asked)


def test_a_run_that_the_rows_do_not_know_yet_comes_from_the_journal(run: Run) -> None:
    """It was started between the reading of the rows and of the journal."""
    client = site_valkey.sync_client()
    tip = journal.tip(client, run.comparison_id)
    queued = ev.RunQueued(run="n" * 32, column=run.column_id, turn=run.turn_id, sample=1, attempt=1)
    journal.append(client, run.comparison_id, [journal.Part(queued.run, 0, [ev.encode(queued)])])
    view = journal.view(client, run.comparison_id, tip, frozenset({run.pk}))
    assert view.runs["n" * 32].sample == 1
    assert run.pk not in view.runs
