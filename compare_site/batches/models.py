"""A batch and its inputs. The rows are the whole state: any process can carry a batch on from them."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from compare_site.comparisons.models import OpaqueIdModel


class Batch(OpaqueIdModel):
    """Many inputs to the same models. ``asked``: what all inputs share, as it was submitted.

    ``partial``: an import has not brought in all comparisons yet, or never will. Nothing is done with it but deleting.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("done")
        PARTIAL = "partial", _("not complete")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="batches")
    title = models.CharField(_("title"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.RUNNING)
    asked = models.JSONField(default=dict)
    max_concurrency = models.PositiveSmallIntegerField(default=4)
    total = models.PositiveIntegerField()
    submit_key = models.CharField(max_length=200, null=True)  # noqa: DJ001 - null = none was given, and nulls are all different
    body_sha256 = models.CharField(max_length=64, blank=True, default="")
    last_seq = models.PositiveBigIntegerField(default=0)
    """How many times an input has ended: the number of the last end."""
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("owner", "-created_at", "-id"), name="batches_of_owner"),
            models.Index(fields=("id",), name="batches_running", condition=models.Q(state="running")),
        )
        constraints = (models.UniqueConstraint(fields=("owner", "submit_key"), name="one_batch_a_submit_key"),)
        verbose_name = _("batch")
        verbose_name_plural = _("batches")

    def __str__(self) -> str:
        return self.title or self.id


class BatchInput(models.Model):
    """One input. It is started in the transaction that gives it its comparison, so never twice.

    ``waiting`` with a comparison: what has not finished there is asked again. ``seq``: the number of its end.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        STARTED = "started", _("running")
        ENDED = "ended", _("ended")
        REFUSED = "refused", _("refused")

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="inputs")
    index = models.PositiveIntegerField()
    asked = models.JSONField(default=dict)
    excerpt = models.CharField(max_length=240, blank=True, default="")
    search_text = models.TextField(blank=True, default="")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    comparison = models.ForeignKey(
        "comparisons.Comparison", on_delete=models.SET_NULL, null=True, related_name="batch_inputs"
    )
    seq = models.PositiveBigIntegerField(null=True)
    error = models.JSONField(null=True)
    failed = models.BooleanField(default=False)
    """Some answer has not finished, or none was asked for."""
    differs = models.BooleanField(null=True)
    """Whether the finished answers say different things; None: fewer than two."""

    class Meta:
        ordering = ("index",)
        constraints = (
            models.UniqueConstraint(fields=("batch", "index"), name="one_input_an_index"),
            models.UniqueConstraint(fields=("batch", "seq"), name="one_end_a_seq"),
        )
        indexes = (models.Index(fields=("batch", "state", "index"), name="inputs_by_state"),)
        verbose_name = _("input")
        verbose_name_plural = _("inputs")

    def __str__(self) -> str:
        return f"{self.batch_id} {self.index}"
