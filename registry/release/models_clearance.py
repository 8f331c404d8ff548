"""May this version ship: its clearance and the evidence, signatures and waivers for it."""

from django.conf import settings
from django.db import models

from registry.domain.lifecycle import Clearance


class Contributor(models.Model):
    """Somebody whose work is in a version and who therefore cannot sign it."""

    version = models.ForeignKey("registry.Version", models.PROTECT, related_name="contributors")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "person"], name="contributor_once"),
        ]

    def __str__(self) -> str:
        return f"{self.person} contributed to {self.version}"


class Verdict(models.Model):
    """What a check of a version found. Owned here, written by evaluation, never changed."""

    class Kind(models.TextChoices):
        STATIC = "static"
        GATE = "gate"
        SOAK = "soak"
        CANARY = "canary"
        WATCH = "watch"

    class Outcome(models.TextChoices):
        PASS = "pass"
        FAIL = "fail"
        INCONCLUSIVE = "inconclusive"
        ERROR = "error"

    version = models.ForeignKey("registry.Version", models.PROTECT, related_name="verdicts")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    reasons = models.JSONField(default=list, help_text="Sentences; the first is the headline.")
    metrics = models.JSONField(default=dict)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    digest = models.CharField(max_length=64)
    pins = models.JSONField(default=dict, help_text="Baseline, snapshot, run, connection, judges.")
    simulated = models.BooleanField(default=False)
    policy = models.ForeignKey(
        "registry.PolicyRevision", models.PROTECT, null=True, blank=True, related_name="+"
    )
    rollout = models.ForeignKey(
        "registry.Rollout", models.PROTECT, null=True, blank=True, related_name="verdicts"
    )
    segment = models.ForeignKey(
        "registry.Segment", models.PROTECT, null=True, blank=True, related_name="verdicts"
    )
    evidence = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["static", "gate", "soak", "canary", "watch"]),
                name="verdict_kind_known",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["pass", "fail", "inconclusive", "error"]),
                name="verdict_outcome_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"


class EvaluationStandard(models.Model):
    """What an evaluation of a prompt must rest on now; written as suite, cases, judges change.

    A version is shipped only on a verdict with these pins. Digests and names, as in
    `Verdict.pins`: snapshot, checks, judges, thresholds, connection.
    """

    prompt = models.OneToOneField(
        "registry.Prompt", models.PROTECT, related_name="evaluation_standard"
    )
    pins = models.JSONField(default=dict)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"what {self.prompt} is evaluated by"


class Release(models.Model):
    """The clearance of one version, and the risk that picked its road."""

    version = models.OneToOneField("registry.Version", models.PROTECT, related_name="release")
    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="releases")
    state = models.CharField(
        max_length=20,
        choices=[(s.value, s.value.replace("_", " ")) for s in Clearance],
        default=Clearance.DRAFT.value,
    )
    risk = models.CharField(max_length=5, blank=True, help_text="Computed at submit and at start.")
    attempt = models.PositiveSmallIntegerField(default=0)
    baseline = models.ForeignKey(
        "registry.Version",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="What production served when it was submitted.",
    )
    policy = models.ForeignKey(
        "registry.PolicyRevision", models.PROTECT, null=True, blank=True, related_name="+"
    )
    verdict = models.ForeignKey(
        Verdict,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The verdict on which the clearance rests.",
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[s.value for s in Clearance]), name="clearance_known"
            ),
            models.CheckConstraint(
                condition=models.Q(risk__in=["", "FIRST", "PATCH", "MINOR", "MAJOR"]),
                name="risk_known",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "changed_at"], name="release_by_state"),
            # Lists ask which prompts have something waiting, without reading the rows.
            models.Index(fields=["state", "prompt", "version"], name="release_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.state}"

    def waived(self) -> frozenset[str]:
        """Return the steps that were skipped in the present attempt."""
        waivers = self.version.waivers.all()
        return frozenset(w.step for w in waivers if w.attempt == self.attempt)


class Approval(models.Model):
    """A person's answer to a version, bound to the digest and verdict they saw."""

    class Decision(models.TextChoices):
        APPROVE = "approve"
        REQUEST_CHANGES = "request_changes"
        REJECT = "reject"
        ACCEPT_UNDECIDED = "accept_undecided"

    version = models.ForeignKey("registry.Version", models.PROTECT, related_name="approvals")
    approver = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decision = models.CharField(max_length=20, choices=Decision.choices)
    comment = models.TextField(blank=True)
    digest = models.CharField(max_length=64)
    verdict = models.ForeignKey(
        Verdict, models.PROTECT, null=True, blank=True, related_name="approvals"
    )
    policy = models.ForeignKey(
        "registry.PolicyRevision", models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "approver", "verdict", "decision"],
                name="one_answer_per_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.approver}: {self.decision}"


class Waiver(models.Model):
    """A named step skipped by a permitted person with a reason; visible for ever.

    It holds for one attempt: a version that is evaluated against another production, or on
    other cases, is waived anew or not at all.
    """

    class Step(models.TextChoices):
        EVALUATION = "evaluation"
        APPROVAL = "approval"
        SOAK = "soak"
        CANARY = "canary"

    version = models.ForeignKey("registry.Version", models.PROTECT, related_name="waivers")
    step = models.CharField(max_length=12, choices=Step.choices)
    attempt = models.PositiveSmallIntegerField(help_text="Of the release, when it was given.")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["version", "step", "attempt"], name="one_waiver_per_step"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="waiver_reason_given"),
            models.CheckConstraint(
                condition=models.Q(step__in=["evaluation", "approval", "soak", "canary"]),
                name="waiver_step_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.step} waived by {self.by}"


class MeaningConfirmation(models.Model):
    """A reviewer's word that a MINOR wording means the same as `against`; lowers it to PATCH.

    It holds against that one version: once production serves another, it says nothing.
    """

    version = models.ForeignKey(
        "registry.Version", models.PROTECT, related_name="meaning_confirmations"
    )
    against = models.ForeignKey("registry.Version", models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, help_text="Of the text that the person saw.")
    reason = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["version", "against"], name="meaning_confirmed_once"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="meaning_reason_given"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.version} means the same"


class Comment(models.Model):
    """A remark in the discussion of a version. Its words stay; it is open until resolved."""

    version = models.ForeignKey("registry.Version", models.PROTECT, related_name="comments")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    text = models.TextField()
    anchor = models.CharField(
        max_length=120,
        blank=True,
        help_text="What it is about: lines:MESSAGE:FIRST-LAST, message:NUMBER or case:ID.",
    )
    quote = models.TextField(blank=True, help_text="The anchored words, as they were then.")
    blocking = models.BooleanField(default=False, help_text="No approval while it is open.")
    reply_to = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="replies"
    )
    carried_from = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="carried_to",
        help_text="The open comment on the version that this one answers.",
    )
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.person} on {self.version}"
