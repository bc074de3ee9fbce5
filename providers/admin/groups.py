"""Model groups in Django admin, their deployments with them. Every change is in the audit."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from providers.admin.audit import actor_of
from providers.contract.errors import SetupError
from providers.forms.groups import KNOWN_MODELS, DeploymentForm, GroupForm
from providers.forms.imports import ImportForm
from providers.models import AuditEntry, ChatModel, Deployment, ModelGroup
from providers.resolve import VaultError

MOST_SUGGESTIONS = 2000
TO_IMPORT = (
    "add_provider",
    "change_provider",
    "add_endpoint",
    "change_endpoint",
    "add_chatmodel",
    "change_chatmodel",
    "add_apikey",
    "add_modelgroup",
    "change_modelgroup",
    "add_deployment",
    "change_deployment",
)


class DeploymentInline(admin.StackedInline):  # type: ignore[type-arg]  # not subscriptable at run time
    """The ways to an answer, in the order in which they are tried where the strategy leaves it open."""

    model = Deployment
    form = DeploymentForm
    extra = 0
    fieldsets = (
        (None, {"fields": (("model", "enabled"), ("priority", "weight", "rpm", "tpm"))}),
        (
            _("Where it differs from its provider"),
            {"fields": ("base_url", "allow_private", "api_key", "account"), "classes": ("collapse",)},
        ),
    )

    def get_min_num(self, request: HttpRequest, obj: ModelGroup | None = None, **kwargs: Any) -> int:
        return 1 if obj is None else 0


@admin.register(ModelGroup)
class ModelGroupAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """One name that stands for several deployments of chat models."""

    form = GroupForm
    list_display = ("name", "label", "strategy", "enabled", "deployment_count")
    list_filter = ("enabled", "strategy")
    search_fields = ("name", "label")
    inlines = (DeploymentInline,)
    change_form_template = "admin/providers/modelgroup/change_form.html"
    change_list_template = "admin/providers/modelgroup/change_list.html"
    fieldsets = (
        (None, {"fields": ("name", "label", "enabled", "strategy")}),
        (_("When a deployment fails"), {"fields": ("retries", "allowed_failures", "cooldown_seconds", "fallbacks")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ModelGroup]:
        rows: QuerySet[ModelGroup] = super().get_queryset(request)
        return rows.annotate(known_deployments=Count("deployments"))

    def get_readonly_fields(self, request: HttpRequest, obj: ModelGroup | None = None) -> tuple[str, ...]:
        return () if obj is None else ("name",)

    @admin.display(description=_("deployments"), ordering="known_deployments")
    def deployment_count(self, obj: Any) -> int:
        return int(obj.known_deployments)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        rows = ChatModel.objects.filter(enabled=True, provider__enabled=True).select_related("provider")
        context |= {"known_models": [row.public_id for row in rows[:MOST_SUGGESTIONS]], "known_models_id": KNOWN_MODELS}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="providers_modelgroup_import"), *super().get_urls()]

    def has_import_permission(self, request: HttpRequest) -> bool:
        """An import makes all kinds of rows: whoever does it must be allowed to make each of them."""
        return request.user.has_perms([f"providers.{permission}" for permission in TO_IMPORT])

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        extra = {**(extra_context or {}), "may_import": self.has_import_permission(request)}
        return super().changelist_view(request, extra)

    @method_decorator(sensitive_post_parameters())
    def import_view(self, request: HttpRequest) -> HttpResponse:
        """The configuration of a LiteLLM proxy becomes rows; the page shows what became of each line."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        form = ImportForm(request.POST or None, request.FILES or None)
        report = self._imported(request, form) if request.method == "POST" and form.is_valid() else None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import the configuration of a LiteLLM proxy"),
            "opts": self.model._meta,
            "form": form,
            "report": report,
            "tried": report is not None and form.cleaned_data["only_try"],
        }
        return TemplateResponse(request, "admin/providers/modelgroup/import.html", context)

    def _imported(self, request: HttpRequest, form: ImportForm) -> Any:
        # The reader of YAML is loaded by the first import, not by every start.
        from providers.resolve import ImportChoices, import_litellm

        choices = ImportChoices(
            variable=lambda name, slug: None,
            allow_private=form.cleaned_data["allow_private"],
            dry_run=form.cleaned_data["only_try"],
        )
        try:
            return import_litellm(form.cleaned_data["file"].read(), choices, actor_of(request))
        except SetupError as error:
            form.add_error("file", gettext(error.message))
        except VaultError as error:
            form.add_error("file", str(error))
        return None

    def save_model(self, request: HttpRequest, obj: ModelGroup, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        changed = list(form.changed_data)
        if change and "enabled" in changed:
            AuditEntry.record(actor_of(request), "enabled" if obj.enabled else "disabled", obj.subject)
        if not change or changed:
            AuditEntry.record(actor_of(request), "changed" if change else "created", obj.subject, fields=changed)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)
        for row, fields in formset.changed_objects:
            record_deployment(actor_of(request), "changed", row, fields=fields)
        for row in formset.new_objects:
            record_deployment(actor_of(request), "created", row)
        for row in formset.deleted_objects:
            record_deployment(actor_of(request), "deleted", row)

    def delete_model(self, request: HttpRequest, obj: ModelGroup) -> None:
        AuditEntry.record(actor_of(request), "deleted", obj.subject)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ModelGroup]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)


def record_deployment(actor: str, action: str, row: Deployment, **detail: Any) -> None:
    """What was done to a deployment: which model, where, with which key by its number."""
    about = {"model": row.chat_model.public_id, "base_url": row.base_url, "key": row.api_key_id, **detail}
    AuditEntry.record(actor, action, f"deployment of {row.group.subject}", **about)
