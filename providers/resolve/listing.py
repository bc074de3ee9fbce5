"""What can be chosen: every enabled model of every enabled provider, and why some cannot be used right now.

Four queries, whatever the number of models. Groups come from ``group_listing``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from django.db.models import Count, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from pydantic import BaseModel, ConfigDict

from providers.adapters import protocols
from providers.contract.errors import SetupError
from providers.contract.spec import MediaRule, ProviderSpec
from providers.models import CAPABILITIES, PROTOCOL_WORDS, ApiKey, ChatModel, Endpoint, Provider
from providers.prices import listed_prices
from providers.resolve.doors import first_gap, needs_no_key, own_url, rules_of
from providers.resolve.efforts import efforts_taken
from providers.resolve.environment import catalog_facts, env_variable
from providers.resolve.media_forms import Forms, forms_of, written
from providers.resolve.public_ids import check_enabled

T = TypeVar("T")
KeyState = Literal["stored", "environment", "none needed", "missing"]
MEDIA = {"image": "image_input", "audio": "audio_input", "video": "video_input", "pdf": "pdf_input"}


PRICE_LIST = "genai-prices"


class CapabilitySource(BaseModel):
    """Who says that a model can something or cannot (administrator, model list, observed, catalog), and when."""

    source: str
    date: str | None


class ModelListing(BaseModel):
    """One model as the picker and the API show it. A capability that is None is unknown.

    ``media``: {"input": [...], "output": [...]}, as far as known. ``why_unavailable`` says what to do, in the language
    of the reader.
    """

    model_config = ConfigDict(frozen=True, protected_namespaces=())

    id: str
    model_id: str
    provider: str
    provider_label: str
    label: str
    capabilities: dict[str, bool | None]
    media: dict[str, list[str]]
    context_window: int | None
    prices: dict[str, str] | None
    available: bool
    why_unavailable: str
    simulated: bool
    source: str
    local: bool = False
    """Whether its host is private or this machine, by the base URL."""
    typed: bool = False
    """Only people's own typing speaks for it: neither a catalog nor its provider nor an administrator names it."""
    capability_sources: dict[str, CapabilitySource | None] = {}
    prices_source: str = ""
    """Who says what it costs: administrator, model list, catalog, genai-prices; empty if nobody does."""
    fact_sources: dict[str, CapabilitySource | None] = {}
    """The same for context window and prices, with the date."""
    media_forms: Forms = {}
    """kind -> in which form it is taken, url and base64: yes, no or unknown."""
    media_rules: dict[str, MediaRule] = {}
    """kind -> which types of files are taken, and how large ones, as far as that is known."""
    efforts: list[str] | None = None
    """How hard it can be told to think; None if nobody knows."""
    docs_url: str = ""
    protocols: list[str] = []
    """What a column can choose: ``auto``, and the words for the protocols that the provider speaks here."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a provider can be called now. ``key``: how it would prove who asks; ``why``: empty if it can."""

    provider: Provider
    spec: ProviderSpec
    endpoint: Endpoint | None
    key: KeyState
    why: str
    stored: ApiKey | None = None
    variable: str = ""
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)
    """What is the same for all its models, or for many of them."""

    def once(self, key: Any, made: Callable[[], T]) -> T:
        """Made for the first of them."""
        if key not in self.memo:
            self.memo[key] = made()
        found: T = self.memo[key]
        return found


def listings_of(known: Iterable[Standing]) -> list[ModelListing]:
    """All models of these providers that are switched on, by provider and id."""
    found: list[ModelListing] = []
    for standing in known:
        try:
            check_enabled(standing.provider)
        except SetupError:
            continue
        found.extend(listing_of(standing, model) for model in standing.provider.chat_models.all() if model.enabled)
    return found


class ProviderListing(BaseModel):
    """A provider to choose from; ``why_unavailable`` is empty if it can be called now.

    ``key``: stored, environment, none needed or missing; ``variable``: the one of the environment that is used.
    """

    id: str
    label: str
    available: bool
    why_unavailable: str
    key: KeyState
    variable: str
    docs_url: str
    keys_url: str
    local: bool
    protocols: list[str]
    models: int


def list_providers(env_keys: frozenset[str]) -> list[ProviderListing]:
    """All providers that are switched on, by name."""
    rows = Provider.objects.filter(enabled=True).annotate(
        known=Count("chat_models", filter=Q(chat_models__enabled=True), distinct=True)
    )
    return [provider_listing(standing) for standing in standings(env_keys, rows, models=False)]


