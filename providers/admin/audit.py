"""The audit in Django admin: to be read, by those who may."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from providers.models import AuditEntry


def actor_of(request: HttpRequest) -> str:
    """The name under which the audit keeps what this person does."""
    return request.user.get_username()


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """No adding, no changing, no deleting, for nobody."""

    list_display = ("at", "actor", "action", "subject", "detail")
    list_display_links = ("at",)
    list_filter = ("action",)
    search_fields = ("actor", "subject")
    date_hierarchy = "at"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
