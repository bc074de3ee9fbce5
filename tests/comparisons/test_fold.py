"""The fold against the shared journals, whole and cut anywhere; the browser's fold reads the same files."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from compare_site.comparisons.events import (
    FINAL,
    ComparisonUpdated,
    RunCancelled,
    RunDelta,
    RunEvent,
    RunQueued,
    RunRetrying,
    RunUsage,
    RunWaiting,
    TurnAdded,
    decode_many,
)
from compare_site.comparisons.fold import RunFold, fold_run
from providers.contract.events import Usage

JOURNALS = sorted((Path(__file__).parents[1] / "journals").glob("*.json"))


def read(path: Path) -> dict[str, Any]:
    journal: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return journal


def fold(runs: dict[str, RunFold], events: list[RunEvent]) -> dict[str, RunFold]:
    for event in events:
        run = getattr(event, "run", None)
        if isinstance(run, str):
            runs[run] = fold_run(runs.get(run) or RunFold(id=run), event)
    return runs


def as_json(runs: dict[str, RunFold]) -> dict[str, Any]:
    return {run: state.model_dump(mode="json") for run, state in runs.items()}


def test_there_are_journals() -> None:
    assert len(JOURNALS) >= 8


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_a_journal_folds_to_its_states(path: Path) -> None:
    journal = read(path)

    assert as_json(fold({}, decode_many(json.dumps(journal["events"])))) == journal["runs"]


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_a_checkpoint_anywhere_changes_nothing(path: Path) -> None:
    """Fold to k, store, read back, fold the rest: what joining in the middle and taking over do."""
    journal = read(path)
    events = journal["events"]
    for cut in range(len(events) + 1):
        stored = {
            run: state.model_dump_json() for run, state in fold({}, decode_many(json.dumps(events[:cut]))).items()
        }
        restored = {run: RunFold.model_validate_json(text) for run, text in stored.items()}

        assert as_json(fold(restored, decode_many(json.dumps(events[cut:])))) == journal["runs"], f"cut at {cut}"


@pytest.mark.parametrize("path", JOURNALS, ids=lambda path: path.stem)
def test_many_random_checkpoints_change_nothing(path: Path) -> None:
    journal, chance = read(path), random.Random(path.stem)
    for _ in range(20):
        runs: dict[str, RunFold] = {}
        rest = journal["events"]
        while rest:
            size = chance.randint(1, len(rest))
            runs = fold(runs, decode_many(json.dumps(rest[:size])))
            runs = {run: RunFold.model_validate_json(state.model_dump_json()) for run, state in runs.items()}
            rest = rest[size:]

        assert as_json(runs) == journal["runs"]


def test_text_of_joins_blocks_of_one_kind_by_nothing() -> None:
    run = RunFold(id="r")
    for index, kind, text in ((0, "text", "a"), (1, "reasoning", "x"), (2, "text", "b")):
        run = fold_run(run, RunDelta(run="r", index=index, kind=kind, text=text, at=1.0))  # type: ignore[arg-type]

    assert run.text_of("text") == "ab"
    assert run.text_of("reasoning") == "x"


@pytest.mark.parametrize(
    ("blocks", "shown"),
    [
        ([], False),
        ([{"index": 0, "kind": "text"}], False),
        ([{"index": 0, "kind": "reasoning"}], False),
        ([{"index": 0, "kind": "reasoning", "text": "hm"}], True),
        ([{"index": 0, "kind": "tool_call", "name": "f"}], True),
    ],
)
def test_has_shown_tells_whether_a_viewer_saw_anything(blocks: list[dict[str, Any]], shown: bool) -> None:
    assert RunFold.model_validate({"id": "r", "content": blocks}).has_shown is shown


@pytest.mark.parametrize("status", sorted(FINAL))
def test_after_an_end_only_usage_counts(status: str) -> None:
    run = RunFold.model_validate({"id": "r", "status": status})
    run = fold_run(run, RunDelta(run="r", index=0, kind="text", text="late", at=9.0))
    run = fold_run(run, RunCancelled(run="r"))
    run = fold_run(run, RunUsage(run="r", usage=Usage(output=3)))

    assert (run.status, run.content, run.usage) == (status, [], Usage(output=3))


def test_a_second_queued_starts_afresh() -> None:
    run = RunFold.model_validate(
        {"id": "r", "status": "interrupted", "content": [{"index": 0, "kind": "text", "text": "x"}]}
    )
    run = fold_run(run, RunQueued(run="r", column="c", turn="t", sample=1, attempt=2))

    assert run == RunFold(id="r", column="c", turn="t", sample=1, attempt=2)


def test_what_is_said_of_the_comparison_says_nothing_to_a_run() -> None:
    state = fold_run(RunFold(id="r"), RunDelta(run="r", index=0, kind="text", text="x", at=1))
    before = state.model_dump()
    for event in (TurnAdded(turn={"id": "t"}), ComparisonUpdated(title="new")):
        assert fold_run(state, event).model_dump() == before


def test_who_tries_again_is_no_longer_in_line() -> None:
    error = {"code": "rate_limited", "message": "slow", "retryable": True}
    run = fold_run(RunFold(id="r"), RunWaiting(run="r", at=1, position=1, delay_ms=None, reason="requests"))
    run = fold_run(run, RunRetrying(run="r", attempt=1, delay_ms=0, error=error))

    assert (run.status, run.waiting) == ("retrying", None)
