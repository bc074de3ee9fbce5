"""A comparison with a secret word in everything that a share can keep back, in its rows and in its journal."""

import json
from typing import Any

from django.utils import timezone

from compare_site import valkey
from compare_site.comparisons import journal
from compare_site.comparisons.models import Column, Comparison, Run, RunRecord, Turn

SHOWN = "SHOWN-ANSWER"
NEVER = "NEVER-SHOWN"
"""In fields that no share is meant to have."""


def word(part: str) -> str:
    """The secret of a part."""
    return f"PLANTED-{part.upper()}"


P, S, A, R, M, RAW, N = map(word, ("prompt", "system", "attachments", "reasoning", "metrics", "raw", "names"))
QUOTED = f"{P} {S} {A} {N}"
ERROR = {"code": "server", "message": QUOTED, "status": 500, "retryable": True, "retry_after": None}
ERROR = {**ERROR, "request_id": RAW, "trace": NEVER}
HOP = {"provider": N, "base_url": f"https://{RAW}/v1", "status": 200, "ms": 12.5, "model": N, "note": NEVER}
METADATA = {
    "request_id": RAW,
    "region": RAW,
    "output": {"method": "json_schema", "parsed": {"x": 1}, "errors": [{"path": "", "message": RAW}]},
}
USAGE = {"input": 987654, "output": 3, "total": 987657, "source": NEVER}
COST = {"amount": "0.98765", "currency": "USD", "source": "reported", "by": NEVER}
FIGURES = ("987654", "0.98765", "54321")
"""What metrics are recognised by."""
TIMINGS = {"queued_ms": 1.0, "total_ms": 54321.0, "note": NEVER}
OVERRIDES = {
    "params": {"temperature": 0.25, "stop": [RAW]},
    "system": S,
    "extra": {"x": RAW},
    "trace": {"x": RAW},
    "tools": [{"name": RAW}],
}
BLOCKS: list[dict[str, Any]] = [
    {"index": 0, "kind": "reasoning", "text": R, "data": {"summary": R, "replay": {"x": NEVER}}},
    {"index": 1, "kind": "text", "text": SHOWN, "id": f"{N}_1", "data": {"unheard": NEVER}},
    {"index": 2, "kind": "citation", "text": A, "data": {"title": A, "file": NEVER}},
    {"index": 3, "kind": "image", "data": {"url": f"https://{N}/x.png", "media_type": "image/png", "x": NEVER}},
    {"index": 4, "kind": "server_tool", "name": "search", "data": {"input": "q", "output": A, "x": NEVER}},
    {"index": 5, "kind": "hologram", "text": NEVER},
]
ENDED = {
    "finish_reason": "stop",
    "native_finish_reason": RAW,
    "usage": USAGE,
    "cost": COST,
    "timings": TIMINGS,
    "error": ERROR,
}


def planted(owner: Any) -> tuple[Comparison, Run, Run]:
    """The comparison, a run that has ended and one that is running."""
    comparison = Comparison.objects.create(
        owner=owner,
        title=P,
        tags=[NEVER],
        metadata={"project": RAW},
        system=S,
        settings={"params": {"max_tokens": 7, "stop": [RAW]}, "tools": [{"name": RAW}], "trace": {"x": RAW}},
        search_text=NEVER,
    )
    turn = Turn.objects.create(comparison=comparison, position=0, messages=messages())
    done = _run(comparison, turn, 0, "finished")
    state = {**_place(done), "id": done.pk, "status": "finished", **ENDED, **SAID}
    RunRecord.objects.create(run=done, state=state, sent={"body": NEVER}, prices={"x": NEVER}, raw_usage={"x": NEVER})
    running = _run(comparison, turn, 1, "running")
    state = {**_place(running), "id": running.pk, "status": "running", **SAID}
    say(comparison, running, {"type": "run.started", "at": 54321.0}, checkpoint=json.dumps(state))
    return comparison, done, running


