"""What people do with comparisons: start, follow up, re-run, stop, edit, delete. Pages, API and commands call these.

The caller has checked through ``access`` whose comparison it is. Each action is one transaction. Journal and Celery are
told after its commit; if they cannot be reached, the rows are right all the same and the sweeper catches up.
"""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from compare_site import valkey
from compare_site.comparisons import attachments as files
from compare_site.comparisons import events as ev
from compare_site.comparisons import figures, history, journal, prompt_source, snapshot, stops, takeover, tasks, trash
from compare_site.comparisons.models import Column, Comparison, Run, Submission, Turn
from compare_site.comparisons.permits import Refused, check_again, permitted_models
from compare_site.comparisons.requests import AddTurn, ColumnInput, StartComparison
from compare_site.comparisons.uploads import attached
from providers.models import ChatModel, ModelGroup

log = logging.getLogger(__name__)
SUBMIT_KEY_HOURS = 24
__all__ = [
    "Refused",
    "add_turn",
    "cancel_comparison",
    "cancel_run",
    "check_size",
    "delete_comparison",
    "rerun",
    "start_comparison",
    "update_details",
]


def start_comparison(user_id: int, asked: StartComparison, submit_key: str | None = None) -> tuple[Comparison, bool]:
    """Write the comparison with its columns, first turn and runs, and start them.

    Returns the comparison and True, or the earlier comparison and False if ``submit_key`` was used before. A new one
    has its state as the API shows it in ``opening``, unless the journal could not be reached. Raises Refused: 422 for
    unknown models and for too many runs, 403 for what this person may not do, 409 for a submit key with another body.
    """
    # Without defaults, so that a repeated body has the same digest after an update that adds fields.
    said = json.dumps(asked.model_dump(mode="json", exclude_unset=True), sort_keys=True)
    digest = hashlib.sha256(said.encode()).hexdigest()
    if (earlier := _submitted(user_id, submit_key, digest)) is not None:
        # Before anything is checked: its models may have gone since then.
        return earlier, False
    columns = asked.models
    check_size(columns)
    models = permitted_models(user_id, columns, asked)
    try:
        with transaction.atomic():
            earlier = _submitted(user_id, submit_key, digest)
            if earlier is not None:
                return earlier, False
            comparison = _create(user_id, asked, list(zip(columns, models, strict=True)))
            if submit_key:
                Submission.objects.create(
                    user_id=user_id, key=submit_key, body_sha256=digest, comparison=comparison, created_at=Now()
                )
    except IntegrityError:
        earlier = _submitted(user_id, submit_key, digest)
        if earlier is None:
            raise
        return earlier, False
    return comparison, True


def check_size(columns: Sequence[ColumnInput]) -> None:
    """Raises Refused 422 if columns x samples are more than ``MAX_RUNS_A_TURN``."""
    runs = sum(column.samples for column in columns)
    if runs > settings.MAX_RUNS_A_TURN:
        message = _("At most %(most)d answers at once; this asks for %(runs)d.")
        raise Refused(
            422, "too_many_runs", message % {"most": settings.MAX_RUNS_A_TURN, "runs": runs}, {"field": "models"}
        )


def _submitted(user_id: int, submit_key: str | None, digest: str) -> Comparison | None:
    """What this person started with the same key, if any. Raises Refused 409 if the body was another one."""
    if not submit_key:
        return None
    Submission.objects.filter(user_id=user_id, created_at__lt=Now() - timedelta(hours=SUBMIT_KEY_HOURS)).delete()
    found = Submission.objects.select_related("comparison").filter(user_id=user_id, key=submit_key).first()
    if found is None:
        return None
    if found.body_sha256 != digest:
        raise Refused(409, "idempotency_conflict", _("This Idempotency-Key was used with another body."))
    return found.comparison


def _create(
    user_id: int, asked: StartComparison, columns: list[tuple[ColumnInput, ChatModel | ModelGroup]]
) -> Comparison:
    said = attached(user_id, asked.attachments or (), prompt_source.said(user_id, asked))
    comparison = Comparison(
        owner_id=user_id,
        title=asked.title or "",
        tags=list(dict.fromkeys(asked.tags)),
        metadata=asked.metadata,
        system=said.system or "",
        settings=asked.as_settings(),
    )
    rows = [
        Column(
            comparison=comparison,
            position=index,
            label=label_of(index),
            model=chat_model.public_id,
            chat_model=chat_model if isinstance(chat_model, ChatModel) else None,
            samples=column.samples,
            overrides=column.as_overrides(),
            tags=list(dict.fromkeys(column.tags)),
            metadata=column.metadata,
        )
        for index, (column, chat_model) in enumerate(columns)
    ]
    names = [row.model for row in rows]
    comparison.search_text = search_text(comparison, said.messages, names)
    figures.describe(comparison, names, said.messages, [(row.tags, row.metadata) for row in rows])
    comparison.save(force_insert=True)
    Column.objects.bulk_create(rows)
    turn = _new_turn(comparison, said)
    runs = [new_run(row, turn, sample) for row in rows for sample in range(row.samples)]
    _insert(runs)
    launch = _launch(comparison.pk, turn, runs, announce_turn=False)

    def keep_opening() -> None:
        """What was just written need not be read again to answer whoever started it."""
        if launch.tip is not None:
            comparison.opening = snapshot.opening_state(comparison, launch.tip, rows, turn, runs)

    transaction.on_commit(keep_opening)
    return comparison


