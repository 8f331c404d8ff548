"""What the watcher holds a rollout to: fixed when it starts, so that nobody moves the bar."""

from django.db import models


class Watch(models.Model):
    """The guardrails of one rollout, and how slow is slow in it."""

    rollout = models.OneToOneField("registry.Rollout", models.PROTECT, related_name="watch")
    guardrails = models.JSONField(
        default=list, help_text="Documents of evaluation.domain.watch.guardrails.Guardrail."
    )
    slow_over = models.FloatField(
        null=True, blank=True, help_text="Milliseconds: the 95th percentile of control, frozen."
    )
    calls_per_hour = models.FloatField(null=True, blank=True, help_text="Of production, before.")
    reference = models.JSONField(
        default=dict, help_text="Production's figures when it was completed: watched afterwards."
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When the watch after completion ended."
    )

    class Meta:
        verbose_name_plural = "watches"

    def __str__(self) -> str:
        return f"watch of {self.rollout}"
