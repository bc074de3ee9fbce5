"""A whole batch as one JSON file and back: what was asked, and each comparison as its own export has it.

What comes back in stands still: what had been answered is there, the rest is asked when its owner resumes it.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _
from pydantic import Field, JsonValue

from compare_site.batches import pump
from compare_site.batches.actions import held_row, write
from compare_site.batches.inputs import StartBatch
from compare_site.batches.models import Batch, BatchInput
from compare_site.comparisons import actions
from compare_site.comparisons.clean import clean, is_too_deep, strict_json
from compare_site.comparisons.models import Comparison
from compare_site.comparisons.requests import MOST_METADATA
from compare_site.exports import document, source
from compare_site.exports.actions import Imported, import_comparison
from compare_site.exports.imported import Document, NoDocument, Part

FORMAT, VERSION = "touchstone.batch", 1
MOST = 500
"""Inputs of one file: each brings a comparison with all its answers."""
AT_ONCE = 20
State = BatchInput.State


class About(Part):
    """What all inputs share is what ``POST batches`` takes."""

    title: str = Field(default="", max_length=200)
    max_concurrency: int = Field(default=4, ge=1, le=32)
    asked: dict[str, JsonValue]


class InputPart(Part):
    """``comparison`` null: it had not been asked."""

    asked: dict[str, JsonValue]
    comparison: Document | None = None


class BatchDocument(Part):
    """A whole file."""

    format: Literal["touchstone.batch"]
    version: Literal[1]
    exported_at: datetime
    batch: About
    inputs: list[InputPart] = Field(min_length=1, max_length=MOST)

    def as_asked(self) -> StartBatch:
        """As it would be asked for here."""
        about = self.batch
        own = {"title": about.title, "max_concurrency": about.max_concurrency}
        return StartBatch.model_validate({**about.asked, **own, "inputs": [part.asked for part in self.inputs]})


def pieces(batch: Batch) -> Iterator[bytes]:
    """The document, an answer at a time."""
    about = {"title": batch.title, "max_concurrency": batch.max_concurrency, "asked": batch.asked}
    head = {"format": FORMAT, "version": VERSION, "exported_at": now().isoformat(), "batch": about}
    yield _json(head).removesuffix("}").encode() + b',"inputs":['
    after = -1
    while chunk := list(batch.inputs.defer("search_text").filter(index__gt=after).order_by("index")[:AT_ONCE]):
        for item in chunk:
            yield (b",\n" if item.index else b"\n") + b'{"asked":' + _json(item.asked).encode() + b',"comparison":'
            found = Comparison.objects.filter(pk=item.comparison_id, trashed_at__isnull=True).first()
            yield from [b"null"] if found is None else document.pieces(source.read(found))
            yield b"}"
        after = chunk[-1].index
    yield b"\n]}\n"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def read_batch(raw: bytes) -> BatchDocument:
    """The file, checked. Raises NoDocument, or pydantic's ValidationError with the place of each problem."""
    try:
        value = strict_json(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NoDocument(_("This file is no JSON.")) from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise NoDocument(_("This is not a batch that was exported as JSON."))
    if value.get("version") != VERSION:
        raise NoDocument(_("This file was written by another version of Touchstone, which this one cannot read."))
    inputs = value.get("inputs")
    if isinstance(inputs, list) and len(inputs) > MOST:
        message = _("At most %d inputs come back in at once. JSON lines or CSV can be asked anew.")
        raise NoDocument(message % MOST, "inputs")
    if is_too_deep(value):
        raise NoDocument(_("This file is nested too deeply."))
    return BatchDocument.model_validate(clean(value))


def import_batch(user_id: int, found: BatchDocument) -> tuple[Batch, list[Imported]]:
    """The batch with all its comparisons, or nothing. Raises Refused, BadInputs, or pydantic's ValidationError.

    Until the last has come the batch is ``partial``, and it stays so if this process is killed.
    """
    asked = found.as_asked()
    actions.check_size(asked.models)
    batch = write(user_id, asked, is_new=False, state=Batch.State.PARTIAL)
    made: list[Imported] = []
    try:
        # Each in a transaction of its own: all of them together would keep everybody else from writing.
        for index, part in enumerate(found.inputs):
            if part.comparison is not None:
                made.append(_bring_in(batch, index, part.comparison))
        return _completed(batch), made
    except Exception:
        Comparison.objects.filter(pk__in=[each.comparison.pk for each in made]).delete()
        Batch.objects.filter(pk=batch.pk).delete()
        raise


def _bring_in(batch: Batch, index: int, part: Document) -> Imported:
    about = part.comparison
    ours = {**about.metadata, "batch": batch.pk, "index": str(index)}
    if len(ours) <= MOST_METADATA:
        about.metadata = ours
    with transaction.atomic():
        held = held_row(batch)
        imported = import_comparison(batch.owner_id, part)
        held.inputs.filter(index=index).update(comparison=imported.comparison, state=State.STARTED)
        pump.settle(held)
    return imported


def _completed(batch: Batch) -> Batch:
    with transaction.atomic():
        held = held_row(batch)
        if held.inputs.exclude(state=State.ENDED).exists():
            held.state = Batch.State.STOPPED
        else:
            held.state, held.ended_at = Batch.State.DONE, now()
        held.save(update_fields=("state", "ended_at"))
    return held
