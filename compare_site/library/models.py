"""Prompts with their versions, column sets, and which set a person's new playground opens with."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from compare_site.comparisons.models import OpaqueIdModel


class Prompt(OpaqueIdModel):
    """A named prompt; what it says is in its versions. ``team``: teammates may read and use it.

    ``search_text``: what search looks through, folded.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="prompts", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    team = models.BooleanField(_("visible to the team"), default=False)
    search_text = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        ordering = ("-updated_at", "-id")
        indexes = (
            models.Index(fields=("owner", "-updated_at"), name="prompts_of_owner"),
            models.Index(fields=("team", "-updated_at"), name="prompts_of_team"),
        )
        verbose_name = _("prompt")
        verbose_name_plural = _("prompts")

    def __str__(self) -> str:
        return self.name


class PromptVersion(OpaqueIdModel):
    """What a prompt says, for ever: editing makes the next one. ``messages``: [{role, content}], the last a user's."""

    prompt = models.ForeignKey(Prompt, on_delete=models.CASCADE, related_name="versions", verbose_name=_("prompt"))
    number = models.PositiveIntegerField(_("number"))
    system = models.TextField(_("system prompt"), blank=True)
    messages = models.JSONField(_("messages"))
    variables = models.JSONField(_("variables"), default=list)
    """Their names, in the order in which they are first met."""
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("written by")
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("prompt", "number"), name="one_version_a_number"),)
        verbose_name = _("prompt version")
        verbose_name_plural = _("prompt versions")

    def __str__(self) -> str:
        return f"v{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Only once."""
        if not self._state.adding:
            raise TypeError("a version of a prompt does not change: add the next one")
        super().save(*args, **kwargs)


class ColumnSet(OpaqueIdModel):
    """Models with their parameters, as a comparison is asked for them; ``common`` is for all of them."""

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="column_sets", verbose_name=_("owner")
    )
    name = models.CharField(_("name"), max_length=120)
    team = models.BooleanField(_("visible to the team"), default=False)
    columns = models.JSONField(_("columns"))
    common = models.JSONField(_("common settings"), default=dict, blank=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)

    class Meta:
        ordering = ("name", "id")
        verbose_name = _("column set")
        verbose_name_plural = _("column sets")

    def __str__(self) -> str:
        return self.name


class DefaultColumnSet(models.Model):
    """The set that a person's new playground opens with."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+")
    column_set = models.ForeignKey(ColumnSet, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("default column set")
        verbose_name_plural = _("default column sets")

    def __str__(self) -> str:
        return self.column_set_id
