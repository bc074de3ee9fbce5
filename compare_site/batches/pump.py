"""Keeps batches going: looks at the rows of one, notes which inputs have ended, and starts the next ones.

Anybody may pump at any time; the sweeper does every second. A step locks the batch's row, so there is one at a time,
and an input gets its comparison in the same transaction that marks it as started.
"""

import logging
import re
from collections.abc import Iterable

from django.db import transaction
from django.db.models.functions import Now
from pydantic import ValidationError

from compare_site.batches.inputs import started
from compare_site.batches.models import Batch, BatchInput
from compare_site.comparisons import actions
from compare_site.comparisons import events as ev
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.history import folded
from compare_site.comparisons.models import Run, RunRecord

log = logging.getLogger(__name__)
AT_ONCE = 50
"""Batches looked after in one sweep."""
MOST_STEPS = 64
"""In one go: more than can be asked at the same time, and little enough for a request and for a sweep."""
NO_WORD = re.compile(r"[\W_]+")
State = BatchInput.State


def pump_all() -> None:
    """Every batch that runs. Of people who have been switched off nothing is started."""
    running = Batch.objects.filter(state=Batch.State.RUNNING, owner__is_active=True)
    # In any order: with more of them than that, each has its turn.
    for batch_id in list(running.order_by("?").values_list("pk", flat=True)[:AT_ONCE]):
        pump(batch_id)


def pump(batch_id: str) -> None:
    """Start what may be started now. Of thousands that are refused one after the other the next look does the rest."""
    for _each in range(MOST_STEPS):
        if not _step(batch_id):
            return


def _step(batch_id: str) -> bool:
    """Whether an input was started or refused, so that there may be room for another one."""
    with transaction.atomic():
        batch = Batch.objects.select_for_update().filter(pk=batch_id, state=Batch.State.RUNNING).first()
        if batch is None:
            return False
        settle(batch)
        going = batch.inputs.filter(state=State.STARTED).count()
        item = batch.inputs.filter(state=State.WAITING).order_by("index").first()
        if item is None and going == 0:
            Batch.objects.filter(pk=batch.pk).update(state=Batch.State.DONE, ended_at=Now())
        if item is None or going >= batch.max_concurrency:
            return False
        _start(batch, item)
        return True


def settle(batch: Batch) -> None:
    """Note the end of every input that has no open run any more. The caller holds the batch's row."""
    items = list(batch.inputs.filter(state=State.STARTED).order_by("index"))
    ids = [item.comparison_id for item in items if item.comparison_id]
    open_ids = set(
        Run.objects.filter(comparison_id__in=ids)
        .exclude(state__in=tuple(ev.FINAL))
        .values_list("comparison_id", flat=True)
    )
    for item in items:
        if item.comparison_id is None:
            item.error = {"code": "not_found", "message": "Its comparison has been deleted."}
            _end(batch, item, State.ENDED, failed=True)
        elif item.comparison_id not in open_ids:
            runs = newest_of([item.comparison_id])[item.comparison_id]
            item.differs = differs(_texts(run for run in runs if run.state == "finished"))
            _end(batch, item, State.ENDED, failed=any(run.state != "finished" for run in runs))


def _end(batch: Batch, item: BatchInput, state: str, *, failed: bool) -> None:
    batch.last_seq += 1
    item.state, item.seq, item.failed = state, batch.last_seq, failed
    item.save(update_fields=("state", "seq", "failed", "differs", "error", "comparison"))
    Batch.objects.filter(pk=batch.pk).update(last_seq=batch.last_seq)


def _start(batch: Batch, item: BatchInput) -> None:
    try:
        if item.comparison_id is not None:
            _again(item)
        else:
            asked = started(batch.asked, item.asked, batch=batch.pk, index=str(item.index))
            item.comparison, _new = actions.start_comparison(batch.owner_id, asked)
    except Refused as error:
        item.error = {"code": error.code, "message": error.message}
        _end(batch, item, State.REFUSED, failed=True)
        return
    except ValidationError as error:
        # It was valid when it was submitted; another version of this program sees it otherwise.
        log.error("input %s of batch %s is not valid any more: %d problems", item.index, batch.pk, error.error_count())
        item.error = {"code": "invalid", "message": "This input cannot be asked by this version any more."}
        _end(batch, item, State.REFUSED, failed=True)
        return
    item.state, item.error = State.STARTED, None
    item.save(update_fields=("state", "comparison", "error"))


def _again(item: BatchInput) -> None:
    """Ask once more what has not finished, each column for itself."""
    assert item.comparison_id is not None
    for run in newest_of([item.comparison_id])[item.comparison_id]:
        if run.state in ev.FINAL and run.state != "finished":
            actions.rerun(run)


def newest_of(comparison_ids: Iterable[str]) -> dict[str, list[Run]]:
    """The answers that count for a batch: to the first turn, of each column and sample the newest."""
    found: dict[str, dict[tuple[str, int], Run]] = {pk: {} for pk in comparison_ids}
    rows = Run.objects.select_related("column", "turn", "comparison").filter(
        comparison_id__in=list(found), turn__position=0
    )
    for run in rows.order_by("column__position", "sample", "attempt"):
        found[run.comparison_id][run.column_id, run.sample] = run
    return {pk: list(runs.values()) for pk, runs in found.items()}


def _texts(runs: Iterable[Run]) -> list[str]:
    contents = RunRecord.objects.filter(run_id__in=[run.pk for run in runs]).values_list("state__content", flat=True)
    return [text_of(content) for content in contents]


def text_of(content: object) -> str:
    """The answer in the stored blocks of a run."""
    blocks = content if isinstance(content, list) else []
    return "".join(block.get("text") or "" for block in blocks if block.get("kind") in {"text", "refusal"})


def differs(texts: list[str]) -> bool | None:
    """Whether these answers say different things: case, spaces and punctuation do not count."""
    if len(texts) < 2:
        return None
    return len({NO_WORD.sub(" ", folded(text)).strip() for text in texts}) > 1
