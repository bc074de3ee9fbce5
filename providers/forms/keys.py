"""The form of an API key: write-only, following the provider's kind of credential. Errors never show what was typed."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from providers import vault
from providers.contract.secret import KEY_LIMIT, BadKey, Secret, clean_key
from providers.contract.spec import Auth
from providers.custody import origins_of
from providers.models import ApiKey, Provider

FAULTS = {
    "empty": _("Enter the key."),
    "space": _("A key has no spaces or line breaks in it. Copy it again, only the key itself."),
    "ascii": _("A key has only plain ASCII letters, digits and signs. Copy it again from the provider's own page."),
    "long": _("A key has at most %(limit)d characters."),
}


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """``cleaned_data["credential"]`` is a Secret, or None for "keep the one that is stored"."""

    credential = forms.CharField(
        label=_("Key"),
        required=False,
        strip=False,
        widget=forms.PasswordInput(
            render_value=False,
            attrs={"autocomplete": "new-password", "spellcheck": "false", "class": "vTextField"},
        ),
    )

    class Meta:
        model = ApiKey
        fields = ("provider", "label", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "provider" in self.fields:
            choices: Any = self.fields["provider"]
            keyless = [row.pk for row in Provider.objects.all() if row.spec.auth.kind == "none"]
            choices.queryset = Provider.objects.exclude(pk__in=keyless)
            choices.help_text = _("Providers that take no key are not in this list.")
        provider = self._provider()
        if self.instance.pk is not None and provider is not None and provider.spec.auth.kind == "none":
            del self.fields["credential"]
        else:
            self.fields["credential"].help_text = self._help(provider)

    def _help(self, provider: Provider | None) -> str:
        parts = [str(_("Leave empty to keep the stored key."))] if self.instance.ciphertext else []
        if provider is not None:
            parts.append(_how(provider.spec.auth))
        parts.append(str(_("The key is stored encrypted and never shown again.")))
        return " ".join(parts)

    def _provider(self) -> Provider | None:
        """The row's own provider, or the one that the address of the page names."""
        row: ApiKey = self.instance
        if row.provider_id is not None:
            return row.provider
        chosen = str(self.initial.get("provider", ""))
        return Provider.objects.filter(pk=chosen).first() if chosen.isascii() and chosen.isdigit() else None

    @sensitive_variables()
    def clean_credential(self) -> Secret | None:
        typed = self.cleaned_data["credential"]
        if not typed.strip() and self.instance.pk is not None:
            return None
        try:
            return clean_key(typed)
        except BadKey as error:
            raise ValidationError(FAULTS[error.fault], params={"limit": KEY_LIMIT}) from None

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        credential = cleaned.get("credential")
        if not isinstance(credential, Secret):
            return cleaned
        if vault.contains(cleaned.get("label", ""), credential):
            self.add_error("label", _("This is the key itself. The label is shown to people: give it a name."))
        provider = cleaned.get("provider") or self._provider()
        if provider is not None and not origins_of(provider):
            message = _("%(provider)s has no usable base URL yet. Enter it first, then the key.")
            self.add_error(None, ValidationError(message, params={"provider": provider.name}))
        try:
            vault.fingerprint(credential)  # the master key is there and can be read
        except vault.VaultError as error:
            self.add_error(None, str(error))
        return cleaned


def _how(auth: Auth) -> str:
    if auth.kind == "header":
        return str(_("It is sent in the header %(header)s.")) % {"header": auth.header}
    if auth.kind == "optional_bearer":
        return str(_("This server may also work without a key. It is sent as a bearer token."))
    return str(_("It is sent as a bearer token."))
