"""The form of an API key: write-only, following the provider's kind of credential. Errors never show what was typed."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from providers import vault
from providers.contract.errors import SetupError
from providers.contract.material import PIECES, BadMaterial, compose, google_account, profile, secret_texts
from providers.contract.secret import KEY_LIMIT, BadKey, Secret, clean_key
from providers.contract.spec import Auth
from providers.custody import origins_of
from providers.forms.key_fields import (
    FIELDS,
    how,
    key_fields,
    kinds_of,
    name_of,
    put_back,
    secret_field,
    secret_text,
    visible_field,
)
from providers.forms.limits import key_limit_fields, set_limits
from providers.models import ApiKey, Provider
from providers.transport.origin import parse_base_url

FAULTS: dict[str, Any] = {
    "empty": _("Enter the key."),
    "space": _("A key has no spaces or line breaks in it. Copy it again, only the key itself."),
    "ascii": _("A key has only plain ASCII letters, digits and signs. Copy it again from the provider's own page."),
    "long": _("A key has at most %(limit)d characters."),
    "incomplete": _("This belongs to the credential, too: enter it."),
    "json": _("This is no JSON. Paste the whole file as Google gave it."),
    "account": _("This is neither the JSON of a service account nor the credentials of a user."),
    "token_uri": _("This account gets its tokens somewhere else than at Google. It is not stored."),
    "private_key": _("There is no private key in this account."),
}


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """``cleaned_data["credential"]`` is a Secret, or None for "keep the one that is stored".

    ``stored_kind``: which of the provider's kinds it is, as the row says it.
    """

    credential_kind = forms.ChoiceField(label=_("kind of credential"), required=False)
    credential = secret_field(_("Key"))
    access_key_id = visible_field(_("Access key id"))
    secret_access_key = secret_field(_("Secret access key"))
    session_token = secret_field(_("Session token"), _("Only for temporary credentials."))
    profile = visible_field(
        _("Profile of the worker"),
        _(
            "Instead of keys: the worker's machine has AWS credentials of its own under this profile. “default” is "
            "also its environment and its role. Nothing secret is stored."
        ),
    )
    client_id = visible_field(_("Client id"))
    client_secret = secret_field(_("Client secret"))
    account = secret_text(
        _("Account as JSON"),
        _("The file of a service account, or of your own application-default credentials, whole."),
    )

    class Meta:
        model = ApiKey
        fields = ("provider", "label", "base_url", "enabled", "expires_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stored_kind = ""
        if "provider" in self.fields:
            choices: Any = self.fields["provider"]
            keyless = [row.pk for row in Provider.objects.all() if row.spec.auth.kind == "none"]
            choices.queryset = Provider.objects.exclude(pk__in=keyless)
            choices.help_text = _("Providers that take no key are not in this list.")
        provider = self._provider()
        shown = key_fields(provider)
        if self.instance.pk is not None and provider is not None and provider.spec.auth.kind == "none":
            shown = ()
        for name in {"credential_kind", *(name for names in FIELDS.values() for name in names)} - set(shown):
            del self.fields[name]
        if "credential_kind" in self.fields and provider is not None:
            kinds: Any = self.fields["credential_kind"]
            kinds.choices = [(auth.kind, name_of(auth)) for auth in kinds_of(provider)]
            self.initial.setdefault("credential_kind", self.instance.kind or provider.spec.auth.kind)
        self.fields.update(key_limit_fields(self.instance))
        if shown:
            first = self.fields[shown[0]]
            first.help_text = " ".join(part for part in (str(first.help_text), self._help(provider)) if part)

    def _help(self, provider: Provider | None) -> str:
        parts = [str(_("Leave empty to keep the stored key."))] if self.instance.ciphertext else []
        if provider is not None:
            parts.extend(how(auth) for auth in kinds_of(provider)[:1])
        parts.append(str(_("The key is stored encrypted and never shown again.")))
        return " ".join(parts)

    def _provider(self) -> Provider | None:
        """The row's own provider, or the one that was chosen, or that the address of the page names."""
        row: ApiKey = self.instance
        if row.provider_id is not None:
            return row.provider
        chosen = str(self.data.get("provider") or self.initial.get("provider") or "")
        return Provider.objects.filter(pk=chosen).first() if chosen.isascii() and chosen.isdigit() else None

    def clean_base_url(self) -> str:
        url: str = self.cleaned_data["base_url"].strip().rstrip("/")
        if not url:
            return ""
        try:
            parse_base_url(url)
        except SetupError as error:
            raise ValidationError(gettext(error.message)) from None
        return url

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        provider = cleaned.get("provider") or self._provider()
        auths = kinds_of(provider) if provider is not None else (Auth(),)
        kind = cleaned.get("credential_kind") or auths[0].kind
        names = FIELDS.get(kind, ("credential",))
        typed = {name: str(cleaned.get(name) or "") for name in names if name in self.fields}
        for name in {name for group in FIELDS.values() for name in group}:
            cleaned.pop(name, None)
        cleaned["credential"] = self._secret(kind, typed) if typed else None
        self.stored_kind = "" if kind == auths[0].kind else kind
        if isinstance(cleaned["credential"], Secret):
            self._check(cleaned, provider)
        set_limits(self, self.instance)
        return cleaned

    @sensitive_variables()
    def _secret(self, kind: Any, typed: dict[str, str]) -> Secret | None:
        given = {name: text for name, text in typed.items() if text.strip()}
        if not given and self.instance.pk is not None:
            return None
        first = next(iter(typed))
        for name, text in given.items():
            if name != "account" and not self._is_key(name, text):
                return None
        try:
            if kind == "google":
                return google_account(given.get("account", ""))
            if "profile" in given:
                return self._profile(given)
            return compose(kind, given) if kind in PIECES else clean_key(typed[first])
        except BadKey as error:
            self.add_error(first, ValidationError(FAULTS[error.fault], params={"limit": KEY_LIMIT}))
        except BadMaterial as error:
            self.add_error(error.piece if error.piece in typed else first, FAULTS[error.fault])
        return None

    @sensitive_variables()
    def _is_key(self, name: str, text: str) -> bool:
        try:
            clean_key(text)
        except BadKey as error:
            self.add_error(name, ValidationError(FAULTS[error.fault], params={"limit": KEY_LIMIT}))
            return False
        return True

    def _profile(self, given: dict[str, str]) -> Secret | None:
        if len(given) > 1:
            self.add_error("profile", _("Either keys or a profile, not both."))
            return None
        return profile(given["profile"])

    @sensitive_variables()
    def _check(self, cleaned: dict[str, Any], provider: Provider | None) -> None:
        credential: Secret = cleaned["credential"]
        if any(vault.contains(cleaned.get("label", ""), Secret(text)) for text in secret_texts(credential) if text):
            self.add_error("label", _("This is the key itself. The label is shown to people: give it a name."))
            put_back(self, "label", "")
        elsewhere = cleaned.get("base_url") or self.instance.base_url
        if provider is not None and not elsewhere and not origins_of(provider):
            message = _("%(provider)s has no usable base URL yet. Enter it first, then the key.")
            self.add_error(None, ValidationError(message, params={"provider": provider.name}))
        try:
            vault.fingerprint(credential)  # the master key is there and can be read
        except vault.VaultError as error:
            self.add_error(None, str(error))
