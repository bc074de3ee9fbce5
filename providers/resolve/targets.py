"""From a public id to a Target. The one place where a stored key is decrypted.

A key goes only to a host it is bound to: a stored one to the hosts in its row, one of the environment to the catalog's
own host or to the base URL that the same environment gives.
"""

from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from providers import vault
from providers.adapters import get_adapter
from providers.contract.errors import SetupError
from providers.contract.resolved import Target
from providers.contract.secret import Secret
from providers.contract.spec import ProviderSpec
from providers.contract.templates import PLACE, fill, fill_spec, values_of
from providers.models import ApiKey, AuditEntry, ChatModel, Deployment, Endpoint, Provider
from providers.resolve.doors import as_asked, auth_of, check_settings, choose_endpoint, needs_no_key, own_url
from providers.resolve.environment import catalog_facts, env_base_url, env_credential, env_values
from providers.resolve.limits import buckets_of, for_model
from providers.resolve.public_ids import check_enabled, check_model_enabled, cut, unknown_provider
from providers.resolve.routes import routes_of
from providers.resolve.simulated import DEMO_URL
from providers.transport.origin import origin_of


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to call. ``kind``: of the credential; ``values``: the settings that the address was made with."""

    base_url: str
    origin: str
    allow_private: bool
    credential: Secret | None = None
    key_pk: int | None = None
    key_limits: dict[str, Any] = field(default_factory=dict)
    kind: str = ""
    values: dict[str, str] = field(default_factory=dict)
    bound: frozenset[str] = frozenset()


def resolve(public_id: str, protocol: str = "auto") -> Target:
    """Everything a call of this model needs. ``protocol``: auto, chat, responses, messages, or a protocol's own name.

    Raises SetupError: ``not_found`` (unknown provider), ``permission`` (switched off), ``authentication`` (no key, or
    none for this host), ``unsupported`` (protocol), ``bad_request`` (no usable base URL).
    """
    (found,) = resolve_models([(public_id, protocol)]).values()
    if isinstance(found, SetupError):
        raise found
    return found


def resolve_models(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], Target | SetupError]:
    """``resolve`` for many models (public id, protocol) at once: each provider is read, its key opened, once."""
    parts = {public_id: _cut(public_id) for public_id, _ in wanted}
    known = _Known([each for each in parts.values() if not isinstance(each, SetupError)])
    return {pair: known.target(parts[pair[0]], pair[1]) for pair in wanted}


def _cut(public_id: str) -> tuple[str, str] | SetupError:
    try:
        return cut(public_id)
    except SetupError as error:
        return error


class _Known:
    """The rows of some models and their providers."""

    def __init__(self, parts: Collection[tuple[str, str]]) -> None:
        slugs, ids = {slug for slug, _ in parts}, {model_id for _, model_id in parts}
        found = Provider.objects.filter(slug__in=slugs).prefetch_related("endpoints", "api_keys")
        self.providers = {each.slug: each for each in found}
        rows = ChatModel.objects.filter(provider_id__in=[each.pk for each in found], model_id__in=ids).order_by()
        self.models = {(row.provider_id, row.model_id): row for row in rows}
        self.places: dict[tuple[str, str], Target] = {}

    def target(self, parts: tuple[str, str] | SetupError, protocol: str) -> Target | SetupError:
        """The target, or what keeps this model from having one."""
        if isinstance(parts, SetupError):
            return parts
        try:
            return self._target(*parts, protocol)
        except SetupError as error:
            return error

    def _target(self, slug: str, model_id: str, protocol: str) -> Target:
        provider = self.providers.get(slug)
        if provider is None:
            raise unknown_provider(slug)
        check_enabled(provider)
        model = self.models.get((provider.pk, model_id))
        if model is not None:
            check_model_enabled(model)
        if protocol == "auto" and model is not None:
            protocol = model.protocol or "auto"
        if (slug, protocol) not in self.places:
            self.places[slug, protocol] = provider_target(provider, protocol)
        target = _with_model_id(self.places[slug, protocol], model_id)
        return target if model is None else _with_facts(target, model)


def provider_target(
    provider: Provider, protocol: str = "auto", *, model_id: str = "", key: ApiKey | None = None
) -> Target:
    """How one talks to a provider. ``key``: use this very key (a test of it), be it enabled or not."""
    endpoint = choose_endpoint(provider, provider.spec, protocol)
    if key is not None and key.base_url:
        endpoint = _moved(endpoint, key.base_url, allow_private=_allowed_somewhere(key))
    return _target_at(endpoint, model_id, key)


def deployment_target(deployment: Deployment, protocol: str = "auto") -> Target:
    """How one talks to a deployment of a group: as to its provider, but for what the deployment says itself."""
    model, key = deployment.chat_model, deployment.api_key
    check_enabled(model.provider)
    check_model_enabled(model)
    endpoint = deployed_endpoint(deployment, protocol)
    if key is not None and not key.is_usable:
        message = _("The key of this deployment is switched off, has ended or was wiped. Enter it again.")
        raise SetupError("authentication", message)
    return _with_facts(_target_at(endpoint, model.model_id, key, deployment.account), model)


def deployed_endpoint(deployment: Deployment, protocol: str) -> Endpoint:
    """The endpoint of its provider, at the address and for the account of the deployment."""
    model = deployment.chat_model
    provider = model.provider
    wanted = (model.protocol or "auto") if protocol == "auto" else protocol
    endpoint = choose_endpoint(provider, provider.spec, wanted)
    if deployment.base_url:
        endpoint = _moved(endpoint, deployment.base_url, allow_private=deployment.allow_private)
    if deployment.account:
        endpoint = copy(endpoint)
        endpoint.provider = copy(provider)
        endpoint.provider.account = {**provider.account, **deployment.account}
    return endpoint


def _moved(endpoint: Endpoint, base_url: str, *, allow_private: bool) -> Endpoint:
    elsewhere = copy(endpoint)
    elsewhere.base_url, elsewhere.allow_private = base_url.rstrip("/"), allow_private
    return elsewhere


def _allowed_somewhere(key: ApiKey) -> bool:
    """Whether a deployment with this key may be called at a private address."""
    return key.deployments.filter(base_url=key.base_url, allow_private=True).exists()


def _target_at(
    endpoint: Endpoint, model_id: str, key: ApiKey | None, account: Mapping[str, str] = MappingProxyType({})
) -> Target:
    provider = endpoint.provider
    spec = provider.spec
    adapter = get_adapter(endpoint.protocol)
    if spec.simulated:
        spec = spec.model_copy(update={"protocol": endpoint.protocol})
        target = Target(
            spec, adapter, DEMO_URL, model_id, None, frozenset(), buckets=buckets_of(provider, DEMO_URL, None, {})
        )
        return _with_model_id(target, model_id) if model_id else target
    place = _with_this_key(endpoint, key) if key is not None else _place(provider, spec, endpoint, account)
    if account:
        place = replace(place, values=values_of(spec.settings, {**place.values, **account}))
    spec = as_asked(fill_spec(spec, place.values), endpoint.protocol, place.kind)
    if Endpoint(base_url=place.base_url).is_local:
        spec = _at_home(spec)
    # A client shows its secret where tokens are given, too, if the key is bound to that origin.
    tokens = Endpoint(base_url=spec.auth.token_url).origin if spec.auth.kind == "client_credentials" else ""
    target = Target(
        spec=spec,
        adapter=adapter,
        base_url=place.base_url,
        model_id=model_id,
        credential=place.credential,
        origins=frozenset({place.origin}) | ({tokens} & place.bound),
        allow_private=place.allow_private,
        key_pk=place.key_pk,
        routes=routes_of(provider),
        buckets=buckets_of(provider, place.origin, place.key_pk, place.key_limits),
    )
    return _with_model_id(target, model_id) if model_id else target


def _at_home(spec: ProviderSpec) -> ProviderSpec:
    """A server of one's own has not the vendor's prices, so what it costs is unknown; and it may want no key."""
    auth = spec.auth.model_copy(update={"required": False}) if spec.auth.kind in {"bearer", "header"} else spec.auth
    return spec.model_copy(update={"price_id": "", "auth": auth})


def _with_facts(target: Target, model: ChatModel) -> Target:
    return replace(target, prices=model.prices, capabilities=dict(model.capabilities))


def _with_model_id(target: Target, model_id: str) -> Target:
    """Where the name of a deployment belongs into the path and none is set, it is the model's id."""
    if any(setting.name == "deployment" for setting in target.spec.settings):
        if model_id in {".", ".."}:
            raise SetupError("bad_request", _("This cannot be the name of a deployment."))
        target = replace(target, spec=fill_spec(target.spec, {"deployment": quote(model_id, safe="")}))
    return replace(target, model_id=model_id, buckets=for_model(target.buckets, model_id))