def provider_listing(standing: Standing) -> ProviderListing:
    """One provider, of a row that is annotated with how many models of it are ``known``."""
    provider, spec, endpoint = standing.provider, standing.spec, standing.endpoint
    return ProviderListing(
        id=provider.slug,
        label=provider.name,
        available=not standing.why,
        why_unavailable=standing.why,
        key=standing.key,
        variable=standing.variable,
        docs_url=spec.docs_url,
        keys_url=spec.keys_url,
        local=spec.simulated or (endpoint is not None and endpoint.is_local),
        protocols=["auto", *_words(provider)],
        models=provider.known,  # type: ignore[attr-defined]
    )


def standings(env_keys: frozenset[str], of: QuerySet[Provider] | None = None, *, models: bool = True) -> list[Standing]:
    """How every provider stands, or each of some. ``models``: with the rows of their models."""
    rows = (Provider.objects.all() if of is None else of).prefetch_related(
        Prefetch("endpoints", Endpoint.objects.order_by("pk")),
        Prefetch("api_keys", ApiKey.objects.filter(enabled=True, base_url="").exclude(ciphertext="").order_by("-pk")),
        *([Prefetch("chat_models", ChatModel.objects.order_by("model_id"))] if models else []),
    )
    return [_standing(row, env_keys) for row in rows]


def standing_of(provider: Provider, env_keys: frozenset[str]) -> Standing:
    """How one provider stands."""
    return next(each for each in standings(env_keys, Provider.objects.filter(pk=provider.pk)))


def _standing(provider: Provider, env_keys: frozenset[str]) -> Standing:
    spec = provider.spec
    endpoints = {endpoint.protocol: endpoint for endpoint in provider.endpoints.all()}
    endpoint = endpoints.get(spec.protocol) or next(iter(endpoints.values()), None)
    if spec.simulated:
        return Standing(provider, spec, endpoint, "none needed", "")
    variable = _variable(provider, endpoint, env_keys)
    if endpoint is None or not (endpoint.origin or variable):
        return Standing(provider, spec, endpoint, "missing", _no_address(provider, spec))
    why = ""
    if endpoint.protocol not in protocols():
        why = _("This version does not speak %s yet.") % endpoint.protocol
    if spec.auth.kind == "none":
        return Standing(provider, spec, endpoint, "none needed", why)
    usable = [key for key in provider.api_keys.all() if key.is_usable]
    for key in sorted(usable, key=lambda key: key.precedence):
        if endpoint.origin in key.hosts:
            return Standing(provider, spec, endpoint, "stored", why, stored=key)
    if variable:
        return Standing(provider, spec, endpoint, "environment", why, variable=variable)
    if needs_no_key(provider, spec.auth, at_home=endpoint.is_local and not usable):
        return Standing(provider, spec, endpoint, "none needed", why)
    return Standing(provider, spec, endpoint, "missing", why or _no_key(provider, endpoint))


def _no_address(provider: Provider, spec: ProviderSpec) -> str:
    missing = first_gap(spec, provider.values)
    if missing:
        message = _("%(provider)s needs its %(setting)s first. An administrator can enter it at the provider.")
        return message % {"provider": provider.name, "setting": missing}
    return _("An administrator must enter the base URL of %s first.") % provider.name


def _variable(provider: Provider, endpoint: Endpoint | None, env_keys: frozenset[str]) -> str:
    """The variable whose key would be used: it goes to the catalog's own host only."""
    facts = catalog_facts(provider)
    if facts is None or endpoint is None or not _own_host(facts, endpoint, env_keys):
        return ""
    return env_variable(facts, env_keys)


def _own_host(facts: ProviderSpec, endpoint: Endpoint, env_keys: frozenset[str]) -> bool:
    """Whether a worker with these variables makes the catalog's own address for this endpoint."""
    template = own_url(facts, endpoint.protocol)
    if template is None or "{" not in template:
        return template is not None and endpoint.origin == Endpoint(base_url=template).origin
    wanted = (setting for setting in facts.settings if setting.required and not setting.of)
    return not endpoint.base_url and all(each.default or not env_keys.isdisjoint(each.env) for each in wanted)


def _no_key(provider: Provider, endpoint: Endpoint) -> str:
    facts = catalog_facts(provider)
    if facts is None or not facts.env_key or endpoint.origin != Endpoint(base_url=facts.base_url).origin:
        return _("No API key. An administrator can store one.")
    return _("No API key. An administrator can store one, or set %s for the worker.") % facts.env_key[0]


