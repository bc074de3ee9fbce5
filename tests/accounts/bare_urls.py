"""The addresses of accounts and sharing with the least around them: pages of other apps are one word each."""

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import translation


def page(request: HttpRequest, comparison_id: str = "") -> HttpResponse:
    """Says who is here, in which language."""
    return HttpResponse(f"{request.user.get_username()}|{translation.get_language()}|{comparison_id}")


page.login_required = False  # type: ignore[attr-defined]


def private(request: HttpRequest) -> HttpResponse:
    """A page like every other: only for those who are signed in."""
    return HttpResponse(request.user.get_username())


urlpatterns = [
    path("accounts/", include("compare_site.accounts.urls")),
    path("", include("compare_site.sharing.urls")),
    path("admin/", admin.site.urls),
    path("private/", private),
    path("c/<str:comparison_id>/", page, name="comparison"),
    path("history/", page, name="history"),
    path("", page, name="playground"),
]