SAID: dict[str, Any] = {
    "content": BLOCKS,
    "response_id": RAW,
    "model": N,
    "request_report": {"sent": {"x": RAW}},
    "hops": [HOP],
    "retries": [{"attempt": 1, "delay_ms": 5, "error": ERROR, "x": NEVER}],
    "metadata": METADATA,
    "trace": [[54321.0, "text", 3]],
}


def messages() -> list[dict[str, Any]]:
    """What was asked, few shots and a picture included."""
    picture = {"kind": "image", "data": {"data": A, "media_type": "image/png", "file_id": NEVER}}
    return [
        {"role": "system", "content": [{"kind": "text", "text": S}]},
        {"role": "assistant", "content": [{"kind": "text", "text": P, "data": {"replay": {"x": NEVER}}}]},
        {"role": "user", "content": [{"kind": "text", "text": P, "note": NEVER}, picture], "name": NEVER},
    ]


def _run(comparison: Comparison, turn: Turn, position: int, state: str) -> Run:
    column = Column.objects.create(
        comparison=comparison, position=position, label="AB"[position], model=f"{N}/x", overrides=OVERRIDES
    )
    now = timezone.now()
    return Run.objects.create(
        comparison=comparison,
        column=column,
        turn=turn,
        model=column.model,
        state=state,
        queued_at=now,
        enqueued_at=now,
        started_at=now,
    )


def _place(run: Run) -> dict[str, Any]:
    return {"column": run.column_id, "turn": run.turn_id, "sample": 0, "attempt": 1, "parent": None}


def say(comparison: Comparison, run: Run, *events: dict[str, Any], checkpoint: str | None = None) -> None:
    """Into the journal, as a worker does."""
    parts = [json.dumps({"type": event["type"], "run": run.pk, **event}).encode() for event in events]
    kept = [] if checkpoint is None else [(run.pk, checkpoint)]
    args = journal.append_args(comparison.pk, [journal.Part(run.pk, 0, parts)], checkpoints=kept)
    valkey.sync_client().eval(*args)  # type: ignore[arg-type]


def say_everything(comparison: Comparison, run: Run) -> None:
    """Every event there is, and one that there is not, all full of secrets."""
    opened = [{"type": "run.block", **block} for block in BLOCKS]
    say(
        comparison,
        run,
        {"type": "run.waiting", "position": 1, "delay_ms": 5, "reason": "requests", "at": 54321.0, "who": NEVER},
        {"type": "run.admitted", "waited_ms": 54321.0},
        {"type": "run.meta", "response_id": RAW, "model": N, "hops": [HOP], "connect_ms": 54321.0},
        {"type": "run.meta", "metadata": METADATA, "request_report": {"sent": {"x": RAW}}, "other": NEVER},
        *opened,
        {"type": "run.block_data", "index": 0, "data": {"summary": NEVER, "replay": {"x": NEVER}}},
        {"type": "run.block_data", "index": 2, "id": f"{N}_2", "data": {"title": A, "quote": NEVER}},
        {"type": "run.delta", "index": 0, "kind": "reasoning", "text": R, "at": 54321.0},
        {"type": "run.delta", "index": 1, "kind": "text", "text": SHOWN, "at": 54321.0, "logprobs": NEVER},
        {"type": "run.usage", "usage": USAGE},
        {"type": "run.retrying", "attempt": 1, "delay_ms": 5, "error": ERROR},
        {"type": "run.unheard", "text": NEVER},
    )
    columns = [{"id": "c", "label": "A", "samples": 1, "model": N, "provider": N, "overrides": OVERRIDES, "x": NEVER}]
    turn = {"id": "t", "parent": None, "position": 1, "messages": messages(), "variables": {"x": NEVER}}
    say(
        comparison,
        run,
        {"type": "comparison.updated", "title": P, "tags": [NEVER], "columns": columns},
        {"type": "turn.added", "turn": turn},
        {"type": "run.failed", **ENDED},
        checkpoint="",
    )
