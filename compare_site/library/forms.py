"""What the pages take from a query string."""

from typing import Any, get_args
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from compare_site.library.finding import Scope


class PromptSearch(forms.Form):
    """The search of the list of prompts; everything is optional."""

    q = forms.CharField(label=_("Search"), max_length=200, required=False)
    tag = forms.CharField(label=_("Tag"), max_length=64, required=False)
    scope = forms.ChoiceField(choices=[(name, name) for name in get_args(Scope)], required=False)
    cursor = forms.CharField(max_length=120, required=False)

    @property
    def query(self) -> dict[str, Any]:
        """All fields as text, what is invalid left empty."""
        valid = self.cleaned_data if self.is_bound and self.errors is not None else {}
        said = {name: valid.get(name, "") for name in self.fields}
        return {**said, "scope": said["scope"] or "all"}

    def url_of(self, **changes: str) -> str:
        """The same search with ``changes``, from its first page on."""
        said = {**self.query, "cursor": "", **changes}
        return f"?{urlencode({name: value for name, value in said.items() if value and value != 'all'})}"
