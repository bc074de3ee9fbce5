"""Providers and endpoints in Django admin. Another host wipes the keys of the old one, in the same transaction."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import flatten_fieldsets, quote
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from providers.admin.asking import fetch_models_of
from providers.admin.audit import actor_of
from providers.admin.discovering import discover_page, may_discover
from providers.admin.key_health import egress
from providers.custody import move_doors, origins_of, own_base_url, settle_hosts, store_proxy_login
from providers.forms import EndpointForm, ProviderForm
from providers.forms.key_fields import kinds_of, name_of
from providers.forms.limits import PREFIX as LIMIT
from providers.forms.limits import PROVIDER as LIMITS
from providers.forms.settings import PREFIX, setting_names
from providers.models import AuditEntry, Endpoint, Provider
from providers.resolve.overview import key_in_use


class EndpointInline(admin.TabularInline):  # type: ignore[type-arg]  # not subscriptable at run time
    """Where the provider is. The demo's address is each worker's own and cannot be changed."""

    model = Endpoint
    form = EndpointForm
    extra = 0

    def get_min_num(self, request: HttpRequest, obj: Provider | None = None, **kwargs: Any) -> int:
        return 1 if obj is None else 0

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _simulated(obj) and super().has_change_permission(request, obj)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _simulated(obj) and super().has_add_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _simulated(obj) and super().has_delete_permission(request, obj)


@admin.register(Provider)
class ProviderAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Providers of the catalog can be moved and switched off; providers of one's own also be described and deleted."""

    form = ProviderForm
    list_display = ("name", "slug", "enabled", "from_catalog", "key_count", "model_count")
    list_filter = ("enabled", "from_catalog")
    search_fields = ("name", "slug")
    inlines = (EndpointInline,)
    actions = ("fetch_models",)

    def get_urls(self) -> Any:
        def page(request: HttpRequest) -> HttpResponse:
            return discover_page(request, self.admin_site)

        own = path("discover/", self.admin_site.admin_view(page), name="providers_provider_discover")
        return [own, *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {"may_discover": may_discover(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Provider]:
        stored = Count("api_keys", filter=~Q(api_keys__ciphertext=""), distinct=True)
        models = Count("chat_models", distinct=True)
        rows: QuerySet[Provider] = super().get_queryset(request)
        return rows.annotate(stored_keys=stored, known_models=models)

    def get_fieldsets(self, request: HttpRequest, obj: Provider | None = None) -> Any:
        warned = ("warning",) if obj is not None and obj.spec.warning else ()
        main = (None, {"fields": ("name", "slug", "enabled", *warned)})
        limits = (_("Limits"), {"fields": LIMITS, "classes": ("collapse",)})
        network = (_("The way there"), {"fields": ("proxy", "proxy_credential"), "classes": ("collapse",)})
        if obj is not None and obj.from_catalog:
            account = [(_("Your account there"), {"fields": names})] if (names := setting_names(obj)) else []
            way = () if obj.spec.simulated else (network,)
            return (main, *account, (_("Credential"), {"fields": ("kind", "keys", "in_use", "egress")}), limits, *way)
        own = ("credential_kind", "credential_header", *(("keys", "in_use", "egress") if obj is not None else ()))
        how = (_("How its server differs"), {"fields": ("facts",), "classes": ("collapse",)})
        return (main, (_("Credential"), {"fields": own}), limits, network, how)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The fields of the account are made by the form itself."""
        names = kwargs.pop("fields", None) or flatten_fieldsets(self.get_fieldsets(request, obj))
        kwargs["fields"] = [name for name in names if not name.startswith((PREFIX, LIMIT))]
        return super().get_form(request, obj, change, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Provider | None = None) -> tuple[str, ...]:
        always = ("kind", "keys", "in_use", "egress", "warning")
        return always if obj is None else ("slug", *always)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Provider | None = None) -> dict[str, Sequence[str]]:
        """A new one's slug follows its name until somebody writes another."""
        return {} if obj is not None else {"slug": ("name",)}

    @admin.display(description=_("stored keys"), ordering="stored_keys")
    def key_count(self, obj: Any) -> int:
        return int(obj.stored_keys)

    @admin.display(description=_("chat models"), ordering="known_models")
    def model_count(self, obj: Any) -> int:
        return int(obj.known_models)

    @admin.display(description=_("kind"))
    def kind(self, obj: Provider) -> str:
        return "; ".join(name_of(auth) for auth in kinds_of(obj))

    @admin.display(description=_("used now"))
    def in_use(self, obj: Provider) -> str:
        return key_in_use(obj)

    @admin.display(description=_("hosts it is reached at"))
    def egress(self, obj: Provider) -> str:
        return egress(obj)

    @admin.display(description=_("warning"))
    def warning(self, obj: Provider) -> str:
        return gettext(obj.spec.warning) if obj.spec.warning else ""

    @admin.display(description=_("API keys"))
    def keys(self, obj: Provider) -> str:
        if obj.spec.auth.kind == "none":
            return gettext("This provider takes no key.")
        there = f"{reverse('admin:providers_apikey_changelist')}?provider__id__exact={quote(obj.pk)}"
        new = f"{reverse('admin:providers_apikey_add')}?provider={quote(obj.pk)}"
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>', there, gettext("stored keys"), new, gettext("add a key")
        )

    def has_delete_permission(self, request: HttpRequest, obj: Provider | None = None) -> bool:
        """The catalog would bring its providers back; they can be switched off."""
        return (obj is None or not obj.from_catalog) and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Provider, form: Any, change: bool) -> None:
        if change and obj.from_catalog and "name" in form.changed_data:
            obj.overrides = sorted({*obj.overrides, "name"})
        # An account elsewhere is a host elsewhere, so the question is asked before anything is saved.
        stored = Provider.objects.get(pk=obj.pk) if change else None
        form.origins_before = origins_of(stored) if stored is not None else frozenset()
        form.url_before = own_base_url(stored) if stored is not None and stored.from_catalog else ""
        super().save_model(request, obj, form, change)
        changed = list(form.changed_data)
        self._save_proxy_login(request, obj, form)
        if "enabled" in changed and change:
            AuditEntry.record(actor_of(request), "enabled" if obj.enabled else "disabled", f"provider {obj.slug}")
            if obj.enabled and obj.spec.warning:
                self.message_user(request, gettext(obj.spec.warning), messages.WARNING)
        if not change or changed:
            AuditEntry.record(
                actor_of(request), "changed" if change else "created", f"provider {obj.slug}", fields=changed
            )

    @sensitive_variables()
    def _save_proxy_login(self, request: HttpRequest, obj: Provider, form: Any) -> None:
        """A login is for one proxy: it goes when another one is named."""
        login = form.cleaned_data.get("proxy_credential")
        if login is None and not ("proxy" in form.changed_data and obj.proxy_login):
            return
        store_proxy_login(obj, login, actor_of(request))
        if login is None:
            text = gettext("The proxy has changed: the login that was stored for the old one was removed.")
            self.message_user(request, text, messages.WARNING)

    @method_decorator(sensitive_post_parameters("proxy_credential"))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        provider: Provider = form.instance
        before: frozenset[str] = form.origins_before
        super().save_related(request, form, formsets, change)
        self._tell_ended_grants(request, formsets)
        _describe(provider)
        if provider.from_catalog:
            move_doors(provider, form.url_before)
        wiped = settle_hosts(provider, before, actor_of(request))
        if wiped:
            names = ", ".join(key.label or f"#{key.pk}" for key in wiped)
            text = gettext("The host has changed: the keys stored for the old one were wiped (%s). Enter them again.")
            self.message_user(request, text % names, messages.WARNING)

    def _tell_ended_grants(self, request: HttpRequest, formsets: Any) -> None:
        forms = (form for formset in formsets for form in formset.forms)
        if any(getattr(form, "grant_ended", False) for form in forms):
            text = gettext("The permission to reach a private address was for the old host only and was taken back.")
            self.message_user(request, text, messages.WARNING)

    def delete_model(self, request: HttpRequest, obj: Provider) -> None:
        for key in obj.api_keys.select_related("provider"):
            AuditEntry.record(actor_of(request), "deleted", key.subject)
        AuditEntry.record(actor_of(request), "deleted", f"provider {obj.slug}")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        for obj in queryset:
            self.delete_model(request, obj)

    @admin.action(description=_("Fetch the model list"), permissions=["fetch"])
    def fetch_models(self, request: HttpRequest, queryset: QuerySet[Provider]) -> None:
        for told in fetch_models_of(queryset, actor_of(request)):
            self.message_user(request, told.text, messages.SUCCESS if told.good else messages.ERROR)

    def has_fetch_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("providers.add_chatmodel")


def _simulated(obj: Any) -> bool:
    return isinstance(obj, Provider) and bool(obj.pk) and obj.spec.simulated


def _describe(provider: Provider) -> None:
    """The facts of a provider of one's own name its first endpoint."""
    endpoint = provider.endpoints.order_by("pk").first()
    if provider.from_catalog or endpoint is None:
        return
    facts = {"slug": provider.slug, "name": provider.name, "base_url": endpoint.url, "protocol": endpoint.protocol}
    provider.spec_data = provider.spec_data | facts
    provider.save(update_fields=("spec_data",))
