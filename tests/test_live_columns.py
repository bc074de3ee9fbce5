"""Columns in a terminal: as many beside each other as fit, hostile text and all."""

import io
import re
from typing import Any

import pytest
from rich.console import Console

from compare_site.comparisons import snapshot
from compare_site.management.live_columns import all_finished, live, newest, plain, whole
from tests.exports.rows import made

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("valkey")]
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def drawn(state: dict[str, Any], width: int, show: Any = live) -> str:
    console = Console(file=io.StringIO(), force_terminal=True, width=width, height=20, color_system="standard")
    console.print(show(state, console))
    return COLOUR.sub("", console.file.getvalue())  # type: ignore[attr-defined]


def test_columns_stand_beside_each_other_if_there_is_room(owner: Any) -> None:
    state = snapshot.state_of(made(owner))
    wide, narrow = drawn(state, 120).splitlines(), drawn(state, 50).splitlines()

    assert "A demo/fast" in wide[0]
    assert "B nobody/unknown" in wide[0]
    assert "B nobody/unknown" not in narrow[0]
    assert len(wide) <= 20
    assert len(narrow) <= 20
    assert "a follow-up" in drawn(state, 120)
    assert "[rate_limited] =too many" in drawn(state, 120, whole)


def test_a_long_answer_shows_its_end_and_no_escape_of_its_own(owner: Any) -> None:
    comparison = made(owner)
    run = comparison.runs.get(turn__position=1, column__position=0)
    run.record.state["content"][0]["text"] = "\x1b[2J\x1b]0;x\x07[red]" + "\n".join(f"line {n}" for n in range(100))
    run.record.save()
    state = snapshot.state_of(comparison)

    for text in (drawn(state, 120), drawn(state, 120, whole), plain(state)):
        assert "line 99" in text
        assert "\x1b" not in text
        assert "\x07" not in text
    assert "line 10 " not in drawn(state, 120)
    assert "[red]" in plain(state)
    assert [name for name, _run in newest(state)] == ["A demo/fast", "B nobody/unknown"]
    assert not all_finished(state)


def test_what_was_cut_off_and_what_is_estimated_say_so(owner: Any) -> None:
    comparison = made(owner)
    run = comparison.runs.get(turn__position=1, column__position=0)
    about = {"amount": "0.25", "currency": "USD", "source": "estimated"}
    state = snapshot.state_of(comparison)
    (shown,) = [each for _name, each in newest(state) if each["id"] == run.pk]
    shown |= {"status": "finished", "finish_reason": "length", "usage": {"output": 7}, "cost": about}

    assert "-- cut off · length · 7 tokens" in plain(state)
    assert "cut off · length · 7 tokens" in drawn(state, 120)
    assert "≈ $0.25" in plain(state)
    shown |= {"finish_reason": "tool_calls", "usage": {"output": 1}, "cost": about | {"source": "computed"}}
    assert "-- finished · 1 token · tool_calls" in plain(state)
    assert "≈" not in plain(state)
