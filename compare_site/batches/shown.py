"""What is shown of batches: a summary, the grid of inputs and answers, and the results in the order of their ends."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Count, F, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from compare_site.batches.models import Batch, BatchInput
from compare_site.batches.pump import newest_of, text_of
from compare_site.comparisons.actions import label_of
from compare_site.comparisons.figures import sum_of, unknown_of
from compare_site.comparisons.history import folded
from compare_site.comparisons.listing import about
from compare_site.comparisons.models import Run, RunRecord

Show = Literal["all", "differ", "failed", "running", "waiting"]
PAGE = 25
EXCERPT = 400
State = BatchInput.State
SHOWS: dict[Show, Q] = {
    "all": Q(),
    "differ": Q(differs=True),
    "failed": Q(failed=True),
    "running": Q(state=State.STARTED),
    "waiting": Q(state=State.WAITING),
}


@dataclass(frozen=True, slots=True)
class Page:
    """``next``: what the following page begins after, None on the last."""

    items: list[dict[str, Any]]
    next: int | None


def summary(batch: Batch) -> dict[str, Any]:
    """How far a batch is, and what it has cost so far: every attempt counts, an unknown cost stays unknown."""
    counts = dict(batch.inputs.order_by().values_list("state").annotate(Count("pk")))
    marks = batch.inputs.aggregate(
        failed=Count("pk", filter=Q(failed=True)), differ=Count("pk", filter=Q(differs=True))
    )
    runs = Run.objects.filter(comparison__batch_inputs__batch=batch)
    estimated = Count("pk", filter=Q(cost_source="estimated", cost__isnull=False))
    spent = runs.aggregate(sum=Sum("cost"), estimated=estimated)
    asked = batch.inputs.filter(comparison__isnull=False).values("comparison_id")
    return {
        **_head(batch),
        "counts": {**{state.value: counts.get(state.value, 0) for state in State}, **marks},
        "cost": sum_of(spent["sum"], estimated=spent["estimated"] > 0),
        "unknown_costs": unknown_of(asked).count(),
    }


def figures(state: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A summary in words, as the element of the page keeps it up to date: it finds its room taken already."""
    counts, unknown = state["counts"], state["unknown_costs"]
    cost = _("unknown") if state["cost"] is None else about(state["cost"])
    if unknown and state["cost"] is not None:
        cost = _("%(cost)s, %(n)d unknown") % {"cost": cost, "n": unknown}
    ended = {"n": counts[State.ENDED.value] + counts[State.REFUSED.value], "m": state["total"]}
    return [
        (_("Ended"), _("%(n)d of %(m)d") % ended),
        (_("Running"), str(counts[State.STARTED.value])),
        (_("Failed"), str(counts["failed"])),
        (_("Answers differ"), str(counts["differ"])),
        (_("Cost"), cost),
    ]


def summaries(batches: Sequence[Batch]) -> list[dict[str, Any]]:
    """The same for a list, without costs, in one question."""
    rows = BatchInput.objects.filter(batch__in=batches).order_by().values_list("batch_id", "state")
    counts: dict[str, dict[str, int]] = {}
    for batch_id, state, count in rows.annotate(count=Count("pk")):
        counts.setdefault(batch_id, {})[state] = count
    return [
        {**_head(batch), "counts": {state.value: counts.get(batch.pk, {}).get(state.value, 0) for state in State}}
        for batch in batches
    ]


def _head(batch: Batch) -> dict[str, Any]:
    models = [column if isinstance(column, str) else column["model"] for column in batch.asked["models"]]
    return {
        "id": batch.pk,
        "title": batch.title,
        "state": batch.state,
        "total": batch.total,
        "models": models,
        "columns": [{"label": label_of(place), "model": model} for place, model in enumerate(models)],
        "max_concurrency": batch.max_concurrency,
        "cursor": batch.last_seq,
        "created_at": batch.created_at.isoformat(),
        "ended_at": batch.ended_at.isoformat() if batch.ended_at else None,
        "path": reverse("batch", args=[batch.pk]),
    }


def inputs_of(batch: Batch, show: Show, q: str, after: int) -> Page:
    """A page of the grid: inputs by index, each with how its answers begin."""
    rows = batch.inputs.filter(SHOWS[show], index__gt=after).order_by("index")
    for word in folded(q.replace("\x00", "")).split():
        rows = rows.filter(search_text__contains=word)
    return _page(rows, "index", EXCERPT)


def results_of(batch: Batch, after: int) -> Page:
    """The inputs that have ended, in the order of their ends, with whole answers. One asked again comes again."""
    # Below 0 Django asks nothing of such a column, and what has no number would come, too.
    return _page(batch.inputs.filter(seq__gt=max(after, 0)).order_by("seq"), "seq", None)


def _page(rows: "QuerySet[BatchInput]", order: str, longest: int | None) -> Page:
    # Somebody may have thrown the comparison away: then nothing of it is shown.
    visible = F("comparison__trashed_at")
    found = list(rows.defer("search_text").annotate(trashed=visible)[: PAGE + 1])
    shown = found[:PAGE]
    there = [row.comparison_id for row in shown if row.comparison_id and row.trashed is None]
    runs = newest_of(there)
    contents = _contents(run.pk for each in runs.values() for run in each)
    items = [_item(row, runs.get(row.comparison_id or "", []), contents, longest) for row in shown]
    return Page(items, getattr(shown[-1], order) if len(found) > PAGE else None)


def _contents(run_ids: Iterable[str]) -> dict[str, Any]:
    """The stored blocks of these runs, without everything else that is stored with them."""
    rows = RunRecord.objects.filter(run_id__in=list(run_ids)).values_list("run_id", "state__content", "state__error")
    return {pk: (content, error) for pk, content, error in rows}


def _item(row: BatchInput, runs: Sequence[Run], contents: Mapping[str, Any], longest: int | None) -> dict[str, Any]:
    return {
        "index": row.index,
        "seq": row.seq,
        "state": row.state,
        "input": row.asked if longest is None else None,
        "excerpt": row.excerpt,
        "metadata": row.asked.get("metadata", {}),
        "comparison": runs[0].comparison_id if runs else None,
        "failed": row.failed,
        "differs": row.differs,
        "error": row.error,
        "answers": [_answer(run, contents.get(run.pk, (None, None)), longest) for run in runs],
    }


def _answer(run: Run, stored: tuple[Any, Any], longest: int | None) -> dict[str, Any]:
    content, error = stored
    text = text_of(content)
    return {
        "run": run.pk,
        "column": run.column.label,
        "model": run.column.model,
        "sample": run.sample,
        "attempt": run.attempt,
        "status": run.state,
        "text": text[:longest],
        "cut": longest is not None and len(text) > longest,
        "finish_reason": run.finish_reason or None,
        "error": error,
        "input_tokens": run.input_tokens,
        "output_tokens": run.output_tokens,
        "cost": None if run.cost is None else {**_money(run.cost), "source": run.cost_source},
        "ttft_ms": run.ttft_ms,
        "total_ms": run.total_ms,
    }


def _money(amount: Any) -> dict[str, str]:
    return {"amount": format(amount.normalize(), "f"), "currency": "USD"}
