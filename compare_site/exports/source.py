"""Reads what is exported of a comparison: columns and turns at once, answers one after the other to save memory."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

from compare_site.comparisons import attachments, snapshot
from compare_site.comparisons.access import Denied
from compare_site.comparisons.fold import RunFold
from compare_site.comparisons.models import Column, Comparison, Run, Turn
from compare_site.comparisons.project_blocks import MEDIA

AT_ONCE = 8
"""Answers held in memory: one of them may be megabytes long."""

PAUSED = "pause_turn"
"""The word by which Messages say that a long turn may be gone on with."""


@dataclass(frozen=True, slots=True)
class Source:
    """A comparison without its answers; ``newest``: ids of the runs that no later attempt has replaced."""

    comparison: Comparison
    columns: dict[str, Column]
    turns: dict[str, Turn]
    run_ids: list[str]
    newest: frozenset[str]


@dataclass(frozen=True, slots=True)
class Answer:
    """One run as it stands, running ones too, with where it belongs."""

    run: Run
    fold: RunFold
    column: Column
    turn: Turn
    newest: bool

    @property
    def model_asked(self) -> str:
        return self.column.model

    @property
    def complete(self) -> bool:
        """Whether this is all that the model wanted to say."""
        fold = self.fold
        is_cut = fold.finish_reason in {"length", "content_filter", "error"} or fold.native_finish_reason == PAUSED
        return fold.status == "finished" and not is_cut

    @property
    def note(self) -> str:
        """Why it is not complete, for whoever reads the file; empty if it is."""
        if self.complete:
            return ""
        fold, error = self.fold, self.fold.error or {}
        if fold.status == "finished":
            return f"cut off: {PAUSED if fold.native_finish_reason == PAUSED else fold.finish_reason}"
        parts = [fold.status, str(error.get("code") or ""), str(error.get("message") or "")]
        return ": ".join(part for part in parts if part)


def read(comparison: Comparison) -> Source:
    """Everything but the answers."""
    order = ("turn__position", "column__position", "sample", "attempt")
    rows = list(comparison.runs.order_by(*order).values_list("pk", "column_id", "turn_id", "sample"))
    newest = {(column, turn, sample): pk for pk, column, turn, sample in rows}
    return Source(
        comparison,
        {column.pk: column for column in comparison.columns.select_related("chat_model__provider")},
        {turn.pk: turn for turn in comparison.turns.all()},
        [pk for pk, *_ in rows],
        frozenset(newest.values()),
    )


def only(source: Source, run_ids: Collection[str]) -> Source:
    """The same with these answers alone."""
    return replace(source, run_ids=[pk for pk in source.run_ids if pk in run_ids])


def answers(source: Source) -> Iterator[Answer]:
    """In the order of turns, columns, samples and attempts. One that is deleted meanwhile is left out."""
    for begin in range(0, len(source.run_ids), AT_ONCE):
        ids = source.run_ids[begin : begin + AT_ONCE]
        runs = {run.pk: run for run in Run.objects.with_state().filter(pk__in=ids)}
        for pk in ids:
            run = runs.pop(pk, None)
            if run is None:
                continue
            try:
                fold = snapshot.fold_of(run)
            except Denied:
                continue
            yield Answer(run, fold, source.columns[run.column_id], source.turns[run.turn_id], pk in source.newest)


def files_of(turn: Turn) -> list[dict[str, Any]]:
    """What went with the messages of a turn: name, kind and size of each file, in their order."""
    blocks = (block for message in turn.messages for block in message["content"])
    return [attachments.named(block) for block in blocks if block["kind"] in MEDIA]


def prompt_of(turn: Turn) -> str:
    """What was asked in a turn, as plain text: the texts of its last message."""
    return "".join(block.get("text", "") for message in turn.messages[-1:] for block in message["content"])
