"""The providers at a glance, for the command line: no network, no decryption."""

from typing import NamedTuple

from django.utils.translation import gettext as _

from providers.models import Provider
from providers.resolve.environment import env_key_names
from providers.resolve.listing import Standing, standing_of, standings


class ProviderLine(NamedTuple):
    """One provider. ``key`` in words: stored …1234, environment NAME, none needed, missing."""

    slug: str
    name: str
    protocol: str
    base_url: str
    key: str
    models: int
    enabled: bool


def overview() -> list[ProviderLine]:
    """Every provider, by slug; the environment is the one of this process."""
    found = (_line(standing) for standing in standings(frozenset(env_key_names())))
    return sorted(found, key=lambda line: line.slug)


def key_in_use(provider: Provider) -> str:
    """Which key of one provider is used, a stored one before the environment of this process; or what is missing."""
    standing = standing_of(provider, frozenset(env_key_names()))
    return standing.why or _key(standing)


def _line(standing: Standing) -> ProviderLine:
    provider, endpoint = standing.provider, standing.endpoint
    return ProviderLine(
        slug=provider.slug,
        name=provider.name,
        protocol=endpoint.protocol if endpoint else standing.spec.protocol,
        base_url=endpoint.url if endpoint else "",
        key=_key(standing),
        models=len(provider.chat_models.all()),
        enabled=provider.enabled,
    )


def _key(standing: Standing) -> str:
    if standing.stored is not None:
        return _("stored …%s") % standing.stored.last_four if standing.stored.last_four else _("stored")
    if standing.variable:
        return _("environment %s") % standing.variable
    return _("none needed") if standing.key == "none needed" else _("missing")