def _place(provider: Provider, spec: ProviderSpec, endpoint: Endpoint, account: Mapping[str, str]) -> _Place:
    """Where to call and with which key: a stored one first, then the environment's, then none if that will do."""
    auth = auth_of(spec, endpoint.protocol)
    keyless = auth.kind == "none"
    # Sifted here and not by a query: the keys of many providers come with one.
    usable = [] if keyless else [key for key in _common_keys(provider) if key.is_usable]
    keys = sorted(usable, key=lambda key: key.precedence)
    for key in keys:
        if endpoint.origin and endpoint.origin in key.hosts:
            return _with_this_key(endpoint, key)
    # An address made with what a deployment says is not the one that the key of the environment is for.
    own_place = bool(set(PLACE.findall(endpoint.catalog_base_url)) & _touched(spec, account))
    place = _plain(endpoint) if own_place else _of_environment(provider, endpoint, keyless=keyless)
    at_home = not keys and Endpoint(base_url=place.base_url).is_local
    if place.credential is None and not needs_no_key(provider, auth, at_home=at_home):
        raise _no_key(provider, place, keys)
    return place


def _common_keys(provider: Provider) -> list[ApiKey]:
    """Those of the provider itself, not of single deployments."""
    return [key for key in provider.api_keys.all() if not key.base_url]


