"""What applications get: labels, their ledger, and the ready bytes of each answer."""

from django.conf import settings
from django.db import models


class LabelName(models.TextChoices):
    PRODUCTION = "production"
    STAGING = "staging"
    CANARY = "canary"


class Label(models.Model):
    """A pointer of one prompt; exactly one version holds it."""

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="labels")
    name = models.CharField(max_length=10, choices=LabelName.choices)
    version = models.ForeignKey("registry.Version", models.PROTECT, related_name="labels")
    rev = models.PositiveIntegerField(default=1, help_text="Rises by one with each move.")
    moved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prompt", "name"], name="one_holder_per_label"),
            models.CheckConstraint(
                condition=models.Q(name__in=LabelName.values), name="label_known"
            ),
        ]
        indexes = [models.Index(fields=["name", "moved_at", "prompt"], name="label_by_age")]

    def __str__(self) -> str:
        return f"{self.name} of {self.prompt}"


class LabelEvent(models.Model):
    """One move of a label: the ledger of what was served when, and by whose decision."""

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="label_events")
    label = models.ForeignKey(Label, models.PROTECT, related_name="events")
    name = models.CharField(max_length=10)
    rev = models.PositiveIntegerField()
    version_before = models.ForeignKey(
        "registry.Version", models.PROTECT, null=True, blank=True, related_name="+"
    )
    version_after = models.ForeignKey("registry.Version", models.PROTECT, related_name="+")
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150)
    reason = models.TextField()
    rollout = models.ForeignKey(
        "registry.Rollout", models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["label", "rev"], name="one_move_per_rev"),
        ]
        indexes = [
            models.Index(fields=["prompt", "name", "at"], name="ledger_at"),
            models.Index(fields=["at", "id"], name="ledger_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.name} to {self.version_after}"


class Wire(models.Model):
    """Ready bytes and ETag of one prompt and label, written with the label's move."""

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="wires")
    label = models.CharField(max_length=10)
    body = models.BinaryField()
    etag = models.CharField(max_length=80)
    generation = models.PositiveBigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["prompt", "label"], name="one_wire_per_label"),
        ]


class Change(models.Model):
    """What changed in a generation, so that a reader forgets only that."""

    generation = models.PositiveBigIntegerField()
    prompt = models.ForeignKey(
        "registry.Prompt", models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.CharField(max_length=10, help_text="wire, name or key")

    class Meta:
        indexes = [models.Index(fields=["generation"], name="change_by_generation")]


class Generation(models.Model):
    """One row: who we are, and how often what is served has changed.

    Its row lock makes commit order equal number order. A restored database gets a
    new installation id, so that clients accept its lower number.
    """

    installation = models.UUIDField()
    number = models.PositiveBigIntegerField(default=0)
