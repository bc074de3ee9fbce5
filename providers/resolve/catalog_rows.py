"""Catalog files become rows, at every migrate. What an administrator has set stays; nothing is ever deleted here."""

from collections.abc import Iterable
from typing import Any, Literal

from django.conf import settings
from django.db import transaction

from providers.catalog import load_catalog
from providers.contract.spec import ModelFacts, ProviderSpec
from providers.models import FACTS, AuditEntry, ChatModel, Endpoint, Provider
from providers.resolve.simulated import DEMO

SOURCE: Literal["catalog"] = "catalog"
MODEL_FIELDS = ("label", "protocol", "capabilities", "context_window", "prices", "statements")


def sync_catalog() -> None:
    """Bring the rows up to the catalog. Running it again changes nothing."""
    specs = {**load_catalog(), **({DEMO.slug: DEMO} if settings.DEMO_PROVIDER else {})}
    with transaction.atomic():
        rows = {row.slug: row for row in Provider.objects.filter(slug__in=specs)}
        new = [_provider(spec) for slug, spec in specs.items() if slug not in rows]
        Provider.objects.bulk_create(new)
        # A provider that an administrator has added under a name of the catalog stays theirs.
        for slug, row in rows.items():
            if row.from_catalog:
                _update_provider(row, specs[slug])
        ours = {row.pk: specs[row.slug] for row in (*rows.values(), *new) if row.from_catalog}
        _sync_endpoints(ours)
        _sync_models(ours)


def _facts(spec: ProviderSpec) -> dict[str, Any]:
    """Without the models, which have rows of their own, and without defaults, which the code may better."""
    return spec.model_dump(mode="json", exclude={"models"}, exclude_defaults=True)


def _provider(spec: ProviderSpec) -> Provider:
    facts = _facts(spec)
    return Provider(slug=spec.slug, name=spec.name, spec_data=facts, from_catalog=True, enabled=spec.enabled)


def _update_provider(row: Provider, spec: ProviderSpec) -> None:
    name = row.name if "name" in row.overrides else spec.name
    if (row.spec_data, row.name) != (_facts(spec), name):
        row.spec_data, row.name = _facts(spec), name
        row.save(update_fields=("spec_data", "name"))


def _sync_endpoints(specs: dict[int, ProviderSpec]) -> None:
    """One row for each protocol that a provider speaks."""
    rows = {
        (row.provider_id, row.protocol): row
        for row in Endpoint.objects.select_related("provider").filter(provider_id__in=specs)
    }
    new = []
    for provider_id, spec in specs.items():
        for protocol, url in doors_of(spec).items():
            row = rows.get((provider_id, protocol))
            if row is None:
                row = Endpoint(provider_id=provider_id, protocol=protocol, catalog_base_url=url)
                row.allow_private = "{" not in url and row.is_loopback
                new.append(row)
            elif row.catalog_base_url != url:
                _move_endpoint(row, spec, url)
    Endpoint.objects.bulk_create(new)


def doors_of(spec: ProviderSpec) -> dict[str, str]:
    """Protocol -> base URL of everything that a provider speaks, its own first."""
    return {spec.protocol: spec.base_url, **{name: door.base_url or spec.base_url for name, door in spec.doors.items()}}


def _move_endpoint(row: Endpoint, spec: ProviderSpec, url: str) -> None:
    """The catalog names another URL. Keys stay bound to the old host: they are refused, not lost."""
    before, row.catalog_base_url = row.origin, url
    if row.origin != before:
        row.allow_private = row.is_loopback
        AuditEntry.record("catalog", "host changed", f"provider {spec.slug}", before=[before], after=[row.origin])
    row.save(update_fields=("catalog_base_url", "allow_private"))


def _sync_models(specs: dict[int, ProviderSpec]) -> None:
    rows = {(row.provider_id, row.model_id): row for row in ChatModel.objects.filter(provider_id__in=specs)}
    new, changed = [], []
    for provider_id, facts in _all_models(specs):
        row = rows.get((provider_id, facts.id))
        if row is None:
            row = ChatModel(provider_id=provider_id, model_id=facts.id)
            _apply(row, facts, specs[provider_id].as_of)
            new.append(row)
        elif _apply(row, facts, specs[provider_id].as_of):
            changed.append(row)
    ChatModel.objects.bulk_create(new)
    ChatModel.objects.bulk_update(changed, ("source", *MODEL_FIELDS))


def _all_models(specs: dict[int, ProviderSpec]) -> Iterable[tuple[int, ModelFacts]]:
    return ((provider_id, facts) for provider_id, spec in specs.items() for facts in spec.models)


def _apply(row: ChatModel, facts: ModelFacts, as_of: str) -> bool:
    """What the catalog says goes behind what an administrator or the provider itself has said. Whether it is news."""
    fields = ("source", *MODEL_FIELDS)
    before = {name: getattr(row, name) for name in fields}
    row.source = SOURCE
    for name, value in (("label", facts.label), ("protocol", facts.protocol or "auto")):
        if name not in row.overrides:
            setattr(row, name, value)
    said = facts.model_dump(mode="json", include=set(FACTS), exclude_none=True)
    row.state(SOURCE, {**facts.capabilities, **said}, as_of)
    return any(getattr(row, name) != value for name, value in before.items())
