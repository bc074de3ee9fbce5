"""The one serializer of a comparison's state: page, API, socket and exports all show this."""

import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now
from django.utils import timezone

from compare_site import valkey
from compare_site.comparisons import events as ev
from compare_site.comparisons import journal
from compare_site.comparisons.access import Denied, audience_of, frozen_state
from compare_site.comparisons.fold import Block, RunFold
from compare_site.comparisons.models import Column, Comparison, Run, Turn
from compare_site.comparisons.project import project_run, project_state, shown_data
from compare_site.comparisons.takeover import CLOSING_SPAN, blank_fold, stored_fold

SETTLE_SECONDS = 1.0
"""How long a reader waits for rows and journal to agree; then it takes what there is, unless ends are on their way."""
SETTLE_STEP = 0.01
CLAIM_SPAN = timedelta(seconds=1)


class Reading(NamedTuple):
    """A state. ``settled``: rows and journal agree on which runs are open. ``ending``: the closing event of a run that
    has ended is on its way: within ``CLOSING_SPAN`` it is here or will not come.
    """

    state: dict[str, Any]
    settled: bool
    ending: bool


def state_of(comparison: Comparison) -> dict[str, Any]:
    """The body of ``GET /api/v1/comparisons/{id}``, as far as whoever came to it through ``access`` may see it."""
    grant = comparison.grant
    if grant is None:
        return whole_state(comparison)
    if grant.frozen:
        state = frozen_state(grant)
        return project_state(state, grant.audience, state["shared"]["frozen_at"])
    return project_state(whole_state(comparison), grant.audience)


