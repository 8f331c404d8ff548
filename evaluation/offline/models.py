"""Before release: golden datasets, their frozen snapshots, runs and what each case gave."""

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords


class Dataset(models.Model):
    """A golden dataset of a project; its cases live in numbered snapshots."""

    project = models.ForeignKey("registry.Project", models.PROTECT, related_name="datasets")
    name = models.CharField(max_length=128)
    description = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords(history_change_reason_field=models.TextField(null=True))

    class Meta:
        ordering = ["name"]
        verbose_name = "golden dataset"
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="dataset_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class Snapshot(models.Model):
    """A frozen, numbered state of a dataset. Filled in one transaction, then sealed."""

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="snapshots")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, help_text="Over the canonical JSON of the cases.")
    case_count = models.PositiveIntegerField()
    sealed = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="snapshot_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} v{self.number}"


class Upload(models.Model):
    """A file that somebody is importing: kept until it became a snapshot, so that nothing is lost.

    One per dataset and person; the next one takes its place.
    """

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="uploads")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    name = models.CharField(max_length=200)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "person"], name="one_upload_per_person"),
        ]

    def __str__(self) -> str:
        return self.name


class Case(models.Model):
    """One input with expectations, in one snapshot."""

    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="cases")
    case_id = models.CharField(max_length=100)
    position = models.PositiveIntegerField()
    inputs = models.JSONField(default=dict, help_text="Values of the prompt's variables.")
    query = models.TextField(blank=True)
    context = models.JSONField(default=list)
    reference = models.TextField(blank=True)
    messages = models.JSONField(null=True, blank=True, help_text="Reserved for multi-turn cases.")
    tags = models.JSONField(default=list)
    checks = models.JSONField(default=list)
    cluster = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "case_id"], name="case_id_once"),
        ]

    def __str__(self) -> str:
        return self.case_id


class Suite(models.Model):
    """Which dataset and checks a prompt is evaluated with."""

    prompt = models.OneToOneField("registry.Prompt", models.PROTECT, related_name="suite")
    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="suites")
    checks = models.JSONField(default=list, help_text="For every case; cases may add their own.")
    connection = models.CharField(
        max_length=64, blank=True, help_text="A name from settings; empty: none yet."
    )
    history = HistoricalRecords(history_change_reason_field=models.TextField(null=True))

    def __str__(self) -> str:
        return f"suite of {self.prompt}"


class Run(models.Model):
    """One version on one snapshot: candidate and baseline arms in the same job."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        PASSED = "passed"
        FAILED = "failed"
        INCONCLUSIVE = "inconclusive"
        ERRORED = "errored"
        CANCELLED = "cancelled"

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="runs")
    version = models.ForeignKey("registry.Version", models.PROTECT, related_name="runs")
    baseline = models.ForeignKey(
        "registry.Version", models.PROTECT, null=True, blank=True, related_name="+"
    )
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, related_name="runs")
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
    total = models.PositiveIntegerField(default=0, help_text="Case results to come, both arms.")
    reasons = models.JSONField(default=list)
    metrics = models.JSONField(default=dict)
    groups = models.JSONField(default=dict, help_text="Ids of the cases by what changed.")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    cancel_requested_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = "evaluation run"
        constraints = [
            models.UniqueConstraint(fields=["version", "attempt"], name="run_attempt_once"),
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
        return f"run {self.pk} of {self.version}"


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
    case = models.ForeignKey(Case, models.PROTECT, related_name="results")
    arm = models.CharField(max_length=9, choices=Arm.choices)
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
            models.UniqueConstraint(fields=["run", "case", "arm"], name="result_once"),
        ]

    def __str__(self) -> str:
        return f"{self.arm} on {self.case}"


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
