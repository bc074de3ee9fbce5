"""Stop keeps what was shown, finds runs that change hands, and waits for nobody."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models.functions import Now

from compare_site import valkey as site_valkey
from compare_site.comparisons import actions, stops, sweeper, transitions
from compare_site.comparisons.models import Run, RunRecord, WorkerLease
from tests.comparisons.driving import (
    ENDLESS,
    QUICK,
    STALLS,
    Driven,
    at_the_provider,
    queued,
    shown,
    started,
    until_shown,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


def states() -> set[str]:
    return set(Run.objects.values_list("state", flat=True))


def test_runs_that_changed_hands_since_they_were_read_are_stopped(owner: Any) -> None:
    stale = list(started(owner, QUICK, QUICK).runs.all())
    transitions.claim([run.pk for run in stale], "w" * 32)
    stops.stop(stale)
    assert states() == {"cancelled"}


def test_a_journal_that_was_lost_a_moment_ago_is_waited_for(owner: Any) -> None:
    comparison = started(owner, ENDLESS)
    with Driven(queued(comparison)):
        run = until_shown(comparison.runs.get().pk)
        site_valkey.sync_client().flushall()
        stops.stop([Run.objects.get()])

    (after,) = shown(comparison)
    assert after["status"] == "cancelled"
    assert after["text"].startswith(run["text"])


def test_a_valkey_that_is_away_is_asked_for_all_and_not_for_each(
    owner: Any, valkey_server: Any, caplog: pytest.LogCaptureFixture
) -> None:
    runs = list(started(owner, QUICK, QUICK, QUICK).runs.all())
    valkey_server.stop()
    stops.stop(runs)

    assert states() == {"cancelled"}
    assert "stopping without Valkey" in caplog.text
    assert not [record for record in caplog.records if record.name.endswith(("takeover", "journal"))]


def test_without_valkey_the_worker_ends_its_run_with_what_it_has_shown(
    owner: Any, valkey_server: Any, settings: Any
) -> None:
    """What was shown is nowhere but in the worker then; a column that is not stopped goes on."""
    settings.LEASE_RENEW_SECONDS = 0.05
    comparison = started(owner, STALLS, STALLS)
    stopped, other = queued(comparison)
    with Driven([stopped, other]):
        seen, _ = until_shown(stopped), until_shown(other)
        valkey_server.stop()
        after = actions.cancel_run(Run.objects.get(pk=stopped))
        assert (after.state, Run.objects.get(pk=other).state) == ("cancelled", "running")
        record = RunRecord.objects.get(pk=stopped)
        (block,) = record.state["content"]
        assert block["text"].startswith(seen["text"])
        assert block["text"] == at_the_provider(seen)["text"]
        assert record.state["error"] is None
        valkey_server.start()
        actions.cancel_comparison(comparison)
    assert states() == {"cancelled"}


def test_whoever_was_asked_and_does_not_end_its_run_loses_it(owner: Any, valkey_server: Any, settings: Any) -> None:
    """Its worker lives by its lease, but answers nothing; then, it is gone."""
    comparison = started(owner, QUICK, QUICK)
    silent, dead = transitions.claim(queued(comparison), "w" * 32)
    alive = WorkerLease.objects.create(pk="w" * 32, lease_until=Now() + timedelta(minutes=1), started_at=Now())
    valkey_server.stop()
    stops.stop([silent, dead], wait=False)
    assert states() == {"running"}
    valkey_server.start()
    sweeper.sweep()
    assert states() == {"running"}, "it has a while for it"

    Run.objects.filter(pk=silent.pk).update(stop_asked_at=Now() - timedelta(seconds=sweeper.STOP_SECONDS + 1))
    sweeper.sweep()
    assert (Run.objects.get(pk=silent.pk).state, Run.objects.get(pk=dead.pk).state) == ("cancelled", "running")
    alive.delete()
    sweeper.sweep()
    assert states() == {"cancelled"}


def test_nothing_to_stop_is_no_work(caplog: pytest.LogCaptureFixture, valkey_server: Any) -> None:
    valkey_server.stop()
    stops.stop([])
    assert caplog.text == ""
