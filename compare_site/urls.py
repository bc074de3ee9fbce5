"""Every address of the site. What is reachable without signing in says so at its own view."""

from django.contrib import admin
from django.urls import include, path

from compare_site import health
from compare_site.accounts import views
from compare_site.accounts.urls import account_patterns

admin.autodiscover()
admin.site.login = views.admin_door  # type: ignore[method-assign]  # before its addresses are made
admin.site.site_header = admin.site.site_title = "Touchstone"
urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/", include("compare_site.accounts.urls")),
    path("account/", include(account_patterns)),
    path("admin/", admin.site.urls),
    path("api/v1/", include("compare_site.api.urls")),
    path("models/", include("compare_site.model_list.urls")),
    path("", include("compare_site.sharing.urls")),
    path("", include("compare_site.library.urls")),
    path("", include("compare_site.batches.urls")),
    path("", include("compare_site.comparisons.urls")),
]
handler400 = "compare_site.errors.bad_request"
handler403 = "compare_site.errors.permission_denied"
handler404 = "compare_site.errors.page_not_found"
handler500 = "compare_site.errors.server_error"
