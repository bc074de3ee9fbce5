"""Model servers on this machine: looked for when an administrator asks, and made providers one by one.

Hosts and ports come from settings and the catalog, never from a request: a request chooses among them. The HTTP
libraries are loaded with the first question.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from providers.catalog import load_catalog
from providers.contract.errors import SetupError
from providers.contract.spec import Auth, ProviderSpec
from providers.custody import origins_of, settle_hosts
from providers.models import AuditEntry, ChatModel, Endpoint, Provider
from providers.resolve.catalog_rows import doors_of

if TYPE_CHECKING:
    from providers.discovery import Discovered

CONTAINER_MARKS = ("/.dockerenv", "/run/.containerenv")
DOCKER_HOST = "host.docker.internal"
THIS_MACHINE = "127.0.0.1"
UNKNOWN = ProviderSpec(
    slug="local", name="OpenAI-compatible server", base_url="http://127.0.0.1/v1", auth=Auth(kind="optional_bearer")
)
"""What lists models as OpenAI does and tells no more about itself."""
NOT_COPIED = frozenset({"models", "env_key", "env_base_url", "telltale", "doors", "enabled", "warning"})
"""Of the catalog's facts for a second server of a kind: only the catalog in the code names variables."""


@dataclass(frozen=True, slots=True)
class Found:
    """A model server as people are told of it. ``place``: host:port; ``provider``: the slug it has here already."""

    place: str
    kind: str
    name: str
    version: str
    models: tuple[str, ...]
    locked: bool
    provider: str = ""
    missing: int = 0
    """How many of its models have no row here."""


def look_for_servers(actor: str) -> list[Found]:
    """Ask every place once. Changes nothing but the audit."""
    found = _ask(_places())
    known = _known()
    AuditEntry.record(
        actor, "servers looked for", "local model servers", found=[f"{each.place} {each.kind}" for each in found]
    )
    return [_told(each, known) for each in found]


def add_found(place: str, actor: str) -> tuple[Provider, int]:
    """Ask this place again and make what is there a provider with its models: (it, how many models are new).

    Allows exactly this host and port. Raises SetupError if it is no place to look at, or if nothing is there any more.
    """
    wanted = [each for each in _places() if f"{each[0]}:{each[1]}" == place]
    if not wanted:
        raise SetupError("bad_request", _("No model servers are looked for at this address. See DISCOVERY_HOSTS."))
    found = _ask(wanted)
    if not found:
        raise SetupError("connection", _("There is no model server at %s any more.") % place)
    with transaction.atomic():
        provider = _provider_at(found[0], actor)
        known = set(provider.chat_models.values_list("model_id", flat=True))
        new = [model_id for model_id in found[0].models if model_id not in known]
        ChatModel.objects.bulk_create(ChatModel(provider=provider, model_id=each, source="listed") for each in new)
        AuditEntry.record(
            actor, "models fetched", f"provider {provider.slug}", listed=len(found[0].models), added=len(new)
        )
    return provider, len(new)


def _places() -> list[tuple[str, int]]:
    hosts = list(settings.DISCOVERY_HOSTS)
    if not hosts:
        contained = any(Path(mark).exists() for mark in CONTAINER_MARKS)
        hosts = [THIS_MACHINE, DOCKER_HOST] if contained else [THIS_MACHINE]
    usual = {port for spec in load_catalog().values() if spec.telltale for port in spec.telltale.ports}
    return [(host, port) for host in hosts for port in (settings.DISCOVERY_PORTS or sorted(usual))]


def _ask(places: Iterable[tuple[str, int]]) -> "list[Discovered]":
    from providers.discovery import SECONDS, Place, look
    from providers.transport.http import Transport

    async def asked() -> "list[Discovered]":
        transport = Transport(connect_seconds=SECONDS)
        try:
            return await look((Place(*place) for place in places), load_catalog().values(), transport)
        finally:
            await transport.aclose()

    return asyncio.run(asked())


