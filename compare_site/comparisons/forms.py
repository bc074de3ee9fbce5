"""What the pages take from a query string, and from the buttons of a list."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from compare_site.comparisons import pairs
from compare_site.comparisons.history import moment_of
from compare_site.comparisons.keeping import ACTS, MOST_AT_ONCE
from compare_site.comparisons.models import Run
from compare_site.comparisons.requests import MAX_TAG


class HistoryForm(forms.Form):
    """The search of the history page and of the trash; everything is optional."""

    q = forms.CharField(label=gettext_lazy("Search"), max_length=200, required=False)
    tag = forms.CharField(label=gettext_lazy("Tag"), max_length=MAX_TAG, required=False)
    model = forms.CharField(label=gettext_lazy("Model"), max_length=364, required=False)
    provider = forms.CharField(label=gettext_lazy("Provider"), max_length=120, required=False)
    status = forms.ChoiceField(
        label=gettext_lazy("Status"), choices=[("", gettext_lazy("Any")), *Run.State.choices], required=False
    )
    since = forms.DateField(label=pgettext_lazy("date", "From"), required=False)
    until = forms.DateField(label=pgettext_lazy("date", "To"), required=False)
    cost_min = forms.DecimalField(label=gettext_lazy("Cost from ($)"), min_value=0, max_digits=20, required=False)
    cost_max = forms.DecimalField(label=gettext_lazy("Cost to ($)"), min_value=0, max_digits=20, required=False)
    metadata = forms.CharField(
        label=gettext_lazy("Metadata"),
        max_length=pairs.MOST,
        required=False,
        help_text=gettext_lazy("Where the key itself holds “=”, write a backslash before it."),
    )
    cursor = forms.CharField(max_length=120, required=False)

    def clean_metadata(self) -> str:
        """A key and a value."""
        said: str = self.cleaned_data["metadata"]
        if said and pairs.read(said) is None:
            raise forms.ValidationError(_("Write a key and a value: key=value"))
        return said

    @property
    def query(self) -> dict[str, Any]:
        """All fields as text, what is invalid left empty."""
        valid = self.cleaned_data if self.is_bound and self.errors is not None else {}
        return {name: str(valid.get(name) or "") for name in self.fields}

    @property
    def typed(self) -> dict[str, str]:
        """All fields as they were typed, to be corrected."""
        return {name: str(self.data.get(name, "")) for name in self.fields}

    @property
    def wanted(self) -> dict[str, Any]:
        """What ``history.search`` takes beside the cursor; only of a valid form."""
        said = self.cleaned_data
        pair = pairs.read(said["metadata"])
        return {
            **{name: said[name] for name in ("q", "tag", "model", "provider", "status", "cost_min", "cost_max")},
            "since": moment_of(said["since"]),
            "until": moment_of(said["until"], end=True),
            "metadata": {pair[0]: pair[1]} if pair else {},
        }

    @property
    def filtered(self) -> bool:
        """Whether anything is asked for."""
        return any(value for name, value in self.query.items() if name != "cursor")

    @property
    def more(self) -> bool:
        """Whether a field is in use that is not shown at once."""
        shown = {"q", "tag", "model", "cursor"}
        return any(value for name, value in self.typed.items() if name not in shown)

    @property
    def errors_above(self) -> list[str]:
        """Of the fields that have no room for them."""
        return [str(error) for name in ("q", "tag", "model", "status", "cursor") for error in self.errors.get(name, ())]

    @property
    def chips(self) -> list[dict[str, str]]:
        """The active filters, each with the address of the list without it."""
        query = {name: value for name, value in self.query.items() if value and name != "cursor"}
        return [
            {
                "label": str(self.fields[name].label),
                "value": self._shown(name, value),
                "url": f"?{urlencode({other: said for other, said in query.items() if other != name})}",
            }
            for name, value in query.items()
        ]

    def _shown(self, name: str, value: str) -> str:
        if name == "status":
            return str(Run.State(value).label)
        if name in {"since", "until"}:
            return date_format(self.cleaned_data[name], "Y-m-d")
        return value

    def url_of_page(self, cursor: str) -> str:
        """The same search from ``cursor`` on."""
        said = {name: value for name, value in self.query.items() if value and name != "cursor"}
        return f"?{urlencode({**said, 'cursor': cursor})}"


class ActForm(forms.Form):
    """A button of a list: what is done with the chosen comparisons."""

    act = forms.ChoiceField(choices=[(act, act) for act in ACTS])
    tag = forms.CharField(max_length=MAX_TAG, required=False)

    @property
    def chosen(self) -> list[str]:
        """The ids of the chosen comparisons."""
        data: Any = self.data
        return list(data.getlist("id"))[:MOST_AT_ONCE]

    def clean(self) -> dict[str, Any]:
        """Something must be chosen, and a tag named if it is about one."""
        said = super().clean() or {}
        if not self.chosen:
            raise forms.ValidationError(_("Choose some comparisons first."))
        if said.get("act") in {"tag", "untag"} and not said.get("tag"):
            raise forms.ValidationError(_("Write the tag first."))
        return said

    @property
    def back(self) -> str:
        """The query of the page to go back to; nothing else can be said with it."""
        return urlencode(parse_qsl(str(self.data.get("back", ""))[:4000]))
