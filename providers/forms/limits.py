"""The fields for what limits calls: of a provider, of a key. An empty field sets no limit of one's own."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from providers.contract.limiter import LONGEST_STAGGER_MS, MOST, RateLimits
from providers.models import ApiKey, Provider

PREFIX = "limit_"
NUMBERS: dict[str, tuple[Any, Any]] = {
    "requests_per_minute": (
        _("requests a minute"),
        _("In any 60 seconds, over all workers. Retries count. What comes in addition waits in line."),
    ),
    "tokens_per_minute": (
        _("tokens a minute"),
        _("Input and output. Estimated before a call, corrected by what the provider counts."),
    ),
    "in_flight": (_("answers at a time"), _("How many may be on their way at once, over all workers.")),
}
WHOSE = (
    ("", _("not known: numbers for all together, a pause for the model that was refused")),
    ("no", _("all models together")),
    ("yes", _("each model for itself")),
)
POLICIES = (
    ("parallel", _("all at once")),
    ("staggered", _("one start after the other")),
    ("sequential", _("one at a time")),
)
WORDS = dict(POLICIES)
PROVIDER = (*(f"{PREFIX}{name}" for name in NUMBERS), f"{PREFIX}whose", f"{PREFIX}host", f"{PREFIX}stagger_ms")
KEY = tuple(f"{PREFIX}{name}" for name in NUMBERS)


def provider_limit_fields(provider: Provider) -> dict[str, forms.Field]:
    """The fields by name, filled with what an administrator has said; the catalog's stand beside them."""
    said, catalog = provider.limits, provider.spec.limits if provider.spec_data else RateLimits()
    fields = _numbers(said, catalog)
    fields[f"{PREFIX}whose"] = forms.ChoiceField(
        label=_("the provider counts"),
        choices=WHOSE,
        required=False,
        initial={True: "yes", False: "no"}.get(said.get("per_model"), ""),
        help_text=_("It matters for the numbers here and for the pause that a provider asks for with a 429."),
    )
    fields[f"{PREFIX}host"] = forms.ChoiceField(
        label=_("calls of its host"),
        choices=(("", _("as the catalog has it (%s)") % WORDS[catalog.host]), *POLICIES),
        required=False,
        initial=said.get("host", ""),
        help_text=_(
            "A model server of one's own often answers best one at a time. It holds for all who call that host."
        ),
    )
    fields[f"{PREFIX}stagger_ms"] = forms.IntegerField(
        label=_("milliseconds between two starts"),
        required=False,
        min_value=1,
        max_value=LONGEST_STAGGER_MS,
        initial=said.get("stagger_ms"),
        help_text=_("Only for “one start after the other”."),
    )
    return fields


def key_limit_fields(key: ApiKey) -> dict[str, forms.Field]:
    """The same for one key: they hold beside those of its provider."""
    return _numbers(key.limits, RateLimits())


def set_limits(form: forms.BaseForm, row: Provider | ApiKey) -> None:
    """Put what was said into the row; what does not fit together is said at its field."""
    if form.errors:
        return
    try:
        row.limits = _said(form.cleaned_data)
    except ValidationError as error:
        form.add_error(f"{PREFIX}stagger_ms", error)


def _said(cleaned: dict[str, Any]) -> dict[str, Any]:
    found = {name: cleaned[f"{PREFIX}{name}"] for name in NUMBERS if cleaned.get(f"{PREFIX}{name}") is not None}
    whose, host = cleaned.get(f"{PREFIX}whose"), cleaned.get(f"{PREFIX}host")
    stagger = cleaned.get(f"{PREFIX}stagger_ms")
    if whose:
        found["per_model"] = whose == "yes"
    if host:
        found["host"] = host
    if (host == "staggered") != (stagger is not None):
        text = (
            _("How many milliseconds lie between two starts?") if stagger is None else _("Only with staggered starts.")
        )
        raise ValidationError(text)
    if stagger is not None:
        found["stagger_ms"] = stagger
    return found


def _numbers(said: dict[str, Any], catalog: RateLimits) -> dict[str, forms.Field]:
    fields: dict[str, forms.Field] = {}
    for name, (label, text) in NUMBERS.items():
        known = getattr(catalog, name)
        fields[f"{PREFIX}{name}"] = forms.IntegerField(
            label=label,
            help_text=text if known is None else f"{text} {_('The catalog has %d.') % known}",
            required=False,
            min_value=1,
            max_value=MOST,
            initial=said.get(name),
        )
    return fields
