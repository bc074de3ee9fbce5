"""Questions to a provider while an administrator waits: is this key good, which models are there.

Never called inside a transaction: a slow provider must not hold a lock of the database. The HTTP libraries are loaded
with the first question: they would double the time that a web server takes to start.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from providers.contract.errors import ProviderError, SetupError
from providers.models import ApiKey, AuditEntry, Provider
from providers.resolve import provider_target
from providers.resolve.learned import note_listed

if TYPE_CHECKING:
    from providers.resolve import Transport

T = TypeVar("T")


class Told(NamedTuple):
    """What to tell the administrator."""

    good: bool
    text: str


def test_key(key: ApiKey, actor: str) -> Told:
    """A real call with this very key that costs nothing: the list of models."""
    from providers import model_lists

    name, code = str(key), ""
    try:
        target = provider_target(key.provider, key=key)
        count = _ask(lambda transport: model_lists.check_key(target, transport))
        told = Told(True, _("%(key)s works: the provider lists %(count)d models.") % {"key": name, "count": count})
    except (ProviderError, SetupError) as error:
        code = error.code
        told = Told(False, _("%(key)s does not work: %(reason)s") % {"key": name, "reason": _(error.message)})
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=timezone.now(), last_error=code)
    AuditEntry.record(actor, "tested", key.subject, error=code or None)
    return told


def fetch_models(provider: Provider, actor: str) -> Told:
    """Ask for the list of models: those without a row get one, of all of them what the list says is noted.

    Nothing is removed, and nothing that an administrator has said is touched.
    """
    from providers import model_lists

    if provider.spec.simulated:
        return Told(True, _("The simulated models are all there already."))
    try:
        target = provider_target(provider)
        listed = _ask(lambda transport: model_lists.list_facts(target, transport))
    except (ProviderError, SetupError) as error:
        AuditEntry.record(actor, "models fetched", f"provider {provider.slug}", error=error.code)
        return Told(False, f"{provider.name}: {_(error.message)}")
    added = note_listed(provider, listed)
    AuditEntry.record(actor, "models fetched", f"provider {provider.slug}", listed=len(listed), added=added)
    values = {"provider": provider.name, "listed": len(listed), "added": added}
    return Told(True, _("%(provider)s lists %(listed)d models; %(added)d were added.") % values)


def fetch_models_of(providers: QuerySet[Provider], actor: str) -> list[Told]:
    """The same for several providers, one after the other."""
    return [fetch_models(provider, actor) for provider in providers]


def _ask(question: "Callable[[Transport], Awaitable[T]]") -> T:
    from providers.resolve import Transport

    async def asked() -> T:
        transport = Transport()
        try:
            return await question(transport)
        finally:
            await transport.aclose()

    return asyncio.run(asked())
