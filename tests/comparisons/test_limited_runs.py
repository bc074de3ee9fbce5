"""Runs in line for limits: what the provider gets, what everybody sees, and that nobody waits for ever."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from compare_site.comparisons import actions, limit_scripts
from compare_site.comparisons import events as ev
from compare_site.comparisons.models import Run
from providers.models import Provider
from tests.clients.until import wait_until
from tests.comparisons.driving import Driven, drive, journaled, once, queued, shown, started, until_shown
from tests.fakes.counting import Counting
from tests.fakes.provider_server import DONE, Reply, answers, delta, frame, refuses, says
from tests.fakes.threaded import ThreadedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


def limited(upstream: ThreadedProvider, **limits: Any) -> str:
    """A model of a provider for which an administrator has set these limits."""
    model = upstream.as_rows()
    Provider.objects.filter(slug="upstream").update(limits=limits)
    return model


def of_type(found: list[ev.RunEvent], kind: type[Any]) -> list[Any]:
    return [event for event in found if isinstance(event, kind)]


def is_waiting(position: int) -> Callable[[dict[str, Any]], bool]:
    return lambda run: bool(run["waiting"]) and run["waiting"]["position"] == position


def test_a_sequential_host_gets_one_request_at_a_time(owner: Any, upstream: ThreadedProvider) -> None:
    counting = Counting()
    upstream.play(counting)
    comparison = started(owner, *[limited(upstream, host="sequential")] * 4)
    runs = drive(comparison)

    assert [run["status"] for run in runs] == ["finished"] * 4
    assert (counting.most, len(upstream.requests)) == (1, 4)
    waited = [run for run in runs if run["timings"]["waited_ms"]]
    assert len(waited) == 3
    for run in waited:
        timings = run["timings"]
        first = next(event.at for event in journaled(comparison, run["id"]) if isinstance(event, ev.RunDelta))
        assert timings["queued_ms"] >= timings["waited_ms"]
        assert timings["ttft_ms"] == pytest.approx(first - timings["waited_ms"], abs=0.2)
        assert Run.objects.get(pk=run["id"]).ttft_ms == timings["ttft_ms"]


def test_a_run_in_line_is_queued_and_says_where_it_stands(owner: Any, upstream: ThreadedProvider) -> None:
    upstream.play(Reply.silence)
    comparison = started(owner, *[limited(upstream, in_flight=1)] * 3)
    with Driven(queued(comparison)):
        upstream.received()
        wait_until(lambda: sum(bool(run["waiting"]) for run in shown(comparison)) == 2)
        waiting = [run for run in shown(comparison) if run["waiting"]]

        assert sorted(run["waiting"]["position"] for run in waiting) == [1, 2]
        assert {(run["status"], run["waiting"]["reason"]) for run in waiting} == {("queued", "in_flight")}
        kinds = {event.type for run in waiting for event in journaled(comparison, run["id"])}
        assert kinds == {"run.queued", "run.meta", "run.waiting"}
        actions.cancel_comparison(comparison)
    assert len(upstream.requests) == 1


def test_stop_takes_a_run_out_of_the_line(owner: Any, upstream: ThreadedProvider, valkey: Any) -> None:
    upstream.play(Reply.silence)
    comparison = started(owner, *[limited(upstream, in_flight=1)] * 3)
    with Driven(queued(comparison)):
        upstream.received()
        wait_until(lambda: sum(bool(run["waiting"]) for run in shown(comparison)) == 2)
        first = next(run["id"] for run in shown(comparison) if is_waiting(1)(run))
        second = next(run["id"] for run in shown(comparison) if is_waiting(2)(run))
        actions.cancel_run(Run.objects.get(pk=first))
        stopped = until_shown(first, lambda run: run["status"] == "cancelled")

        assert stopped["waiting"] is None
        until_shown(second, is_waiting(1))
        actions.cancel_comparison(comparison)
    wait_until(lambda: valkey.keys(limit_scripts.base_of("*") + ":[qh]") == [])
    assert len(upstream.requests) == 1


def test_nobody_waits_for_ever(owner: Any, upstream: ThreadedProvider, settings: Any) -> None:
    settings.QUEUE_SECONDS = 1
    upstream.play(Reply.silence)
    model = limited(upstream, in_flight=1)
    comparison = started(owner, model, model)
    with Driven(queued(comparison)):
        wait_until(lambda: [run["status"] for run in shown(comparison)].count("failed") == 1)
        (failed,) = [run for run in shown(comparison) if run["status"] == "failed"]
        actions.cancel_comparison(comparison)

    assert failed["error"]["code"] == "rate_limited"
    assert "Touchstone's own line" in failed["error"]["message"]
    assert (failed["waiting"], failed["hops"]) == (None, [])


def test_the_wait_is_not_part_of_any_deadline(owner: Any, upstream: ThreadedProvider, settings: Any) -> None:
    async def slowly(reply: Reply) -> None:
        await asyncio.sleep(0.7)
        await says()(reply)

    settings.FIRST_BYTE_SECONDS = settings.TOTAL_SECONDS = 2
    upstream.play(slowly)
    runs = drive(started(owner, *[once(limited(upstream, in_flight=1))] * 5))

    assert [run["status"] for run in runs] == ["finished"] * 5


def test_a_break_that_the_provider_asks_for_is_taken_by_all(owner: Any, upstream: ThreadedProvider) -> None:
    upstream.play(refuses(429, headers={"retry-after": "1"}), says())
    model = upstream.as_rows()
    first = started(owner, model)
    with Driven(queued(first)):
        until_shown(first.runs.get().pk, lambda run: run["status"] == "retrying")
        second = started(owner, *[model] * 3)
        runs = drive(second)

    assert [run["status"] for run in runs] == ["finished"] * 3
    assert len(upstream.requests) == 5
    assert all(of_type(journaled(second, run["id"]), ev.RunWaiting)[0].reason == "paused" for run in runs)
    (retried,) = shown(first)
    assert (retried["status"], len(retried["retries"])) == ("finished", 1)


def test_without_limits_nothing_is_asked(owner: Any, upstream: ThreadedProvider, valkey: Any) -> None:
    runs = drive(started(owner, *[upstream.as_rows()] * 3))

    assert [run["timings"]["waited_ms"] for run in runs] == [None] * 3
    assert valkey.keys(limit_scripts.PREFIX + "*") == []


def test_tokens_are_corrected_by_the_usage(owner: Any, upstream: ThreadedProvider, valkey: Any) -> None:
    counts = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
    upstream.play(answers(delta("Hello", finish="stop"), frame({"choices": [], "usage": counts}), DONE))
    drive(started(owner, {"model": limited(upstream, tokens_per_minute=5000), "params": {"max_tokens": 4000}}))

    wait_until(lambda: valkey.hget(limit_scripts.base_of("provider:upstream") + ":s", "sum") == b"13")
