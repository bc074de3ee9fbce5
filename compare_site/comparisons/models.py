"""Comparison, columns, turns, runs and the record of each run; the leases of live processes; submitted keys.

Methods here concern one row; the state of a run is changed by ``transitions`` alone.
"""

import secrets
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from compare_site.comparisons.attachment_rows import Attachment as Attachment
from compare_site.comparisons.attachment_rows import AttachmentBytes as AttachmentBytes
from compare_site.comparisons.attachment_rows import AttachmentUse as AttachmentUse
from compare_site.comparisons.project import ShareGrant
from compare_site.comparisons.spend_rows import SpendEntry as SpendEntry
from compare_site.comparisons.spend_rows import SpendLimit as SpendLimit


def new_id() -> str:
    """An opaque random id of 128 bits."""
    return secrets.token_hex(16)


class OpaqueIdModel(models.Model):
    """Base of rows that people and scripts name by an id that cannot be guessed."""

    id = models.CharField(primary_key=True, max_length=32, default=new_id, editable=False)

    class Meta:
        abstract = True


class Comparison(OpaqueIdModel):
    """One prompt, many runs, side by side. ``search_text``: what history search looks through, case-folded.

    The columns after ``settled`` are figures that lists show and filter by, so that a list reads one row per
    comparison. While ``settled`` is False they are out of date: lists ask the runs, and the sweeper updates them.
    """

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comparisons", verbose_name=_("owner")
    )
    title = models.CharField(_("title"), max_length=200, blank=True)
    tags = models.JSONField(_("tags"), default=list, blank=True)
    metadata = models.JSONField(_("metadata"), default=dict, blank=True)
    system = models.TextField(_("system prompt"), blank=True)
    settings = models.JSONField(_("settings"), default=dict, blank=True)
    """Common params, reasoning, tools, tool_choice, output as submitted: the default of every column."""
    search_text = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("updated"), auto_now=True)
    pinned = models.BooleanField(_("pinned"), default=False)
    trashed_at = models.DateTimeField(_("in the trash since"), null=True)
    going_since = models.DateTimeField(_("is being deleted since"), null=True)
    """Set by the process that deletes it for good; from then on it cannot be restored."""
    left_out = models.JSONField(default=list)
    """If this is a copy made through a share link: the parts that the link did not show."""
    settled = models.BooleanField(default=False)
    model_names = models.TextField(blank=True, default="")
    """Public ids of the columns, one a line, in their order."""
    excerpt = models.CharField(max_length=240, blank=True, default="")
    turn_count = models.PositiveIntegerField(default=0)
    states = models.JSONField(default=dict)
    """How many runs are in which state."""
    state_mask = models.PositiveSmallIntegerField(default=0)
    cost = models.DecimalField(_("cost (USD)"), max_digits=20, decimal_places=10, null=True)
    cost_estimated = models.BooleanField(default=False)
    """Whether a part of the cost is an estimate."""
    unknown_costs = models.PositiveIntegerField(default=0)
    """How many runs are not in the cost, although a provider can ask money for them."""
    facets = models.TextField(blank=True, default="")
    """Tags, metadata and providers as ``grams.facet`` writes them: the exact filters."""
    runs_announced = models.PositiveIntegerField(default=0)
    """How many runs it had when its end was last announced."""
    opening: dict[str, Any] | None = None
    """Not a column: the state right after the start, so that the answer to whoever started it needs no reading."""
    grant: ShareGrant | None = None
    """Not a column: the share through which ``access`` has returned it, which limits what is shown; None: the owner."""

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("owner", "-created_at"), name="history_of_owner"),
            # All that a list filters by beside texts, so that filters read the index alone.
            models.Index(
                fields=("owner", "-pinned", "-created_at", "-id", "trashed_at", "state_mask", "cost"),
                name="history_page",
            ),
            models.Index(fields=("id",), name="unsettled", condition=models.Q(settled=False)),
            models.Index(fields=("-created_at", "-id"), name="newest_comparisons"),
            models.Index(fields=("trashed_at",), name="trash", condition=models.Q(trashed_at__isnull=False)),
        )
        verbose_name = _("comparison")
        verbose_name_plural = _("comparisons")

    def __str__(self) -> str:
        return self.title or self.id


