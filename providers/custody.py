"""What happens to stored keys and to the hosts they are bound to, each with its entry in the audit.

A key is bound to the origins its provider has when it is entered. When an origin goes, the keys bound to it go with it,
in the same transaction: nobody can move a provider to another host and have the old key sent there.
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from providers import vault
from providers.contract.material import shown_part
from providers.contract.secret import Secret
from providers.contract.templates import fill
from providers.models import ApiKey, AuditEntry, Endpoint, Provider
from providers.transport.proxy_settings import parse_proxy


class NoHost(Exception):
    """The provider has no usable base URL, so there is no host a key could be bound to."""


def origins_of(provider: Provider) -> frozenset[str]:
    """The origins of a provider as its rows say now: those of all its endpoints, and where it gives tokens."""
    spec = provider.spec
    urls = (fill(auth.token_url, provider.values) for auth in (spec.auth, *spec.also_auth) if auth.token_url)
    found = (*provider.endpoints.all(), *(Endpoint(base_url=url) for url in urls))
    return frozenset(endpoint.origin for endpoint in found if endpoint.origin)


def own_base_url(provider: Provider) -> str:
    """What an administrator has put in the place of the catalog's base URL; empty if nothing."""
    return provider.endpoints.filter(protocol=provider.spec.protocol).values_list("base_url", flat=True).first() or ""


def move_doors(provider: Provider, before: str) -> None:
    """The other doors that were at the provider's own address stay with it when it is moved.

    ``before``: ``own_base_url`` from before the change. To be called in the transaction of the change.
    """
    own = provider.endpoints.filter(protocol=provider.spec.protocol).exclude(catalog_base_url="").first()
    if own is not None and own.base_url != before:
        doors = provider.endpoints.exclude(pk=own.pk).filter(catalog_base_url=own.catalog_base_url, base_url=before)
        doors.update(base_url=own.base_url, allow_private=own.allow_private)


@sensitive_variables()
def store_key(row: ApiKey, credential: Secret, actor: str) -> None:
    """Encrypt a key into its row (saved or not) and bind it to the provider's hosts of this moment."""
    with transaction.atomic():
        provider = Provider.objects.select_for_update().get(pk=row.provider_id)
        own = Endpoint(base_url=row.base_url).origin if row.base_url else ""
        hosts = [own] if own else [] if row.base_url else sorted(origins_of(provider))
        if not hosts:
            raise NoHost(_("%s has no usable base URL yet. Enter it first, then the key.") % provider.name)
        known, rotated = row.pk is not None, bool(row.ciphertext)
        if not known:
            row.save()
        row.provider, row.hosts = provider, hosts
        row.ciphertext = vault.seal(row, credential)
        row.fingerprint = vault.fingerprint(credential)
        row.last_four = vault.last_four(shown_part(credential))
        row.last_error = ""
        row.rotated_at = timezone.now() if rotated else row.rotated_at
        row.save()
        AuditEntry.record(actor, "rotated" if rotated else "created", row.subject, hosts=hosts)


class _ProxyLogin:
    """The login for a provider's proxy as a row of its own, for the vault: bound to the provider and to the proxy."""

    def __init__(self, provider: Provider) -> None:
        self.pk, self.provider, self._meta = provider.pk, provider, provider._meta
        self.hosts = [f"proxy {parse_proxy(provider.proxy)}"] if provider.proxy else []
        self.ciphertext = provider.proxy_login


@sensitive_variables()
def store_proxy_login(provider: Provider, login: Secret | None, actor: str) -> None:
    """Encrypt the login for the proxy that the row names, or forget the one that is there."""
    had = bool(provider.proxy_login)
    provider.proxy_login = vault.seal(_ProxyLogin(provider), login) if login is not None else ""
    provider.save(update_fields=("proxy_login",))
    if had or login is not None:
        action = "wiped" if login is None else "rotated" if had else "created"
        AuditEntry.record(actor, action, f"proxy login of {provider.slug}", proxy=provider.proxy)


def open_proxy_login(provider: Provider) -> Secret | None:
    """The login for the proxy of a provider; None if none is stored. Raises VaultError."""
    return vault.open_sealed(_ProxyLogin(provider)) if provider.proxy_login else None


def reseal_proxy_login(provider: Provider) -> None:
    """Encrypt it anew under the master key in force. Raises VaultError."""
    row = _ProxyLogin(provider)
    provider.proxy_login = vault.seal(row, vault.open_sealed(row))
    provider.save(update_fields=("proxy_login",))


def equal_keys(row: ApiKey) -> list[ApiKey]:
    """Other rows that hold the very same key."""
    if not row.fingerprint:
        return []
    return list(ApiKey.objects.select_related("provider").filter(fingerprint=row.fingerprint).exclude(pk=row.pk))


def settle_hosts(provider: Provider, before: frozenset[str], actor: str) -> list[ApiKey]:
    """After a change of endpoints: wipe the keys bound to an origin that is gone. Returns them.

    ``before``: ``origins_of`` from before the change. To be called in the transaction of the change.
    """
    after = origins_of(provider)
    gone = before - after
    if before != after:
        AuditEntry.record(
            actor, "host changed", f"provider {provider.slug}", before=sorted(before), after=sorted(after)
        )
    return _wipe((key for key in _stored(provider) if gone.intersection(key.hosts)), actor, "host changed")


def _stored(provider: Provider) -> Iterable[ApiKey]:
    return provider.api_keys.select_for_update().exclude(ciphertext="")


def _wipe(keys: Iterable[ApiKey], actor: str, reason: str) -> list[ApiKey]:
    wiped = []
    for key in keys:
        hosts, key.hosts = key.hosts, []
        key.ciphertext = key.fingerprint = key.last_four = ""
        key.save(update_fields=("ciphertext", "fingerprint", "last_four", "hosts"))
        AuditEntry.record(actor, "wiped", key.subject, reason=reason, hosts=hosts)
        wiped.append(key)
    return wiped
