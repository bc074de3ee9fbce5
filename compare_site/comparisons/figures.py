"""The figures that lists show of a comparison (models, excerpt, states, cost), stored with it; and its search entry.

Actions write what they know and leave the rest to the sweeper, which also finds rows that came otherwise (imports): no
prompt waits for figures.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum

from compare_site.comparisons import events as ev
from compare_site.comparisons import grams
from compare_site.comparisons.models import Comparison, Run, SearchEntry, SpendEntry, Turn

EXCERPT = 240
AT_ONCE = 100
BITS = {state: 1 << place for place, state in enumerate(Run.State.values)}
_on_end: list[Callable[[Comparison], object]] = []


@dataclass(slots=True)
class Runs:
    """The runs of one comparison: how many in which state, and what they cost, None = nothing known.

    ``estimated``: whether a part of that is; ``unknown``: how many are not in it, but can have cost something.
    """

    states: Counter[str] = field(default_factory=Counter)
    cost: Decimal | None = None
    estimated: bool = False
    unknown: int = 0

    @property
    def ended(self) -> bool:
        return ev.FINAL.issuperset(self.states)


def register_end(callback: Callable[[Comparison], object]) -> None:
    """``callback`` is called once whenever all runs of a comparison have ended, in the transaction that notes it."""
    _on_end.append(callback)


def describe(
    comparison: Comparison,
    models: Sequence[str],
    messages: Sequence[Mapping[str, Any]],
    labels: Iterable[tuple[list[str], dict[str, str]]] = (),
) -> None:
    """Fill in what is known before there are runs; not saved. ``messages``: those of the first turn.

    ``labels``: tags and metadata that its runs will have.
    """
    comparison.model_names = "\n".join(models)
    comparison.excerpt = prompt_of(messages)[:EXCERPT].replace("\x00", "")
    comparison.turn_count = 1
    comparison.facets = facets_of(comparison, models, labels)


def prompt_of(messages: Sequence[Mapping[str, Any]]) -> str:
    """What a turn asked, in short: the text of its last message. A system text is no prompt, also where it is last."""
    last = [message for message in messages[-1:] if message.get("role") != "system"]
    return "".join(block.get("text") or "" for message in last for block in message["content"])


def facets_of(
    comparison: Comparison, models: Iterable[str], runs: Iterable[tuple[list[str], dict[str, str]]] = ()
) -> str:
    """The exact filters it meets by itself, its models and its runs (their tags and metadata), separated by spaces."""
    found = {grams.facet("provider", model.partition("/")[0]) for model in models}
    for tags, metadata in ((comparison.tags, comparison.metadata), *runs):
        found.update(grams.facet("tag", tag) for tag in tags)
        found.update(grams.facet("metadata", grams.pair(key, str(value))) for key, value in metadata.items())
    return " ".join(sorted(found))


def labels_of(comparison: Comparison) -> Iterable[tuple[list[str], dict[str, str]]]:
    """Tags and metadata of its runs that have any."""
    return comparison.runs.exclude(tags=[], metadata={}).order_by().values_list("tags", "metadata")


def of_runs(comparison_ids: Collection[str]) -> dict[str, Runs]:
    """What the runs of these comparisons say now."""
    found = {comparison_id: Runs() for comparison_id in comparison_ids}
    rows = Run.objects.filter(comparison_id__in=comparison_ids).order_by().values_list("comparison_id", "state")
    estimates = Count("pk", filter=Q(cost_source="estimated", cost__isnull=False))
    for comparison_id, state, count, cost, estimated in rows.annotate(Count("pk"), Sum("cost"), estimated=estimates):
        entry = found[comparison_id]
        entry.states[state] += count
        entry.estimated |= estimated > 0
        if cost is not None:
            entry.cost = (entry.cost or Decimal(0)) + cost
    for comparison_id, unknown in unknown_of(comparison_ids).values_list("comparison_id").annotate(Count("pk")):
        found[comparison_id].unknown = unknown
    return found


def unknown_of(comparison_ids: Collection[str] | QuerySet[Any]) -> QuerySet[SpendEntry]:
    """The ended runs whose cost nobody knows: what costs nothing, or was paid elsewhere, is not in the books."""
    return SpendEntry.objects.filter(comparison_id__in=comparison_ids, running=False, amount=None).order_by()


def sum_of(cost: Decimal | None, *, estimated: bool) -> dict[str, str] | None:
    """A sum as the API has it. ``source``: "estimated" as soon as a part of it is."""
    if cost is None:
        return None
    source = "estimated" if estimated else "computed"
    return {"amount": format(cost.normalize(), "f"), "currency": "USD", "source": source}


def mask_of(states: Iterable[str]) -> int:
    """These states as bits."""
    return sum(BITS[state] for state in set(states))


def catch_up() -> int:
    """Bring the figures of some unsettled comparisons up to date; how many were looked at."""
    behind = list(
        Comparison.objects.filter(settled=False).order_by("created_at").values_list("pk", "states")[: AT_ONCE * 5]
    )
    now = of_runs([pk for pk, _states in behind]) if behind else {}
    ended = [pk for pk, _states in behind if now[pk].ended]
    for pk in ended[:AT_ONCE]:
        refresh(pk)
    for pk, states in behind:
        if not now[pk].ended and dict(now[pk].states) != states:
            Comparison.objects.filter(pk=pk, settled=False).update(**_columns(now[pk]))
    return len(behind)


def refresh(comparison_id: str) -> None:
    """All figures of one comparison from its rows, and the index of its text; settled if nothing runs any more."""
    with transaction.atomic():
        # Whoever adds runs locks it, too: they are seen here, or it is unsettled after this.
        comparison = Comparison.objects.select_for_update().filter(pk=comparison_id).first()
        if comparison is None:
            return
        runs = of_runs([comparison_id])[comparison_id]
        models = list(comparison.columns.values_list("model", flat=True))
        first = comparison.turns.order_by("position").first()
        describe(comparison, models, first.messages if first else [])
        comparison.facets = facets_of(comparison, models, labels_of(comparison))
        announced = _announced(comparison, runs)
        Comparison.objects.filter(pk=comparison_id).update(
            model_names=comparison.model_names,
            excerpt=comparison.excerpt,
            facets=comparison.facets,
            turn_count=Turn.objects.filter(comparison_id=comparison_id).count(),
            settled=runs.ended,
            runs_announced=announced,
            **_columns(runs),
        )
        SearchEntry.objects.update_or_create(
            comparison_id=comparison_id,
            defaults={"grams": grams.pieces(comparison.search_text, comparison.facets.split())},
        )


def _announced(comparison: Comparison, runs: Runs) -> int:
    count = runs.states.total()
    if not runs.ended or count <= comparison.runs_announced:
        return comparison.runs_announced
    if comparison.trashed_at is None:
        for callback in _on_end:
            callback(comparison)
    return count


def _columns(runs: Runs) -> dict[str, Any]:
    sums = {"cost": runs.cost, "cost_estimated": runs.estimated, "unknown_costs": runs.unknown}
    return {"states": dict(runs.states), "state_mask": mask_of(runs.states), **sums}