class SearchEntry(models.Model):
    """The text of a comparison in three-character pieces (``grams``), for the full-text index of the database.

    Its id is the row id in that index, so it must be a number. A migration that alters this table must make its
    triggers again.
    """

    id = models.BigAutoField(primary_key=True)
    comparison = models.OneToOneField(Comparison, on_delete=models.CASCADE, related_name="search_entry")
    grams = models.TextField()

    class Meta:
        verbose_name = _("search entry")
        verbose_name_plural = _("search entries")

    def __str__(self) -> str:
        return self.comparison_id


class Column(OpaqueIdModel):
    """A chat model with its parameters, labelled A..Z, AA... ``overrides``: what differs from the common settings."""

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="columns")
    position = models.PositiveSmallIntegerField()
    label = models.CharField(_("label"), max_length=3)
    model = models.CharField(_("model"), max_length=364)
    chat_model = models.ForeignKey("providers.ChatModel", on_delete=models.SET_NULL, null=True, related_name="+")
    samples = models.PositiveSmallIntegerField(_("samples"), default=1)
    overrides = models.JSONField(_("overrides"), default=dict)
    tags = models.JSONField(_("tags"), default=list)
    metadata = models.JSONField(_("metadata"), default=dict)
    """Both are given to every run of the column."""

    class Meta:
        verbose_name = _("column")
        verbose_name_plural = _("columns")
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("comparison", "position"), name="one_column_a_position"),)

    def __str__(self) -> str:
        return f"{self.label} {self.model}"


class Turn(OpaqueIdModel):
    """One user message (with what precedes it, on the first turn) and its answers.

    ``prompt_version`` and ``variables``: what the messages were made of, if they were made of a kept prompt.
    """

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="turns")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    position = models.PositiveIntegerField()
    messages = models.JSONField()
    system = models.TextField(null=True)  # noqa: DJ001 - null = the comparison's own, "" = none
    prompt_version = models.ForeignKey(
        "library.PromptVersion", on_delete=models.SET_NULL, null=True, related_name="turns"
    )
    variables = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("position",)
        constraints = (models.UniqueConstraint(fields=("comparison", "position"), name="one_turn_a_position"),)
        verbose_name = _("turn")
        verbose_name_plural = _("turns")

    def __str__(self) -> str:
        return f"turn {self.position}"


class RunRows(models.QuerySet["Run"]):
    """Runs as rows."""

    def with_state(self) -> "RunRows":
        """With the record of each, but without the large columns that only a single run's page needs."""
        return self.select_related("record").defer(
            "record__sent", "record__raw_usage", "record__prices", "record__wire"
        )


