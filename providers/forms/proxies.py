"""What an administrator says about the proxy of one provider: its address, and apart from it the login."""

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from providers import vault
from providers.contract.errors import SetupError
from providers.contract.secret import Secret
from providers.models import STRAIGHT, Provider
from providers.transport.proxy_settings import parse_login, parse_proxy


def explain_proxy(fields: Any, provider: Provider) -> None:
    """Help and placeholder of the two fields, where the page has them."""
    if "proxy" not in fields:
        return
    fields["proxy"].help_text = _(
        "http://host:port or socks5://host:port, also on a private address. Empty: the one of OUTGOING_PROXY, if any. "
        "“direct”: none."
    )
    fields["proxy"].widget.attrs |= {"class": "vTextField", "spellcheck": "false"}
    stored = _("A login is stored. Leave empty to keep it; another proxy removes it.")
    fields["proxy_credential"].help_text = stored if provider.proxy_login else _("user:password, if it asks for one.")


def clean_proxy(text: str) -> str:
    """The address as the row keeps it."""
    text = text.strip()
    if text.lower() in {"", STRAIGHT}:
        return text.lower()
    try:
        proxy = parse_proxy(text)
    except SetupError as error:
        raise ValidationError(gettext(error.message)) from None
    if proxy.login is not None:
        raise ValidationError(_("The login for the proxy has a field of its own, where it is encrypted."))
    return str(proxy)


@sensitive_variables()
def clean_login(text: str, proxy: str) -> Secret | None:
    """The login to be stored; None to leave things as they are."""
    if not text:
        return None
    if proxy in {"", STRAIGHT}:
        raise ValidationError(_("Which proxy is this login for? Enter its address, too."))
    try:
        vault.ensure_master_key()
        return parse_login(text)
    except SetupError as error:
        raise ValidationError(gettext(error.message)) from None
    except vault.VaultError as error:
        raise ValidationError(str(error)) from None
