"""What the list of models is asked for, by page and by API; everything is optional."""

from decimal import Decimal
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from compare_site.model_list.words import CAPABILITY_WORDS
from providers.resolve import SORTS, Wanted

CAN = tuple((name, word) for name, word in CAPABILITY_WORDS.items() if name != "local")
WHERE = (("", _("anywhere")), ("true", _("on servers of ours")), ("false", _("at services")))
CONTEXTS = (("", _("any")), *((str(size), f"≥ {size // 1000}k") for size in (8000, 32000, 128000, 200000, 1000000)))
ORDERS = (
    ("", _("usable first")),
    ("name", _("name")),
    ("provider", _("provider")),
    ("-context", _("largest context")),
    ("input", _("lowest input price")),
    ("output", _("lowest output price")),
    ("-speed", _("most tokens/s")),
    ("ttft", _("shortest time to first token")),
)
MOST_PAGES = 1000
_ORDER = ("sort", "page")


class ModelsForm(forms.Form):
    """The filters above the list. ``sort`` may have a minus before it: the other way round."""

    q = forms.CharField(label=_("Search"), max_length=200, required=False)
    provider = forms.CharField(label=_("Provider"), max_length=63, required=False)
    can = forms.MultipleChoiceField(label=_("Must have"), choices=CAN, required=False)
    local = forms.ChoiceField(label=_("Runs"), choices=WHERE, required=False)
    available = forms.BooleanField(label=_("Can be used now"), required=False)
    max_price = forms.DecimalField(
        label=_("At most $ per million"), min_value=Decimal(0), max_digits=12, decimal_places=6, required=False
    )
    min_context = forms.IntegerField(label=_("Context window"), min_value=0, max_value=10**9, required=False)
    sort = forms.CharField(label=_("Sort by"), max_length=20, required=False)
    page = forms.IntegerField(min_value=1, max_value=MOST_PAGES, required=False)

    def clean_sort(self) -> str:
        """One of the orders that there are."""
        sort: str = self.cleaned_data["sort"]
        if sort.removeprefix("-") not in SORTS:
            raise forms.ValidationError(_("There is no such order."))
        return sort

    @property
    def wanted(self) -> Wanted:
        """The filters of a valid form."""
        said = self.cleaned_data
        return Wanted(
            q=said["q"],
            providers=(said["provider"],) if said["provider"] else (),
            can=tuple(said["can"]),
            local={"true": True, "false": False}.get(said["local"]),
            available=True if said["available"] else None,
            most=said["max_price"],
            context=said["min_context"],
            sort=said["sort"].removeprefix("-"),
            descending=said["sort"].startswith("-"),
        )

    @property
    def filtered(self) -> bool:
        """Whether anything but the order is asked for."""
        return any(name not in _ORDER and value for name, value in self._said)

    def address(self, **changed: Any) -> str:
        """The same list with something else."""
        kept = [(name, value) for name, value in self._said if name not in changed and name != "page" and value]
        return "?" + urlencode([*kept, *((name, value) for name, value in changed.items() if value)])

    @property
    def _said(self) -> list[tuple[str, str]]:
        data = cast(QueryDict, self.data)
        return [(name, str(value)) for name in data for value in data.getlist(name) if name in self.fields]
