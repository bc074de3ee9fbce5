"""Money in the administration: limits to set, and what was spent against them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from compare_site.comparisons import spend
from compare_site.comparisons.models import SpendEntry, SpendLimit

PARTS = (
    ("user", _("By person")),
    ("api_key", _("By API key")),
    ("provider", _("By provider")),
    ("model", _("By model")),
    ("day", _("By day (UTC)")),
)


@admin.register(SpendLimit)
class SpendLimitAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Hard limits: past one, nothing is started, and columns stop in mid-stream."""

    list_display = ("kind", "whose", "amount", "enabled")
    list_display_links = ("kind", "whose")
    list_select_related = ("user", "api_key__provider", "provider")
    list_filter = ("kind", "enabled")
    autocomplete_fields = ("user",)

    @admin.display(description=_("whose"))
    def whose(self, limit: SpendLimit) -> str:
        """The one whom it is meant for."""
        meant = limit.user or limit.api_key or limit.provider
        return str(meant) if meant is not None else str(_("everybody's"))


@admin.register(SpendEntry)
class SpendEntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """One page instead of a list: sums of a period, and today's limits."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request, extra_context)  # which refuses
        asked = request.GET.get("days", "")
        days = int(asked) if asked in {str(period) for period in spend.PERIODS} else 30
        rows = spend.entries(days)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Spend"),
            "opts": SpendEntry._meta,
            "days": days,
            "periods": spend.PERIODS,
            "total": spend.total(rows),
            "parts": [(title, spend.by(rows, column)) for column, title in PARTS],
            "limits": spend.limits_used(),
            "may_limit": request.user.has_perm("comparisons.view_spendlimit"),
        }
        return TemplateResponse(request, "admin/comparisons/spendentry/report.html", context)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: SpendEntry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: SpendEntry | None = None) -> bool:
        return False
