"""Column sets over HTTP."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from compare_site.api import schemas
from compare_site.api.auth import principal_of, user_id_of
from compare_site.api.comparisons import ERRORS, answer
from compare_site.library import column_sets
from compare_site.library.access import access_set, visible_sets
from compare_site.library.inputs import ColumnSetChange, NewColumnSet
from compare_site.library.models import ColumnSet
from compare_site.library.shown import set_json

router = Router(tags=["column sets"])


def _answer(request: HttpRequest, column_set: ColumnSet, status: int = 200) -> HttpResponse:
    user_id = user_id_of(request)
    default = column_sets.default_of(user_id)
    return answer(set_json(column_set, user_id, default.pk if default else None), status)


@router.get("/column-sets", response={200: schemas.ColumnSetsOut, **ERRORS})
def find(request: HttpRequest) -> HttpResponse:
    """Your column sets and those of the team, by name."""
    user_id = user_id_of(request)
    default = column_sets.default_of(user_id)
    rows = visible_sets(principal_of(request)).select_related("owner").order_by("name", "pk")
    items = [set_json(row, user_id, default.pk if default else None) for row in rows]
    return answer({"items": items, "next": None})


@router.post("/column-sets", response={201: schemas.ColumnSetOut, **ERRORS})
def create(request: HttpRequest, asked: NewColumnSet) -> HttpResponse:
    """Save models with their parameters under a name."""
    return _answer(request, column_sets.create_set(user_id_of(request), asked), 201)


@router.get("/column-sets/{set_id}", response={200: schemas.ColumnSetOut, **ERRORS})
def read(request: HttpRequest, set_id: str) -> HttpResponse:
    """One column set."""
    return _answer(request, access_set(principal_of(request), set_id))


@router.patch("/column-sets/{set_id}", response={200: schemas.ColumnSetOut, **ERRORS})
def change(request: HttpRequest, set_id: str, asked: ColumnSetChange) -> HttpResponse:
    """Change what is named."""
    column_set = access_set(principal_of(request), set_id, "write")
    return _answer(request, column_sets.change_set(column_set, asked))


@router.delete("/column-sets/{set_id}", response={204: None, **ERRORS})
def delete(request: HttpRequest, set_id: str) -> HttpResponse:
    """Delete it for everybody."""
    column_sets.delete_set(access_set(principal_of(request), set_id, "write"))
    return HttpResponse(status=204)


@router.put("/column-sets/{set_id}/default", response={200: schemas.ColumnSetOut, **ERRORS})
def make_default(request: HttpRequest, set_id: str) -> HttpResponse:
    """Your new playgrounds open with it."""
    column_set = access_set(principal_of(request), set_id)
    column_sets.make_default(user_id_of(request), column_set)
    return _answer(request, column_set)


@router.delete("/column-sets/{set_id}/default", response={204: None, **ERRORS})
def end_default(request: HttpRequest, set_id: str) -> HttpResponse:
    """Your new playgrounds do not open with it any more."""
    column_sets.end_default(user_id_of(request), access_set(principal_of(request), set_id))
    return HttpResponse(status=204)
