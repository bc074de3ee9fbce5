"""Adding a provider without the administration: what ``manage.py add_provider`` does. Doing it again updates."""

import socket
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from providers.adapters import get_adapter
from providers.contract.errors import SetupError
from providers.contract.secret import Secret
from providers.contract.spec import Auth, ProviderSpec
from providers.custody import move_doors, origins_of, own_base_url, settle_hosts, store_key
from providers.group_rows import GROUP
from providers.models import ApiKey, AuditEntry, ChatModel, Endpoint, Provider, check_model_id
from providers.resolve.simulated import DEMO
from providers.transport.addresses import is_public
from providers.transport.origin import parse_base_url

AUTH = {
    "anthropic_messages": Auth(kind="header", header="x-api-key", required=False),
    "gemini_generate": Auth(kind="header", header="x-goog-api-key", required=False),
}
"""How the protocol's own servers ask for a key. Elsewhere a bearer, and none will do: many local servers take none."""


@dataclass(frozen=True, slots=True)
class NewProvider:
    """What is to be set up. Without ``key`` the provider keeps the key it has.

    ``allow_private``: a host that is private or this machine is what is wanted.
    """

    slug: str
    protocol: str
    base_url: str
    key: Secret | None = None
    models: tuple[str, ...] = ()
    allow_private: bool = True


@dataclass(frozen=True, slots=True)
class SetUp:
    """What came of it. ``wiped``: how many stored keys went with their old host."""

    provider: Provider
    endpoint: Endpoint
    created: bool
    wiped: int


def set_up_provider(new: NewProvider, actor: str) -> SetUp:
    """Make or update a provider with its endpoint, models and key. Raises SetupError before anything is changed.

    A host that is private or this machine is allowed, exactly with its port. Another host wipes the keys of the old.
    """
    get_adapter(new.protocol)
    parse_base_url(new.base_url)
    _check(new)
    with transaction.atomic():
        provider, created = Provider.objects.get_or_create(slug=new.slug, defaults={"name": new.slug})
        if not provider.from_catalog:
            _describe(provider, new)
        before, own = origins_of(provider), own_base_url(provider) if provider.from_catalog else ""
        endpoint = _set_endpoint(provider, new)
        if provider.from_catalog:
            move_doors(provider, own)
        wiped = settle_hosts(provider, before, actor)
        for model_id in new.models:
            model = ChatModel.objects.get_or_create(provider=provider, model_id=model_id)[0]
            model.enabled = True
            model.vouch()
            model.save(update_fields=("enabled", "overrides"))
        if new.key is not None:
            _store(provider, new.key, actor)
        AuditEntry.record(actor, "created" if created else "changed", f"provider {provider.slug}", url=endpoint.url)
    return SetUp(provider, endpoint, created=created, wiped=len(wiped))


def _check(new: NewProvider) -> None:
    if new.slug == DEMO.slug:
        raise SetupError("bad_request", _("The name “demo” belongs to the simulated provider. Choose another one."))
    if new.slug == GROUP:
        raise SetupError("bad_request", _("The name “group” belongs to the model groups. Choose another one."))
    try:
        Provider(slug=new.slug, name=new.slug).clean_fields(exclude=("spec_data",))
        ProviderSpec(slug=new.slug, name=new.slug, base_url=new.base_url)
        for model_id in new.models:
            check_model_id(model_id)
    except ValidationError as error:
        raise SetupError("bad_request", " ".join(error.messages)) from None
    except ValueError:
        message = _("A slug has lower-case letters, digits and hyphens, at most 63, like my-server.")
        raise SetupError("bad_request", message) from None


def _set_endpoint(provider: Provider, new: NewProvider) -> Endpoint:
    endpoint = Endpoint.objects.filter(provider=provider, protocol=new.protocol).first()
    endpoint = endpoint or Endpoint(provider=provider, protocol=new.protocol)
    endpoint.base_url = "" if new.base_url.rstrip("/") == endpoint.catalog_base_url.rstrip("/") else new.base_url
    if endpoint.base_url:
        endpoint.allow_private = new.allow_private and (endpoint.is_local or _resolves_to_private(endpoint))
    else:
        endpoint.allow_private = endpoint.is_loopback
    endpoint.save()
    return endpoint


def _resolves_to_private(endpoint: Endpoint) -> bool:
    """A name of the local network. One that cannot be looked up now is not allowed: it may be anything later."""
    host, _colon, port = endpoint.host_port.rpartition(":")
    try:
        answers = socket.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
    except OSError:
        return False
    return any(not is_public(str(answer[4][0])) for answer in answers)


def _describe(provider: Provider, new: NewProvider) -> None:
    auth = AUTH.get(new.protocol, Auth(kind="optional_bearer"))
    facts = {"auth": auth.model_dump(mode="json"), **provider.spec_data}
    facts |= {"slug": provider.slug, "name": provider.name, "base_url": new.base_url, "protocol": new.protocol}
    provider.spec_data = facts
    provider.save(update_fields=("spec_data",))


def _store(provider: Provider, key: Secret, actor: str) -> None:
    if provider.spec.auth.kind == "none":
        raise SetupError("bad_request", _("%s takes no API key.") % provider.name)
    row = provider.api_keys.filter(base_url="").order_by("-pk").first() or ApiKey(provider=provider)
    row.enabled = True
    store_key(row, key, actor)
