"""The page on which an administrator looks for local model servers and adds what was found."""

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from providers.admin.audit import actor_of
from providers.contract.errors import SetupError
from providers.models import Provider
from providers.resolve.discovered import add_found, look_for_servers

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite

NEEDED = (
    "providers.add_provider",
    "providers.change_provider",
    "providers.add_endpoint",
    "providers.change_endpoint",
    "providers.add_chatmodel",
)


def may_discover(request: HttpRequest) -> bool:
    """Whoever may add providers by hand."""
    return request.user.has_perms(NEEDED)


def discover_page(request: HttpRequest, site: "AdminSite") -> HttpResponse:
    """GET asks nobody anything. POST looks, or adds one of the places that may be looked at."""
    if not may_discover(request):
        raise PermissionDenied
    if request.method == "POST" and "_add" in request.POST:
        return _add(request)
    asked = request.method == "POST" and "_look" in request.POST
    found = look_for_servers(actor_of(request)) if asked else None
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": gettext("Look for local model servers"),
        "opts": Provider._meta,
        "found": found,
    }
    return TemplateResponse(request, "admin/providers/provider/discover.html", context)


def _add(request: HttpRequest) -> HttpResponse:
    try:
        provider, count = add_found(request.POST.get("place", ""), actor_of(request))
    except SetupError as error:
        messages.error(request, error.message)
        return HttpResponseRedirect(reverse("admin:providers_provider_discover"))
    text = ngettext("%(provider)s: %(count)d model was added.", "%(provider)s: %(count)d models were added.", count)
    messages.success(request, text % {"provider": provider.name, "count": count})
    return HttpResponseRedirect(reverse("admin:providers_provider_change", args=(provider.pk,)))
