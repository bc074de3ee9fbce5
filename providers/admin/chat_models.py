"""Chat models in Django admin. What an administrator changes on a row of the catalog is kept by later catalogs."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from providers.admin.asking import fetch_models_of
from providers.admin.audit import actor_of
from providers.forms import ChatModelForm
from providers.forms.chat_models import CAN, PRICE
from providers.models import ChatModel, Provider
from providers.resolve import sync_catalog


@admin.register(ChatModel)
class ChatModelAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Rows of the catalog, of fetched lists, and of ids that people have typed."""

    form = ChatModelForm
    list_display = ("public_id", "label", "provider", "source", "enabled", "context_window")
    list_filter = (("provider", admin.RelatedOnlyFieldListFilter), "source", "enabled")
    list_select_related = ("provider",)
    search_fields = ("model_id", "label", "provider__name")
    list_per_page = 100
    actions = ("fetch_models", "enable", "disable", "use_catalog_values")
    fieldsets = (
        (None, {"fields": ("provider", "model_id", "label", "enabled", "context_window", "protocol")}),
        (_("Capabilities"), {"fields": tuple(CAN)}),
        (_("Prices in USD, of a million tokens or a thousand searches"), {"fields": tuple(PRICE)}),
        (None, {"fields": ("source", "added_at")}),
    )

    @admin.display(description=_("model"))
    def public_id(self, obj: ChatModel) -> str:
        return obj.public_id

    def get_readonly_fields(self, request: HttpRequest, obj: ChatModel | None = None) -> tuple[str, ...]:
        named = ("provider", "model_id") if obj is not None else ()
        return (*named, "source", "added_at")

    def save_model(self, request: HttpRequest, obj: ChatModel, form: Any, change: bool) -> None:
        touched = {"prices" if name in PRICE else name for name in form.changed_data}
        own = touched & {"label", "context_window", "prices", "protocol"}
        obj.overrides = sorted(own.union(obj.overrides))
        obj.vouch()
        super().save_model(request, obj, form, change)

    @admin.action(description=_("Fetch the model list of their providers"), permissions=["add"])
    def fetch_models(self, request: HttpRequest, queryset: QuerySet[ChatModel]) -> None:
        providers = Provider.objects.filter(pk__in=queryset.order_by().values("provider"))
        for told in fetch_models_of(providers, actor_of(request)):
            self.message_user(request, told.text, messages.SUCCESS if told.good else messages.ERROR)

    @admin.action(description=_("Switch on"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[ChatModel]) -> None:
        self._switch(request, queryset, on=True)

    @admin.action(description=_("Switch off"), permissions=["change"])
    def disable(self, request: HttpRequest, queryset: QuerySet[ChatModel]) -> None:
        self._switch(request, queryset, on=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[ChatModel], *, on: bool) -> None:
        count = queryset.update(enabled=on)
        text = ngettext("%d model was changed.", "%d models were changed.", count) % count
        self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Use the values of the catalog again"), permissions=["change"])
    def use_catalog_values(self, request: HttpRequest, queryset: QuerySet[ChatModel]) -> None:
        count = 0
        for row in queryset:
            row.give_back()
            row.save(update_fields=("overrides", "statements", "capabilities", "context_window", "prices"))
            count += 1
        sync_catalog()
        text = ngettext("%d model was changed.", "%d models were changed.", count) % count
        self.message_user(request, text, messages.SUCCESS)
