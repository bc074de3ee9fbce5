"""Runs that end before their answer does: stopped, left by a worker that goes, or taken over by another."""

import threading
from typing import Any

import pytest

from compare_site import valkey as site_valkey
from compare_site.comparisons import actions, journal, runner, takeover, transitions, worker_loop
from compare_site.comparisons.models import Run, RunRecord
from tests.clients.until import wait_until
from tests.comparisons.driving import (
    ENDLESS,
    QUICK,
    STALLS,
    Driven,
    at_the_provider,
    ends_of,
    queued,
    shown,
    started,
    until_shown,
)
from tests.fakes.provider_server import DONE, delta, mute, waits
from tests.fakes.threaded import ThreadedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


def test_stop_reaches_the_provider_and_keeps_what_was_shown(owner: Any, settings: Any) -> None:
    settings.LEASE_RENEW_SECONDS = 600  # with the lease a worker learns it too, but not at once
    comparison = started(owner, ENDLESS)
    with Driven(queued(comparison)):
        run = until_shown(comparison.runs.get().pk)
        stopped = actions.cancel_run(Run.objects.get())
        assert stopped.state == "cancelled"
        wait_until(lambda: at_the_provider(run)["client_left"])

    (after,) = shown(comparison)
    assert after["status"] == "cancelled"
    assert after["text"].startswith(run["text"])
    assert at_the_provider(run)["text"].startswith(after["text"])
    assert (after["finish_reason"], after["error"]) == (None, None)
    assert after["timings"]["total_ms"] >= after["timings"]["ttft_ms"]
    assert [event.type for event in ends_of(after, comparison)] == ["run.cancelled"]


def test_stop_reaches_a_provider_that_says_nothing(owner: Any, upstream: ThreadedProvider, settings: Any) -> None:
    """Nothing is written any more that could be refused: the worker must be told."""
    settings.LEASE_RENEW_SECONDS = 600

    upstream.play(mute(delta("half")))
    comparison = started(owner, upstream.as_rows())
    with Driven(queued(comparison)):
        until_shown(comparison.runs.get().pk)
        actions.cancel_comparison(comparison)
        wait_until(upstream.received().gone.is_set)
    assert [(run["status"], run["text"]) for run in shown(comparison)] == [("cancelled", "half")]


def test_stopping_one_column_leaves_the_others(owner: Any) -> None:
    comparison = started(owner, STALLS, ENDLESS, QUICK)
    first, second, third = queued(comparison)
    with Driven([first, second, third]):
        until_shown(first)
        other = until_shown(second)
        actions.cancel_run(Run.objects.get(pk=first))
        until_shown(third, lambda run: run["status"] == "finished")
        assert at_the_provider(other)["client_left"] is False
        assert Run.objects.get(pk=second).state == "running"
        actions.cancel_comparison(comparison)

    assert [run["status"] for run in shown(comparison)] == ["cancelled", "cancelled", "finished"]


def test_a_worker_that_must_go_keeps_what_had_arrived_and_says_so(owner: Any) -> None:
    comparison = started(owner, STALLS)
    with Driven(queued(comparison)):
        run = until_shown(comparison.runs.get().pk)
        worker_loop.current().shut_down(0.05)

    (after,) = shown(comparison)
    assert (after["status"], after["text"]) == ("interrupted", run["text"])
    assert after["error"]["code"] == "server"
    assert [event.type for event in ends_of(after, comparison)] == ["run.interrupted"]


def test_what_had_shown_nothing_when_the_worker_went_is_left_for_the_next(owner: Any) -> None:
    comparison = started(owner, "demo/fast@delay=60000")
    with Driven(queued(comparison)):
        wait_until(lambda: Run.objects.get().state == "running")
        until_shown(comparison.runs.get().pk, lambda run: run["request_report"])
        worker_loop.current().shut_down(0)

    assert Run.objects.get().state == "running"
    assert not RunRecord.objects.exists()
    worker_loop.leave()
    assert [run.pk for run in transitions.orphans()] == [comparison.runs.get().pk]


def test_a_worker_that_is_going_takes_nothing_new(owner: Any) -> None:
    comparison = started(owner, QUICK)
    worker_loop.current().shut_down(60)
    runner.stream_turn(queued(comparison))
    assert Run.objects.get().state == "queued"


def test_who_lost_the_fence_saves_nothing(owner: Any, upstream: ThreadedProvider) -> None:
    """Another has taken the run over, in row and journal, while we streamed; our next word is refused."""
    go = threading.Event()
    upstream.play(waits(delta("ours"), go, delta(" and more") + delta(finish="stop") + DONE))
    comparison = started(owner, upstream.as_rows())
    with Driven(queued(comparison)):
        until_shown(comparison.runs.get().pk)
        run = Run.objects.get()
        fence = transitions.take_over(run)
        assert fence is not None
        journal.raise_fence(site_valkey.sync_client(), comparison.pk, run.pk, fence)
        go.set()

    assert (Run.objects.get().state, RunRecord.objects.count()) == ("running", 0)
    assert journal.salvage(site_valkey.sync_client(), comparison.pk, run.pk).text_of("text") == "ours"  # type: ignore[union-attr]
    assert takeover.end_taken(Run.objects.get(), fence, "cancelled")
    assert shown(comparison)[0]["text"] == "ours"
