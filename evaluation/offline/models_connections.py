"""What the connections to models cost and whether they work. The connections are settings."""

from django.conf import settings
from django.db import models


class Spend(models.Model):
    """What a project asked of one connection in one month, added up as calls come back."""

    project = models.ForeignKey("registry.Project", models.PROTECT, related_name="spends")
    connection = models.CharField(max_length=64)
    month = models.DateField(help_text="The first day of the month, UTC.")
    calls = models.PositiveBigIntegerField(default=0)
    unpriced_calls = models.PositiveBigIntegerField(default=0, help_text="Of unknown cost.")
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=0, help_text="US dollars.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "connection", "month"], name="spend_once"),
        ]

    def __str__(self) -> str:
        return f"{self.connection} in {self.month:%Y-%m}"


class ConnectionTest(models.Model):
    """One short question put to a connection by a worker, to see whether it answers."""

    class State(models.TextChoices):
        QUEUED = "queued"
        DONE = "done"

    project = models.ForeignKey("registry.Project", models.PROTECT, related_name="+")
    connection = models.CharField(max_length=64)
    model = models.CharField(max_length=100, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    works = models.BooleanField(default=False)
    message = models.CharField(max_length=400, blank=True, help_text="What came back, in words.")
    latency_ms = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"test of {self.connection}"
