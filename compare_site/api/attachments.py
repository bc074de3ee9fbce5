"""Files that go to models with a prompt: uploaded once, then named by id in what is asked."""

import base64
import binascii
import json
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.errors import HttpError, ValidationError
from pydantic import StringConstraints
from pydantic import ValidationError as Invalid

from compare_site.api import schemas
from compare_site.api.auth import user_id_of
from compare_site.api.comparisons import ERRORS, answer
from compare_site.comparisons import attachments, uploads
from compare_site.comparisons.requests import Input

router = Router(tags=["attachments"])
FILE = {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}
DATA = {
    "type": "object",
    "required": ["name", "data"],
    "properties": {"name": {"type": "string"}, "data": {"type": "string", "format": "byte"}},
}
BODY = {
    "requestBody": {
        "required": True,
        "content": {"multipart/form-data": {"schema": FILE}, "application/json": {"schema": DATA}},
    }
}


class AttachmentOut(schemas.Out):
    """What is known of a file."""

    id: str
    kind: Literal["image", "audio", "video", "file"]
    mime: str
    size: int
    name: str
    sha256: str


class Upload(Input):
    """A file in JSON; ``data`` is base64."""

    name: Annotated[str, StringConstraints(max_length=1000)]
    data: str


UPLOADED = {201: AttachmentOut, 413: schemas.ErrorOut, 415: schemas.ErrorOut, **ERRORS}


@router.post("/attachments", response=UPLOADED, openapi_extra=BODY)
def upload(request: HttpRequest) -> HttpResponse:
    """Upload a file: as `file` of a form, or as JSON with base64. What it is, is seen in its bytes."""
    user_id = user_id_of(request)
    name, content = _from_form(request) if request.content_type == "multipart/form-data" else _from_json(request)
    return answer(attachments.attachment_json(uploads.keep(user_id, name, content)), 201)


@router.get("/attachments/{attachment_id}", response={200: AttachmentOut, **ERRORS})
def read(request: HttpRequest, attachment_id: str) -> HttpResponse:
    """What is known of a file of yours; its bytes are at `/attachments/{id}`."""
    return answer(attachments.attachment_json(attachments.own(user_id_of(request), attachment_id)))


@router.delete("/attachments/{attachment_id}", response={204: None, 409: schemas.ErrorOut, **ERRORS})
def delete(request: HttpRequest, attachment_id: str) -> HttpResponse:
    """Remove a file that no comparison uses. Files that are used go with their comparisons."""
    uploads.remove(attachments.own(user_id_of(request), attachment_id))
    return HttpResponse(status=204)


def _from_form(request: HttpRequest) -> tuple[str, bytes]:
    found = request.FILES.get("file")
    if found is None:
        raise ValidationError([{"type": "missing", "loc": ("body", "file")}])
    return found.name or "", found.read()


def _from_json(request: HttpRequest) -> tuple[str, bytes]:
    try:
        # Read by hand: ``request.body`` has a limit of its own; what is allowed here was looked at before.
        body: Any = json.loads(request.read())
    except (ValueError, RecursionError):
        raise HttpError(400, "") from None
    try:
        said = Upload.model_validate(body)
        return said.name, base64.b64decode(said.data, validate=True)
    except Invalid as error:
        found = error.errors(include_url=False, include_input=False)
        raise ValidationError([{**each, "loc": ("body", *each["loc"])} for each in found]) from None
    except (binascii.Error, ValueError):
        raise ValidationError([_no_base64()]) from None


def _no_base64() -> dict[str, Any]:
    return {"type": "value_error", "loc": ("body", "data"), "ctx": {"error": "data is no base64"}}
