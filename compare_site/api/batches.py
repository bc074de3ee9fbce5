"""Batches over HTTP: many inputs to the same models, each a comparison of its own."""

from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Header, Query, Router
from pydantic import ValidationError

from compare_site.api import schemas
from compare_site.api.auth import principal_of, user_id_of
from compare_site.api.comparisons import ERRORS, SubmitKey, answer
from compare_site.api.errors import problems
from compare_site.batches import actions, exchange, files, shown
from compare_site.batches.access import access_batch, visible_batches
from compare_site.batches.inputs import BadFile, StartBatch
from compare_site.batches.listing import page_of
from compare_site.comparisons.clean import clean, is_too_deep, strict_json
from compare_site.comparisons.permits import Refused
from compare_site.exports.imported import NoDocument
from compare_site.exports.sending import attachment, file_name

router = Router(tags=["batches"])
BODY: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}
Seq = Annotated[int, Query(-1, ge=-1, le=2**53)]
CONFLICT = {409: schemas.ErrorOut}


class BatchSummaryOut(schemas.Out):
    id: str
    title: str
    state: Literal["running", "stopped", "done", "partial"]
    total: int
    counts: dict[str, int]
    models: list[str]
    max_concurrency: int
    cursor: int
    created_at: str
    ended_at: str | None


class BatchOut(BatchSummaryOut):
    cost: dict[str, str] | None
    unknown_costs: int


class BatchesOut(schemas.Out):
    items: list[BatchSummaryOut]
    next: str | None


class PageOut(schemas.Out):
    items: list[dict[str, Any]]
    next: int | None


@router.post("/batches", response={201: BatchOut, **CONFLICT, **ERRORS}, openapi_extra=BODY)
def start(
    request: HttpRequest, idempotency_key: Annotated[SubmitKey | None, Header(None, alias="Idempotency-Key")] = None
) -> HttpResponse:
    """Start a batch: `inputs` (texts, or objects with what differs) or `file` (`format` csv or jsonl, and its `text`),

    `models` and everything else that a comparison takes, `max_concurrency` comparisons at once. The same
    `Idempotency-Key` and body give the first answer again as long as that batch is there.
    """
    user_id = user_id_of(request)
    try:
        asked = StartBatch.model_validate(_body(request))
        batch = actions.start_batch(user_id, asked, idempotency_key)
    except ValidationError as error:
        raise _invalid(error.errors(include_url=False, include_input=False)) from None
    except actions.BadInputs as error:
        raise _invalid(error.errors) from None
    except BadFile as error:
        raise Refused(422, "invalid", error.message, [{"field": "file", "message": error.message}]) from None
    return answer(shown.summary(batch), 201)