class Run(OpaqueIdModel):
    """One answer: column x turn x sample x attempt. ``parent`` is the run whose history it continues.

    ``fence`` grows with every claim: only its holder may write. ``worker`` is the lease that drives it.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        RETRYING = "retrying", _("retrying")
        FINISHED = "finished", _("finished")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")
        INTERRUPTED = "interrupted", _("interrupted")

    comparison = models.ForeignKey(
        Comparison, on_delete=models.CASCADE, related_name="runs", verbose_name=_("comparison")
    )
    column = models.ForeignKey(Column, on_delete=models.CASCADE, related_name="runs")
    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="runs")
    sample = models.PositiveSmallIntegerField(_("sample"), default=0)
    attempt = models.PositiveIntegerField(_("attempt"), default=1)
    parent = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="children", verbose_name=_("continues")
    )
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    fence = models.PositiveIntegerField(default=0)
    worker = models.CharField(max_length=32, blank=True, default="")
    queued_at = models.DateTimeField(_("queued at"))
    enqueued_at = models.DateTimeField()
    enqueue_count = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField(_("started at"), null=True)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    stop_asked_at = models.DateTimeField(null=True)
    """When its worker was asked by this row to end it: while Valkey is away only the worker has its text."""
    model = models.CharField(_("model"), max_length=364)
    finish_reason = models.CharField(_("finish reason"), max_length=16, blank=True, default="")
    error_code = models.CharField(_("error"), max_length=24, blank=True, default="")
    input_tokens = models.PositiveBigIntegerField(_("input tokens"), null=True)
    output_tokens = models.PositiveBigIntegerField(_("output tokens"), null=True)
    cost = models.DecimalField(_("cost (USD)"), max_digits=20, decimal_places=10, null=True)
    cost_source = models.CharField(_("source of the cost"), max_length=9, blank=True, default="")
    ttft_ms = models.FloatField(_("TTFT (ms)"), null=True)
    total_ms = models.FloatField(_("total time (ms)"), null=True)
    api_key = models.ForeignKey(
        "providers.ApiKey", on_delete=models.SET_NULL, null=True, related_name="runs", verbose_name=_("API key")
    )
    """The stored key that was used last. None: a key of the environment, or no key."""
    tags = models.JSONField(_("tags"), default=list)
    metadata = models.JSONField(_("metadata"), default=dict)

    grant: ShareGrant | None = None
    """Not a column: as with its comparison."""

    objects = RunRows.as_manager()

    class Meta:
        ordering = ("queued_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("column", "turn", "sample", "attempt"), name="one_run_an_attempt"),
        )
        indexes = (
            models.Index(
                fields=("enqueued_at",),
                name="runs_not_final",
                condition=models.Q(state__in=("queued", "running", "retrying")),
            ),
            models.Index(fields=("model", "-queued_at"), name="newest_of_model"),
            models.Index(fields=("-queued_at", "-id"), name="newest_runs"),
            models.Index(fields=("ended_at",), name="ended_runs", condition=models.Q(ended_at__isnull=False)),
        )
        verbose_name = _("run")
        verbose_name_plural = _("runs")

    def __str__(self) -> str:
        return f"{self.model} {self.get_state_display()}"


class RunRecord(models.Model):
    """What is kept of a run for ever; 1:1, not loaded in lists. ``state`` = the fold of its events as JSON.

    ``sent``: the request body, media and secrets masked. ``prices``: that the cost used, USD per million tokens
    (of tools that the provider runs, per thousand calls).
    """

    run = models.OneToOneField(Run, on_delete=models.CASCADE, primary_key=True, related_name="record")
    state = models.JSONField(default=dict)
    sent = models.JSONField(_("request sent"), null=True)
    provider = models.CharField(_("provider"), max_length=120, blank=True, default="")
    prices = models.JSONField(_("prices (USD per million tokens)"), null=True)
    raw_usage = models.JSONField(_("usage as reported"), null=True)
    wire = models.JSONField(_("where it was sent"), null=True)
    """Protocol, method, address, headers without credentials, and how the credential goes: ``calls.wire_of``."""

    class Meta:
        verbose_name = _("run record")
        verbose_name_plural = _("run records")

    def __str__(self) -> str:
        return self.run_id


class ModelSpeed(models.Model):
    """What the latest finished runs of a model have measured. ``samples``: [time, TTFT in ms, tokens/s] of each."""

    model = models.CharField(primary_key=True, max_length=364)
    samples = models.JSONField(default=list)

    class Meta:
        verbose_name = _("speed of a model")
        verbose_name_plural = _("speeds of models")

    def __str__(self) -> str:
        return self.model


class WorkerLease(models.Model):
    """One live worker process. Times are the database's clock. ``env_keys``: key variables it has, by name."""

    id = models.CharField(primary_key=True, max_length=32)
    lease_until = models.DateTimeField()
    started_at = models.DateTimeField()
    env_keys = models.JSONField(default=list)

    class Meta:
        verbose_name = _("worker lease")
        verbose_name_plural = _("worker leases")

    def __str__(self) -> str:
        return self.id


class SweepLock(models.Model):
    """The right to sweep, held by one web process for a moment. One row, id 1."""

    until = models.DateTimeField()

    class Meta:
        verbose_name = _("sweep lock")
        verbose_name_plural = _("sweep locks")

    def __str__(self) -> str:
        return str(self.until)


class Submission(models.Model):
    """A submit key: the same key and body give the first answer again (24 h)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="one_comparison_a_submit_key"),)
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")

    def __str__(self) -> str:
        return self.key
