"""The pages of models and providers. Plain links and a plain form; only reading."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compare_site.comparisons import access
from compare_site.comparisons.transitions import announced_env_keys
from compare_site.model_list import finding, rows
from compare_site.model_list.forms import ORDERS, ModelsForm
from providers.models import Provider
from providers.resolve import Wanted, ending, list_providers

SECTION = {"section": "models"}


@require_safe
@never_cache
def models(request: HttpRequest) -> HttpResponse:
    """One page of the models that match, with what is known of each."""
    form = ModelsForm(request.GET)
    wanted, page = (form.wanted, form.cleaned_data["page"] or 1) if form.is_valid() else (Wanted(), 1)
    found = finding.find(_user_id(request), wanted, page=page)
    last = max(1, -(-found.total // finding.PAGE))
    context = {
        **SECTION,
        "form": form,
        "orders": ORDERS,
        "providers": found.providers,
        "rows": [rows.row_of(listing, found.speeds.get(listing.id)) for listing in found.listings],
        "total": found.total,
        "among": found.among,
        "first": (page - 1) * finding.PAGE + 1,
        "last": (page - 1) * finding.PAGE + len(found.listings),
        "previous_url": form.address(page=page - 1) if page > 1 else "",
        "next_url": form.address(page=page + 1) if page < last else "",
    }
    return render(request, "models/list.html", context)


@require_safe
@never_cache
def model(request: HttpRequest) -> HttpResponse:
    """All that is known of one model, and who says so."""
    found = finding.find_one(_user_id(request), request.GET.get("id", ""))
    if found is None:
        raise Http404
    listing, speed = found
    named = [each for each in _providers(request) if each["id"] == listing.provider]
    context = {**SECTION, "model": rows.facts_of(listing, speed), "provider": named[0] if named else None}
    return render(request, "models/one.html", context)


@require_safe
@never_cache
def providers(request: HttpRequest) -> HttpResponse:
    """Every provider: whether it can be used, by which key, and where its documentation is."""
    return render(request, "models/providers.html", {**SECTION, "rows": _providers(request)})


def _providers(request: HttpRequest) -> list[dict[str, Any]]:
    may_add = request.user.has_perm("providers.add_apikey")
    ids = dict(Provider.objects.values_list("slug", "pk")) if may_add else {}
    keys = ending() if request.user.has_perm("providers.view_apikey") else []
    listed = list_providers(announced_env_keys())
    return [{**rows.provider_row(each, ids.get(each.id)), "notes": rows.end_notes(each, keys)} for each in listed]


def _user_id(request: HttpRequest) -> int:
    """Whose typed ids are shown. These pages are for people who have signed in."""
    user_id = access.principal_of(request).user_id
    if user_id is None:
        raise Http404
    return user_id
