"""The site's addresses and four more that nobody classified."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from compare_site.comparisons.models import Turn
from compare_site.urls import *  # noqa: F403
from compare_site.urls import urlpatterns as site_urls


def planted(request: HttpRequest) -> HttpResponse:
    """Somebody was in a hurry."""
    return HttpResponse("planted")


hasty = admin.AdminSite(name="hasty")
hasty.register(Turn)
urlpatterns = [
    path("planted/", planted),
    path("deep/", include([path("er/", include([path("planted/", planted, name="deep-planted")]))])),
    path("api/v1/planted", planted),
    path("hasty/", hasty.urls),
    *site_urls,
]