def _new_turn(comparison: Comparison, said: prompt_source.Filled, **place: Any) -> Turn:
    files.use(comparison.pk, files.named_in(said.messages))
    return Turn.objects.create(
        comparison=comparison,
        messages=said.messages,
        prompt_version_id=said.version_id,
        variables=said.variables,
        **{"position": 0, **place},
    )


def label_of(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def search_text(comparison: Comparison, messages: Sequence[dict[str, Any]], models: Sequence[str]) -> str:
    """What history search looks through: title, tags, prompts, models."""
    said = [block.get("text", "") for message in messages for block in message["content"]]
    parts = [comparison.title, *comparison.tags, comparison.system, *said, *models]
    return history.folded("\n".join(part for part in parts if part))


def new_run(column: Column, turn: Turn, sample: int = 0, parent_id: str | None = None, attempt: int = 1) -> Run:
    """A queued run, not saved yet."""
    return Run(
        comparison_id=column.comparison_id,
        column=column,
        turn=turn,
        sample=sample,
        attempt=attempt,
        parent_id=parent_id,
        model=column.model,
        tags=column.tags,
        metadata=column.metadata,
    )


def _insert(runs: Sequence[Run]) -> None:
    """Save new runs as queued now, by the database's clock. Its time is read first: ``Now()`` in a bulk insert would be
    compiled once for every row."""
    now = Turn.objects.filter(pk=runs[0].turn_id).values_list(Now(), flat=True).get()
    for run in runs:
        run.queued_at = run.enqueued_at = now
    Run.objects.bulk_create(runs)


@dataclass(slots=True)
class Launch:
    """Filled in after the commit. ``tip``: the journal entry that announces the runs, None if Valkey was away."""

    tip: journal.Tip | None = None


def _launch(comparison_id: str, turn: Turn, runs: Sequence[Run], *, announce_turn: bool) -> Launch:
    """After the commit: announce the runs (and their turn) in the journal, then hand them to a worker."""
    opening = [ev.encode(ev.TurnAdded(turn=snapshot.turn_json(turn)))] if announce_turn else []
    parts = [journal.Part("", 0, opening)] if opening else []
    parts += [journal.Part(run.pk, 0, [ev.encode(takeover.queued_event(run))]) for run in runs]
    ids = [run.pk for run in runs]
    launch = Launch()

    def announce_and_enqueue() -> None:
        announced = _announce(comparison_id, parts)
        if announced is None:
            # No worker may be faster than the announcement: the sweeper sees to both.
            return
        launch.tip = journal.Tip(announced.epoch, announced.entry_id)
        tasks.enqueue(turn.pk, ids)

    transaction.on_commit(announce_and_enqueue)
    return launch


def _announce(comparison_id: str, parts: Sequence[journal.Part]) -> journal.Appended | None:
    """Append to the journal; None if Valkey is away."""
    try:
        return journal.append(valkey.sync_client(), comparison_id, parts)
    except valkey.RedisError as error:
        log.warning("runs not announced, the sweeper will: %s", type(error).__name__)
        return None


def add_turn(comparison: Comparison, asked: AddTurn) -> tuple[Turn, list[Run]]:
    """A follow-up in every column. Each continues its own history, or all continue that of the ``chosen`` run.

    Raises Refused: 422 for an unknown turn or run, 409 while answers that would be continued are still running.
    """
    check_again(comparison.owner_id, comparison.columns.select_related("chat_model"))
    said = prompt_source.said(comparison.owner_id, asked)
    with transaction.atomic():
        comparison = locked(comparison.pk)
        said = attached(comparison.owner_id, asked.attachments or (), said)
        turns = {turn.pk: turn for turn in comparison.turns.all()}
        chosen = _chosen(comparison, asked.chosen) if asked.chosen else None
        parent = _parent_turn(turns, asked.parent or (chosen.turn_id if chosen else None))
        if chosen is not None and chosen.turn_id != parent.pk:
            raise Refused(422, "unknown_run", _("The chosen answer is not one of that turn."), {"field": "chosen"})
        newest = newest_runs(parent)
        waiting = [run for run in newest.values() if run.state not in ev.FINAL] if chosen is None else []
        if waiting or (chosen is not None and chosen.state not in ev.FINAL):
            raise Refused(409, "still_running", _("Some answers are still running. Stop them or wait for them."))
        position = max(turn.position for turn in turns.values()) + 1
        turn = _new_turn(comparison, said, parent=parent, position=position, system=said.system)
        runs = []
        for column in comparison.columns.all():
            for sample in range(column.samples):
                continued = chosen or newest.get((column.pk, sample))
                runs.append(new_run(column, turn, sample, continued.pk if continued else None))
        _insert(runs)
        comparison.search_text += "\n" + search_text(Comparison(), turn.messages, ())
        comparison.settled = False
        comparison.save(update_fields=("search_text", "settled", "updated_at"))
        _launch(comparison.pk, turn, runs, announce_turn=True)
    return turn, runs


def locked(comparison_id: str) -> Comparison:
    """The comparison as it is now, locked until the transaction ends. Raises Refused 404 if it has been deleted."""
    found = Comparison.objects.select_for_update().filter(pk=comparison_id, trashed_at__isnull=True).first()
    if found is None:
        raise deleted()
    return found


def deleted() -> Refused:
    """Somebody has deleted it meanwhile."""
    return Refused(404, "not_found", _("This comparison has been deleted."))


def _parent_turn(turns: dict[str, Turn], wanted: str | None) -> Turn:
    if wanted is None:
        return max(turns.values(), key=lambda turn: turn.position)
    if wanted not in turns:
        raise Refused(422, "unknown_turn", _("This comparison has no such turn."), {"field": "parent"})
    return turns[wanted]


def _chosen(comparison: Comparison, run_id: str) -> Run:
    run = comparison.runs.filter(pk=run_id).first()
    if run is None:
        raise Refused(422, "unknown_run", _("This comparison has no such run."), {"field": "chosen"})
    return run


def newest_runs(turn: Turn) -> dict[tuple[str, int], Run]:
    """The newest attempt of every column and sample of a turn."""
    runs = turn.runs.order_by("attempt")
    return {(run.column_id, run.sample): run for run in runs}


def rerun(run: Run, *, branch: bool = False) -> Run:
    """Ask the same again as a new run. Raises Refused 409 while it runs, and under a follow-up unless ``branch``."""
    if run.state not in ev.FINAL:
        raise Refused(409, "still_running", _("This answer is still running. Stop it first."))
    check_again(run.comparison.owner_id, [run.column])
    with transaction.atomic():
        locked(run.comparison_id)
        if not branch and run.turn.children.exists():
            raise Refused(409, "has_follow_up", _("There is a follow-up to this answer; re-running it needs a branch."))
        siblings = Run.objects.filter(column_id=run.column_id, turn_id=run.turn_id, sample=run.sample)
        last = siblings.aggregate(last=Max("attempt"))["last"]
        if siblings.exclude(state__in=tuple(ev.FINAL)).exists():
            raise Refused(409, "still_running", _("This answer is still running. Stop it first."))
        again = new_run(run.column, run.turn, run.sample, run.parent_id, last + 1)
        _insert([again])
        Comparison.objects.filter(pk=run.comparison_id).update(settled=False)
        _launch(run.comparison_id, run.turn, [again], announce_turn=False)
    return again


def cancel_run(run: Run) -> Run:
    """Stop one run and keep what it has shown. A run that has ended stays as it is."""
    stops.stop([run])
    stopped = Run.objects.with_state().filter(pk=run.pk, comparison__trashed_at__isnull=True).first()
    if stopped is None:
        raise deleted()
    return stopped


def cancel_comparison(comparison: Comparison) -> list[Run]:
    """Stop everything that runs. Returns the runs that were stopped, or all runs if none was running."""
    running = list(comparison.runs.exclude(state__in=tuple(ev.FINAL)))
    stops.stop(running)
    ids = [run.pk for run in running]
    runs = comparison.runs.with_state().order_by("turn__position", "column__position", "sample", "attempt")
    return list(runs.filter(pk__in=ids) if ids else runs.all())


def update_details(
    comparison: Comparison, title: str | None, tags: list[str] | None, metadata: dict[str, str] | None = None
) -> Comparison:
    """Change title, tags or metadata; None leaves one as it is. Viewers see it at once."""
    changed: dict[str, Any] = {}
    with transaction.atomic():
        comparison = locked(comparison.pk)
        if title is not None:
            comparison.title = changed["title"] = title.strip()[:200]
        if tags is not None:
            comparison.tags = changed["tags"] = list(dict.fromkeys(tags))
        if metadata is not None:
            comparison.metadata = metadata
        messages = [message for turn in comparison.turns.all() for message in turn.messages]
        models = [column.model for column in comparison.columns.all()]
        comparison.search_text = search_text(comparison, messages, models)
        comparison.facets = figures.facets_of(comparison, models, figures.labels_of(comparison))
        comparison.settled = False
        comparison.save(update_fields=("title", "tags", "metadata", "search_text", "facets", "settled", "updated_at"))
    event = ev.encode(ev.ComparisonUpdated(**changed))
    if changed:
        _announce(comparison.pk, [journal.Part("", 0, [event])])
    return comparison


def delete_comparison(comparison: Comparison) -> None:
    """Stop it and move it to the trash; whoever watches is told. Raises Refused 404 if it is there already."""
    if not trash.put_in(comparison.pk):
        raise deleted()
