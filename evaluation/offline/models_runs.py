"""Evaluation runs: what was asked, of whom, and what each case gave."""

from typing import Any

from django.conf import settings
from django.db import models

from registry.domain.content import Content


class Candidate(models.Model):
    """A text that CI asks to have evaluated: no version, never served, frozen."""

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="candidates")
    key = models.ForeignKey(
        "registry.ApiKey", models.PROTECT, null=True, blank=True, related_name="+"
    )
    content = models.JSONField(help_text="{kind, body, config, output_schema, variables}")
    digest = models.CharField(max_length=64)
    ref = models.CharField(max_length=200, blank=True, help_text="Such as a commit.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"candidate {self.ref or self.digest[:12]}"

    def as_content(self) -> Content:
        """Return the text as one value."""
        return Content.from_fields(**self.content)


class Run(models.Model):
    """One version, or a candidate from CI, on one snapshot; both arms in the same job."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        PASSED = "passed"
        FAILED = "failed"
        INCONCLUSIVE = "inconclusive"
        ERRORED = "errored"
        CANCELLED = "cancelled"

    OPEN = (State.QUEUED, State.RUNNING)
    CONCLUDED = (State.PASSED, State.FAILED, State.INCONCLUSIVE)
    BROKEN_OFF = (State.ERRORED, State.CANCELLED)  # without a verdict

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="runs")
    version = models.ForeignKey(
        "registry.Version", models.PROTECT, null=True, blank=True, related_name="runs"
    )
    candidate = models.ForeignKey(
        Candidate, models.PROTECT, null=True, blank=True, related_name="runs"
    )
    baseline = models.ForeignKey(
        "registry.Version", models.PROTECT, null=True, blank=True, related_name="+"
    )
    snapshot = models.ForeignKey("evaluation.Snapshot", models.PROTECT, related_name="runs")
    attempt = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=12, choices=State.choices, default=State.QUEUED)
    resumes = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The attempt on the same pins whose finished results were taken over.",
    )
    risk = models.CharField(max_length=5)
    policy = models.ForeignKey("registry.PolicyRevision", models.PROTECT, related_name="+")
    connection = models.CharField(max_length=64)
    simulated = models.BooleanField(default=False)
    checks = models.JSONField(default=list, help_text="The suite's checks, copied at submit.")
    smoke = models.BooleanField(default=False, help_text="At most 20 cases, for PATCH.")
    judges = models.JSONField(
        default=list,
        help_text="[{version, digest, name, number, kind, needs, gating, margin, min_mean}], "
        "copied at submit.",
    )
    thresholds = models.JSONField(default=dict, help_text="The bars, copied at submit.")
    budget = models.JSONField(default=dict, help_text="max_calls, max_cost, max_seconds.")
    estimate = models.JSONField(default=dict, help_text="What it was thought to take.")
    baseline_run = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The run whose answers of the baseline were taken over.",
    )
    anchor_run = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The run in which the best earlier version was scored on these cases.",
    )
    look = models.PositiveSmallIntegerField(default=1, help_text="The second one repeats.")
    repeats = models.PositiveSmallIntegerField(default=1, help_text="Answers per case and arm.")
    again = models.JSONField(
        default=list, help_text="Cases with three answers per arm, by the second look."
    )
    total = models.PositiveIntegerField(default=0, help_text="Answers to come, both arms.")
    calls = models.PositiveIntegerField(default=0, help_text="Made so far, judges included.")
    cost = models.DecimalField(
        max_digits=12, decimal_places=6, default=0, help_text="US dollars so far, where known."
    )
    unpriced_calls = models.PositiveIntegerField(default=0, help_text="Calls of unknown cost.")
    reasons = models.JSONField(default=list)
    metrics = models.JSONField(default=dict)
    groups = models.JSONField(default=dict, help_text="Ids of the cases by what changed.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(
        max_length=12,
        blank=True,
        help_text="The state it ends in once the open calls are written; nothing new is asked.",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "evaluation run"
        constraints = [
            models.UniqueConstraint(fields=["version", "attempt"], name="run_attempt_once"),
            models.CheckConstraint(
                condition=models.Q(version=None) ^ models.Q(candidate=None),
                name="run_of_version_or_candidate",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=[
                        "queued",
                        "running",
                        "passed",
                        "failed",
                        "inconclusive",
                        "errored",
                        "cancelled",
                    ]
                ),
                name="run_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk} of {self.subject}"

    @property
    def subject(self) -> Any:
        """The version, or the candidate from CI; both have `as_content()` and `digest`."""
        return self.version or self.candidate


class RunShard(models.Model):
    """A part of a run that one worker holds by lease; the row is the queue."""

    class State(models.TextChoices):
        QUEUED = "queued"
        LEASED = "leased"
        DONE = "done"

    run = models.ForeignKey(Run, models.PROTECT, related_name="shards")
    number = models.PositiveIntegerField()
    first_position = models.PositiveIntegerField()
    last_position = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="Claims without a result since; counted before the work."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="shard_once"),
        ]
        indexes = [models.Index(fields=["state", "lease_until"], name="shard_due")]


class CaseResult(models.Model):
    """What one arm gave for one case; written once, so a retried task cannot count twice."""

    class Arm(models.TextChoices):
        CANDIDATE = "candidate"
        BASELINE = "baseline"

    run = models.ForeignKey(Run, models.PROTECT, related_name="results")
    case = models.ForeignKey("evaluation.Case", models.PROTECT, related_name="results")
    arm = models.CharField(max_length=9, choices=Arm.choices)
    repeat = models.PositiveSmallIntegerField(default=1, help_text="1: the first answer.")
    taken_over = models.BooleanField(
        default=False, help_text="From an earlier run; its time says nothing about this one."
    )
    request_digest = models.CharField(max_length=64, blank=True)
    output = models.TextField(blank=True)
    finish_reason = models.CharField(max_length=30, blank=True)
    error = models.CharField(max_length=300, blank=True)
    checks = models.JSONField(default=list, help_text="[{check, outcome, reason, severity}]")
    passed = models.BooleanField(default=False, help_text="Every rule that can block holds.")
    latency_ms = models.FloatField(null=True, blank=True, help_text="Of the last call.")
    calls = models.PositiveSmallIntegerField(default=1, help_text="1: answered at once.")
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    model = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "case", "arm", "repeat"], name="result_once"),
        ]

    def __str__(self) -> str:
        return f"{self.arm} on {self.case}"
