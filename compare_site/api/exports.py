"""Taking a comparison away as a file and bringing one back in; a run's request as code."""

from dataclasses import asdict
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import ValidationError

from compare_site.api import schemas
from compare_site.api.auth import principal_of, user_id_of
from compare_site.api.comparisons import ERRORS, answer, urls_of
from compare_site.api.errors import problems
from compare_site.comparisons import access, snapshot
from compare_site.comparisons.actions import Refused
from compare_site.exports import source
from compare_site.exports.actions import import_comparison
from compare_site.exports.formats import KINDS, Format
from compare_site.exports.imported import NoDocument, read_document
from compare_site.exports.sending import attachment, file_name
from compare_site.exports.snippets import snippets, wire_of

router = Router(tags=["files"])
FILE: dict[str, Any] = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
}


@router.get(
    "/comparisons/{comparison_id}/export",
    response={200: None, **ERRORS},
    openapi_extra={"responses": {200: {"description": "The file, to be saved."}}},
)
def export(
    request: HttpRequest, comparison_id: str, format: Annotated[Format, Query("json")] = "json"
) -> StreamingHttpResponse:
    """A comparison of yours as a file: `json` (comes back in by import), `md`, `csv` or `xlsx`."""
    comparison = access.access_comparison(principal_of(request), comparison_id, "write")
    read, kind = source.read(comparison), KINDS[format]
    name = file_name(comparison.title, "comparison", comparison.pk, format)
    return attachment(request, lambda file: kind.write(read, file), name, kind.content_type)


@router.post("/comparisons/import", response={201: schemas.ImportedOut, **ERRORS}, openapi_extra=FILE)
def bring_in(request: HttpRequest) -> HttpResponse:
    """An exported JSON file as a comparison of yours, its answers marked as imported. Nothing is asked again.

    `missing_files`: files that its messages name and that are not here. They are marked as missing; a turn with them is
    not sent again.
    """
    user_id = user_id_of(request)
    try:
        document = read_document(request.read())
    except NoDocument as error:
        raise Refused(422, "invalid", error.message, [{"field": error.field, "message": error.message}]) from None
    except ValidationError as error:
        found = problems(error.errors(include_url=False, include_input=False))  # type: ignore[arg-type]
        raise Refused(422, "invalid", _("Something in the file is not right."), found[:20]) from None
    imported = import_comparison(user_id, document)
    comparison = imported.comparison
    url, ws_url = urls_of(request, comparison)
    state = snapshot.state_of(comparison)
    lacks = {"unknown_models": imported.unknown, "missing_files": imported.missing}
    return answer({"id": comparison.pk, "url": url, "ws_url": ws_url, "state": state, **lacks}, 201)


@router.get("/runs/{run_id}/code", response={200: schemas.SnippetsOut, 409: schemas.ErrorOut, **ERRORS})
def code(request: HttpRequest, run_id: str) -> HttpResponse:
    """The request of a run of yours as code: what was really sent, the key as a variable of the environment."""
    run = access.access_run(principal_of(request), run_id, "write")
    return answer({"items": [asdict(snippet) for snippet in snippets(wire_of(run))], "next": None})