def _body(request: HttpRequest) -> Any:
    """The body as JSON, which may be larger here than elsewhere."""
    try:
        value = strict_json(request.read().decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Refused(400, "bad_request", _("The body of the request is not valid JSON.")) from None
    if is_too_deep(value):
        raise Refused(400, "bad_request", _("The body of the request is not valid JSON."))
    return clean(value)


def _invalid(errors: Any) -> Refused:
    found = problems(errors)
    return Refused(422, "invalid", found[0]["message"], found)


class ImportedBatchOut(BatchOut):
    """What came in, and what is not here: models that nobody offers, files that messages name."""

    unknown_models: list[str]
    missing_files: list[dict[str, Any]]


@router.post("/batches/import", response={201: ImportedBatchOut, **ERRORS}, openapi_extra=BODY)
def bring_in(request: HttpRequest) -> HttpResponse:
    """A batch that was exported as JSON, with its answers. Nothing is asked: what had no answer yet waits, stopped.

    Resume asks it, retry asks again what has failed; to ask everything anew, start a batch with the same inputs.
    """
    user_id = user_id_of(request)
    try:
        batch, made = exchange.import_batch(user_id, exchange.read_batch(request.read()))
    except NoDocument as error:
        raise Refused(422, "invalid", error.message, [{"field": error.field, "message": error.message}]) from None
    except ValidationError as error:
        raise _invalid(error.errors(include_url=False, include_input=False)[:20]) from None
    except actions.BadInputs as error:
        raise _invalid(error.errors) from None
    lacks = {
        "unknown_models": sorted({name for each in made for name in each.unknown}),
        "missing_files": [told for each in made for told in each.missing],
    }
    return answer({**shown.summary(batch), **lacks}, 201)


@router.get("/batches", response={200: BatchesOut, **ERRORS})
def find(request: HttpRequest, cursor: Annotated[str, Query("", max_length=200)] = "") -> HttpResponse:
    """Your batches, newest first."""
    user_id_of(request)
    page = page_of(visible_batches(principal_of(request)), cursor)
    return answer({"items": shown.summaries(page.items), "next": page.next})


@router.get("/batches/{batch_id}", response={200: BatchOut, **ERRORS})
def read(request: HttpRequest, batch_id: str) -> HttpResponse:
    """How far a batch is. `cursor` grows with every input that ends."""
    return answer(shown.summary(access_batch(principal_of(request), batch_id)))


@router.get("/batches/{batch_id}/results", response={200: PageOut, **ERRORS})
def results(request: HttpRequest, batch_id: str, after: Seq = -1) -> HttpResponse:
    """Inputs that have ended, with whole answers, in the order of their ends. Ask again after the last `seq` seen."""
    page = shown.results_of(access_batch(principal_of(request), batch_id), after)
    return answer({"items": page.items, "next": page.next})


@router.get("/batches/{batch_id}/inputs", response={200: PageOut, **ERRORS})
def inputs(
    request: HttpRequest,
    batch_id: str,
    show: Annotated[shown.Show, Query("all")] = "all",
    q: Annotated[str, Query("", max_length=200)] = "",
    after: Seq = -1,
) -> HttpResponse:
    """Inputs by index, each with how its answers begin; narrowed to those that differ, have failed, run or wait."""
    page = shown.inputs_of(access_batch(principal_of(request), batch_id), show, q, after)
    return answer({"items": page.items, "next": page.next})


@router.post("/batches/{batch_id}/stop", response={200: BatchOut, **CONFLICT, **ERRORS})
def stop(request: HttpRequest, batch_id: str) -> HttpResponse:
    """Start nothing more and stop what runs."""
    return answer(shown.summary(actions.stop_batch(access_batch(principal_of(request), batch_id))))


@router.post("/batches/{batch_id}/resume", response={200: BatchOut, **CONFLICT, **ERRORS})
def resume(request: HttpRequest, batch_id: str) -> HttpResponse:
    """Go on with a batch that was stopped; what was stopped with it is asked again."""
    return answer(shown.summary(actions.resume_batch(access_batch(principal_of(request), batch_id))))


@router.post("/batches/{batch_id}/retry", response={200: BatchOut, **CONFLICT, **ERRORS})
def retry(request: HttpRequest, batch_id: str) -> HttpResponse:
    """Ask again every answer that has not finished."""
    return answer(shown.summary(actions.retry_failed(access_batch(principal_of(request), batch_id))))


@router.delete("/batches/{batch_id}", response={204: None, **ERRORS})
def delete(request: HttpRequest, batch_id: str) -> HttpResponse:
    """Stop and delete a batch. Its comparisons stay."""
    actions.delete_batch(access_batch(principal_of(request), batch_id))
    return HttpResponse(status=204)


@router.get(
    "/batches/{batch_id}/export",
    response={200: None, **CONFLICT, **ERRORS},
    openapi_extra={"responses": {200: {"description": "The file, to be saved."}}},
)
def export(
    request: HttpRequest, batch_id: str, format: Annotated[files.Format, Query("csv")] = "csv"
) -> StreamingHttpResponse:
    """A batch as a file: `csv`, `jsonl` or `xlsx`, one row an answer; `md` to read; `json` comes back in by import."""
    batch, kind = access_batch(principal_of(request), batch_id), files.KINDS[format]
    actions.check_whole(batch)
    name = file_name(batch.title, "batch", batch.pk, format)
    return attachment(request, lambda file: kind.write(batch, file), name, kind.content_type)
