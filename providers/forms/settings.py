"""The fields for what the facts of a provider leave open about an account: region, project, resource and their like."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from providers.contract.spec import ProviderSpec, Setting
from providers.models import Provider

PREFIX = "setting_"
LABELS: dict[str, Any] = {
    "account": _("account"),
    "api_version": _("API version"),
    "app_id": _("app id"),
    "deployment": _("deployment"),
    "folder": _("folder"),
    "host": _("host"),
    "location": _("location"),
    "organization": _("organization"),
    "project": _("project"),
    "region": _("region"),
    "resource": _("resource"),
    "tenant": _("tenant"),
    "app_url": _("address of this app"),
    "session_id": _("session of all requests"),
    "app_title": _("name of this app"),
}
HELP: dict[str, Any] = {
    "session_id": _("Empty: none. {comparison} and {run} stand for their ids. What a request says goes before it."),
    "deployment": _("Empty: the id of the chat model is the name of the deployment."),
    "host": _("Without https:// and without a path."),
    "tenant": _("Only for an OAuth client of Entra."),
}


def setting_names(provider: Provider | None) -> tuple[str, ...]:
    """The names of the form fields."""
    return tuple(f"{PREFIX}{setting.name}" for setting in _asked(provider.spec)) if provider is not None else ()


def setting_fields(provider: Provider) -> dict[str, forms.CharField]:
    """The fields by name, filled with what was said before."""
    return {f"{PREFIX}{setting.name}": _field(setting, provider.account) for setting in _asked(provider.spec)}


def said(provider: Provider, cleaned: dict[str, Any]) -> dict[str, str]:
    """What was said about the account, as the row keeps it."""
    texts = {setting.name: str(cleaned.get(f"{PREFIX}{setting.name}") or "") for setting in _asked(provider.spec)}
    return {name: text for name, text in texts.items() if text}


def _asked(spec: ProviderSpec) -> list[Setting]:
    return [setting for setting in spec.settings if not setting.of]


def _field(setting: Setting, account: dict[str, Any]) -> forms.CharField:
    def check(text: str) -> None:
        if not re.fullmatch(setting.pattern, text):
            raise ValidationError(_("This does not look like a value of this field."))

    parts = [str(HELP[setting.name])] if setting.name in HELP else []
    if setting.env:
        parts.append(str(_("Or %s in the environment of the worker.")) % setting.env[0])
    return forms.CharField(
        label=LABELS.get(setting.name, setting.name),
        help_text=" ".join(parts),
        required=False,
        max_length=200,
        initial=account.get(setting.name, ""),
        validators=[check],
        widget=forms.TextInput(attrs={"class": "vTextField", "placeholder": setting.default, "spellcheck": "false"}),
    )
