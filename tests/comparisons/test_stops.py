"""Stop keeps what was shown, finds runs that change hands, and waits for nobody."""

from typing import Any

import pytest

from compare_site import valkey as site_valkey
from compare_site.comparisons import stops, transitions
from compare_site.comparisons.models import Run
from tests.comparisons.driving import ENDLESS, QUICK, Driven, queued, shown, started, until_shown

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


def test_nothing_to_stop_is_no_work(caplog: pytest.LogCaptureFixture, valkey_server: Any) -> None:
    valkey_server.stop()
    stops.stop([])
    assert caplog.text == ""
