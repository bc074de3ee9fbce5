"""The schema of run events: every event of the shared journals passes it, and it keeps "not said" from "null"."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from compare_site.comparisons import events as ev

JOURNALS = sorted((Path(__file__).parents[1] / "journals").glob("*.json"))
EVENTS = [event for path in JOURNALS for event in json.loads(path.read_text(encoding="utf-8"))["events"]]
KNOWN = [event for event in EVENTS if event["type"] in ev.KNOWN]
UNION = get_args(get_args(ev.RunEvent)[0])


def test_known_names_exactly_the_types_of_the_union() -> None:
    assert {cls.model_fields["type"].default for cls in UNION} == ev.KNOWN


def test_the_journals_show_every_type() -> None:
    assert {event["type"] for event in KNOWN} == ev.KNOWN


@pytest.mark.parametrize("event", KNOWN, ids=lambda event: event["type"])
def test_every_recorded_event_is_valid_and_survives_the_way_through_the_journal(event: dict[str, Any]) -> None:
    parsed = ev.ADAPTER.validate_python(event)
    (again,) = ev.decode_many(b"[" + ev.encode(parsed) + b"]")

    assert again == parsed
    assert again.model_fields_set - {"type"} == parsed.model_fields_set - {"type"}


def test_an_encoded_event_says_its_type_first_and_only_what_was_set() -> None:
    assert ev.encode(ev.RunMeta(run="r", model=None)) == b'{"type":"run.meta","run":"r","model":null}'
    assert ev.encode(ev.RunCancelled(run="r")) == b'{"type":"run.cancelled","run":"r"}'


def test_text_is_journalled_as_it_is() -> None:
    text = 'quotes " \\ line\nbreak \u2028 \x00 字 👋'
    frame = b"[" + ev.encode(ev.RunDelta(run="r", index=0, kind="text", text=text, at=1.5)) + b"]"
    (event,) = ev.decode_many(frame)

    assert isinstance(event, ev.RunDelta)
    assert event.text == text


def test_unknown_types_and_things_that_are_no_events_are_left_out() -> None:
    frame = json.dumps(
        [{"type": "run.applause", "run": "r"}, "noise", 7, None, {"run": "r"}, {"type": "run.started", "run": "r"}]
    )

    assert ev.decode_many(frame) == [ev.RunStarted(run="r")]


def test_unknown_fields_are_ignored() -> None:
    assert ev.ADAPTER.validate_python({"type": "run.started", "run": "r", "mood": "good"}) == ev.RunStarted(run="r")


@pytest.mark.parametrize(
    "event",
    [
        {"type": "run.delta", "run": "r", "index": 0, "kind": "image", "text": "x", "at": 1},
        {"type": "run.delta", "run": "r", "index": 0, "kind": "text", "at": 1},
        {"type": "run.finished", "run": "r", "finish_reason": "bored"},
        {"type": "run.finished", "run": "r", "cost": {"amount": "1", "source": "guessed"}},
        {"type": "run.queued", "run": "r"},
    ],
    ids=lambda event: event["type"],
)
def test_a_malformed_event_is_an_error_not_a_guess(event: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ev.ADAPTER.validate_python(event)
