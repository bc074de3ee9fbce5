"""Uploaded files as rows: what they are, their bytes, and the comparisons that use them.

Imported by ``models``, where Django looks for rows. The bytes are a table of their own: nothing else loads them.
"""

import secrets

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


def opaque_id() -> str:
    """A random id of 128 bits."""
    return secrets.token_hex(16)


class Attachment(models.Model):
    """A file that somebody uploaded. ``kind`` and ``mime`` are seen in its bytes; ``name`` is only shown."""

    id = models.CharField(primary_key=True, max_length=32, default=opaque_id, editable=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attachments", verbose_name=_("owner")
    )
    kind = models.CharField(max_length=5)
    mime = models.CharField(max_length=64)
    size = models.PositiveIntegerField(_("size"))
    name = models.CharField(_("name"), max_length=200)
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(_("created"), db_index=True)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name


class AttachmentBytes(models.Model):
    """What is in it; 1:1."""

    attachment = models.OneToOneField(Attachment, on_delete=models.CASCADE, primary_key=True, related_name="stored")
    content = models.BinaryField()

    class Meta:
        verbose_name = _("bytes of an attachment")
        verbose_name_plural = _("bytes of attachments")

    def __str__(self) -> str:
        return self.attachment_id


class AttachmentUse(models.Model):
    """A comparison with a turn that names it. What nothing uses is removed after a while."""

    attachment = models.ForeignKey(Attachment, on_delete=models.CASCADE, related_name="uses")
    comparison = models.ForeignKey("comparisons.Comparison", on_delete=models.CASCADE, related_name="attachment_uses")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("attachment", "comparison"), name="one_use_a_comparison"),)
        verbose_name = _("use of an attachment")
        verbose_name_plural = _("uses of attachments")

    def __str__(self) -> str:
        return f"{self.attachment_id} in {self.comparison_id}"
