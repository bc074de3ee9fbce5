"""A comparison as rows, without any server: two columns, two turns, one answer of every fate."""

from typing import Any

from django.db.models.functions import Now

from compare_site.comparisons import actions, transitions
from compare_site.comparisons.events import Cost, Timings
from compare_site.comparisons.fold import Block, RunFold
from compare_site.comparisons.models import Column, Comparison, Run, Turn
from providers.contract.events import Usage

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u200b=1", "\uff1d1+1", "|calc", "%0")


def ended(run: Run, text: str = "", status: str = "finished", **fields: Any) -> Run:
    """The run with its answer."""
    place = {"column": run.column_id, "turn": run.turn_id, "attempt": run.attempt, "parent": run.parent_id}
    blocks = [Block(index=0, kind="text", text=text)] if text else []
    fold = RunFold.model_validate(
        {"id": run.pk, "status": status, "content": blocks, **place, "sample": run.sample, **fields}
    )
    run.queued_at = run.enqueued_at = Now()
    run.save(force_insert=True)
    assert transitions.end(run.pk, 0, fold)
    return run


def made(owner: Any, texts: tuple[str, ...] = ("one", "two"), **fields: Any) -> Comparison:
    """The comparison: A answers well and once more, B is cut off, then fails without saying what it cost."""
    comparison = Comparison.objects.create(owner=owner, **{"title": "A title", "tags": ["t1"], **fields})
    columns = [
        Column(comparison=comparison, position=place, label=actions.label_of(place), model=model)
        for place, model in enumerate(("demo/fast", "nobody/unknown"))
    ]
    Column.objects.bulk_create(columns)
    turns: list[Turn] = []
    for position, prompt in enumerate(("What is it?", "And then?")):
        messages = [{"role": "user", "content": [{"kind": "text", "text": prompt}]}]
        parent = turns[-1] if turns else None
        turns.append(Turn.objects.create(comparison=comparison, position=position, messages=messages, parent=parent))
    first, second = turns
    one = Cost(amount="0.0012", currency="USD", source="reported")
    figures = {
        "usage": Usage(input=3, output=0),
        "cost": one,
        "timings": Timings(ttft_ms=12.5, total_ms=900.0),
        "trace": [(12.5, "text", len(texts[0]))],
        "finish_reason": "stop",
    }
    ended(actions.new_run(columns[0], first), "an older answer", **figures)
    good = ended(actions.new_run(columns[0], first, attempt=2), texts[0], **figures)
    ended(actions.new_run(columns[1], first), texts[1], finish_reason="length")
    ended(actions.new_run(columns[0], second, parent_id=good.pk), "a follow-up", finish_reason="stop")
    problem = {"code": "rate_limited", "message": "=too many"}
    ended(actions.new_run(columns[1], second), status="failed", error=problem)
    return comparison
