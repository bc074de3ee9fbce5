"""The chat models one may choose from."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from compare_site.api import schemas
from compare_site.api.auth import user_id_of
from compare_site.api.comparisons import answer
from compare_site.comparisons import history
from compare_site.comparisons.transitions import announced_env_keys
from providers.resolve import list_models, list_providers

router = Router(tags=["models"])


@router.get("/models", response={200: list[schemas.ModelOut], 401: schemas.ErrorOut})
def models(request: HttpRequest) -> HttpResponse:
    """Every chat model; ``available`` is whether a key for it is here. A capability that is null is unknown.

    An id that only people have typed is listed for those of them whose own comparisons have it.
    """
    found = list_models(announced_env_keys())
    own = history.models_of(user_id_of(request), {listing.id for listing in found if listing.typed})
    return answer([each.model_dump(mode="json") for each in found if not each.typed or each.id in own])


@router.get("/providers", response={200: list[schemas.ProviderOut], 401: schemas.ErrorOut})
def providers(request: HttpRequest) -> HttpResponse:
    """Every provider that is switched on, those without listed models too: any model id of theirs can be named."""
    user_id_of(request)
    return answer([listing.model_dump(mode="json") for listing in list_providers(announced_env_keys())])
