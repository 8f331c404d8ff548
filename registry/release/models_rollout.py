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

    class Mode(models.TextChoices):
        MEASURED = "measured", "measured: the watcher takes each step on evidence"
        ATTENDED = "attended", "attended: a person takes each step"

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
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.ATTENDED)
    attended_because = models.TextField(blank=True, help_text="Why no step is taken by itself.")
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
    segment = models.ForeignKey(
        Segment, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    at = models.DateTimeField()
    answer = models.CharField(max_length=12, help_text="pass, fail, undecided, held or error")
    reasons = models.JSONField(default=list, help_text="Sentences; the first is the headline.")
    evidence = models.JSONField(default=dict, help_text="What the answer rests on.")


class PlannedStart(models.Model):
    """A start that waits: for a moment, for the rollout under way, or for a rebased text."""

    class State(models.TextChoices):
        WAITING = "waiting"
        REBASE = "rebase", "waits until its text is brought up to date"
        STARTED = "started"
        REFUSED = "refused"
        CANCELLED = "cancelled"

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="planned_starts")
    version = models.ForeignKey("registry.Version", models.PROTECT, related_name="planned_starts")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    not_before = models.DateTimeField(null=True, blank=True)
    after = models.ForeignKey(
        Rollout,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="followed_by",
        help_text="The rollout that must end first.",
    )
    percent = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Of the first stage, if not the policy's."
    )
    attended = models.BooleanField(default=False)
    reason = models.TextField()
    planned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    answer = models.TextField(blank=True, help_text="What became of it, in words.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version"],
                name="one_planned_start_waits",
                condition=models.Q(state__in=["waiting", "rebase"]),
            )
        ]

    def __str__(self) -> str:
        return f"planned start of {self.version}"
