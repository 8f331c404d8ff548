"""Where is it: one row per attempt to ship a version, its segments and its last tick."""

from django.conf import settings
from django.db import models

from registry.domain.lifecycle import UNDER_WAY, RolloutState


class Rollout(models.Model):
    """One attempt to ship a version."""

    class Kind(models.TextChoices):
        SHIP = "ship"
        AB = "ab"

    class EndedAs(models.TextChoices):
        FINISHED = "finished"
        REGRESSED = "regressed"
        BY_PERSON = "by_person"
        SUPERSEDED = "superseded"

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="rollouts")
    version = models.ForeignKey("registry.Version", models.PROTECT, related_name="rollouts")
    production_before = models.ForeignKey(
        "registry.Version", models.PROTECT, null=True, blank=True, related_name="+"
    )
    staging_before = models.ForeignKey(
        "registry.Version", models.PROTECT, null=True, blank=True, related_name="+"
    )
    state = models.CharField(
        max_length=12,
        choices=[(s.value, s.value.replace("_", " ")) for s in RolloutState],
        default=RolloutState.SOAKING.value,
    )
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.SHIP)
    epoch = models.PositiveIntegerField(default=1, help_text="Rises with each change.")
    salt = models.CharField(max_length=16)
    percent = models.PositiveSmallIntegerField(default=0, help_text="Of production traffic.")
    plan = models.JSONField(help_text="Soak minutes and stages, copied from the policy at start.")
    policy = models.ForeignKey("registry.PolicyRevision", models.PROTECT, related_name="+")
    step_started_at = models.DateTimeField(help_text="When the soak or the present stage began.")
    held_reason = models.TextField(blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    ended_as = models.CharField(max_length=12, choices=EndedAs.choices, blank=True)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["prompt"],
                name="one_rollout_under_way",
                condition=models.Q(state__in=sorted(s.value for s in UNDER_WAY)),
            ),
            models.CheckConstraint(
                condition=models.Q(percent__gte=0, percent__lte=100), name="percent_0_to_100"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in RolloutState]),
                name="rollout_state_known",
            ),
            models.CheckConstraint(
                condition=models.Q(production_before=None)
                | ~models.Q(version=models.F("production_before")),
                name="candidate_is_not_production",
            ),
        ]
        indexes = [models.Index(fields=["state", "prompt"], name="rollout_by_state")]

    def __str__(self) -> str:
        return f"rollout of {self.version}"


class Segment(models.Model):
    """A stretch of time with fixed versions and percentage."""

    class Kind(models.TextChoices):
        ROLLOUT = "rollout"
        STANDING = "standing"

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="segments")
    rollout = models.ForeignKey(
        Rollout, models.PROTECT, null=True, blank=True, related_name="segments"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    epoch = models.PositiveIntegerField(default=0)
    control = models.ForeignKey(
        "registry.Version", models.PROTECT, null=True, blank=True, related_name="+"
    )
    treatment = models.ForeignKey(
        "registry.Version", models.PROTECT, null=True, blank=True, related_name="+"
    )
    percent = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.percent} % of {self.treatment}"


class Tick(models.Model):
    """What the watcher saw last; one row per rollout, overwritten each minute."""

    rollout = models.OneToOneField(Rollout, models.PROTECT, related_name="tick")
    at = models.DateTimeField()
    answer = models.CharField(max_length=12)
    reasons = models.JSONField(default=list)
