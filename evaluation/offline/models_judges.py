"""Judges: models that score answers by a rubric, what they said, and what people say of it."""

from django.conf import settings
from django.db import models


class Judge(models.Model):
    """A named criterion of a project; what it is at a time stands in its frozen versions."""

    class Kind(models.TextChoices):
        FAITHFULNESS = "faithfulness"
        RELEVANCE = "relevance"
        CORRECTNESS = "correctness"
        CUSTOM = "custom"

    project = models.ForeignKey("registry.Project", models.PROTECT, related_name="judges")
    name = models.SlugField(max_length=60, help_text="The metric's name, such as faithfulness.")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["project", "name"], name="judge_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class JudgeVersion(models.Model):
    """What a judge is asked with, word for word; frozen, so that its scores stay comparable."""

    class Scale(models.TextChoices):
        FIFTHS = "fifths", "score / 5"  # 0.2 to 1
        UNIT = "unit", "(score - 1) / 4"  # 0 to 1

    judge = models.ForeignKey(Judge, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    connection = models.CharField(max_length=64, help_text="A name from settings.")
    model = models.CharField(max_length=100)
    max_tokens = models.PositiveIntegerField(default=800)
    criteria = models.TextField(help_text="What is scored, in words.")
    points = models.JSONField(help_text="Five descriptions, for the scores 1 to 5.")
    needs = models.JSONField(
        default=list, help_text="context, reference: cases without them are not scored."
    )
    prompt = models.TextField(help_text="The instructions the model gets, rubric included.")
    scale = models.CharField(max_length=6, choices=Scale.choices, default=Scale.FIFTHS)
    context_tokens = models.PositiveIntegerField(
        default=24_000, help_text="A longer context is cut, and the score says so."
    )
    digest = models.CharField(max_length=64, help_text="Over everything above but the number.")
    reason = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["judge", "number"], name="judge_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.judge} v{self.number}"


class Replay(models.Model):
    """Answers put to a judge version once more, outside of any verdict.

    To compare a new judge version with people's marks, or to ask again about one answer.
    The row is its own queue: one worker holds it by lease.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        CANCELLED = "cancelled"
        ERRORED = "errored"

    judge = models.ForeignKey(JudgeVersion, models.PROTECT, related_name="replays")
    results = models.JSONField(help_text="Ids of the case results to score, in order.")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    error = models.CharField(max_length=300, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "lease_until"], name="replay_due")]

    def __str__(self) -> str:
        return f"replay {self.pk} of {self.judge}"


class Judgement(models.Model):
    """One call of a judge about one answer: its score with the reasoning, or why there is none.

    Written once. The last `ask` counts: an answer that broke the contract is asked for again.
    """

    run = models.ForeignKey(
        "evaluation.Run", models.PROTECT, null=True, blank=True, related_name="judgements"
    )
    replay = models.ForeignKey(
        Replay, models.PROTECT, null=True, blank=True, related_name="judgements"
    )
    result = models.ForeignKey("evaluation.CaseResult", models.PROTECT, related_name="judgements")
    judge = models.ForeignKey(JudgeVersion, models.PROTECT, related_name="judgements")
    ask = models.PositiveSmallIntegerField(default=1, help_text="1: the first time of asking.")
    last = models.BooleanField(
        default=True, help_text="No further asking: a score, or the error that stands."
    )
    score = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 to 5, as given.")
    value = models.FloatField(null=True, blank=True, help_text="The score on the judge's scale.")
    reasoning = models.TextField(blank=True)
    error = models.CharField(max_length=300, blank=True)
    answer = models.TextField(blank=True, help_text="What came back, when it broke the contract.")
    context_truncated = models.BooleanField(default=False)
    request_digest = models.CharField(max_length=64, blank=True)
    finish_reason = models.CharField(max_length=30, blank=True)
    latency_ms = models.FloatField(null=True, blank=True)
    calls = models.PositiveSmallIntegerField(default=1, help_text="1: answered at once.")
    input_tokens = models.PositiveIntegerField(null=True, blank=True)
    output_tokens = models.PositiveIntegerField(null=True, blank=True)
    cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    model = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["result", "judge", "ask"],
                condition=models.Q(replay=None),
                name="judgement_once",
            ),
            models.UniqueConstraint(
                fields=["replay", "result", "judge", "ask"],
                condition=~models.Q(replay=None),
                name="replayed_judgement_once",
            ),
            models.CheckConstraint(
                condition=models.Q(run=None) ^ models.Q(replay=None),
                name="judgement_of_run_or_replay",
            ),
            models.CheckConstraint(
                condition=models.Q(score=None) | models.Q(score__gte=1, score__lte=5),
                name="judgement_score_in_scale",
            ),
            models.CheckConstraint(
                condition=models.Q(score=None, value=None)
                | models.Q(score__isnull=False, value__isnull=False, error="", last=True),
                name="judgement_scores_or_errs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.judge} on result {self.result_id}"


class JudgeMark(models.Model):
    """What a person would have scored an answer; judges are measured against it. Stays as given."""

    judge = models.ForeignKey(Judge, models.PROTECT, related_name="marks")
    result = models.ForeignKey("evaluation.CaseResult", models.PROTECT, related_name="marks")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    score = models.PositiveSmallIntegerField(help_text="1 to 5, by the judge's rubric.")
    blind = models.BooleanField(help_text="Given without having seen the judge's score.")
    note = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["judge", "result", "person"], name="one_mark_per_person"
            ),
            models.CheckConstraint(
                condition=models.Q(score__gte=1, score__lte=5), name="mark_in_scale"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} on result {self.result_id}: {self.score}"