def whole_state(comparison: Comparison) -> dict[str, Any]:
    """All of it, as the owner sees it: rows for what has ended, the journal for what still runs."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        found = read(comparison)
        if found.settled or (time.monotonic() > deadline and not found.ending):
            return found.state
        time.sleep(SETTLE_STEP)


def read(comparison: Comparison) -> Reading:
    """The state, and whether rows and journal agree.

    The order of reading makes it exact: the journal's tip, then the rows, then the journal from the older of both.
    They disagree for a moment at the start and the end of each run, and when Valkey has lost the journal: whoever took
    such a state would miss text, or hear of an end twice.
    """
    client = valkey.sync_client()
    try:
        tip = journal.tip(client, comparison.pk)
    except valkey.RedisError:
        tip = None
    columns = list(comparison.columns.annotate(provider_label=F("chat_model__provider__name")))
    turns = list(comparison.turns.all())
    order = ("turn__position", "column__position", "sample", "attempt")
    rows = comparison.runs.with_state().annotate(ended_ago=_ago("ended_at"), started_ago=_ago("started_at"))
    runs = list(rows.order_by(*order))
    live = frozenset(run.pk for run in runs if run.state not in ev.FINAL)
    lost = journal.View(journal.NO_JOURNAL)
    try:
        view = journal.view(client, comparison.pk, tip, live) if tip is not None else lost
    except valkey.RedisError:
        view = lost
    final = {run.pk for run in runs} - live
    folds = [_fold(run, view) for run in runs]
    folds += [fold for run_id, fold in view.runs.items() if run_id not in live | final]
    state = _state(comparison, view.tip, columns, turns, folds)
    labelled: dict[str, Run | Column] = {run.pk: run for run in runs}
    by_id = {column.pk: column for column in columns}
    for said in state["runs"]:
        # One that was committed after the rows were read has what its column has.
        said.update(row_json(labelled.get(said["id"]) or by_id.get(said["column"])))
    _add_others(state, view.others)
    ending = any(_is_ending(run, view) for run in runs)
    return Reading(state, not ending and all(_is_settled(run, view) for run in runs), ending)


def opening_state(
    comparison: Comparison, tip: journal.Tip, columns: Iterable[Column], turn: Turn, runs: Iterable[Run]
) -> dict[str, Any]:
    """What ``read`` gives for a comparison that was written a moment ago: ``tip`` is the entry that queued its runs."""
    rows = list(runs)
    state = _state(comparison, tip, columns, [turn], map(blank_fold, rows))
    for said, run in zip(state["runs"], rows, strict=True):
        said.update(row_json(run))
    return state


def _state(
    comparison: Comparison, tip: journal.Tip, columns: Iterable[Column], turns: Iterable[Turn], folds: Iterable[RunFold]
) -> dict[str, Any]:
    return {
        "id": comparison.pk,
        "title": comparison.title,
        "tags": comparison.tags,
        "metadata": comparison.metadata,
        "left_out": comparison.left_out,
        "system": comparison.system,
        "settings": comparison.settings,
        "created_at": comparison.created_at.isoformat(),
        "seq": journal.seq_of(tip),
        "columns": [column_json(column) for column in columns],
        "turns": [turn_json(turn) for turn in turns],
        "runs": [run_json(fold) for fold in folds],
    }


def _ago(moment: str) -> "ExpressionWrapper[Any]":
    return ExpressionWrapper(Now() - F(moment), output_field=DurationField())


def _is_ending(run: Run, view: journal.View) -> bool:
    """One that ended longer ago lost its worker before the closing event."""
    return run.state in ev.FINAL and run.pk in view.open and run.ended_ago <= CLOSING_SPAN  # type: ignore[attr-defined]


def _is_settled(run: Run, view: journal.View) -> bool:
    if run.state in ev.FINAL or run.state == Run.State.QUEUED or run.pk in view.open:
        return True
    fold = view.runs.get(run.pk)
    ended_meanwhile = fold is not None and fold.status in ev.FINAL
    # A worker that has just claimed it has written nothing yet; later than that, the journal has been lost.
    just_claimed = run.started_ago is not None and run.started_ago < CLAIM_SPAN  # type: ignore[attr-defined]
    return just_claimed and bool(view.tip.epoch) and not ended_meanwhile


def column_json(column: Column) -> dict[str, Any]:
    """A column as everybody sees it; ``params`` are its own, not the common ones."""
    overrides = column.overrides
    return {
        "id": column.pk,
        "label": column.label,
        "model": column.model,
        "provider": _provider_of(column),
        "samples": column.samples,
        "params": overrides.get("params", {}),
        "overrides": overrides,
        "tags": column.tags,
        "metadata": column.metadata,
    }


def _provider_of(column: Column) -> str:
    """What whoever offers the model is called; empty for a group. Rows that were just written have it at hand."""
    if hasattr(column, "provider_label"):
        return column.provider_label or ""
    return column.chat_model.provider.name if column.chat_model else ""


def turn_json(turn: Turn) -> dict[str, Any]:
    """A turn as its owner sees it; of a kept prompt also which version it was made of, with which values."""
    told = {"id": turn.pk, "parent": turn.parent_id, "position": turn.position, "messages": turn.messages}
    if turn.variables is not None or turn.prompt_version_id is not None:
        told |= {"prompt_version": turn.prompt_version_id, "variables": turn.variables}
    return told


def run_json(fold: RunFold) -> dict[str, Any]:
    """The run object of API and socket. ``content`` is the truth in time order, the rest derives from it."""
    blocks = fold.content
    output = fold.metadata.get("output") or {}
    reasoning = fold.text_of("reasoning") if any(block.kind == "reasoning" for block in blocks) else None
    return {
        **fold.model_dump(mode="json", exclude={"trace", "content"}),
        "content": [_block_json(block) for block in blocks],
        "text": fold.text_of("text"),
        "reasoning": reasoning,
        "tool_calls": [
            {"id": block.id, "name": block.name, "arguments": block.text}
            for block in blocks
            if block.kind == "tool_call"
        ],
        "citations": [shown_data(block.data) for block in blocks if block.kind == "citation"],
        "refusal": fold.text_of("refusal") or None,
        "phases": phases_of(fold),
        "parsed": output.get("parsed"),
        "validation": {"method": output["method"], "errors": output["errors"]} if output else None,
    }


def row_json(row: Run | Column | None) -> dict[str, Any]:
    """What only the row of a run knows, or that of its column: what people put on it (``metadata`` of the run object is
    what the provider said), and while it is open, how many ms ago it was queued: who joins counts on from there.
    """
    age = None
    if isinstance(row, Run) and row.state not in ev.FINAL:
        age = max(0, round((timezone.now() - row.queued_at).total_seconds() * 1000))
    return {"tags": row.tags if row else [], "labels": row.metadata if row else {}, "age_ms": age}


def phases_of(fold: RunFold) -> list[list[Any]]:
    """What the answer was doing when: [kind, from ms, to ms], one entry as long as it goes on with the same kind."""
    phases: list[list[Any]] = []
    for at, kind, _ in fold.trace:
        if phases and phases[-1][0] == kind and at - phases[-1][2] <= ev.STALL_MS:
            phases[-1][2] = at
        else:
            phases.append([kind, at, at])
    return phases


def _block_json(block: Block) -> dict[str, Any]:
    said = {**block.model_dump(mode="json", exclude={"data"}), "data": shown_data(block.data)}
    return {name: value for name, value in said.items() if value is not None}


def run_state(run: Run) -> dict[str, Any]:
    """One run by itself, as far as whoever came to it through ``access`` may see it. Raises Denied if it is gone."""
    grant = run.grant
    if grant is None or not grant.frozen:
        return project_run({**run_json(fold_of(run)), **row_json(run)}, audience_of(run))
    for kept in frozen_state(grant)["runs"]:
        if kept["id"] == run.pk:
            return project_run(kept, grant.audience)
    raise Denied


def fold_of(run: Run) -> RunFold:
    """What is known of one run, running or ended. Raises Denied if it is deleted meanwhile."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while run.state not in ev.FINAL:
        try:
            fold = journal.salvage(valkey.sync_client(), run.comparison_id, run.pk)
        except valkey.RedisError:
            fold = None
        if fold is not None or run.state == Run.State.QUEUED or time.monotonic() > deadline:
            return fold or blank_fold(run)
        time.sleep(SETTLE_STEP)
        again = Run.objects.with_state().filter(pk=run.pk).first()
        if again is None:
            raise Denied
        run = again
    return stored_fold(run)


def _fold(run: Run, view: journal.View) -> RunFold:
    if run.state in ev.FINAL:
        return stored_fold(run)
    fold = view.runs.get(run.pk)
    if fold is None or not fold.column:
        fold = fold or blank_fold(run)
        fold.column, fold.turn, fold.sample = run.column_id, run.turn_id, run.sample
        fold.attempt, fold.parent = run.attempt, run.parent_id
    return fold


def _add_others(state: dict[str, Any], events: Iterable[ev.RunEvent]) -> None:
    """Turns and titles that were committed after the rows were read."""
    known = {turn["id"] for turn in state["turns"]}
    for event in events:
        if isinstance(event, ev.TurnAdded) and event.turn["id"] not in known:
            state["turns"].append(event.turn)
        elif isinstance(event, ev.ComparisonUpdated):
            for name in event.model_fields_set - {"type"}:
                state[name] = getattr(event, name)
