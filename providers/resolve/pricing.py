"""What a model or a group would cost per million tokens, whether or not it can be asked right now."""

from collections.abc import Collection

from providers.contract.errors import SetupError
from providers.models import ChatModel, Deployment, Endpoint, ModelGroup, Provider
from providers.prices import listed_prices
from providers.resolve.groups import with_deployments
from providers.resolve.listing import prices_of
from providers.resolve.public_ids import cut, group_name

Prices = dict[str, str] | None


def prices_for(public_ids: Collection[str]) -> dict[str, list[Prices]]:
    """USD per million tokens of whoever may answer: one entry a model, one a deployment of a group; None = unknown.

    A name that stands for nothing here has no entry at all. A few queries, whatever the number of ids.
    """
    names = {public_id: name for public_id in public_ids if (name := group_name(public_id)) is not None}
    groups = {
        group.name: [_of_deployment(each) for each in group.deployments.all()]
        for group in (with_deployments(ModelGroup.objects.filter(name__in=names.values())) if names else ())
    }
    found = {public_id: groups.get(name, []) for public_id, name in names.items()}
    return {**found, **_of_models([each for each in public_ids if each not in names])}


def _of_models(public_ids: Collection[str]) -> dict[str, list[Prices]]:
    parts = {}
    for public_id in public_ids:
        try:
            parts[public_id] = cut(public_id)
        except SetupError:
            continue
    slugs, ids = {slug for slug, _ in parts.values()}, {model_id for _, model_id in parts.values()}
    providers = {each.slug: each for each in Provider.objects.filter(slug__in=slugs).prefetch_related("endpoints")}
    rows = ChatModel.objects.filter(provider__slug__in=slugs, model_id__in=ids).order_by()
    models = {(row.provider_id, row.model_id): row for row in rows}
    found: dict[str, list[Prices]] = {}
    for public_id, (slug, model_id) in parts.items():
        provider = providers.get(slug)
        if provider is not None:
            found[public_id] = [_of_model(provider, models.get((provider.pk, model_id)), model_id)]
    return found


def _of_model(provider: Provider, model: ChatModel | None, model_id: str) -> Prices:
    """A server at home has not the vendor's prices."""
    price_id = "" if _is_local(provider) else provider.spec.price_id
    return prices_of(model, price_id)[0] if model is not None else listed_prices(price_id, model_id)


def _of_deployment(deployment: Deployment) -> Prices:
    model = deployment.chat_model
    if deployment.base_url and Endpoint(base_url=deployment.base_url).is_local:
        return model.prices
    return _of_model(model.provider, model, model.model_id)


def _is_local(provider: Provider) -> bool:
    endpoints = {endpoint.protocol: endpoint for endpoint in provider.endpoints.all()}
    endpoint = endpoints.get(provider.spec.protocol) or next(iter(endpoints.values()), None)
    return provider.spec.simulated or (endpoint is not None and endpoint.is_local)
