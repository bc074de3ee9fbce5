"""Which proxy the requests to a provider go through: its own, else the one that OUTGOING_PROXY names, else none."""

import os

from django.conf import settings
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from providers import vault
from providers.contract.errors import SetupError
from providers.contract.routes import DIRECT, Proxy, Routes
from providers.custody import open_proxy_login
from providers.models import STRAIGHT, AuditEntry, Provider
from providers.transport.proxy_settings import parse_proxy, routes_from


def routes_of(provider: Provider) -> Routes:
    """The ways of one provider. Raises SetupError if what is set cannot be used: never straight on instead."""
    if provider.proxy == STRAIGHT:
        return DIRECT
    if not provider.proxy:
        return site_routes()
    proxy = _with_login(provider)
    # Whoever names a proxy for a model server of one's own means that server.
    return Routes(http=proxy, https=proxy, private=True, resolves=settings.OUTGOING_PROXY_RESOLVES)


def site_routes() -> Routes:
    """What OUTGOING_PROXY says, here and now."""
    try:
        return routes_from(settings.OUTGOING_PROXY, os.environ, resolves=settings.OUTGOING_PROXY_RESOLVES)
    except SetupError as error:
        message = _("OUTGOING_PROXY, or a variable that it refers to, cannot be used. %s")
        raise SetupError("bad_request", message % _(error.message)) from None


@sensitive_variables()
def _with_login(provider: Provider) -> Proxy:
    named = parse_proxy(provider.proxy)
    try:
        login = open_proxy_login(provider)
    except vault.VaultError as error:
        AuditEntry.record("vault", "failed to decrypt", f"proxy of {provider.slug}", reason=type(error).__name__)
        message = _("The stored login for the proxy of %s cannot be opened. An administrator can enter it again.")
        raise SetupError("bad_request", message % provider.name) from None
    return Proxy(named.scheme, named.host, named.port, login)
