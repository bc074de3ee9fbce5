"""Lists, the trash, and labels of runs over HTTP, on the router of ``comparisons``: they share its addresses."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query
from pydantic import BaseModel, BeforeValidator, Field

from compare_site.api import schemas
from compare_site.api.auth import principal_of
from compare_site.api.comparisons import ERRORS, Labels, Short, answer
from compare_site.api.comparisons import router as router
from compare_site.comparisons import access, history, keeping, snapshot
from compare_site.comparisons.events import RunState
from compare_site.comparisons.permits import Refused
from compare_site.comparisons.requests import MOST_METADATA

Dollars = Annotated[Decimal, Field(ge=0, max_digits=20, decimal_places=10)]
METADATA = "metadata."
"""Nothing has more; hundreds would be more conditions than a database takes."""


def _day(value: Any) -> Any:
    """A day is a day, not its first moment."""
    return date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2026-01-31") else value


Moment = Annotated[datetime | date, BeforeValidator(_day)]


class Filters(BaseModel):
    """What a list is narrowed to. Days are those of UTC, the last one included; a moment is the first too late."""

    q: Short = ""
    tag: Short = ""
    model: Short = ""
    provider: Short = ""
    status: RunState | None = None
    since: Moment | None = Field(default=None, alias="from")
    until: Moment | None = Field(default=None, alias="to")
    cost_min: Dollars | None = None
    cost_max: Dollars | None = None

    def as_wanted(self, metadata: dict[str, str]) -> dict[str, Any]:
        """What ``history.search`` takes."""
        return {
            **self.model_dump(include={"q", "tag", "model", "provider", "cost_min", "cost_max"}),
            "status": self.status or "",
            "since": history.moment_of(self.since),
            "until": history.moment_of(self.until, end=True),
            "metadata": metadata,
        }


@router.get("/comparisons", response={200: schemas.ListOut, **ERRORS})
def find(
    request: HttpRequest, filters: Annotated[Filters, Query()], cursor: Annotated[Short, Query("")] = ""
) -> HttpResponse:
    """Your comparisons, pinned ones first, then the newest. `metadata.KEY=value` narrows, too.

    `tag` and `metadata.KEY` also find a comparison by what one of its runs has. What another person shares with you:
    `GET /api/v1/shared?person=`.
    """
    return answer(_page(request, filters, cursor, trash=False))


@router.get("/trash", response={200: schemas.ListOut, **ERRORS})
def find_deleted(
    request: HttpRequest, filters: Annotated[Filters, Query()], cursor: Annotated[Short, Query("")] = ""
) -> HttpResponse:
    """What you have deleted and can take back."""
    return answer(_page(request, filters, cursor, trash=True))


def _page(request: HttpRequest, filters: Filters, cursor: str, *, trash: bool) -> dict[str, Any]:
    named = {key: request.GET[key] for key in request.GET if key.startswith(METADATA)}
    if len(named) > MOST_METADATA:
        raise Refused(422, "invalid", _("At most %d metadata filters at once.") % MOST_METADATA, {"field": "metadata"})
    metadata = {key.removeprefix(METADATA): value for key, value in named.items()}
    page = history.search(principal_of(request), cursor, trash=trash, **filters.as_wanted(metadata))
    return {"items": page.items, "next": page.next}


@router.post("/comparisons/{comparison_id}/restore", response={200: schemas.StateOut, **ERRORS})
def restore(request: HttpRequest, comparison_id: str) -> HttpResponse:
    """Take a deleted comparison back, with its shares."""
    found = access.access_trashed(principal_of(request), comparison_id)
    return answer(snapshot.state_of(keeping.restore(found)))


@router.delete("/trash/{comparison_id}", response={204: None, **ERRORS})
def delete_for_good(request: HttpRequest, comparison_id: str) -> HttpResponse:
    """Delete what is in the trash now and for ever."""
    keeping.delete_for_good(access.access_trashed(principal_of(request), comparison_id))
    return HttpResponse(status=204)


@router.patch("/runs/{run_id}", response={200: schemas.RunOut, **ERRORS})
def label(request: HttpRequest, run_id: str, asked: Labels) -> HttpResponse:
    """Change tags or metadata of one run."""
    run = access.access_run(principal_of(request), run_id, "write")
    return answer(snapshot.run_state(keeping.label_run(run, asked.tags, asked.metadata)))