def listing_of(standing: Standing, model: ChatModel) -> ModelListing:
    """One model as it can be chosen."""
    can: dict[str, bool | None] = {name: model.capabilities.get(name) for name in CAPABILITIES}
    can["local"] = is_local(standing)
    prices, prices_source = prices_of(model, "" if can["local"] else standing.spec.price_id)
    protocol = _protocol(standing, model)
    slug = standing.provider.slug
    return ModelListing(
        id=f"{slug}/{model.model_id}",
        model_id=model.model_id,
        provider=slug,
        provider_label=standing.provider.name,
        label=model.label or model.model_id,
        capabilities=can,
        media=media_of(can),
        context_window=model.context_window,
        prices=prices,
        prices_source=prices_source,
        capability_sources=sources_of(model),
        fact_sources=fact_sources_of(model, prices_source),
        media_forms=_forms(standing, protocol, can) if protocol else {},
        media_rules=dict(rules_of(standing.spec, protocol)),
        efforts=_efforts(standing, protocol, model.model_id, can["reasoning"]),
        docs_url=standing.spec.docs_url,
        available=not standing.why,
        why_unavailable=standing.why,
        simulated=standing.spec.simulated,
        source=model.source,
        typed=model.only_typed,
        local=bool(can["local"]),
        protocols=["auto", *standing.once("words", lambda: _words(standing.provider))],
    )


def _forms(standing: Standing, protocol: str, can: Mapping[str, bool | None]) -> Forms:
    key = (protocol, *(can[capability] for capability in MEDIA.values()))
    writes = standing.once(("written", protocol), lambda: written(standing.spec, protocol))
    return standing.once(key, lambda: forms_of(standing.spec, protocol, can, writes))


def _efforts(standing: Standing, protocol: str, model_id: str, thinks: bool | None) -> list[str] | None:
    if not protocol or standing.spec.simulated:
        return None
    facts = standing.once(("facts", protocol), lambda: _facts(standing.spec, protocol))
    if thinks is False:
        return []
    taken = efforts_taken(facts, protocol, model_id)
    return None if taken is None else list(taken)


def _facts(spec: ProviderSpec, protocol: str) -> str:
    return spec.model_copy(update={"protocol": protocol}).model_dump_json(exclude={"models"})


def is_local(standing: Standing) -> bool:
    """Whether its host is private or this machine, by the base URL."""
    endpoint = standing.endpoint
    return standing.once("local", lambda: standing.spec.simulated or (endpoint is not None and endpoint.is_local))


def _protocol(standing: Standing, model: ChatModel) -> str:
    """By which it is asked where a column leaves it open; empty if its provider speaks none."""
    if model.protocol not in {"", "auto"}:
        return PROTOCOL_WORDS.get(model.protocol, model.protocol)
    return standing.endpoint.protocol if standing.endpoint is not None else ""


def fact_sources_of(model: ChatModel, prices_source: str) -> dict[str, CapabilitySource | None]:
    """Who says how much it holds and what it costs, and since when; None where nobody does."""
    held, priced = model.known("context_window"), model.known("prices")
    found = CapabilitySource(source=held.source, date=held.date or None) if held is not None else None
    date = priced.date or None if priced is not None and priced.source == prices_source else None
    price = CapabilitySource(source=prices_source, date=date) if prices_source else None
    return {"context_window": found, "prices": price}


def prices_of(model: ChatModel, price_id: str) -> tuple[dict[str, str] | None, str]:
    """What it costs and who says so, empty if nobody does. ``price_id``: of the provider in the list of prices."""
    known = model.known("prices")
    if known is not None and known.value:
        return known.value, known.source
    found = listed_prices(price_id, model.model_id)
    return found, PRICE_LIST if found else ""


def sources_of(model: ChatModel) -> dict[str, CapabilitySource | None]:
    """For each capability who says so, and since when; None where nobody does. Local is seen at the base URL."""
    found: dict[str, CapabilitySource | None] = dict.fromkeys(CAPABILITIES)
    for name in model.statements.keys() | model.capabilities.keys():
        if name in found and (known := model.known(name)) is not None:
            found[name] = CapabilitySource(source=known.source, date=known.date or None)
    return {**found, "local": CapabilitySource(source="base URL", date=None)}


def media_of(can: Mapping[str, bool | None]) -> dict[str, list[str]]:
    """Kinds of content that a model is known to take and to give."""
    return {"input": ["text", *(kind for kind, capability in MEDIA.items() if can[capability])], "output": ["text"]}


def _words(provider: Provider) -> list[str]:
    spoken = {endpoint.protocol for endpoint in provider.endpoints.all()} & set(protocols())
    return [word for word, protocol in PROTOCOL_WORDS.items() if protocol in spoken]
