"""How calls with a stored key went, counted by the hour: what the page of a key shows of its health.

Counts and not calls: a table that does not grow with use. Imported by ``models``, where Django looks for rows.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

NO_ANSWER = 0
"""The status of a call that got no answer at all."""


class KeyUse(models.Model):
    """``status``: HTTP status of the answer, 200 for a good one. ``hour``: when it began, in UTC."""

    api_key = models.ForeignKey("providers.ApiKey", on_delete=models.CASCADE, related_name="uses")
    hour = models.DateTimeField(_("hour"))
    status = models.PositiveSmallIntegerField(_("status"))
    code = models.CharField(_("error"), max_length=32, blank=True, default="")
    calls = models.PositiveIntegerField(_("calls"), default=0)
    cost = models.DecimalField(_("cost (USD)"), max_digits=20, decimal_places=10, default=0)
    """Of those calls whose cost is known. Kept here, too: runs can be deleted, what they have cost is spent."""

    unknown = models.PositiveIntegerField(_("calls of unknown cost"), default=0)

    estimated = models.PositiveIntegerField(_("calls of estimated cost"), default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("api_key", "hour", "status", "code"), name="one_count_an_hour_and_end"),
        )
        verbose_name = _("use of a key")
        verbose_name_plural = _("uses of keys")

    def __str__(self) -> str:
        return f"{self.calls} x {self.status} {self.code}".rstrip()
