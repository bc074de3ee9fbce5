"""Comparisons and runs in the admin: read-only, for people with the view permission. Content is shown as text."""

import json
from datetime import datetime
from typing import Any, get_args

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from compare_site.comparisons.history import listed
from compare_site.comparisons.listing import about, heading_of
from compare_site.comparisons.models import Column, Comparison, Run, RunRecord
from compare_site.comparisons.spend_admin import SpendEntryAdmin, SpendLimitAdmin
from providers.contract.errors import ErrorCode

__all__ = ["ComparisonAdmin", "RunAdmin", "SpendEntryAdmin", "SpendLimitAdmin"]


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

    list_display = ("heading", "models", "owner", "created")
    list_select_related = ("owner",)
    ordering = ("-created_at",)
    search_help_text = _("Words of title, prompt, tags or models")
    search_fields = ("title", "search_text", "owner__username")
    list_filter = ("created_at",)
    show_full_result_count = False
    list_per_page = 25
    fields = ("id", "owner", "title", "tags", "metadata", "system", "settings", "created_at", "updated_at")
    readonly_fields = fields
    inlines = (ColumnInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Comparison]:
        return listed(super().get_queryset(request))

    @admin.display(description=_("comparison"), ordering="title")
    def heading(self, comparison: Comparison) -> str:
        """As in the history of its owner."""
        turns = [{"messages": turn.messages} for turn in comparison.turns.all()]
        return heading_of(comparison.title, turns)

    @admin.display(description=_("models"))
    def models(self, comparison: Comparison) -> str:
        return ", ".join(column.model for column in comparison.columns.all())

    @admin.display(description=_("created"), ordering="created_at")
    def created(self, comparison: Comparison) -> str:
        return _moment(comparison.created_at)


class ErrorCodes(admin.SimpleListFilter):
    """By code, without asking all runs which codes there are."""

    title = _("error")
    parameter_name = "error_code"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [(code, code) for code in get_args(ErrorCode)]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Run]) -> QuerySet[Run]:
        return queryset.filter(error_code=self.value()) if self.value() else queryset


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
        "owner",
        "ending",
        "tokens",
        "price",
        "first_token",
        "total",
        "queued",
    )
    ordering = ("-queued_at",)
    search_help_text = _("Model, or the id of a run or a comparison")
    # All keys, and not those of all runs: which these are takes as long as all the rest of the page.
    list_filter = ("state", "queued_at", ErrorCodes, "api_key")
    list_select_related = ("comparison__owner",)
    search_fields = ("model", "id", "comparison__id")
    show_full_result_count = False
    list_per_page = 25
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
        "price",
        "cost_source",
        "api_key",
        "ttft_ms",
        "total_ms",
    )
    readonly_fields = fields
    inlines = (RecordInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Run]:
        """Of its comparison only who owns it is shown: fifty pasted books would be read for nothing."""
        long = ("search_text", "system", "settings", "metadata", "facets", "excerpt")
        return super().get_queryset(request).defer(*(f"comparison__{name}" for name in long))

    @admin.display(description=_("owner"), ordering="comparison__owner__username")
    def owner(self, run: Run) -> str:
        return run.comparison.owner.get_username()

    @admin.display(description=_("state"), ordering="state")
    def ending(self, run: Run) -> str:
        return " · ".join(filter(None, (run.get_state_display(), run.error_code)))

    @admin.display(description=_("tokens in / out"), ordering="output_tokens")
    def tokens(self, run: Run) -> str | None:
        counts = (run.input_tokens, run.output_tokens)
        return None if counts == (None, None) else " / ".join("–" if n is None else number_format(n) for n in counts)

    @admin.display(description=_("cost (USD)"), ordering="cost")
    def price(self, run: Run) -> str | None:
        return None if run.cost is None else about({"amount": str(run.cost), "source": run.cost_source})

    @admin.display(description=_("first token"), ordering="ttft_ms")
    def first_token(self, run: Run) -> str | None:
        return _seconds(run.ttft_ms)

    @admin.display(description=_("total"), ordering="total_ms")
    def total(self, run: Run) -> str | None:
        return _seconds(run.total_ms)

    @admin.display(description=_("queued at"), ordering="queued_at")
    def queued(self, run: Run) -> str:
        return _moment(run.queued_at)


def _moment(moment: datetime) -> str:
    """The same length on every line, so that a list can be read down."""
    return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")


def _seconds(ms: float | None) -> str | None:
    return None if ms is None else f"{number_format(ms / 1000, decimal_pos=2)} s"
