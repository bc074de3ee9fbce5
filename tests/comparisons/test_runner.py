"""From a claimed run to its saved end, for every way in which an answer can end; real upstreams, rows and journal."""

import json
import threading
from typing import Any

import pytest

from compare_site import valkey as site_valkey
from compare_site.comparisons import actions, journal, runner, takeover, transitions, worker_loop
from compare_site.comparisons import events as ev
from compare_site.comparisons.models import Run, RunRecord
from compare_site.comparisons.requests import AddTurn
from providers.contract.errors import SetupError
from providers.contract.events import Usage
from tests.clients.until import wait_until
from tests.comparisons.driving import (
    ENDLESS,
    QUICK,
    STALLS,
    Driven,
    at_the_provider,
    drive,
    journaled,
    no_database,
    queued,
    shown,
    started,
    until_shown,
)
from tests.fakes.provider_server import DONE, SSE, Reply, answers, delta, frame, refuses, says
from tests.fakes.threaded import ThreadedProvider
from tests.providers.key_fixtures import KEY, make_provider, stored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]
ENDS = {"run.finished", "run.failed", "run.interrupted", "run.cancelled"}


def once(model: str, **params: Any) -> dict[str, Any]:
    return {"model": model, "params": {"max_retries": 0, **params}}


def ends_of(run: dict[str, Any], comparison: Any) -> list[ev.RunEvent]:
    return [event for event in journaled(comparison, run["id"]) if event.type in ENDS]


def test_a_finished_run_is_the_same_in_row_record_journal_and_at_the_provider(owner: Any) -> None:
    comparison = started(owner, QUICK)
    (run,) = drive(comparison)
    row = Run.objects.select_related("record").get()

    assert (row.state, row.finish_reason, row.worker, row.error_code) == ("finished", "stop", "", "")
    assert (row.output_tokens, row.total_ms) == (12, run["timings"]["total_ms"])
    assert row.started_at is not None
    assert row.ended_at is not None
    assert row.started_at <= row.ended_at
    assert run["text"] == at_the_provider(run)["text"]
    assert row.record.sent["messages"] == [{"role": "user", "content": "hi"}]
    assert row.record.raw_usage["completion_tokens"] == 12
    (end,) = ends_of(run, comparison)
    assert isinstance(end, ev.RunFinished)
    assert end.finish_reason == "stop"
    assert end.usage is not None
    assert end.usage.model_dump() == run["usage"]


def test_events_come_in_the_order_of_a_run_s_life(owner: Any) -> None:
    comparison = started(owner, "demo/thinker@rate=0,delay=0,tokens=20,reasoning=8")
    (run,) = drive(comparison)
    kinds = [event.type for event in journaled(comparison, run["id"])]

    assert kinds[:2] == ["run.queued", "run.started"]
    assert kinds[-1] == "run.finished"
    assert kinds.index("run.block") < kinds.index("run.delta")
    assert kinds.count("run.block") == 2
    assert [phase[0] for phase in run["phases"]] == ["reasoning", "text"]


def test_an_answer_that_breaks_off_is_incomplete_and_keeps_its_text(owner: Any) -> None:
    comparison = started(owner, once("demo/broken@rate=0,after=5,delay=0"))
    (run,) = drive(comparison)

    assert (run["status"], run["error"]["code"], run["finish_reason"]) == ("failed", "incomplete", None)
    assert run["text"] == at_the_provider(run)["text"] != ""
    assert Run.objects.get().error_code == "incomplete"


def test_a_clean_end_without_reason_or_marker_is_incomplete_too(owner: Any) -> None:
    (run,) = drive(started(owner, once("demo/fast@rate=0,delay=0,tokens=9,end=0")))
    assert (run["status"], run["error"]["code"]) == ("failed", "incomplete")
    assert run["text"]


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

    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(delta("half"))
        await reply.silence()

    upstream.play(script)
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

    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(delta("ours"))
        while not go.is_set():
            await reply.send(b": waiting\n\n")
        await reply.send(delta(" and more") + delta(finish="stop") + DONE)
        await reply.end()

    upstream.play(script)
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


def test_the_same_runs_in_three_messages_are_asked_for_once(owner: Any, upstream: ThreadedProvider) -> None:
    comparison = started(owner, upstream.as_rows())
    ids = queued(comparison)
    with Driven(ids), Driven(ids), Driven(ids):
        pass
    runner.stream_turn(ids)

    assert len(upstream.requests) == 1
    assert [run["status"] for run in shown(comparison)] == ["finished"]
    assert len(ends_of(shown(comparison)[0], comparison)) == 1


