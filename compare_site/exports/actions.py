"""Bringing an exported or a shared comparison in, as a comparison of whoever does it."""

import logging
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import ValidationError

from compare_site.comparisons import actions, attachments, figures, snapshot, transitions
from compare_site.comparisons.models import Column, Comparison, Run, SpendEntry, Turn
from compare_site.comparisons.project import PARTS, USUAL_PARTS
from compare_site.comparisons.rights import problem_of, rights_of
from compare_site.exports.document import FORMAT, VERSION
from compare_site.exports.imported import Document, NoDocument, TurnPart
from providers.models import ChatModel
from providers.resolve import find_named

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Imported:
    """``unknown``: models that nobody offers here; their answers are kept, and asking them again says what to do.

    ``missing``: files that messages name and that are not here.
    """

    comparison: Comparison
    unknown: list[str]
    missing: list[dict[str, Any]] = field(default_factory=list)


def import_comparison(user_id: int, document: Document, source: str | None = None) -> Imported:
    """Write all of it in one transaction. Nothing is sent to anybody. What the answers have cost was paid elsewhere.

    ``source``: the comparison here that it is a copy of.
    """
    problem = problem_of(rights_of(user_id), ())
    if problem is not None:
        raise actions.Refused(403, problem.code, problem.message, problem.details)
    actions.check_size([column.as_input() for column in document.columns])
    known = find_named({column.model for column in document.columns}, create_typed=False)
    with transaction.atomic():
        about = document.comparison
        comparison = Comparison(
            owner_id=user_id,
            title=about.title,
            tags=list(dict.fromkeys(about.tags)),
            metadata=about.metadata,
            left_out=about.left_out,
            system=about.system,
            settings=about.settings.as_settings(),
        )
        said = {part.id: _messages(part) for part in document.turns}
        messages = [message for each in said.values() for message in each]
        here = attachments.usable(user_id, messages, source)
        missing = attachments.mark_missing(messages, here)
        models = [column.model for column in document.columns]
        comparison.search_text = actions.search_text(comparison, messages, models)
        figures.describe(comparison, models, said[document.turns[0].id])
        # That these answers have ended is no news.
        comparison.runs_announced = len(document.runs)
        comparison.save(force_insert=True)
        attachments.use(comparison.pk, here)
        columns = {
            part.id: Column(
                comparison=comparison,
                position=index,
                label=actions.label_of(index),
                model=part.model,
                chat_model=found if isinstance(found := known[part.model], ChatModel) else None,
                samples=part.samples,
                overrides=part.overrides,
            )
            for index, part in enumerate(document.columns)
        }
        Column.objects.bulk_create(columns.values())
        _write_runs(document, columns, _write_turns(comparison, document, said))
    unknown = [name for name, found in known.items() if isinstance(found, Exception)]
    return Imported(comparison, sorted(unknown), missing)


def fork_comparison(user_id: int, comparison: Comparison) -> Imported:
    """A copy of what ``user_id``, who came to it through ``access``, can see of a comparison. Raises Refused (422)."""
    state = snapshot.state_of(comparison)
    shown = state["shared"]["parts"] if "shared" in state else PARTS
    if "names" not in shown:
        message = _("This link does not tell which models answered, so it cannot be copied. Ask for one that does.")
        raise actions.Refused(422, "names_withheld", message)
    if "prompt" not in shown or not all(turn["messages"] for turn in state["turns"]):
        message = _("This link does not show all that was asked, so it cannot be copied. Ask for one that does.")
        raise actions.Refused(422, "prompt_withheld", message)
    left_out = [part for part in USUAL_PARTS if part not in shown or part in state.get("left_out", ())]
    systems = dict(comparison.turns.values_list("pk", "system")) if "system" in shown else {}
    said = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": timezone.now(),
        "comparison": {**state, "left_out": left_out},
        "turns": [{**turn, "system": systems.get(turn["id"])} for turn in state["turns"]],
    }
    try:
        document = Document.model_validate({**said, **{name: state[name] for name in ("columns", "runs")}})
    except (NoDocument, ValidationError) as error:
        log.warning("comparison %s cannot be copied: %s", comparison.pk, type(error).__name__)
        raise actions.Refused(
            422, "not_copied", _("This comparison cannot be copied: it is too large, or an earlier version wrote it.")
        ) from None
    return import_comparison(user_id, document, comparison.pk)


def _messages(part: TurnPart) -> list[dict[str, Any]]:
    return [said.as_message().model_dump(mode="json", exclude_none=True) for said in part.messages]


def _write_turns(comparison: Comparison, document: Document, said: dict[str, list[dict[str, Any]]]) -> dict[str, Turn]:
    turns: dict[str, Turn] = {}
    for position, part in enumerate(document.turns):
        parent = turns[part.parent] if part.parent else None
        turns[part.id] = Turn(
            comparison=comparison, parent=parent, position=position, messages=said[part.id], system=part.system
        )
    Turn.objects.bulk_create(turns.values())
    return turns


def _write_runs(document: Document, columns: dict[str, Column], turns: dict[str, Turn]) -> None:
    parts = sorted(document.runs, key=lambda part: turns[part.turn].position)
    runs: dict[str, Run] = {}
    for part in parts:
        parent = runs[part.parent].pk if part.parent else None
        run = actions.new_run(columns[part.column], turns[part.turn], part.sample, parent, part.attempt)
        run.queued_at = run.enqueued_at = Now()
        runs[part.id] = run
    Run.objects.bulk_create(runs.values())
    exported_at = document.exported_at.isoformat()
    for part in parts:
        run = runs[part.id]
        fold = part.as_fold(run.pk, exported_at).model_copy(
            update={
                "column": run.column_id,
                "turn": run.turn_id,
                "sample": run.sample,
                "attempt": run.attempt,
                "parent": run.parent_id,
            }
        )
        transitions.end(run.pk, 0, fold)
    ids = [run.pk for run in runs.values()]
    # Nobody here has paid for them: neither the rows nor the books say so.
    Run.objects.filter(pk__in=ids).update(cost=None, cost_source="")
    SpendEntry.objects.filter(pk__in=ids).delete()
