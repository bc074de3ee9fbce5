"""Addresses that are told when a comparison has ended, and every message to them."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from compare_site.comparisons.models import Comparison, OpaqueIdModel


class Event(models.TextChoices):
    """What can be told."""

    ENDED = "comparison.ended", _("a comparison has ended")
    FAILED = "comparison.failed", _("a comparison has ended and an answer has failed")


def every_end() -> list[str]:
    """What a new webhook is told."""
    return [str(Event.ENDED)]


class Webhook(OpaqueIdModel):
    """One address, made by an administrator. The secret is encrypted, bound to this row and to the address's host."""

    name = models.CharField(_("name"), max_length=120)
    url = models.CharField(_("address"), max_length=500)
    allow_private = models.BooleanField(
        _("private address allowed"), default=False, help_text=_("For exactly this host and port.")
    )
    events = models.JSONField(_("events"), default=every_end)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only comparisons of"),
    )
    include_prompt = models.BooleanField(
        _("with the first prompt"),
        default=False,
        help_text=_("Otherwise ids, title, tags, metadata, states and costs leave this site."),
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    ciphertext = models.TextField(editable=False, blank=True, serialize=False)
    last_four = models.CharField(_("last four"), max_length=4, blank=True, editable=False, serialize=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name


class Delivery(OpaqueIdModel):
    """One message: sent until it is received or given up. Its id stays the same, so that receivers know it again."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("given up")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries", verbose_name=_("webhook"))
    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="+", verbose_name=_("comparison"))
    event = models.CharField(_("event"), max_length=40, choices=Event)
    payload: Any = models.JSONField(_("message"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt"))
    status = models.PositiveSmallIntegerField(_("answer"), null=True)
    problem = models.CharField(_("problem"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (
            models.Index(fields=("due_at",), name="deliveries_waiting", condition=models.Q(state="waiting")),
            models.Index(fields=("created_at",), name="deliveries_by_age"),
        )
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")

    def __str__(self) -> str:
        return self.id
