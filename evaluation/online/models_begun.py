"""Calls that were said to have begun, until it is said how they ended."""

from django.db import models


class BegunCall(models.Model):
    """A generation that names a prompt and has not ended. Kept for an hour.

    Some SDKs tell of a call twice: at its beginning, with the prompt, and at its end, without.
    """

    project = models.ForeignKey("registry.Project", models.CASCADE, related_name="+")
    key = models.BinaryField(max_length=16, unique=True, help_text="Digest of the call.")
    beginning = models.JSONField(help_text="Its ids, its prompt and version, when it began.")
    came_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["came_at"], name="begun_by_age")]
