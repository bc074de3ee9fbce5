"""What people do with a batch: start, stop, resume, ask again what failed, delete."""

import hashlib
import json
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from pydantic import ValidationError

from compare_site.batches import pump
from compare_site.batches.inputs import BadFile, OneInput, StartBatch, started
from compare_site.batches.models import Batch, BatchInput
from compare_site.comparisons import actions, figures, prompt_source
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.history import folded
from compare_site.comparisons.models import Comparison
from compare_site.comparisons.permits import permitted_models

State = BatchInput.State


class BadInputs(Exception):
    """Inputs that cannot be asked; ``errors`` as pydantic tells them, their places with ``inputs`` and the index."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("some inputs cannot be asked")
        self.errors = errors


MOST_ERRORS = 20
MOST_TOGETHER = 512 * 1024 * 1024
"""Characters that the comparisons of a batch repeat: a file of megabytes must not become rows of many gigabytes."""


def start_batch(user_id: int, asked: StartBatch, submit_key: str | None = None) -> Batch:
    """Write the batch with all its inputs, and start the first ones; the earlier one for a repeated ``submit_key``.

    Raises Refused (models, rights, size; 409 for a submit key with another body), BadFile, or BadInputs with the place
    of each problem.
    """
    said = json.dumps(asked.model_dump(mode="json", exclude_unset=True), sort_keys=True)
    digest = hashlib.sha256(said.encode()).hexdigest()
    if (earlier := _submitted(user_id, submit_key, digest)) is not None:
        return earlier
    actions.check_size(asked.models)
    permitted_models(user_id, asked.models, asked)
    try:
        batch = write(user_id, asked, is_new=True, submit_key=submit_key or None, body_sha256=digest)
    except IntegrityError:
        earlier = _submitted(user_id, submit_key, digest)
        if earlier is None:
            raise
        return earlier
    pump.pump(batch.pk)
    return _fresh(batch)


def write(user_id: int, asked: StartBatch, *, is_new: bool, **own: Any) -> Batch:
    """The rows of a batch and all its inputs; nothing of it is asked. Raises Refused (size), BadFile or BadInputs.

    ``is_new``: all of it will be asked, so the prompts that it names must be there. Raises Refused for them, too.
    """
    shared, inputs = asked.shared(), asked.each()
    if len(json.dumps(shared)) * len(inputs) > MOST_TOGETHER:
        message = _("What all inputs share is too long for so many of them: each becomes a comparison of its own.")
        raise Refused(422, "too_large", message, {"field": "inputs"})
    check_inputs(shared, inputs)
    if is_new:
        check_prompts(user_id, inputs)
    batch = Batch(
        owner_id=user_id,
        title=asked.title or "",
        asked=shared,
        max_concurrency=asked.max_concurrency,
        total=len(inputs),
        **own,
    )
    with transaction.atomic():
        batch.save(force_insert=True)
        rows = (row_of(batch, index, one) for index, one in enumerate(inputs))
        BatchInput.objects.bulk_create(rows, batch_size=200)
    return batch


def _submitted(user_id: int, submit_key: str | None, digest: str) -> Batch | None:
    """The batch that was started with this key, as long as it is there."""
    found = Batch.objects.filter(owner_id=user_id, submit_key=submit_key).first() if submit_key else None
    if found is not None and found.body_sha256 != digest:
        raise Refused(409, "idempotency_conflict", _("This Idempotency-Key was used with another body."))
    return found


def check_inputs(shared: dict[str, Any], inputs: list[dict[str, Any]]) -> None:
    """Raises BadInputs with the place of each problem."""
    errors: list[dict[str, Any]] = []
    for index, one in enumerate(inputs):
        try:
            OneInput.model_validate(one)
            started(shared, one, batch="0" * 32, index=str(index))
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            errors += [{**each, "loc": ("inputs", index, *each["loc"])} for each in found]
            if len(errors) >= MOST_ERRORS:
                break
    if errors:
        raise BadInputs(errors[:MOST_ERRORS])


def check_prompts(user_id: int, inputs: list[dict[str, Any]]) -> None:
    """Whether kept prompts are there, with the variables that are given. Raises Refused with the place of the problem.

    One input of each kind is filled in: thousands have the same variables, and other values seldom make a difference.
    """
    seen: set[tuple[Any, frozenset[str]]] = set()
    for index, one in enumerate(inputs):
        kind = (one.get("prompt_version"), frozenset(one.get("variables") or ()))
        if kind[0] is None or kind in seen:
            continue
        seen.add(kind)
        try:
            prompt_source.said(user_id, OneInput.model_validate(one))
        except Refused as error:
            found = error.details if isinstance(error.details, list) else [{"field": "prompt_version"}]
            places = [{"message": error.message, **each, "field": f"inputs.{index}.{each['field']}"} for each in found]
            raise Refused(error.status, error.code, error.message, places) from None


def row_of(batch: Batch, index: int, asked: dict[str, Any]) -> BatchInput:
    """An input that waits."""
    if "prompt" in asked:
        said = asked["prompt"]
    elif "variables" in asked:
        said = ", ".join(f"{name}: {value}" for name, value in asked["variables"].items())
    else:
        said = figures.prompt_of(OneInput.model_validate(asked).as_messages())
    text = " ".join([str(asked.get("title") or ""), said, *asked.get("metadata", {}).values()])
    return BatchInput(
        batch=batch,
        index=index,
        asked=asked,
        excerpt=said[: figures.EXCERPT].replace("\x00", ""),
        search_text=folded(text).replace("\x00", ""),
    )


def stop_batch(batch: Batch) -> Batch:
    """Start nothing more, and stop what runs. What was stopped is asked again when the batch goes on."""
    with transaction.atomic():
        held = held_row(batch)
        check_whole(held)
        if held.state == Batch.State.RUNNING:
            pump.settle(held)
            Batch.objects.filter(pk=held.pk).update(state=Batch.State.STOPPED)
        going = held.inputs.filter(state=State.STARTED)
        ids = [pk for pk in going.values_list("comparison_id", flat=True) if pk]
        going.update(state=State.WAITING)
    for comparison in Comparison.objects.filter(pk__in=ids):
        actions.cancel_comparison(comparison)
    return _fresh(batch)


def check_whole(batch: Batch) -> None:
    """Raises Refused 409 while an import has not brought in all of it: what lacks is no input that waits."""
    if batch.state == Batch.State.PARTIAL:
        message = _(
            "This batch is not complete: its import still goes on, or was cut off. Wait, or delete it and import again."
        )
        raise Refused(409, "partial", message)


def resume_batch(batch: Batch) -> Batch:
    """Go on where it was stopped. One that is done stays done."""
    with transaction.atomic():
        held = held_row(batch)
        check_whole(held)
        if held.state == Batch.State.STOPPED:
            Batch.objects.filter(pk=held.pk).update(state=Batch.State.RUNNING, ended_at=None)
    pump.pump(batch.pk)
    return _fresh(batch)


def retry_failed(batch: Batch) -> Batch:
    """Ask again every answer that has not finished, and every input that was refused. Refused 409 if there is none."""
    with transaction.atomic():
        held = held_row(batch)
        check_whole(held)
        failed = held.inputs.filter(state__in=(State.ENDED, State.REFUSED), failed=True)
        if not failed.update(state=State.WAITING, failed=False, seq=None, error=None):
            raise Refused(409, "nothing_failed", _("No answer of this batch has failed."))
        Batch.objects.filter(pk=held.pk).update(state=Batch.State.RUNNING, ended_at=None)
    pump.pump(batch.pk)
    return _fresh(batch)


def delete_batch(batch: Batch) -> None:
    """Stop and delete it. Its comparisons stay in the history; of an import that was cut off they go into the trash."""
    if batch.state != Batch.State.PARTIAL:
        stop_batch(batch)
        Batch.objects.filter(pk=batch.pk).delete()
        return
    with transaction.atomic():
        held = held_row(batch)
        came = list(held.inputs.exclude(comparison=None).values_list("comparison_id", flat=True))
        held.delete()
    for comparison in Comparison.objects.filter(pk__in=came, trashed_at__isnull=True):
        actions.delete_comparison(comparison)


def held_row(batch: Batch) -> Batch:
    """The batch as it is now, changed by nobody else until the transaction ends. Refused 404 if it is gone."""
    found = Batch.objects.select_for_update().filter(pk=batch.pk).first()
    if found is None:
        raise gone()
    return found


def _fresh(batch: Batch) -> Batch:
    found = Batch.objects.filter(pk=batch.pk).first()
    if found is None:
        raise gone()
    return found


def gone() -> Refused:
    """Somebody has deleted it meanwhile."""
    return Refused(404, "not_found", _("This batch has been deleted."))


__all__ = [
    "BadFile",
    "BadInputs",
    "check_whole",
    "delete_batch",
    "resume_batch",
    "retry_failed",
    "start_batch",
    "stop_batch",
]
