"""Comparisons and runs in the admin: read-only, for people with the view permission. Content is shown as text."""

import json
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from compare_site.comparisons.models import Column, Comparison, Run, RunRecord


class ReadOnly:
    """Nothing can be added, changed or deleted here: actions are the only write path."""

    def has_add_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, *_: Any) -> bool:
        return False


class ColumnInline(ReadOnly, admin.TabularInline):  # type: ignore[type-arg]
    model = Column
    fields = ("label", "model", "samples", "overrides")
    readonly_fields = fields
    extra = 0


@admin.register(Comparison)
class ComparisonAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """Whose comparison, when, with which models."""

    list_display = ("__str__", "owner", "created_at")
    list_select_related = ("owner",)
    search_fields = ("title", "search_text", "owner__username")
    date_hierarchy = "created_at"
    fields = ("id", "owner", "title", "tags", "metadata", "system", "settings", "created_at", "updated_at")
    readonly_fields = fields
    inlines = (ColumnInline,)


class RecordInline(ReadOnly, admin.StackedInline):  # type: ignore[type-arg]
    model = RunRecord
    fields = ("provider", "prices", "raw_usage", "sent", "answer")
    readonly_fields = fields

    @admin.display(description=_("answer"))
    def answer(self, record: RunRecord) -> str:
        """The folded state as text."""
        return json.dumps(record.state, ensure_ascii=False, indent=2)


@admin.register(Run)
class RunAdmin(ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]
    """What each answer took: state, error, tokens, cost, time."""

    list_display = (
        "model",
        "state",
        "error_code",
        "input_tokens",
        "output_tokens",
        "cost",
        "ttft_ms",
        "total_ms",
        "queued_at",
    )
    list_filter = ("state", "error_code")
    search_fields = ("model", "id", "comparison__id")
    date_hierarchy = "queued_at"
    fields = (
        "id",
        "comparison",
        "model",
        "state",
        "finish_reason",
        "error_code",
        "sample",
        "attempt",
        "parent",
        "queued_at",
        "started_at",
        "ended_at",
        "input_tokens",
        "output_tokens",
        "cost",
        "cost_source",
        "ttft_ms",
        "total_ms",
    )
    readonly_fields = fields
    inlines = (RecordInline,)