def test_one_bad_column_ends_alone(owner: Any) -> None:
    comparison = started(owner, QUICK, "openai/gpt-without-key", QUICK, "demo/fast@error=500,delay=0")
    spoiled = comparison.columns.get(position=2)
    spoiled.overrides = {"params": {"temperature": "hot"}}
    spoiled.save()
    comparison.columns.filter(position=3).update(overrides={"params": {"max_retries": 0}})
    runs = drive(comparison)

    assert [run["status"] for run in runs] == ["finished", "failed", "failed", "failed"]
    assert [(run["error"] or {}).get("code") for run in runs] == [None, "authentication", "bad_request", "server"]
    assert runs[3]["error"]["status"] == 500
    assert all(len(ends_of(run, comparison)) == 1 for run in runs)


def test_a_database_that_is_away_for_a_moment_costs_patience_only(
    owner: Any, upstream: ThreadedProvider, caplog: pytest.LogCaptureFixture
) -> None:
    go = threading.Event()

    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(delta("kept"))
        while not go.is_set():
            await reply.send(b": waiting\n\n")
        await reply.send(delta(finish="stop") + DONE)
        await reply.end()

    upstream.play(script)
    comparison = started(owner, upstream.as_rows())
    with Driven(queued(comparison)):
        until_shown(comparison.runs.get().pk)
        with no_database():
            go.set()
            wait_until(lambda: "waiting for the database" in caplog.text)

    assert [(run["status"], run["text"]) for run in shown(comparison)] == [("finished", "kept")]
    assert len(upstream.requests) == 1


def test_a_closing_event_that_finds_no_valkey_is_written_later(
    owner: Any, valkey_server: Any, monkeypatch: pytest.MonkeyPatch, upstream: ThreadedProvider
) -> None:
    monkeypatch.setattr(runner, "FLUSH_SECONDS", 0.1)
    go = threading.Event()

    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(delta("seen"))
        while not go.is_set():
            await reply.send(b": waiting\n\n")
        await reply.send(delta(" unseen") + delta(finish="stop") + DONE)
        await reply.end()

    upstream.play(script)
    comparison = started(owner, upstream.as_rows())
    run_id = comparison.runs.get().pk
    with Driven(queued(comparison)):
        until_shown(run_id)
        before = journal.tip(site_valkey.sync_client(), comparison.pk)
        valkey_server.stop()
        go.set()

    assert Run.objects.get().state == "finished"
    valkey_server.start()
    wait_until(lambda: journal.tip(site_valkey.sync_client(), comparison.pk).epoch not in {"", before.epoch})
    (run,) = shown(comparison)
    assert (run["status"], run["text"]) == ("finished", "seen unseen")
    wait_until(lambda: not worker_loop.current().writer._channels)


