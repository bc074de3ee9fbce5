"""The fields of each kind of credential, and the words for the kinds. No field shows again what was typed into it."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from providers.contract.spec import Auth
from providers.models import Provider

Words = Any  # a text, or one to be translated later
NAMES: dict[str, Words] = {
    "bearer": _("a key, sent as a bearer token"),
    "optional_bearer": _("a key as a bearer token, or none"),
    "header": _("a key, sent in a header of its own"),
    "sigv4": _("AWS access keys, or a profile"),
    "google": _("a Google account, as JSON"),
    "client_credentials": _("an OAuth client: id and secret"),
    "none": _("no key"),
}
"""The kinds in words."""
FIELDS: dict[str, tuple[str, ...]] = {
    "bearer": ("credential",),
    "optional_bearer": ("credential",),
    "header": ("credential",),
    "sigv4": ("access_key_id", "secret_access_key", "session_token", "profile"),
    "google": ("account",),
    "client_credentials": ("client_id", "client_secret"),
}


class NeverShown(forms.Textarea):
    """An area of text that comes back empty."""

    def format_value(self, value: Any) -> str | None:
        return None


def put_back(form: forms.BaseForm, name: str, text: str) -> None:
    """What stands in a field when the page comes again, in place of what was typed into it."""
    data: Any = form.data
    form.data = data = data.copy()
    data[form.add_prefix(name)] = text


def put_back_address(form: forms.BaseForm, name: str) -> None:
    """A refused address without the login that was typed into it."""
    typed = str(form.data.get(form.add_prefix(name), ""))
    if "@" in typed:
        put_back(form, name, re.sub(r"^(\s*[A-Za-z]*:?//)?.*@", r"\1", typed, flags=re.DOTALL))


def secret_field(label: Words, help_text: Words = "") -> forms.CharField:
    """One line that comes back empty."""
    attrs = {"autocomplete": "new-password", "spellcheck": "false", "class": "vTextField"}
    widget = forms.PasswordInput(render_value=False, attrs=attrs)
    return forms.CharField(label=label, help_text=help_text, required=False, strip=False, widget=widget)


def visible_field(label: Words, help_text: Words = "") -> forms.CharField:
    """A part of a credential that is no secret by itself. It is not shown again either: it is sealed with the rest."""
    widget = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "vTextField"})
    return forms.CharField(label=label, help_text=help_text, required=False, widget=widget)


def secret_text(label: Words, help_text: Words = "") -> forms.CharField:
    """Several lines that come back empty."""
    widget = NeverShown(attrs={"autocomplete": "off", "spellcheck": "false", "rows": 8, "class": "vLargeTextField"})
    return forms.CharField(label=label, help_text=help_text, required=False, strip=False, widget=widget)


def kinds_of(provider: Provider) -> tuple[Auth, ...]:
    """The ways in which this provider lets one prove who asks, the usual one first."""
    spec = provider.spec
    return (spec.auth, *spec.also_auth)


def key_fields(provider: Provider | None) -> tuple[str, ...]:
    """The fields for a credential of this provider; which kind is asked only where there are several."""
    if provider is None:
        return ("credential",)
    auths = kinds_of(provider)
    names = dict.fromkeys(name for auth in auths for name in FIELDS.get(auth.kind, ("credential",)))
    return ("credential_kind", *names) if len(auths) > 1 else tuple(names)


def name_of(auth: Auth) -> str:
    """A kind in words; a header by its name."""
    return f"{NAMES[auth.kind]} ({auth.header})" if auth.kind == "header" else str(NAMES[auth.kind])


def how(auth: Auth) -> str:
    """How a credential of this kind is used."""
    if auth.kind == "header":
        return str(_("It is sent in the header %(header)s.")) % {"header": auth.header}
    if auth.kind == "optional_bearer":
        return str(_("This server may also work without a key. It is sent as a bearer token."))
    if auth.kind == "sigv4":
        return str(_("It signs each request and is not sent itself."))
    if auth.kind in {"google", "client_credentials"}:
        return str(_("It gets tokens for an hour each; only they are sent to the provider."))
    return str(_("It is sent as a bearer token."))
