"""Share links of a comparison. The token is shown once and stored as SHA-256 only."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from compare_site.comparisons.models import Comparison, OpaqueIdModel


class Share(OpaqueIdModel):
    """Read access to one comparison for whoever has the link, until it expires or is revoked."""

    comparison = models.ForeignKey(
        Comparison, on_delete=models.CASCADE, related_name="shares", verbose_name=_("comparison")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("created by")
    )
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("share link")
        verbose_name_plural = _("share links")

    def __str__(self) -> str:
        return self.id
