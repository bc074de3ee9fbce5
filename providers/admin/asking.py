"""Questions to a provider while an administrator waits: is this key good, which models are there.

Never called inside a transaction: a slow provider must not hold a lock of the database. The HTTP libraries are loaded
with the first question: they would double the time that a web server takes to start.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from providers.contract.errors import ProviderError, SetupError
from providers.models import ApiKey, AuditEntry, ChatModel, Provider, check_model_id
from providers.resolve import provider_target

if TYPE_CHECKING:
    from providers.resolve import Transport

MOST_MODELS = 5000
T = TypeVar("T")


class Told(NamedTuple):
    """What to tell the administrator."""

    good: bool
    text: str


def test_key(key: ApiKey, actor: str) -> Told:
    """A real call with this very key that costs nothing: the list of models."""
    from providers import client

    name, code = str(key), ""
    try:
        target = provider_target(key.provider, key=key)
        count = _ask(lambda transport: client.check_key(target, transport))
        told = Told(True, _("%(key)s works: the provider lists %(count)d models.") % {"key": name, "count": count})
    except (ProviderError, SetupError) as error:
        code = error.code
        told = Told(False, _("%(key)s does not work: %(reason)s") % {"key": name, "reason": _(error.message)})
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now(), last_error=code)
    AuditEntry.record(actor, "tested", key.subject, error=code or None)
    return told


def fetch_models(provider: Provider, actor: str) -> Told:
    """Ask for the list of models and add those that have no row yet. Nothing is removed."""
    from providers import client

    if provider.spec.simulated:
        return Told(True, _("The simulated models are all there already."))
    try:
        target = provider_target(provider)
        listed = _ask(lambda transport: client.list_models(target, transport))
    except (ProviderError, SetupError) as error:
        AuditEntry.record(actor, "models fetched", f"provider {provider.slug}", error=error.code)
        return Told(False, f"{provider.name}: {_(error.message)}")
    known = set(ChatModel.objects.filter(provider=provider).values_list("model_id", flat=True))
    new = [model_id for model_id in listed[:MOST_MODELS] if model_id not in known and _usable(model_id)]
    rows = (ChatModel(provider=provider, model_id=model_id, source="listed") for model_id in new)
    ChatModel.objects.bulk_create(rows, ignore_conflicts=True)
    AuditEntry.record(actor, "models fetched", f"provider {provider.slug}", listed=len(listed), added=len(new))
    values = {"provider": provider.name, "listed": len(listed), "added": len(new)}
    return Told(True, _("%(provider)s lists %(listed)d models; %(added)d were added.") % values)


def fetch_models_of(providers: QuerySet[Provider], actor: str) -> list[Told]:
    """The same for several providers, one after the other."""
    return [fetch_models(provider, actor) for provider in providers]


def _usable(model_id: str) -> bool:
    try:
        check_model_id(model_id)
    except ValidationError:
        return False
    return True


def _ask(question: "Callable[[Transport], Awaitable[T]]") -> T:
    from providers.resolve import Transport

    async def asked() -> T:
        transport = Transport()
        try:
            return await question(transport)
        finally:
            await transport.aclose()

    return asyncio.run(asked())
