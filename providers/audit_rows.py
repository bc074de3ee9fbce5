"""The audit of keys, providers and endpoints, as rows. Imported by ``models``, where Django looks for rows."""

from typing import Any, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

ACTIONS = (
    ("created", pgettext_lazy("audit", "created")),
    ("changed", pgettext_lazy("audit", "changed")),
    ("enabled", pgettext_lazy("audit", "enabled")),
    ("disabled", pgettext_lazy("audit", "disabled")),
    ("deleted", pgettext_lazy("audit", "deleted")),
    ("rotated", pgettext_lazy("audit", "rotated")),
    ("wiped", pgettext_lazy("audit", "wiped")),
    ("rewrapped", pgettext_lazy("audit", "rewrapped")),
    ("tested", pgettext_lazy("audit", "tested")),
    ("used", pgettext_lazy("audit", "used")),
    ("imported", pgettext_lazy("audit", "imported")),
    ("models fetched", pgettext_lazy("audit", "models fetched")),
    ("servers looked for", pgettext_lazy("audit", "servers looked for")),
    ("host changed", pgettext_lazy("audit", "host changed")),
    ("failed to decrypt", pgettext_lazy("audit", "failed to decrypt")),
)
"""What the audit tells of; in words for the admin."""


class AuditRows(models.QuerySet["AuditEntry"]):
    """The audit as rows: added to and read, nothing else."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("the audit is append-only")

    def delete(self) -> NoReturn:
        raise TypeError("the audit is append-only")


class AuditEntry(models.Model):
    """Who did what to a key, provider or endpoint. Append-only: rows are never changed or deleted by the app."""

    at = models.DateTimeField(_("when"), auto_now_add=True, db_index=True)
    actor = models.CharField(_("who"), max_length=150)
    action = models.CharField(_("what"), max_length=40, choices=ACTIONS)
    subject = models.CharField(_("subject"), max_length=200)
    detail = models.JSONField(_("detail"), default=dict)

    objects = AuditRows.as_manager()

    class Meta:
        ordering = ("-at", "-pk")
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("the audit is append-only")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("the audit is append-only")

    @classmethod
    def record(cls, actor: str, action: str, subject: str, **detail: Any) -> "AuditEntry":
        """Append one entry. ``detail`` holds no key and nothing derived from one."""
        return cls.objects.create(actor=actor[:150], action=action, subject=subject[:200], detail=detail)
