"""From a claimed run to its saved end; real upstreams, rows and journal."""

from typing import Any

import pytest

from compare_site.comparisons import actions, runner
from compare_site.comparisons import events as ev
from compare_site.comparisons.models import Run
from compare_site.comparisons.requests import AddTurn
from tests.comparisons.driving import (
    QUICK,
    Driven,
    at_the_provider,
    drive,
    ends_of,
    journaled,
    once,
    queued,
    shown,
    started,
)
from tests.fakes.provider_server import DONE, SSE, Reply, answers, delta, refuses
from tests.fakes.threaded import ThreadedProvider

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database, pytest.mark.usefixtures("valkey")]


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


def test_a_follow_up_asks_with_the_history_of_its_own_column(owner: Any) -> None:
    comparison = started(owner, QUICK, QUICK)
    first = drive(comparison)
    _turn, runs = actions.add_turn(comparison, AddTurn(prompt="and then?"))
    runner.stream_turn([run.pk for run in runs])

    by_parent = {run["parent"]: run for run in shown(comparison) if run["parent"]}
    for parent in first:
        messages = at_the_provider(by_parent[parent["id"]], "_requests")["body"]["messages"]
        assert [message["content"] for message in messages] == ["hi", parent["text"], "and then?"]


@pytest.mark.parametrize("stream", [True, False])
def test_an_answer_that_came_in_one_piece_is_marked_and_has_no_speed(
    owner: Any, upstream: ThreadedProvider, stream: bool
) -> None:
    message = {"content": "x" * 100, "reasoning_content": "y"}
    usage = {"prompt_tokens": 1, "completion_tokens": 50, "total_tokens": 51}
    upstream.play(refuses(200, {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}))
    (run,) = drive(started(owner, {"model": upstream.as_rows(), "stream": stream}))

    assert (run["status"], run["usage"]["output"]) == ("finished", 50)
    assert run["metadata"]["answered_whole"] is True
    assert run["timings"]["tokens_per_s"] is None


def test_an_answer_that_was_streamed_is_not_marked(owner: Any, upstream: ThreadedProvider) -> None:
    upstream.play(answers(delta("x"), delta("y", finish="stop"), DONE))
    (run,) = drive(started(owner, upstream.as_rows()))
    assert "answered_whole" not in run["metadata"]
