"""The form of an endpoint: a strict base URL, and private addresses only by an explicit grant of that host and port."""

from typing import Any, get_args

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from providers.adapters import protocols
from providers.contract.errors import SetupError
from providers.contract.spec import Protocol
from providers.forms.key_fields import put_back_address
from providers.models import Endpoint
from providers.transport.origin import parse_base_url


class EndpointForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """``grant_ended``: the host was changed to a public one, so the old grant for a private address was taken back."""

    protocol = forms.ChoiceField(label=_("protocol"), choices=[(name, name) for name in get_args(Protocol)])

    class Meta:
        model = Endpoint
        fields = ("protocol", "base_url", "allow_private")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.grant_ended = False
        url: Any = self.fields.get("base_url")
        if url is not None:
            url.widget.attrs |= {"class": "vTextField", "placeholder": self.instance.catalog_base_url}
            url.help_text = _("Empty: the one of the catalog. Another host removes the keys that are stored for it.")
            self.fields["allow_private"].help_text = _("For exactly this host and port.")

    def clean_protocol(self) -> str:
        protocol: str = self.cleaned_data["protocol"]
        if protocol not in protocols():
            raise ValidationError(
                _("This version does not speak %(protocol)s. It speaks: %(known)s."),
                params={"protocol": protocol, "known": ", ".join(protocols())},
            )
        return protocol

    def clean_base_url(self) -> str:
        url: str = self.cleaned_data["base_url"].strip()
        if not url and not self.instance.catalog_base_url:
            raise ValidationError(_("Enter the base URL."), code="required")
        if not url:
            return ""
        try:
            parse_base_url(url)
        except SetupError as error:
            put_back_address(self, "base_url")
            raise ValidationError(gettext(error.message)) from None
        return url

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "base_url" not in cleaned:
            return cleaned
        wanted = Endpoint(base_url=cleaned["base_url"], catalog_base_url=self.instance.catalog_base_url)
        moved = bool(self.instance.pk) and wanted.origin != self.instance.origin
        if moved and cleaned.get("allow_private") and not wanted.is_local and "allow_private" not in self.changed_data:
            cleaned["allow_private"] = False
            self.grant_ended = True
        wanted.allow_private = bool(cleaned.get("allow_private"))
        if wanted.is_local and not wanted.private_allowed:
            message = _("%(host)s is a private address. Tick “private address allowed” to allow exactly this one.")
            self.add_error("base_url", ValidationError(message, params={"host": wanted.host_port}))
        return cleaned
