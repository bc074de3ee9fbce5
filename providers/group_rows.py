"""Model groups as rows: one name that stands for several deployments of chat models, and how one of them is chosen.

Public id: ``group/<name>``, accepted wherever a model id is. Imported by ``models``, where Django looks for rows.
"""

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from providers.contract.errors import SetupError
from providers.transport.origin import parse_origin

GROUP = "group"
"""Stands where the slug of a provider does; no provider may have it."""
STRATEGIES = (
    ("weighted_shuffle", _("by chance, by weight")),
    ("least_busy", _("the least busy")),
    ("lowest_latency", _("the fastest to begin, of late")),
    ("lowest_cost", _("the cheapest")),
    ("usage_based", _("the least used share of its limits")),
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}")


def check_group_name(text: str) -> None:
    """Names may look like model ids: people name groups after the model they stand for."""
    if not _NAME.fullmatch(text):
        raise ValidationError(
            _("A name has letters, digits and . _ - : / @ +, at most 200, and begins with a letter or digit.")
        )


class ModelGroup(models.Model):
    """``fallbacks``: public ids of groups or models to go to, in this order, when none of its deployments answers."""

    name = models.CharField(_("name"), max_length=200, unique=True, validators=[check_group_name])
    label = models.CharField(_("label"), max_length=200, blank=True)
    enabled = models.BooleanField(_("enabled"), default=True)
    strategy = models.CharField(_("strategy"), max_length=32, choices=STRATEGIES, default="weighted_shuffle")
    retries = models.PositiveSmallIntegerField(
        _("retries"),
        default=1,
        validators=[MaxValueValidator(5)],
        help_text=_("How often all are tried again when none of them has answered. A request can say otherwise."),
    )
    allowed_failures = models.PositiveSmallIntegerField(
        _("failures allowed"),
        default=2,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_(
            "So many failures within a minute, then a deployment rests. One that is rate limited or refuses its key "
            "rests at once."
        ),
    )
    cooldown_seconds = models.PositiveIntegerField(
        _("rest in seconds"),
        default=30,
        validators=[MaxValueValidator(3600)],
        help_text=_("How long a failing deployment is left alone. 0: never."),
    )
    fallbacks = models.JSONField(_("fallbacks"), default=list, blank=True)
    added_at = models.DateTimeField(_("added"), auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("model group")
        verbose_name_plural = _("model groups")

    def __str__(self) -> str:
        return self.public_id

    @property
    def public_id(self) -> str:
        """What people, the API and columns call this group."""
        return f"{GROUP}/{self.name}"

    @property
    def subject(self) -> str:
        """How the audit names this group."""
        return f"group {self.name}"


class Deployment(models.Model):
    """One way to get an answer for a group: a chat model, with an address, account and key of its own if need be.

    ``account``: values for settings of the provider (region, api_version ...) that differ from the provider's own.
    ``priority``: those with the lowest number are tried first; among equals the strategy of the group decides.
    """

    group = models.ForeignKey(
        ModelGroup, on_delete=models.CASCADE, related_name="deployments", verbose_name=_("model group")
    )
    chat_model = models.ForeignKey(
        "providers.ChatModel", on_delete=models.CASCADE, related_name="deployments", verbose_name=_("chat model")
    )
    enabled = models.BooleanField(_("enabled"), default=True)
    base_url = models.CharField(_("base URL"), max_length=500, blank=True)
    allow_private = models.BooleanField(_("private address allowed"), default=False)
    account = models.JSONField(_("settings"), default=dict, blank=True)
    api_key = models.ForeignKey(
        "providers.ApiKey",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="deployments",
        verbose_name=_("API key"),
    )
    priority = models.PositiveSmallIntegerField(_("priority"), default=1)
    weight = models.PositiveIntegerField(_("weight"), default=1, validators=[MaxValueValidator(1_000_000)])
    rpm = models.PositiveIntegerField(_("requests a minute"), null=True, blank=True, validators=[MinValueValidator(1)])
    tpm = models.PositiveIntegerField(_("tokens a minute"), null=True, blank=True, validators=[MinValueValidator(1)])

    class Meta:
        ordering = ("group", "priority", "pk")
        verbose_name = _("deployment")
        verbose_name_plural = _("deployments")

    def __str__(self) -> str:
        return f"{self.chat_model_id}@{self.base_url}" if self.base_url else f"{self.chat_model_id}"

    @property
    def origin(self) -> str:
        """``https://host:port`` of its own address; empty if it has none."""
        try:
            return str(parse_origin(self.base_url)) if self.base_url else ""
        except SetupError:
            return ""

    @property
    def own(self) -> dict[str, Any]:
        """What of it differs from calling the model by its own id."""
        return {"base_url": self.base_url, "account": self.account, "api_key": self.api_key_id}