def _touched(spec: ProviderSpec, account: Mapping[str, str]) -> set[str]:
    """The settings that are different where these are said, those that follow from them included."""
    return {setting.name for setting in spec.settings if setting.name in account or setting.of in account}


@sensitive_variables()
def _with_this_key(endpoint: Endpoint, key: ApiKey) -> _Place:
    place = _plain(endpoint)
    if place.origin not in key.hosts:
        message = _("The stored key is bound to %(bound)s and is not sent to %(host)s. Enter the key again.")
        bound = ", ".join(key.hosts) or "-"
        raise SetupError("authentication", message % {"bound": bound, "host": place.origin})
    try:
        credential = vault.open_sealed(key)
    except vault.VaultError as error:
        AuditEntry.record("vault", "failed to decrypt", key.subject, reason=type(error).__name__)
        raise SetupError("authentication", str(error)) from None
    return replace(
        place, credential=credential, key_pk=key.pk, key_limits=key.limits, kind=key.kind, bound=frozenset(key.hosts)
    )


@sensitive_variables()
def _of_environment(provider: Provider, endpoint: Endpoint, *, keyless: bool) -> _Place:
    facts = catalog_facts(provider)
    if facts is None or (template := own_url(facts, endpoint.protocol)) is None:
        return _plain(endpoint)
    # An address made with what a row says is not the one that the key of the environment is for.
    values = env_values(facts, {} if "{" in template else provider.account)
    own = Endpoint(base_url=fill(template, values))
    url = "" if endpoint.base_url or template != facts.base_url else env_base_url(facts)
    if url:
        # Whoever sets the environment of the process decides about its network, too: exactly this host and port.
        elsewhere = Endpoint(base_url=url)
        place = _Place(url, origin_of(url), elsewhere.is_local, values=values)
    elif own.origin and not endpoint.base_url and endpoint.catalog_base_url == template:
        check_settings(provider, values)
        place = _Place(own.url, own.origin, endpoint.private_allowed, values=values)
    else:
        place = _plain(endpoint)
    if keyless or not (url or place.origin == own.origin) or (found := env_credential(facts)) is None:
        return place
    auth, credential = found
    bound = frozenset({Endpoint(base_url=fill(auth.token_url, values)).origin} - {""})
    return replace(place, credential=credential, kind=auth.kind, values=values, bound=bound)


def _plain(endpoint: Endpoint) -> _Place:
    provider = endpoint.provider
    check_settings(provider, provider.values)
    return _Place(endpoint.url, origin_of(endpoint.url), endpoint.private_allowed, values=provider.values)


def _no_key(provider: Provider, place: _Place, keys: list[ApiKey]) -> SetupError:
    if keys:
        message = _(
            "The stored key of %(provider)s is bound to %(bound)s and is not sent to %(host)s. "
            "An administrator can enter a key for this host."
        )
        bound = ", ".join(sorted({host for key in keys for host in key.hosts}))
        values = {"provider": provider.name, "bound": bound, "host": place.origin}
        return SetupError("authentication", message % values)
    message = _("There is no API key for %s. An administrator can store one.") % provider.name
    facts = catalog_facts(provider)
    if facts is not None and facts.env_key and place.origin == Endpoint(base_url=facts.base_url).origin:
        also = _("Or set %s in the environment of the worker.") % facts.env_key[0]
        message = f"{message} {also}"
    return SetupError("authentication", message)
