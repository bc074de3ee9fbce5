"""The chat models one may choose from."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import BaseModel

from compare_site.api import schemas
from compare_site.api.auth import user_id_of
from compare_site.api.comparisons import answer
from compare_site.comparisons import history
from compare_site.comparisons.actions import Refused
from compare_site.comparisons.measured import Speed, speeds
from compare_site.comparisons.rights import rights_of
from compare_site.comparisons.transitions import announced_env_keys
from compare_site.model_list.finding import find
from compare_site.model_list.forms import ModelsForm
from compare_site.model_list.permitted import permitted
from providers.resolve import ModelListing, list_models, list_providers

router = Router(tags=["models"])
MOST = 10_000


class ModelsQuery(BaseModel):
    """The filters of the page, all optional. ``can``: more than once; ``sort``: with a minus, the other way round."""

    q: str = ""
    provider: str = ""
    can: list[str] = []
    local: str = ""
    available: str = ""
    max_price: str = ""
    min_context: str = ""
    sort: str = ""


@router.get("/models", response={200: list[schemas.ModelOut], 401: schemas.ErrorOut, 422: schemas.ErrorOut})
def models(request: HttpRequest, asked: Query[ModelsQuery]) -> HttpResponse:
    """Every chat model; ``available`` is whether a key for it is here. A capability that is null is unknown.

    Filters as on the page: all words of ``q``; capabilities that are known to be there (``can``, more than once);
    ``local`` true or false; USD a million tokens, input and output (``max_price``). ``sort``: name, provider, context,
    input, output, speed, ttft, with a minus for the other way round. An id that only people have typed is listed for
    those of them whose own comparisons have it.
    """
    rights = rights_of(user_id_of(request))
    if asked == ModelsQuery():
        found = list_models(announced_env_keys())
        own = history.models_of(user_id_of(request), {listing.id for listing in found if listing.typed})
        shown, measured = [each for each in found if not each.typed or each.id in own], speeds()
        return answer([_model(each, measured.get(each.id)) for each in permitted(shown, rights)])
    form = ModelsForm(request.GET)
    if not form.is_valid():
        details = {"field": next(iter(form.errors)), "errors": form.errors.get_json_data()}
        raise Refused(422, "invalid", _("This is no filter of the list of models."), details)
    page = find(user_id_of(request), form.wanted, size=MOST)
    return answer([_model(each, page.speeds.get(each.id)) for each in permitted(page.listings, rights)])


def _model(listing: ModelListing, speed: Speed | None) -> dict[str, Any]:
    measured = None
    if speed is not None:
        measured = {name: getattr(speed, name) for name in ("tokens_per_s", "ttft_ms", "runs", "since")}
    return {**listing.model_dump(mode="json"), "measured": measured}


@router.get("/providers", response={200: list[schemas.ProviderOut], 401: schemas.ErrorOut})
def providers(request: HttpRequest) -> HttpResponse:
    """Every provider that is switched on, those without listed models too: any model id of theirs can be named.

    ``key``: which one is used (stored, environment, none needed), or missing; ``keys_url``: where one is made.
    """
    user_id_of(request)
    return answer([listing.model_dump(mode="json") for listing in list_providers(announced_env_keys())])
