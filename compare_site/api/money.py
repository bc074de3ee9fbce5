"""Who one is, what one may do, what a turn would cost, and what was spent."""

from typing import Annotated, Any, Literal

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field, model_validator

from compare_site.api import schemas
from compare_site.api.auth import principal_of, user_id_of
from compare_site.api.comparisons import ERRORS, answer
from compare_site.comparisons import access, forecast, rights, spend
from compare_site.comparisons.requests import AddTurn, NamedColumn, StartComparison

router = Router(tags=["money"])


class ForecastFor(StartComparison):
    """As for starting, or with ``comparison`` as for a follow-up. The prompt may be empty still."""

    models: list[NamedColumn] = Field(default_factory=list, max_length=32)
    comparison: str | None = None
    parent: str | None = None
    history: Literal["own", "chosen"] = "own"
    chosen: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _while_writing(cls, said: Any) -> Any:
        """A prompt that is being written is empty at first."""
        if not isinstance(said, dict) or said.keys() & {"messages", "prompt_version"}:
            return said
        return said if str(said.get("prompt") or "").strip() else {**said, "prompt": "."}

    @model_validator(mode="after")
    def _chosen_needs_a_run(self) -> "ForecastFor":
        if (self.history == "chosen") != (self.chosen is not None):
            raise ValueError('history "chosen" and a chosen run belong together')
        if self.comparison is None and (self.parent or self.chosen):
            raise ValueError("parent and chosen are of a comparison: name it, too")
        return self


@router.get("/me", response={200: schemas.MeOut, 401: schemas.ErrorOut})
def me(request: HttpRequest) -> HttpResponse:
    """Your name and role, what you may start, and your limits."""
    user_id = user_id_of(request)
    user = get_user_model().objects.get(pk=user_id)
    return answer(
        {
            "name": user.get_username(),
            "role": str(user.standing.value),
            "rights": rights.rights_of(user_id).as_json(),
            "limits": [used.as_json() for used in spend.limits_of(user_id)],
        }
    )


@router.post("/forecast", response={200: schemas.ForecastOut, **ERRORS})
def forecast_turn(request: HttpRequest, asked: ForecastFor) -> HttpResponse:
    """What this would cost, low, expected and high, for each column and in all. Nothing is asked or kept."""
    user_id = user_id_of(request)
    if asked.comparison is None:
        return answer(forecast.of_start(user_id, asked))
    found = access.access_comparison(principal_of(request), asked.comparison, "write")
    said = asked.model_dump(include=set(AddTurn.model_fields), exclude_unset=True)
    return answer(forecast.of_turn(found, AddTurn.model_validate(said)))


@router.get("/spend", response={200: schemas.SpendOut, **ERRORS})
def spent(
    request: HttpRequest,
    by: Annotated[Literal["day", "model", "provider"], Query("day")] = "day",
    days: Annotated[int, Query(30, ge=1, le=366)] = 30,
) -> HttpResponse:
    """What you have spent in the last days (UTC), today included, by day, model or provider."""
    rows = spend.entries(days, user_id_of(request))
    lines = [line.as_json() for line in spend.by(rows, by)]
    return answer({"items": lines, "next": None, "total": spend.total(rows).as_json()})
