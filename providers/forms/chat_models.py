"""The form of a chat model: capabilities as yes, no, unknown; prices as decimals, not as JSON."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from providers.adapters import protocols
from providers.contract.statements import Known
from providers.models import CAPABILITIES, PRICES, PROTOCOL_WORDS, ChatModel

LABELS = {
    "tools": _("tools"),
    "structured_output": _("structured output"),
    "json_mode": _("JSON mode"),
    "image_input": _("image input"),
    "audio_input": _("audio input"),
    "video_input": _("video input"),
    "pdf_input": _("PDF input"),
    "logprobs": _("log probabilities"),
    "reasoning": _("reasoning"),
    "streaming": _("answers in a stream"),
    "input": _("input"),
    "output": _("output"),
    "cache_read": _("cached input, read"),
    "cache_creation": _("cached input, written"),
    "web_searches": _("a thousand web searches by the provider"),
}
# Local follows from the base URL; whether a model streams is nothing to choose models by.
CAN = {f"can_{name}": name for name in (*CAPABILITIES, "streaming") if name != "local"}
HELP = {"streaming": _("No: its answers are always asked for whole.")}
PRICE = {f"price_{name}": name for name in PRICES}


SOURCE_WORDS = {
    "administrator": _("an administrator"),
    "model list": _("the provider's list"),
    "observed": _("seen in an answer"),
    "catalog": _("the catalog"),
}


def said_by(known: Known | None) -> str:
    """Who says so, in words, and on which day."""
    if known is None:
        return ""
    return ", ".join(part for part in (str(SOURCE_WORDS[known.source]), known.date) if part)


def _price_field(name: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=LABELS[name],
        required=False,
        min_value=Decimal(0),
        max_digits=16,
        decimal_places=8,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )


def _protocols() -> list[tuple[str, Any]]:
    return [("auto", _("the provider's own")), *((name, name) for name in (*PROTOCOL_WORDS, *protocols()))]


class _Typed(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    protocol = forms.ChoiceField(
        label=_("protocol"),
        choices=_protocols,
        required=False,
        help_text=_("What it is asked by where a column does not say. The provider must speak it."),
    )

    class Meta:
        model = ChatModel
        fields = ("provider", "model_id", "label", "enabled", "context_window", "protocol")

    def clean_protocol(self) -> str:
        return self.cleaned_data["protocol"] or "auto"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        for field, name in CAN.items():
            self.initial.setdefault(field, row.capabilities.get(name))
            if field in self.fields:
                said = said_by(row.known(name)) if row.pk else ""
                self.fields[field].help_text = " ".join(filter(None, [str(HELP.get(name, "")), said]))
        for field, name in PRICE.items():
            self.initial.setdefault(field, (row.prices or {}).get(name))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        given = [cleaned.get("price_input"), cleaned.get("price_output")]
        if any(cleaned.get(field) is not None for field in PRICE) and None in given and not self.errors:
            self.add_error("price_input", _("A price needs both input and output; 0 is a price, too."))
        return cleaned

    def _post_clean(self) -> None:
        """Before the row is checked and saved: the typed fields become its two JSON values."""
        super()._post_clean()  # type: ignore[misc]  # Django's own hook, not in the stubs
        row = self.instance
        typed = {name: self.cleaned_data.get(field) for field, name in CAN.items() if field in self.changed_data}
        if typed:
            row.state("administrator", typed, timezone.now().date().isoformat(), whole=False)
        prices = {name: self.cleaned_data.get(field) for field, name in PRICE.items() if field in self.fields}
        kept = {name: value for name, value in (row.prices or {}).items() if name not in prices}
        given = {name: format(value.normalize(), "f") for name, value in prices.items() if value is not None}
        row.prices = (kept | given) or None


ChatModelForm = type(
    "ChatModelForm",
    (_Typed,),
    {
        "__doc__": "A chat model with one field a capability and one a price.",
        "__module__": __name__,
        **{field: forms.NullBooleanField(label=LABELS[name], required=False) for field, name in CAN.items()},
        **{field: _price_field(name) for field, name in PRICE.items()},
    },
)
