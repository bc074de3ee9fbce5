"""The independent fold notices every breach of the contract: each test plants one in a good stream."""

import copy
from typing import Any

import pytest

from tests.clients.picture import ContractBroken, Picture, same

ERROR = {
    "code": "server",
    "message": "m",
    "status": 500,
    "retryable": True,
    "retry_after": None,
    "request_id": None,
}
PLACE = {"column": "c", "turn": "t", "sample": 0, "attempt": 1, "parent": None}


def _state(seq: str, **run: Any) -> dict[str, Any]:
    blank = {"id": "r", **PLACE, "status": "queued", "content": [], "text": "", "reasoning": None, "tool_calls": []}
    return {"id": "x", "seq": seq, "turns": [{"id": "t"}], "columns": [], "runs": [{**blank, **run}]}


def _snapshot(seq: str, **run: Any) -> dict[str, Any]:
    return {"type": "snapshot", "seq": seq, "state": _state(seq, **run)}


def _events(seq: str, *events: dict[str, Any]) -> dict[str, Any]:
    return {"type": "events", "seq": seq, "events": [{"run": "r", **event} for event in events]}


BLOCK = {"type": "run.block", "index": 0, "kind": "text"}


def _delta(text: str, **more: Any) -> dict[str, Any]:
    return {"type": "run.delta", "index": 0, "kind": "text", "text": text, "at": 5.5, **more}


FINISHED = {"type": "run.finished", "finish_reason": "stop", "usage": {"output": 2}, "cost": None, "timings": {}}
SEEN = [_snapshot("0"), _events("1", {"type": "run.started"}, BLOCK), _events("2", _delta("ab"))]
GOOD = [*SEEN, _events("3", _delta("c")), _events("4", FINISHED, {"type": "run.usage", "usage": {"output": 3}})]


def _take(*frames: Any) -> Picture:
    picture = Picture()
    for frame in frames:
        picture.take(copy.deepcopy(frame))
    return picture


def test_a_good_stream_becomes_the_state() -> None:
    picture = _take(*GOOD, {"type": "from.the.future"}, _events("5", {"type": "run.dance"}))
    run = picture.runs["r"]

    assert (run["status"], picture.text("r"), run["usage"]) == ("finished", "abc", {"output": 3})
    assert (picture.is_final, picture.seq, picture.unknown) == (True, "5", 2)
    same(
        picture,
        _state(
            "5",
            status="finished",
            text="abc",
            content=[{"index": 0, "kind": "text", "text": "abc"}],
            finish_reason="stop",
            usage={"output": 3},
            timings={},
        ),
    )


@pytest.mark.parametrize(
    "frames",
    [
        ["text"],
        [{"seq": "1"}],
        [_events("1", BLOCK)],
        [{"type": "snapshot", "seq": 5, "state": _state("5")}],
        [{"type": "snapshot", "seq": "5", "state": _state("4")}],
        [_snapshot("0", text="not in the blocks")],
        [_snapshot("0", content=[{"index": 0, "kind": "text"}] * 2)],
        [_snapshot("0", status="failed", error={"code": "server"})],
        [_snapshot("0"), _events("1")],
        [*SEEN, _events("2", _delta("twice"))],
        [*SEEN, _events("0", _delta("the snapshot's own seq"))],
        [*SEEN, _events("3", BLOCK)],
        [*SEEN, _events("3", _delta("x", index=1))],
        [*SEEN, _events("3", _delta("x", kind="reasoning"))],
        [*SEEN, _events("3", _delta(""))],
        [*SEEN, _events("3", _delta("x", at=-1))],
        [*SEEN, _events("3", _delta("x", at="soon"))],
        [*SEEN, _events("3", _delta("x", index=True))],
        [*SEEN, _events("3", _delta("x", run="stranger"))],
        [*SEEN, _events("3", {"type": "run.queued", **PLACE})],
        [*SEEN, _events("3", {"type": "run.retrying", "attempt": 2, "delay_ms": 5, "error": ERROR})],
        [*SEEN, _events("3", {"type": "run.failed", "error": {"code": "server"}})],
        [*SEEN, _events("3", {"type": "run.failed"})],
        [*SEEN, _events("3", {**FINISHED, "error": ERROR})],
        [*GOOD, _events("5", _delta("late"))],
        [*GOOD, _events("5", {"type": "run.cancelled"})],
        [*GOOD, _events("5", {"type": "run.queued", **PLACE})],
        [*SEEN, _snapshot("9", status="running", text="a", content=[{"index": 0, "kind": "text", "text": "a"}])],
        [*SEEN, _snapshot("9", status="running", text="xab", content=[{"index": 0, "kind": "text", "text": "xab"}])],
        [*SEEN, {"type": "snapshot", "seq": "9", "state": {**_state("9"), "runs": []}}],
        [*GOOD, _snapshot("9", status="running", text="abc", content=[{"index": 0, "kind": "text", "text": "abc"}])],
    ],
)
def test_every_breach_is_noticed(frames: list[Any]) -> None:
    with pytest.raises(ContractBroken):
        _take(*frames)


def test_a_later_snapshot_may_add_and_an_unseen_run_may_start_afresh() -> None:
    more = _snapshot("9", status="running", text="abcd", content=[{"index": 0, "kind": "text", "text": "abcd"}])

    assert _take(*SEEN, more).text("r") == "abcd"
    retried = _events("1", {"type": "run.retrying", "attempt": 2, "delay_ms": 5, "error": ERROR})
    assert _take(_snapshot("0"), retried, _events("2", {"type": "run.queued", **PLACE})).runs["r"]["status"] == "queued"


@pytest.mark.parametrize(
    "change",
    [{"text": "abd"}, {"status": "failed"}, {"usage": None}, {"id": "other"}, {"finish_reason": "length"}],
)
def test_a_picture_that_differs_from_the_api_is_noticed(change: dict[str, Any]) -> None:
    run: dict[str, Any] = {
        "status": "finished",
        "text": "abc",
        "finish_reason": "stop",
        "usage": {"output": 3},
        "timings": {},
    }
    run.update(change)
    run["content"] = [{"index": 0, "kind": "text", "text": run["text"]}]
    with pytest.raises(ContractBroken):
        same(_take(*GOOD), _state("5", error=ERROR if run["status"] == "failed" else None, **run))
