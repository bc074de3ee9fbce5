"""State for the provider is kept and goes back; nobody who watches or asks the API receives it."""

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from compare_site.comparisons import actions, hub
from compare_site.comparisons import events as ev
from compare_site.comparisons.models import Run
from compare_site.comparisons.project import (
    OWNER,
    PARTS,
    RAW_HOLDS,
    USUAL_PARTS,
    Audience,
    project_run,
    project_state,
    shown_data,
    shown_events,
    visible,
)
from compare_site.comparisons.requests import AddTurn
from tests.api.callers import Caller
from tests.comparisons.driving import drive, journaled, started
from tests.comparisons.test_hub import Watcher
from tests.fakes.provider_server import DONE, answers, delta
from tests.fakes.threaded import ThreadedProvider

DETAILS = [{"type": "reasoning.encrypted", "index": 0, "data": "OPAQUE-STATE"}]
CALL = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
RESULT = {"role": "tool", "content": [{"kind": "tool_result", "id": "c1", "text": "1"}]}
DATA = {"replay": {"protocol": "p"}}


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (None, None),
        ({}, {}),
        (DATA, None),
        ({"url": "u", **DATA}, {"url": "u"}),
        ({"input": DATA}, {"input": DATA}),
    ],
)
def test_data(data: Any, shown: Any) -> None:
    assert shown_data(data) == shown


def test_events() -> None:
    events = [
        ev.RunBlock(run="r", index=0, kind="reasoning", data={"x": "ü", **DATA}),
        ev.RunBlockData(run="r", index=0, data=DATA),
        ev.RunBlock(run="r", index=1, kind="server_tool", data={"input": DATA}),
        ev.RunMeta(run="r", metadata=DATA),
        ev.RunDelta(run="r", index=2, kind="text", text='"replay"', at=1),
    ]
    frame = b"[" + b",".join(map(ev.encode, events)) + b"]"

    assert ev.decode_many(shown_events(frame)) == [
        ev.RunBlock(run="r", index=0, kind="reasoning", data={"x": "ü"}),
        ev.RunBlockData(run="r", index=0),
        *events[2:],
    ]


def test_a_frame_without_it_passes_untouched() -> None:
    frame = b'[ {"type":"run.delta", "text":"\\"replay\\""} ]'

    assert shown_events(frame) is frame


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
@pytest.mark.usefixtures("valkey")
def test_kept_for_the_next_turn_and_shown_to_nobody(owner: Any, upstream: ThreadedProvider) -> None:
    pieces = delta(reasoning_details=DETAILS), delta("Hello"), delta(tool_calls=[CALL]), delta(finish="tool_calls")
    upstream.play(answers(*pieces, DONE))
    comparison = started(owner, upstream.as_rows())
    opening = journaled(comparison)
    drive(comparison)
    run = Run.objects.select_related("record").get()

    asked = Caller.bearer(owner)
    answered = [asked("GET", f"comparisons/{comparison.pk}")[1], asked("GET", f"runs/{run.pk}")[1]]
    watched = async_to_sync(frames_of)(comparison.pk, None) + async_to_sync(frames_of)(comparison.pk, "the beginning")

    assert [block["kind"] for block in answered[1]["content"]] == ["reasoning", "text", "tool_call"]
    assert {frame["type"] for frame in watched} == {"snapshot", "events"}
    assert "Hello" in json.dumps(watched[1:])
    assert "OPAQUE-STATE" not in json.dumps([answered, watched])
    assert len(journaled(comparison)) > len(opening)
    assert "OPAQUE-STATE" in json.dumps(run.record.state)
    assert any("OPAQUE-STATE" in str(event) for event in journaled(comparison))

    actions.add_turn(comparison, AddTurn.model_validate({"messages": [RESULT]}))
    drive(comparison)

    assert upstream.received(2).json["messages"][1]["reasoning_details"] == DETAILS


async def frames_of(comparison_id: str, cursor: str | None) -> list[dict[str, Any]]:
    """What a viewer is sent, from a snapshot or from the beginning of the journal on."""
    if cursor is not None:
        cursor = f"{(await hub.current().tip(comparison_id)).epoch}:0-0"
    watcher = await Watcher(comparison_id).join(cursor)
    await watcher.until(lambda: "Hello" in json.dumps(watcher.frames))
    await watcher.leave()
    await hub.close_all()
    return watcher.frames


def test_a_share_receives_no_event_and_no_field_that_it_was_not_meant_to() -> None:
    everything = Audience(frozenset(PARTS))
    events = [
        {"type": "run.unheard", "run": "r", "text": "x"},
        {"type": "run.delta", "run": "r", "index": 0, "kind": "text", "text": "x", "at": 1, "new": "y"},
        {"type": "run.meta", "run": "r", "new": "y"},
        {"type": "comparison.updated", "tags": ["t"], "new": "y"},
    ]
    frame = json.dumps(events).encode()
    assert shown_events(frame, OWNER) is frame
    delta = {"type": "run.delta", "run": "r", "index": 0, "kind": "text", "text": "x", "at": 1}
    assert json.loads(shown_events(frame, everything)) == [delta]
    assert json.loads(shown_events(frame, Audience(frozenset()))) == [{**delta, "at": 0}]


def test_the_raw_request_is_shown_only_with_what_it_is_made_of() -> None:
    assert visible(frozenset({*PARTS, "unheard"})) == frozenset(PARTS)
    assert "raw" in visible(RAW_HOLDS | {"raw"})
    for part in RAW_HOLDS:
        assert "raw" not in visible(frozenset(PARTS) - {part})


def test_whoever_sees_costs_is_told_that_they_were_not_paid_here() -> None:
    run = {"id": "r", "status": "finished", "metadata": {"imported": {"run": "theirs", "exported_at": "then"}}}
    for parts, shown in ((USUAL_PARTS, {"imported": True}), (("prompt",), {})):
        assert project_run(run, Audience(visible(frozenset(parts))))["metadata"] == shown


def test_projecting_twice_shows_no_less() -> None:
    state: dict[str, Any] = {
        "id": "c",
        "title": "t",
        "columns": [{"id": "1", "label": "B", "model": "acme/one", "provider": "Acme", "overrides": {}}],
        "turns": [{"id": "t", "messages": [{"role": "user", "content": [{"kind": "text", "text": "x"}]}]}],
        "runs": [
            {"id": "r", "status": "finished", "content": [{"index": 0, "kind": "text", "text": "y"}], "text": "y"}
        ],
    }
    for parts in (PARTS, (), ("prompt",)):
        audience = Audience(visible(frozenset(parts)))
        once = project_state(state, audience)
        assert project_state(once, audience) == once
    assert once["columns"][0]["model"] == "Model B"
    assert "acme" not in json.dumps(once).lower()
