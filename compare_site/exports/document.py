"""The file that comes back in: a comparison as JSON, its format named and numbered. docs/export.md describes it."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils.timezone import now

from compare_site.comparisons import snapshot
from compare_site.exports.source import Answer, Source, answers

FORMAT = "touchstone.comparison"
VERSION = 1
"""Grows when a reader of the old files could not read the new ones; new fields alone do not change it."""


def pieces(source: Source) -> Iterator[bytes]:
    """The document, an answer at a time."""
    comparison = source.comparison
    head = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": now().isoformat(),
        "comparison": {
            "id": comparison.pk,
            "title": comparison.title,
            "tags": comparison.tags,
            "metadata": comparison.metadata,
            "left_out": comparison.left_out,
            "system": comparison.system,
            "settings": comparison.settings,
            "created_at": comparison.created_at.isoformat(),
        },
        "columns": [snapshot.column_json(column) for column in source.columns.values()],
        "turns": [{**snapshot.turn_json(turn), "system": turn.system} for turn in source.turns.values()],
    }
    yield _json(head).removesuffix("}").encode() + b',"runs":['
    for number, answer in enumerate(answers(source)):
        yield (",\n" if number else "\n").encode() + _json(_run(answer)).encode()
    yield b"\n]}\n"


def _run(answer: Answer) -> dict[str, Any]:
    run, fold = answer.run, answer.fold
    place = {"column": run.column_id, "turn": run.turn_id, "sample": run.sample, "attempt": run.attempt}
    said = {**snapshot.run_json(fold), **place, "parent": run.parent_id, "complete": answer.complete}
    return {**said, "note": answer.note, "trace": fold.trace}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
