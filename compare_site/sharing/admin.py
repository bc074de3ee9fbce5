"""Share links in the admin: who shared what until when. An administrator can revoke, not open."""

from typing import TYPE_CHECKING

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from compare_site.sharing.actions import revoke_share
from compare_site.sharing.lists import first_line
from compare_site.sharing.models import Share

if TYPE_CHECKING:
    ShareBase = admin.ModelAdmin[Share]
else:
    ShareBase = admin.ModelAdmin


@admin.register(Share)
class ShareAdmin(ShareBase):
    """Read-only but for the action that revokes."""

    list_display = (
        "heading",
        "label",
        "created_by",
        "audience",
        "mode",
        "views",
        "created_at",
        "expires_at",
        "revoked_at",
    )
    list_select_related = ("comparison", "created_by")
    fields = readonly_fields = (
        *("id", "comparison", "created_by", "label", "audience", "mode", "parts", "has_password"),
        *("max_views", "views", "last_viewed_at", "created_at", "expires_at", "revoked_at"),
    )
    list_filter = ("audience", "mode")
    actions = ("revoke",)

    @admin.display(description=_("comparison"))
    def heading(self, share: Share) -> str:
        """As its owner knows it."""
        about = share.comparison
        return about.title or first_line(about.excerpt)

    @admin.display(boolean=True, description=_("password"))
    def has_password(self, share: Share) -> bool:
        return bool(share.password)

    @admin.action(description=_("Revoke the chosen links"), permissions=["delete"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Share]) -> None:
        for share in queryset:
            revoke_share(share)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Share | None = None) -> bool:
        return False
