"""Comparisons, turns and runs over HTTP: check rights, call one action, serialize."""

import json
from typing import Annotated, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Header, Router
from pydantic import StringConstraints

from compare_site.api import schemas
from compare_site.api.auth import principal_of, user_id_of
from compare_site.comparisons import access, actions, keeping, snapshot
from compare_site.comparisons.models import Comparison
from compare_site.comparisons.requests import AddTurn, Input, Metadata, StartComparison, Tags

router = Router(tags=["comparisons"])
ERRORS = {401: schemas.ErrorOut, 404: schemas.ErrorOut, 422: schemas.ErrorOut}
SubmitKey = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Short = Annotated[str, StringConstraints(max_length=200)]


class Labels(Input):
    """What people and scripts put on a comparison or a run; what is left out stays."""

    tags: Tags | None = None
    metadata: Metadata | None = None


class Rename(Labels):
    """What may be changed of a comparison."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] | None = None
    pinned: bool | None = None


class Rerun(Input):
    """``branch``: allowed although a follow-up continues the answer."""

    branch: bool = False


def answer(body: Any, status: int = 200) -> HttpResponse:
    """JSON as it is: snapshots are large and already in their final shape."""
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type="application/json")


@router.post("/comparisons", response={201: schemas.CreatedOut, 409: schemas.ErrorOut, **ERRORS})
def start(
    request: HttpRequest,
    asked: StartComparison,
    idempotency_key: Annotated[SubmitKey | None, Header(None, alias="Idempotency-Key")] = None,
) -> HttpResponse:
    """Start a comparison: one prompt to 1-32 models."""
    comparison, _created = actions.start_comparison(user_id_of(request), asked, idempotency_key)
    url, ws_url = urls_of(request, comparison)
    # Reading it back would cost as much as writing it did, just when the worker needs the processor.
    state = comparison.opening or snapshot.state_of(comparison)
    return answer({"id": comparison.pk, "url": url, "ws_url": ws_url, "state": state}, 201)


def urls_of(request: HttpRequest, comparison: Comparison) -> tuple[str, str]:
    """Absolute addresses of page and socket, from PUBLIC_URL or the request; no token in them."""
    base = settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/")
    parts = urlsplit(base)
    scheme = "wss" if parts.scheme == "https" else "ws"
    path = reverse("comparison", args=(comparison.pk,))
    return f"{base}{path}", f"{scheme}://{parts.netloc}/ws/comparisons/{comparison.pk}/"


@router.get("/comparisons/{comparison_id}", response={200: schemas.StateOut, **ERRORS})
def read(request: HttpRequest, comparison_id: str) -> HttpResponse:
    """One comparison with all its runs, running ones too."""
    return answer(snapshot.state_of(access.access_comparison(principal_of(request), comparison_id)))


@router.patch("/comparisons/{comparison_id}", response={200: schemas.StateOut, **ERRORS})
def rename(request: HttpRequest, comparison_id: str, asked: Rename) -> HttpResponse:
    """Change title, tags or metadata, or pin it."""
    comparison = access.access_comparison(principal_of(request), comparison_id, "write")
    if asked.pinned is not None:
        keeping.pin(comparison, asked.pinned)
    return answer(snapshot.state_of(actions.update_details(comparison, asked.title, asked.tags, asked.metadata)))


@router.delete("/comparisons/{comparison_id}", response={204: None, **ERRORS})
def delete(request: HttpRequest, comparison_id: str) -> HttpResponse:
    """Stop and delete a comparison: it is gone for everybody. For some days you can restore it from the trash."""
    actions.delete_comparison(access.access_comparison(principal_of(request), comparison_id, "write"))
    return HttpResponse(status=204)


@router.post(
    "/comparisons/{comparison_id}/turns", response={201: schemas.TurnCreatedOut, 409: schemas.ErrorOut, **ERRORS}
)
def follow_up(request: HttpRequest, comparison_id: str, asked: AddTurn) -> HttpResponse:
    """A follow-up in every column."""
    comparison = access.access_comparison(principal_of(request), comparison_id, "write")
    turn, runs = actions.add_turn(comparison, asked)
    return answer({"id": turn.pk, "runs": [run.pk for run in runs]}, 201)


@router.post("/comparisons/{comparison_id}/cancel", response={200: schemas.RunsOut, **ERRORS})
def cancel_all(request: HttpRequest, comparison_id: str) -> HttpResponse:
    """Stop everything that runs."""
    comparison = access.access_comparison(principal_of(request), comparison_id, "write")
    runs = [snapshot.run_state(run) for run in actions.cancel_comparison(comparison)]
    return answer({"items": runs, "next": None, "runs": runs})


@router.get("/runs/{run_id}", response={200: schemas.RunOut, **ERRORS})
def read_run(request: HttpRequest, run_id: str) -> HttpResponse:
    """One run."""
    return answer(snapshot.run_state(access.access_run(principal_of(request), run_id)))


@router.post("/runs/{run_id}/cancel", response={200: schemas.RunOut, **ERRORS})
def cancel(request: HttpRequest, run_id: str) -> HttpResponse:
    """Stop one run; a run that has ended stays as it is."""
    run = access.access_run(principal_of(request), run_id, "write")
    return answer(snapshot.run_state(actions.cancel_run(run)))


@router.post("/runs/{run_id}/rerun", response={201: schemas.RunOut, 409: schemas.ErrorOut, **ERRORS})
def rerun(request: HttpRequest, run_id: str, asked: Rerun | None = None) -> HttpResponse:
    """The same question again, as a new run."""
    run = access.access_run(principal_of(request), run_id, "write")
    return answer(snapshot.run_state(actions.rerun(run, branch=bool(asked and asked.branch))), 201)
