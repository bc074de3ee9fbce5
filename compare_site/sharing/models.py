"""Share links of a comparison. The token is shown once and stored as SHA-256 only, a password as a slow hash."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from compare_site.comparisons.models import Comparison, OpaqueIdModel
from compare_site.comparisons.project import USUAL_PARTS


def usual_parts() -> list[str]:
    """What a link shows unless its maker chooses: everything but the raw request."""
    return list(USUAL_PARTS)


class Share(OpaqueIdModel):
    """Read access to one comparison for whoever has the link, until it expires or is revoked.

    ``parts``: what is shown. ``max_views``: how often the link can be opened; null = as often as people like.
    """

    class Audience(models.TextChoices):
        ANYONE = "anyone", _("anyone with the link")
        TEAMMATES = "teammates", _("signed-in teammates")

    class Mode(models.TextChoices):
        LIVE = "live", _("live")
        SNAPSHOT = "snapshot", _("snapshot")

    comparison = models.ForeignKey(
        Comparison, on_delete=models.CASCADE, related_name="shares", verbose_name=_("comparison")
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("created by")
    )
    token_sha256 = models.CharField(max_length=64, unique=True)
    label = models.CharField(_("label"), max_length=100, blank=True, default="")
    audience = models.CharField(_("for whom"), max_length=9, choices=Audience, default=Audience.ANYONE)
    mode = models.CharField(_("kind"), max_length=8, choices=Mode, default=Mode.LIVE)
    parts = models.JSONField(_("shows"), default=usual_parts)
    password = models.CharField(max_length=128, blank=True, default="")
    max_views = models.PositiveIntegerField(_("can be opened"), null=True)
    views = models.PositiveIntegerField(_("opened"), default=0)
    last_viewed_at = models.DateTimeField(_("last opened"), null=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    expires_at = models.DateTimeField(_("expires"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        ordering = ("-created_at",)
        indexes = (models.Index(fields=("created_by", "-created_at"), name="shares_of_maker"),)
        verbose_name = _("share link")
        verbose_name_plural = _("share links")

    def __str__(self) -> str:
        return self.id


class ShareSnapshot(models.Model):
    """What a link of the kind ``snapshot`` shows: the state as it was, with nothing in it that is kept back."""

    share = models.OneToOneField(Share, on_delete=models.CASCADE, primary_key=True, related_name="snapshot")
    state = models.JSONField()

    def __str__(self) -> str:
        return self.share_id


class ShareVisit(models.Model):
    """A signed-in person has opened a link. ``version``: of the link's password, which they then knew."""

    share = models.ForeignKey(Share, on_delete=models.CASCADE, related_name="visits")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    version = models.CharField(max_length=16, blank=True, default="")
    opened_at = models.DateTimeField()

    class Meta:
        ordering = ("-opened_at",)
        indexes = (models.Index(fields=("user", "-opened_at"), name="visits_of_person"),)
        constraints = (models.UniqueConstraint(fields=("share", "user"), name="one_visit_a_person"),)

    def __str__(self) -> str:
        return f"{self.share_id} {self.user_id}"
