"""Webhooks in the admin: the address, its secret (written, never shown), and every message with what came of it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from compare_site.hooks.models import Delivery, Event, Webhook
from providers.contract.errors import SetupError
from providers.contract.secret import Secret
from providers.resolve import check_address, seal_for

LEAST = 24


class WebhookForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """A new address needs its secret again: the old one is bound to the old host."""

    events = forms.MultipleChoiceField(label=_("events"), choices=Event.choices, widget=forms.CheckboxSelectMultiple)
    secret = forms.CharField(
        label=_("secret"),
        required=False,
        min_length=LEAST,
        max_length=200,
        widget=forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password"}),
        help_text=_("Signs each message. At least 24 random characters; it is not shown again."),
    )

    class Meta:
        model = Webhook
        fields = ("name", "url", "allow_private", "secret", "events", "owner", "include_prompt", "enabled")

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"].strip()
        try:
            check_address(url)
        except SetupError as error:
            raise ValidationError(gettext(error.message)) from None
        return url

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        url = cleaned.get("url", "")
        if url.lower().startswith("http://") and not cleaned.get("allow_private"):
            self.add_error("url", ValidationError(_("Use https://. Only a private address can do without.")))
        moved = not self.instance.pk or not self.instance.ciphertext or (url and url != self.initial.get("url"))
        if moved and not cleaned.get("secret") and "secret" not in self.errors:
            self.add_error("secret", ValidationError(_("Enter the secret for this address.")))
        return cleaned


@admin.register(Webhook)
class WebhookAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """Who is told what."""

    form = WebhookForm
    list_display = ("name", "url", "owner", "enabled", "shown_secret")
    list_select_related = ("owner",)
    readonly_fields = ("shown_secret",)
    autocomplete_fields = ()

    @admin.display(description=_("stored secret"))
    def shown_secret(self, hook: Webhook) -> str:
        """Its end, to tell it from others."""
        return f"…{hook.last_four}" if hook.ciphertext else "–"

    @sensitive_variables()
    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        secret = form.cleaned_data.get("secret", "")
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if secret:
                obj.ciphertext = seal_for(Webhook._meta.db_table, obj.pk, obj.url, Secret(secret))
                obj.last_four = secret[-4:]
                obj.save(update_fields=("ciphertext", "last_four"))


@admin.register(Delivery)
class DeliveryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # not subscriptable at run time
    """What was sent, when, and what the other side said."""

    list_display = ("created_at", "webhook", "event", "state", "attempts", "status", "problem")
    list_display_links = ("created_at",)
    list_select_related = ("webhook",)
    list_filter = ("state", "event")
    fields = readonly_fields = (
        "id", "webhook", "comparison", "event", "state", "attempts", "due_at", "status", "problem", "created_at",
        "delivered_at", "payload",
    )  # fmt: skip
    actions = ("send_again",)

    @admin.action(description=_("Send the chosen messages again"), permissions=["resend"])
    def send_again(self, _request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        queryset.update(state=Delivery.State.WAITING, attempts=0, due_at=Now())

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Whoever may change webhooks."""
        return request.user.has_perm("hooks.change_webhook")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
