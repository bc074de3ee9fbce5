"""The addresses of accounts and sharing with the least around them: pages of other apps are one word each."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.utils import translation

from compare_site.comparisons import access


@login_not_required
def page(request: HttpRequest) -> HttpResponse:
    """Says who is here, in which language."""
    return HttpResponse(f"{request.user.get_username()}|{translation.get_language()}|")


@login_not_required
def comparison(request: HttpRequest, comparison_id: str) -> HttpResponse:
    """The page of a comparison: whoever may read it sees its title."""
    try:
        found = access.access_comparison(access.principal_of(request), comparison_id)
    except access.Denied:
        raise Http404 from None
    return HttpResponse(found.title)


def private(request: HttpRequest) -> HttpResponse:
    """A page like every other: only for those who are signed in."""
    return HttpResponse(request.user.get_username())


admin.autodiscover()

urlpatterns = [
    path("accounts/", include("compare_site.accounts.urls")),
    path("", include("compare_site.sharing.urls")),
    path("admin/", admin.site.urls),
    path("private/", private),
    path("c/<str:comparison_id>/", comparison, name="comparison"),
    path("history/", page, name="history"),
    path("", page, name="playground"),
]
