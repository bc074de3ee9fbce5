"""API keys in Django admin: entered, tested, rotated, switched off, deleted, and never shown."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from providers.admin import key_health
from providers.admin.asking import test_key
from providers.admin.audit import actor_of
from providers.custody import equal_keys, store_key
from providers.forms import KeyForm
from providers.forms.key_fields import key_fields
from providers.forms.limits import KEY as LIMITS
from providers.models import ApiKey, AuditEntry, Provider
from providers.resolve.key_health import Spent, spent, with_counts

TEST = "_test"
FINGERPRINT_SHOWN = 16


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """The only thing about a key that can be read here is its last four characters and its fingerprint."""

    form = KeyForm
    list_display = (
        *("__str__", "provider", "enabled", "is_stored", "used", "last_error"),
        *("errors_of_week", "spent_in_week", "end"),
    )
    list_filter = (("provider", admin.RelatedOnlyFieldListFilter), "enabled")
    list_select_related = ("provider",)
    search_fields = ("label", "provider__name", "provider__slug")
    actions = ("test_keys",)
    readonly_fields = (
        "no_key_needed",
        "is_stored",
        "shown_hosts",
        "way",
        "order",
        "calls",
        "spent_ever",
        "runs",
        "shown_fingerprint",
        "last_four",
        "created_by",
        "created_at",
        "rotated_at",
        "last_used_at",
        "last_error",
    )

    def get_fieldsets(self, request: HttpRequest, obj: ApiKey | None = None) -> Any:
        """The form follows the kind of credential: without a key there is no field for one."""
        fields = ("no_key_needed",) if obj is not None and _keyless(obj) else key_fields(_provider_of(request, obj))
        entered = (None, {"fields": ("provider", "label", *fields, "base_url", "enabled", "expires_on")})
        limits = (_("Limits"), {"fields": LIMITS, "classes": ("collapse",)})
        if obj is None:
            return (entered, limits)
        about = ("is_stored", "shown_hosts", "way", "last_four", "shown_fingerprint")
        health = ("order", "last_used_at", "last_error", "calls", "spent_ever", "runs")
        history = ("created_by", "created_at", "rotated_at")
        return (
            *(entered, limits, (_("Health"), {"fields": health})),
            *((_("What is stored"), {"fields": about}), (_("History"), {"fields": history})),
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[ApiKey]:
        return with_counts(super().get_queryset(request))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The fields of limits are made by the form itself."""
        names = kwargs.pop("fields", None) or flatten_fieldsets(self.get_fieldsets(request, obj))
        kwargs["fields"] = [name for name in names if name not in LIMITS]
        return super().get_form(request, obj, change, **kwargs)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Filters in the address only by these: otherwise a ciphertext could be guessed letter by letter."""
        return lookup.split("__")[0] in {"provider", "enabled"} and super().lookup_allowed(lookup, value, request)

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        return self.readonly_fields if obj is None else ("provider", "base_url", *self.readonly_fields)

    @admin.display(description=_("Key"))
    def no_key_needed(self, obj: ApiKey) -> str:
        return gettext("This provider takes no key: there is nothing to enter, and a key stored here is not sent.")

    @admin.display(description=_("stored"), boolean=True)
    def is_stored(self, obj: ApiKey) -> bool:
        return bool(obj.ciphertext)

    @admin.display(description=_("sent only to"))
    def shown_hosts(self, obj: ApiKey) -> str:
        return ", ".join(obj.hosts) or gettext("nowhere: no key is stored")

    @admin.display(description=_("last used"), ordering="last_used_at")
    def used(self, obj: ApiKey) -> str:
        return timezone.localtime(obj.last_used_at).strftime("%Y-%m-%d %H:%M") if obj.last_used_at else "–"

    @admin.display(description=_("errors, 7 days"))
    def errors_of_week(self, obj: Any) -> str:
        return key_health.errors_in_short(obj)

    @admin.display(description=_("spent, 7 days"), ordering="week_cost")
    def spent_in_week(self, obj: Any) -> str:
        return key_health.money(Spent(obj.week_cost, obj.week_unknown, obj.week_estimated))

    @admin.display(description=_("last day"), ordering="expires_on")
    def end(self, obj: ApiKey) -> str:
        day = obj.expires_on.isoformat() if obj.expires_on else ""
        return " · ".join(filter(None, (day, key_health.end_words(obj)))) or "–"

    @admin.display(description=_("way there"))
    def way(self, obj: ApiKey) -> str:
        return key_health.egress(obj.provider)

    @admin.display(description=_("among the keys of its provider"))
    def order(self, obj: ApiKey) -> str:
        if obj.base_url:
            return gettext("It is used by the deployments that name it.")
        others = ApiKey.objects.filter(provider=obj.provider, base_url="").select_related("provider")
        return " ".join(filter(None, (key_health.with_others(obj, others.in_bulk()), key_health.end_words(obj))))

    @admin.display(description=_("calls"))
    def calls(self, obj: ApiKey) -> str:
        return key_health.calls_table(obj)

    @admin.display(description=_("spent"))
    def spent_ever(self, obj: ApiKey) -> str:
        return key_health.money(spent(obj.pk))

    @admin.display(description=_("who used it on which run"))
    def runs(self, obj: ApiKey) -> str:
        return key_health.latest_runs(obj)

    @admin.display(description=_("fingerprint"))
    def shown_fingerprint(self, obj: ApiKey) -> str:
        return obj.fingerprint[:FINGERPRINT_SHOWN]

    @method_decorator(sensitive_post_parameters())
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """As always; a test that was asked for follows when the transaction is over."""
        response = super().changeform_view(request, object_id, form_url, extra_context)
        saved = getattr(request, "saved_key", None)
        if saved is not None:
            self._test(request, ApiKey.objects.select_related("provider").get(pk=saved))
        return response

    @method_decorator(sensitive_post_parameters())
    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().changelist_view(request, extra_context)

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None) -> HttpResponse:
        return self._then_test(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: ApiKey) -> HttpResponse:
        return self._then_test(request, obj) or super().response_change(request, obj)

    def _then_test(self, request: HttpRequest, obj: ApiKey) -> HttpResponse | None:
        if TEST not in request.POST:
            return None
        request.saved_key = obj.pk  # type: ignore[attr-defined]  # read once the transaction is over
        if not self.has_view_or_change_permission(request, obj):
            return None
        return HttpResponseRedirect(reverse("admin:providers_apikey_change", args=(obj.pk,)))

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        credential, actor = form.cleaned_data.get("credential"), actor_of(request)
        others = [name for name in form.changed_data if name in {"provider", "label", "enabled", "expires_on", *LIMITS}]
        if change:
            # Never the whole row: a wipe that happened since it was read must not be undone.
            obj.save(update_fields=("label", "enabled", "limits", "expires_on"))
        else:
            obj.created_by = request.user  # type: ignore[assignment]  # nobody else comes to this page
        if credential is not None:
            obj.kind = form.stored_kind
            store_key(obj, credential, actor)
            for twin in equal_keys(obj):
                text = gettext("The same key is stored a second time: %s.") % twin
                self.message_user(request, text, messages.WARNING)
        if change and others:
            action = "changed" if "enabled" not in others else "enabled" if obj.enabled else "disabled"
            AuditEntry.record(actor, action, obj.subject, fields=others)

    def delete_model(self, request: HttpRequest, obj: ApiKey) -> None:
        AuditEntry.record(actor_of(request), "deleted", obj.subject)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for obj in queryset.select_related("provider"):
            self.delete_model(request, obj)

    @admin.action(description=_("Test these keys"), permissions=["change"])
    def test_keys(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        for key in queryset.select_related("provider"):
            self._test(request, key)

    def _test(self, request: HttpRequest, key: ApiKey) -> None:
        told = test_key(key, actor_of(request))
        self.message_user(request, told.text, messages.SUCCESS if told.good else messages.ERROR)


def _provider_of(request: HttpRequest, obj: ApiKey | None) -> Provider | None:
    """Whose key it is: of the row, or as was chosen in the form, or as the address of the page says."""
    if obj is not None:
        return obj.provider
    chosen = request.POST.get("provider") or request.GET.get("provider") or ""
    return Provider.objects.filter(pk=chosen).first() if chosen.isascii() and chosen.isdigit() else None


def _keyless(obj: ApiKey) -> bool:
    return obj.provider.spec.auth.kind == "none"