def test_timings_come_from_one_clock_and_in_order(owner: Any, upstream: ThreadedProvider) -> None:
    async def script(reply: Reply) -> None:
        await reply.head()
        await reply.send(delta(reasoning_content="hm"))
        await reply.send(delta("a"))
        await reply.send(delta("b") + delta(finish="stop"))
        await reply.send(frame({"choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 40}}) + DONE)
        await reply.end()

    upstream.play(script)
    comparison = started(owner, upstream.as_rows())
    (run,) = drive(comparison)
    timings = run["timings"]
    trace = Run.objects.select_related("record").get().record.state["trace"]

    order = [0, timings["queued_ms"], timings["ttft_ms"], timings["ttfa_ms"], timings["total_ms"]]
    assert order == sorted(order)
    assert (trace[0][0], trace[0][1]) == (timings["ttft_ms"], "reasoning")
    assert next(at for at, kind, _ in trace if kind == "text") == timings["ttfa_ms"]
    assert 0 <= timings["connect_ms"] <= timings["total_ms"]
    assert timings["stalls"] == 0
    span = (trace[-1][0] - trace[0][0]) / 1000
    assert timings["tokens_per_s"] == (round(40 / span, 1) if span >= 0.01 else None)
    assert run["hops"] == [
        {"provider": "upstream", "base_url": upstream.provider.base_url, "status": 200, "ms": timings["connect_ms"]}
    ]


@pytest.mark.parametrize("model", [QUICK + ",usage=0", "demo/fast@rate=0,delay=0,tokens=1"])
def test_speed_is_unknown_without_counts_or_without_two_tokens(owner: Any, model: str) -> None:
    (run,) = drive(started(owner, model))
    assert run["status"] == "finished"
    if "usage=0" in model:
        assert (run["usage"], run["cost"], run["timings"]["tokens_per_s"]) == (None, None, None)
    assert run["timings"]["stalls"] == 0


def test_what_an_answer_cost_is_reported_or_computed(owner: Any, upstream: ThreadedProvider) -> None:
    usage = {"prompt_tokens": 1000, "completion_tokens": 500, "prompt_tokens_details": {"cached_tokens": 0}}
    upstream.play(answers(delta("x"), delta(finish="stop"), frame({"choices": [], "usage": usage}), DONE))
    model = upstream.as_rows()
    comparison = started(owner, model)
    column = comparison.columns.get()
    assert column.chat_model is not None
    column.chat_model.prices = {"input": "2", "output": "10"}
    column.chat_model.save()
    (run,) = drive(comparison)

    assert run["cost"] == {"amount": "0.007", "currency": "USD", "source": "computed"}
    assert run["usage"]["reasoning"] is None
    assert run["usage"]["cache_read"] == 0
    row = Run.objects.select_related("record").get()
    assert (str(row.cost.normalize()), row.cost_source) == ("0.007", "computed")  # type: ignore[union-attr]
    assert row.record.prices == {"input": "2", "output": "10"}


def test_numbers_that_no_database_holds_do_not_cost_the_answer(owner: Any, upstream: ThreadedProvider) -> None:
    usage = {"prompt_tokens": 10**30, "completion_tokens": -5, "total_tokens": 2**53 - 1, "cost": 1e300}
    upstream.play(answers(delta("kept"), delta(finish="stop"), frame({"choices": [], "usage": usage}), DONE))
    (run,) = drive(started(owner, upstream.as_rows()))

    assert (run["status"], run["text"], run["cost"]) == ("finished", "kept", None)
    assert (run["usage"]["input"], run["usage"]["output"]) == (None, None)


def test_characters_that_no_database_holds_are_replaced_everywhere(owner: Any, upstream: ThreadedProvider) -> None:
    first = b'data: {"created": NaN, "service_tier": "x", "choices": []}\n\n'
    odd = '"id": "c\\u0000\\ud800d", "model": "m\\u0000", "system_fingerprint": "f\\udc00"'
    choices = '"choices": [{"index": 0, "delta": {"content": "a\\u0000b\\ud800c\\u2028"}}]'
    chunk = f"data: {{{odd}, {choices}}}\n\n"
    tail = 'data: {"choices": [{"index": 0, "delta": {}, "finish_reason": "s\\u0000top"}]}\n\n'
    upstream.play(answers(first, chunk.encode(), tail.encode(), DONE))
    comparison = started(owner, upstream.as_rows())
    (run,) = drive(comparison)

    assert run["status"] == "finished"
    assert run["text"] == "a\ufffdb\ufffdc\u2028"
    everything = json.dumps([run, *(event.model_dump(mode="json") for event in journaled(comparison))])
    assert "\\u0000" not in everything
    assert "\\ud800" not in everything
    assert "NaN" not in everything
    for entry in journal.entries(site_valkey.sync_client(), comparison.pk, "0-0"):
        json.loads(entry.events, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


def test_attempts_are_kept_inside_the_run(owner: Any, upstream: ThreadedProvider) -> None:
    async def busy(reply: Reply) -> None:
        await reply.whole(503, b'{"error": {"message": "busy"}}', {"retry-after": "0"})

    upstream.play(busy, busy, answers(delta("third time"), delta(finish="stop"), DONE))
    comparison = started(owner, {"model": upstream.as_rows(), "params": {"max_retries": 2}})
    (run,) = drive(comparison)

    assert (run["status"], run["text"], run["attempt"]) == ("finished", "third time", 1)
    assert [retry["attempt"] for retry in run["retries"]] == [1, 2]
    assert {retry["error"]["status"] for retry in run["retries"]} == {503}
    assert [hop["status"] for hop in run["hops"]] == [503, 503, 200]
    assert "run.retrying" in [event.type for event in journaled(comparison, run["id"])]


def test_after_the_first_token_nobody_is_asked_again(owner: Any, upstream: ThreadedProvider) -> None:
    async def breaks(reply: Reply) -> None:
        await reply.head(200, SSE)
        await reply.send(delta("half"))
        reply.reset()

    upstream.play(breaks)
    (run,) = drive(started(owner, {"model": upstream.as_rows(), "params": {"max_retries": 5}}))

    assert (run["status"], run["text"], run["retries"]) == ("failed", "half", [])
    assert len(upstream.requests) == 1


def test_a_value_that_cannot_be_stored_costs_the_numbers_and_not_the_text(owner: Any) -> None:
    """Should an adapter ever let such a number through: the run ends, named, and its text stays."""
    comparison = started(owner, QUICK)
    worker = worker_loop.current()
    (job,) = runner.prepare(transitions.claim(queued(comparison), worker.lease_id))
    channel = worker.writer.open(comparison.pk, job.fold, job.run.fence)
    channel.fold = job.fold.model_copy()
    worker.submit(_say(channel, job.run.pk, "worth keeping")).result(10)
    event = ev.RunFinished(run=job.run.pk, finish_reason="stop", usage=Usage(input=2**70, output=1))
    runner._settle(worker, runner.Outcome(job, channel, event))

    (run,) = shown(comparison)
    assert (run["status"], run["text"], run["error"]["code"]) == ("failed", "worth keeping", "server")
    assert [event.type for event in ends_of(run, comparison)] == ["run.failed"]


async def _say(channel: Any, run_id: str, text: str) -> None:
    channel.emit(ev.RunDelta(run=run_id, index=0, kind="text", text=text, at=1))
    await channel.flushed()


def test_a_mistake_of_our_own_ends_the_run_by_name(owner: Any, caplog: pytest.LogCaptureFixture) -> None:
    comparison = started(owner, QUICK)
    worker = worker_loop.current()
    (job,) = runner.prepare(transitions.claim(queued(comparison), worker.lease_id))
    job.ask = "not a request"  # type: ignore[assignment]
    outcomes: Any = runner.queue.SimpleQueue()
    worker.call(runner._start, worker, [job], outcomes)
    runner._settle(worker, outcomes.get(timeout=10))

    (run,) = shown(comparison)
    assert (run["status"], run["error"]) == ("failed", SetupError("server", runner.OURS).as_dict())
    assert "failed inside" in caplog.text


def test_a_follow_up_asks_with_the_history_of_its_own_column(owner: Any) -> None:
    comparison = started(owner, QUICK, QUICK)
    first = drive(comparison)
    _turn, runs = actions.add_turn(comparison, AddTurn(prompt="and then?"))
    runner.stream_turn([run.pk for run in runs])

    by_parent = {run["parent"]: run for run in shown(comparison) if run["parent"]}
    for parent in first:
        messages = at_the_provider(by_parent[parent["id"]], "_requests")["body"]["messages"]
        assert [message["content"] for message in messages] == ["hi", parent["text"], "and then?"]


@pytest.mark.parametrize(("script", "code"), [(says(), ""), (refuses(401), "authentication")])
def test_the_use_of_a_key_is_noted_and_the_key_is_nowhere(
    owner: Any, upstream: ThreadedProvider, master_key: str, caplog: pytest.LogCaptureFixture, script: Any, code: str
) -> None:
    caplog.set_level("DEBUG")
    upstream.play(script)
    key = stored(make_provider("keyed", upstream.provider.base_url))
    comparison = started(owner, once("keyed/m"))
    (run,) = drive(comparison)

    assert upstream.received().headers["authorization"] == f"Bearer {KEY}"
    key.refresh_from_db()
    assert (key.last_error, key.last_used_at is not None) == (code, True)
    record = Run.objects.select_related("record").get().record
    everything = json.dumps([run, record.sent, record.state, record.raw_usage], default=str) + caplog.text
    everything += str([event.model_dump() for event in journaled(comparison)])
    assert KEY not in everything
    assert KEY[5:-4] not in everything


def test_rate_limits_and_request_ids_are_kept_beside_the_answer(owner: Any, upstream: ThreadedProvider) -> None:
    async def script(reply: Reply) -> None:
        headers = {**SSE, "x-request-id": "req-7", "x-ratelimit-remaining-tokens": "99"}
        await reply.head(200, headers)
        await reply.send(delta("x") + delta(finish="stop") + DONE)
        await reply.end()

    upstream.play(script)
    (run,) = drive(started(owner, upstream.as_rows()))
    assert run["metadata"]["request_id"] == "req-7"
    assert run["metadata"]["rate_limits"] == {"x-ratelimit-remaining-tokens": "99"}
    assert (run["response_id"], run["model"]) == ("chatcmpl-1", "fake-1")


def test_an_answer_that_tells_no_id_and_no_model_has_none(owner: Any, upstream: ThreadedProvider) -> None:
    chunk = {"choices": [{"index": 0, "delta": {"content": "x"}, "finish_reason": "stop"}]}
    upstream.play(answers(frame(chunk), DONE))
    (run,) = drive(started(owner, upstream.as_rows()))
    assert (run["status"], run["response_id"], run["model"]) == ("finished", None, None)
