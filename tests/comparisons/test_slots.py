"""Turns that wait in line hold no thread of their worker, and come to their ends all the same."""

from typing import Any

import pytest

from compare_site.comparisons import actions, tasks, transitions, worker_loop
from compare_site.comparisons.models import Comparison, Run
from providers.models import Provider
from tests.clients.until import wait_until
from tests.comparisons.driving import QUICK, Driven, once, queued, shown, started, until_shown
from tests.fakes.counting import Counting
from tests.fakes.provider_server import Reply, delta, mute, refuses, says
from tests.fakes.threaded import ThreadedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
WAITING = 8


def one_at_a_time(upstream: ThreadedProvider) -> str:
    model = upstream.as_rows()
    Provider.objects.filter(slug="upstream").update(limits={"in_flight": 1})
    return model


def task(comparison: Comparison) -> list[dict[str, Any]]:
    """As a worker's thread does; the runs as they are when it is free again, as soon as the journal says so, too."""
    tasks.stream_turn(comparison.turns.get().pk, queued(comparison))
    wait_until(lambda: all(run["waiting"] or run["status"] not in {"queued", "running"} for run in shown(comparison)))
    return shown(comparison)


def test_a_prompt_is_answered_while_many_turns_wait(owner: Any, upstream: ThreadedProvider) -> None:
    """By one thread, one after the other: that is what each of a worker's threads can do."""
    counting = Counting(0)
    counting.open.clear()
    upstream.play(counting)
    model = one_at_a_time(upstream)
    first = started(owner, model)
    with Driven(queued(first)):
        upstream.received()
        waiting = [started(owner, model) for _ in range(WAITING)]
        before = [run for comparison in waiting for run in task(comparison)]
        (quick,) = task(started(owner, QUICK))
        counting.open.set()
        ids = [run["id"] for run in before]
        wait_until(lambda: Run.objects.filter(pk__in=ids, state="finished").count() == WAITING, 60)

    assert {(run["status"], run["waiting"]["reason"]) for run in before} == {("queued", "in_flight")}
    assert [run["waiting"]["position"] for run in before] == list(range(1, WAITING + 1))
    assert quick["status"] == "finished"
    assert {run["text"] for comparison in waiting for run in shown(comparison)} == {"Hello"}
    assert (counting.most, len(upstream.requests)) == (1, WAITING + 1)
    wait_until(lambda: not worker_loop.current()._expected)


def test_a_turn_keeps_its_thread_while_any_column_is_answered(owner: Any, upstream: ThreadedProvider) -> None:
    upstream.play(Reply.silence)
    model = one_at_a_time(upstream)
    first = started(owner, model)
    with Driven(queued(first)):
        upstream.received()
        second = started(owner, model, QUICK)
        waits, quick = task(second)
        assert (waits["status"], quick["status"]) == ("queued", "finished")
        actions.cancel_comparison(second)
        actions.cancel_comparison(first)
    assert [run["status"] for run in shown(second)] == ["cancelled", "finished"]
    wait_until(lambda: not worker_loop.current()._expected)


def test_a_pause_before_the_next_attempt_needs_no_thread(owner: Any, upstream: ThreadedProvider) -> None:
    upstream.play(refuses(429, headers={"retry-after": "1"}), says())
    (run,) = task(started(owner, upstream.as_rows()))

    assert (run["status"], len(run["retries"])) == ("retrying", 1)
    assert until_shown(run["id"], lambda now: now["status"] == "finished")["text"] == "Hello"


def test_whoever_goes_ends_what_no_thread_waits_for(owner: Any, upstream: ThreadedProvider, settings: Any) -> None:
    """An answer is kept as far as it has come; what has not begun is left for the next worker."""
    settings.LEASE_RENEW_SECONDS = 0.05
    counting = Counting(0)
    counting.open.clear()
    upstream.play(counting, mute(delta("half")))
    model = one_at_a_time(upstream)
    first, second, third = (started(owner, once(model)) for _ in range(3))
    with Driven(queued(first)):
        upstream.received()
        (begun,) = task(second)
        task(third)
        counting.open.set()
        until_shown(begun["id"])
    worker_loop.current().shut_down(0.05)
    worker_loop.leave()

    (run,) = shown(second)
    assert (run["status"], run["text"], run["error"]["code"]) == ("interrupted", "half", "server")
    assert [run.comparison_id for run in transitions.orphans()] == [third.pk]
