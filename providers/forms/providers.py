"""The form of a provider. What the catalog knows is its own; a provider of one's own can say how its server differs."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from pydantic import ValidationError as WrongFacts

from providers.contract.secret import Secret
from providers.contract.spec import Auth, ProviderSpec
from providers.forms.key_fields import NAMES, put_back_address
from providers.forms.limits import provider_limit_fields, set_limits
from providers.forms.proxies import clean_login, clean_proxy, explain_proxy
from providers.forms.settings import said, setting_fields
from providers.group_rows import GROUP
from providers.models import Provider

KINDS = tuple((kind, NAMES[kind]) for kind in ("bearer", "optional_bearer", "header", "none"))
"""Those that a provider of one's own can have; the others need facts of the catalog."""
FACTS = ("models_path", "models_items", "models_id", "headers", "quirks", "docs_url", "keys_url", "price_id")
"""Never the variables of the environment: only the catalog in the code names those."""
LINKS = ("docs_url", "keys_url")
SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "x-api-key", "api-key", "x-goog-api-key"})


class ProviderForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """The facts of a catalog provider are the catalog's: its form has no fields for them."""

    credential_kind = forms.ChoiceField(label=_("credential"), choices=KINDS, initial="bearer", required=False)
    credential_header = forms.RegexField(
        r"^[A-Za-z0-9-]{1,64}$",
        label=_("header of the key"),
        required=False,
        help_text=_("Only for a key in a header of its own, like x-api-key."),
    )
    facts = forms.JSONField(
        label=_("how its server differs"),
        required=False,
    )
    proxy_credential = forms.CharField(
        label=_("login for the proxy"),
        required=False,
        strip=True,
        max_length=500,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "off", "class": "vTextField"}),
    )

    class Meta:
        model = Provider
        fields = ("name", "slug", "enabled", "proxy")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.from_catalog:
            for name in ("credential_kind", "credential_header", "facts"):
                del self.fields[name]
            self.fields.update(setting_fields(self.instance))
        else:
            text = _("JSON. Leave empty for the common case. What may be said: %(names)s.")
            self.fields["facts"].help_text = text % {"names": ", ".join(FACTS)}
        self.fields.update(provider_limit_fields(self.instance))
        explain_proxy(self.fields, self.instance)
        data = self.instance.spec_data
        auth = data.get("auth", {})
        self.initial.setdefault("credential_kind", auth.get("kind", "bearer"))
        self.initial.setdefault("credential_header", auth.get("header", "") if auth.get("kind") == "header" else "")
        self.initial.setdefault("facts", {name: data[name] for name in FACTS if name in data} or None)

    def clean_facts(self) -> dict[str, Any]:
        facts = self.cleaned_data["facts"] or {}
        if not isinstance(facts, dict) or not set(facts) <= set(FACTS):
            raise ValidationError(
                _("A JSON object with these names only: %(names)s."), params={"names": ", ".join(FACTS)}
            )
        headers = facts.get("headers", {})
        if isinstance(headers, dict) and SECRET_HEADERS & {str(name).lower() for name in headers}:
            raise ValidationError(_("Keys do not belong into fixed headers. Store them as an API key."))
        if not all(str(facts.get(name, "https://")).startswith(("https://", "http://")) for name in LINKS):
            raise ValidationError(_("A link begins with https://."))
        return facts

    def clean_proxy(self) -> str:
        try:
            return clean_proxy(self.cleaned_data["proxy"])
        except ValidationError:
            put_back_address(self, "proxy")
            raise

    @sensitive_variables()
    def clean_proxy_credential(self) -> Secret | None:
        return clean_login(self.cleaned_data["proxy_credential"], self.cleaned_data.get("proxy", ""))

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if not SLUG.fullmatch(slug):
            raise ValidationError(_("Lower-case letters, digits and hyphens only, like my-server."))
        if slug == "demo" and not self.instance.pk:
            raise ValidationError(_("The name “demo” belongs to the simulated provider. Choose another one."))
        if slug == GROUP:
            raise ValidationError(_("The name “group” belongs to the model groups. Choose another one."))
        return slug

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.instance.from_catalog and not self.errors:
            self.instance.account = said(self.instance, cleaned)
        set_limits(self, self.instance)
        if "facts" not in self.fields or self.errors:
            return cleaned
        kind, header = cleaned.get("credential_kind") or "bearer", cleaned.get("credential_header", "")
        if kind == "header" and not header:
            self.add_error("credential_header", _("Which header is the key sent in?"))
            return cleaned
        auth = Auth(kind=kind, header=header) if kind == "header" else Auth(kind=kind)
        try:
            self._describe(auth, cleaned)
        except WrongFacts as error:
            places = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
            self.add_error("facts", places)
        return cleaned

    def _describe(self, auth: Auth, cleaned: dict[str, Any]) -> None:
        old = self.instance.spec_data
        spec = ProviderSpec.model_validate(
            {
                **cleaned["facts"],
                "slug": cleaned.get("slug") or self.instance.slug,
                "name": cleaned["name"],
                "base_url": old.get("base_url", ""),
                "protocol": old.get("protocol", "openai_chat"),
                "auth": auth,
            }
        )
        self.instance.spec_data = spec.model_dump(mode="json", exclude_defaults=True)
