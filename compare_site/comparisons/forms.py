"""What the pages take from a query string."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _


class HistoryForm(forms.Form):
    """The search of the history page; everything is optional."""

    q = forms.CharField(label=_("Search"), max_length=200, required=False)
    tag = forms.CharField(label=_("Tag"), max_length=64, required=False)
    model = forms.CharField(label=_("Model"), max_length=364, required=False)
    cursor = forms.CharField(max_length=120, required=False)

    @property
    def query(self) -> dict[str, Any]:
        """All fields as text, what is invalid left empty."""
        valid = self.cleaned_data if self.is_bound and self.errors is not None else {}
        return {name: valid.get(name, "") for name in self.fields}

    def url_of_page(self, cursor: str) -> str:
        """The same search from ``cursor`` on."""
        said = {name: value for name, value in self.query.items() if value and name != "cursor"}
        return f"?{urlencode({**said, 'cursor': cursor})}"
