"""Groups in the list of models: a group can what all of its deployments can, and is available while one of them is."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from providers.contract.errors import SetupError
from providers.group_rows import GROUP
from providers.models import CAPABILITIES, Deployment, Endpoint, ModelGroup
from providers.resolve.doors import auth_of, needs_no_key
from providers.resolve.groups import with_deployments
from providers.resolve.listing import ModelListing, Standing, listing_of, listings_of, media_of, standings
from providers.resolve.public_ids import check_enabled, check_model_enabled
from providers.resolve.targets import deployed_endpoint


def list_models(env_keys: frozenset[str]) -> list[ModelListing]:
    """All groups, then all models, by provider and id. ``env_keys``: the key variables that live workers announce."""
    known = standings(env_keys)
    return [*list_groups(known), *listings_of(known)]


def list_groups(known: Iterable[Standing]) -> list[ModelListing]:
    """All groups that are switched on."""
    rows = with_deployments(ModelGroup.objects.filter(enabled=True))
    of = {standing.provider.pk: standing for standing in known}
    return [_listing(group, of) for group in rows]


def _listing(group: ModelGroup, of: dict[int, Standing]) -> ModelListing:
    members = list(group.deployments.all())
    parts = [_part(of[each.chat_model.provider_id], each) for each in members]
    whys = [_why(of[each.chat_model.provider_id], each) for each in members]
    can = {name: _together([part.capabilities[name] for part in parts]) for name in CAPABILITIES}
    spoken = [word for word in (parts[0].protocols if parts else ["auto"]) if all(word in p.protocols for p in parts)]
    return ModelListing(
        id=group.public_id,
        model_id=group.name,
        provider=GROUP,
        provider_label=_("Groups"),
        label=group.label or group.name,
        capabilities=can,
        media=media_of(can),
        context_window=_least([part.context_window for part in parts]),
        prices=_same([part.prices for part in parts]),
        available=bool(parts) and not all(whys),
        why_unavailable=_none_of(whys),
        simulated=bool(parts) and all(part.simulated for part in parts),
        source=GROUP,
        local=bool(can["local"]),
        efforts=_common(parts),
        protocols=spoken,
    )


def _common(parts: Sequence[ModelListing]) -> list[str] | None:
    """The efforts that whoever answers can be told."""
    known = [part.efforts for part in parts]
    if not known or None in known:
        return None
    return [effort for effort in known[0] or () if all(effort in (each or ()) for each in known)]


def _part(standing: Standing, deployment: Deployment) -> ModelListing:
    listing = listing_of(standing, deployment.chat_model)
    if not deployment.base_url:
        return listing
    local = Endpoint(base_url=deployment.base_url).is_local
    # What the vendor's service costs is not what a server at home costs.
    prices = None if local and not deployment.chat_model.prices else listing.prices
    can = {**listing.capabilities, "local": local}
    return listing.model_copy(update={"local": local, "capabilities": can, "prices": prices})


def _why(standing: Standing, deployment: Deployment) -> str:
    """Why a deployment cannot be called now; empty if it can. Nothing is decrypted."""
    try:
        check_enabled(deployment.chat_model.provider)
        check_model_enabled(deployment.chat_model)
        endpoint = deployed_endpoint(deployment, "auto")
    except SetupError as error:
        return error.message
    key = deployment.api_key
    if key is None and not (deployment.base_url or deployment.account):
        return standing.why
    keys = [key] if key is not None else [each for each in endpoint.provider.api_keys.all() if not each.base_url]
    if any(each.is_usable and endpoint.origin in each.hosts for each in keys):
        return ""
    if key is None and standing.variable and endpoint.origin == _origin(standing):
        return ""
    at_home = endpoint.is_local and not any(each.is_usable for each in keys)
    auth = auth_of(standing.spec, endpoint.protocol)
    if key is None and needs_no_key(endpoint.provider, auth, at_home=at_home):
        return ""
    return _("There is no key for %s. An administrator can store one.") % (endpoint.origin or deployment.base_url)


def _origin(standing: Standing) -> str:
    return standing.endpoint.origin if standing.endpoint is not None else ""


def _none_of(whys: Sequence[str]) -> str:
    if not whys:
        return _("This group has no deployment. An administrator can add one.")
    return " ".join(dict.fromkeys(whys)) if all(whys) else ""


def _together(known: Sequence[bool | None]) -> bool | None:
    """Yes if all say yes, no if any says no; otherwise unknown."""
    if any(each is False for each in known):
        return False
    return True if known and all(known) else None


def _least(known: Sequence[int | None]) -> int | None:
    numbers = [each for each in known if each is not None]
    return min(numbers) if numbers and len(numbers) == len(known) else None


def _same(known: Sequence[Any]) -> Any:
    return known[0] if known and all(each == known[0] for each in known) else None
