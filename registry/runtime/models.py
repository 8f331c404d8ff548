"""To whom it is served: API keys, and the clients seen using them."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords


class ApiKey(models.Model):
    """A key of one project. Only the SHA-256 of the whole key is kept."""

    project = models.ForeignKey("registry.Project", models.PROTECT, related_name="api_keys")
    public_id = models.CharField(max_length=8, unique=True)
    name = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list, help_text="read, ingest, ci, stop")
    labels = models.JSONField(default=list, help_text="Labels that this key may read.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="replacements",
        help_text="The key whose place it takes; both live until that one is revoked or ends.",
    )
    history = HistoricalRecords(
        excluded_fields=["sha256", "last_used_at"],
        history_change_reason_field=models.TextField(null=True),
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"


class Fetcher(models.Model):
    """A client process seen fetching a prompt under one label, or one exact version."""

    key = models.ForeignKey(ApiKey, models.PROTECT, related_name="fetchers")
    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="fetchers")
    client = models.CharField(max_length=100, blank=True)
    process = models.CharField(max_length=100, blank=True)
    label = models.CharField(max_length=32, help_text="A label, or an exact version.")
    version = models.ForeignKey("registry.Version", models.PROTECT, null=True, related_name="+")
    variables = models.JSONField(
        null=True, help_text="Names that it supplies; null when it does not say."
    )
    last_fetch_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["prompt", "last_fetch_at"], name="fetcher_by_prompt")]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "prompt", "client", "process", "label"], name="fetcher_once"
            ),
        ]


class Heartbeat(models.Model):
    """When a background process last showed that it lives."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()
