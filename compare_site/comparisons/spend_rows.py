"""Money as rows: what each run costs, kept when its comparison is deleted, and the limits that administrators set.

Imported by ``models``, where Django looks for rows.
"""

from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

KINDS = (
    ("user", _("a person, a day")),
    ("comparison", _("a comparison")),
    ("key", _("an API key, a day")),
    ("provider", _("a provider, a day")),
)


class SpendEntry(models.Model):
    """What one run costs. ``amount`` null: nobody says what its model costs. ``day``: UTC, when it was asked.

    ``running``: the amount is an estimate that grows with the answer. ``input_tokens``: of the request, estimated.
    No foreign key to the run: deleting a comparison gives nobody their money back.
    """

    run_id = models.CharField(primary_key=True, max_length=32)
    comparison_id = models.CharField(max_length=32, db_index=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("user")
    )
    day = models.DateField(_("day (UTC)"), db_index=True)
    model = models.CharField(_("model"), max_length=364)
    provider = models.CharField(_("provider"), max_length=63, blank=True, default="")
    api_key = models.ForeignKey(
        "providers.ApiKey", on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("API key")
    )
    prices = models.JSONField(_("prices (USD per million tokens)"), null=True)
    input_tokens = models.PositiveBigIntegerField(default=0)
    amount = models.DecimalField(_("cost (USD)"), max_digits=20, decimal_places=10, null=True)
    source = models.CharField(_("source of the cost"), max_length=9, blank=True, default="")
    running = models.BooleanField(default=True)

    class Meta:
        indexes = (
            models.Index(fields=("user", "day"), name="spend_of_user"),
            models.Index(fields=("api_key", "day"), name="spend_of_key"),
            models.Index(fields=("provider", "day"), name="spend_of_provider"),
        )
        verbose_name = _("spend")
        verbose_name_plural = _("spend")

    def __str__(self) -> str:
        return self.run_id


class SpendLimit(models.Model):
    """At most ``amount`` USD. A limit of one person, key or provider goes before the one for all of its kind."""

    kind = models.CharField(_("limits"), max_length=10, choices=KINDS)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("user"),
        help_text=_("For a person's day or their comparisons. Empty: everybody."),
    )
    api_key = models.ForeignKey(
        "providers.ApiKey",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("API key"),
        help_text=_("For a key's day. Empty: each stored key."),
    )
    provider = models.ForeignKey(
        "providers.Provider",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("provider"),
        help_text=_("For a provider's day, keys of the environment included. Empty: each provider."),
    )
    amount = models.DecimalField(
        _("at most (USD)"), max_digits=12, decimal_places=4, validators=[MinValueValidator(Decimal(0))]
    )
    enabled = models.BooleanField(_("enabled"), default=True)

    class Meta:
        ordering = ("kind", "pk")
        verbose_name = _("spend limit")
        verbose_name_plural = _("spend limits")

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: ${self.amount}"

    def clean(self) -> None:
        """Only what belongs to the kind is named."""
        fitting = {"user": "user", "comparison": "user", "key": "api_key", "provider": "provider"}[self.kind or "user"]
        for name in {"user", "api_key", "provider"} - {fitting}:
            if getattr(self, f"{name}_id") is not None:
                raise ValidationError({name: _("This does not go with what is limited.")})
