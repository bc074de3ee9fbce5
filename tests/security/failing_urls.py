"""The site's addresses and pages that are wrong on purpose."""

from typing import Any

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.clickjacking import xframe_options_exempt

from compare_site.urls import *  # noqa: F403
from compare_site.urls import urlpatterns as site_urls


@login_not_required
def fails(request: HttpRequest) -> HttpResponse:
    """Raises, with whatever the request carried in its locals."""
    sent: Any = request.POST.get("api_key") or request.GET.get("api_key")
    return HttpResponse(len(str(sent)) // 0)


@login_not_required
@csp_replace({"script-src": ["'unsafe-inline'"]})
def inline(request: HttpRequest) -> HttpResponse:
    """Lets script in."""
    return HttpResponse("lax")


@login_not_required
def kept(request: HttpRequest) -> HttpResponse:
    """May be kept by a proxy."""
    return HttpResponse("lax", headers={"Cache-Control": "public, max-age=60"})


@login_not_required
@xframe_options_exempt
def framed(request: HttpRequest) -> HttpResponse:
    """May be framed by old browsers."""
    return HttpResponse("lax")


urlpatterns = [
    path("fails/", fails),
    path("inline/", inline),
    path("kept/", kept),
    path("framed/", framed),
    *site_urls,
]