def _told(found: "Discovered", known: dict[tuple[str, str], Provider]) -> Found:
    provider = _there(known, found)
    rows = {row.model_id for row in provider.chat_models.all()} if provider is not None else set()
    return Found(
        place=str(found.place),
        kind=found.kind,
        name=_facts(found.kind).name,
        version=found.version,
        models=found.models,
        locked=found.locked,
        provider=provider.slug if provider is not None else "",
        missing=len(set(found.models) - rows),
    )


def _facts(kind: str) -> ProviderSpec:
    return load_catalog().get(kind, UNKNOWN)


def _known() -> dict[tuple[str, str], Provider]:
    """(host:port, kind) -> the provider that is there. What people have added themselves is of any kind: empty."""
    rows = Endpoint.objects.select_related("provider").prefetch_related("provider__chat_models").order_by("-pk")
    places = ((row, row.provider) for row in rows if row.origin)
    return {(_spot(row.host_port), who.slug if who.from_catalog else ""): who for row, who in places}


def _there(known: dict[tuple[str, str], Provider], found: "Discovered") -> Provider | None:
    spot = _spot(str(found.place))
    return known.get((spot, "")) or known.get((spot, found.kind))


def _spot(place: str) -> str:
    """One spelling for this machine."""
    host, _colon, port = place.rpartition(":")
    try:
        loopback = ip_address(host.strip("[]")).is_loopback
    except ValueError:
        loopback = host == "localhost"
    return f"{THIS_MACHINE if loopback else host}:{port}"


def _provider_at(found: "Discovered", actor: str) -> Provider:
    """The provider that is it already; else the catalog's, moved to another host; else a new one."""
    place = str(found.place)
    provider = _there(_known(), found)
    if provider is None:
        row = Provider.objects.filter(slug=found.kind, from_catalog=True).first() if found.kind else None
        provider = row if row is not None and _moved(row, place, actor) else _new(found, actor)
    for endpoint in provider.endpoints.all():
        if _spot(endpoint.host_port) == _spot(place) and not endpoint.private_allowed:
            endpoint.allow_private = True
            endpoint.save(update_fields=("allow_private",))
    if not provider.enabled:
        provider.enabled = True
        provider.save(update_fields=("enabled",))
        AuditEntry.record(actor, "enabled", f"provider {provider.slug}")
    return provider


def _moved(provider: Provider, place: str, actor: str) -> bool:
    """The catalog's own row goes to another host if it is on the usual port there and nobody has said where it is."""
    endpoints = list(provider.endpoints.all())
    port = place.rpartition(":")[2]
    if any(each.base_url or each.host_port.rpartition(":")[2] != port for each in endpoints):
        return False
    before = origins_of(provider)
    for endpoint in endpoints:
        endpoint.base_url = f"http://{place}{urlsplit(endpoint.catalog_base_url).path}"
        endpoint.allow_private = True
        endpoint.save(update_fields=("base_url", "allow_private"))
    settle_hosts(provider, before, actor)
    return True


def _new(found: "Discovered", actor: str) -> Provider:
    """A provider of one's own with the facts that the catalog has for its kind."""
    spec, place = _facts(found.kind), str(found.place)
    slug = _free_slug(f"{spec.slug}-{found.place.port}")
    facts = spec.model_dump(mode="json", exclude=set(NOT_COPIED), exclude_defaults=True)
    facts["auth"] = {"kind": spec.auth.kind}
    url = f"http://{place}{urlsplit(spec.base_url).path}"
    facts |= {"slug": slug, "name": f"{spec.name} ({place})", "base_url": url}
    provider = Provider.objects.create(slug=slug, name=facts["name"], spec_data=facts)
    for protocol, address in doors_of(spec).items():
        base = f"http://{place}{urlsplit(address).path}"
        Endpoint.objects.create(provider=provider, protocol=protocol, base_url=base, allow_private=True)
    AuditEntry.record(actor, "created", f"provider {slug}", url=url)
    return provider


def _free_slug(wanted: str) -> str:
    taken = set(Provider.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return next(slug for slug in (wanted, *numbered) if slug not in taken)
