"""Unsaved text put to a model, as evidence of nothing."""

from django.conf import settings
from django.db import models

from evaluation.offline.models_runs import CaseResult


class TryOut(models.Model):
    """Unsaved text put to a model for a few cases, beside production's; evidence of nothing.

    Kept for a few days, then forgotten.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        ERRORED = "errored"

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="try_outs")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    content = models.JSONField(help_text="What was typed: content, config, schema, variables.")
    baseline = models.ForeignKey(
        "registry.Version", models.PROTECT, null=True, blank=True, related_name="+"
    )
    cases = models.JSONField(
        default=list, help_text="[{id, inputs, query, context}] in order; typed ones have no id."
    )
    connection = models.CharField(max_length=64)
    simulated = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    error = models.CharField(max_length=300, blank=True)
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "lease_until"], name="try_out_due")]

    def __str__(self) -> str:
        return f"try-out {self.pk} of {self.prompt}"


class TryOutAnswer(models.Model):
    """What one side of a try-out gave for one of its cases."""

    try_out = models.ForeignKey(TryOut, models.CASCADE, related_name="answers")
    number = models.PositiveSmallIntegerField(help_text="Of the case in the try-out, from 0.")
    arm = models.CharField(max_length=9, choices=CaseResult.Arm.choices)
    output = models.TextField(blank=True)
    finish_reason = models.CharField(max_length=30, blank=True)
    error = models.CharField(max_length=300, blank=True)
    latency_ms = models.FloatField(null=True, blank=True)
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    model = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number", "arm"]
        constraints = [
            models.UniqueConstraint(fields=["try_out", "number", "arm"], name="try_out_once"),
        ]

    def __str__(self) -> str:
        return f"{self.arm} of {self.try_out}"
