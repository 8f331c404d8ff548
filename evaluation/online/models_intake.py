"""What is kept of single calls: that they were counted, scores that wait, and samples."""

from django.db import models

from evaluation.online.models_rollups import Series


class Seen(models.Model):
    """Something that was counted already, by a digest of project, source, id and metric.

    Rows of calls also say where they were counted, so that a score that comes later and knows
    only the call, or its trace, is counted there too. Without a series, a trace holds calls of
    several prompts and says nothing.
    """

    day = models.DateField(help_text="Of its own timestamp.")
    key = models.BinaryField(max_length=16)
    series = models.ForeignKey(Series, models.CASCADE, null=True, related_name="+", db_index=False)
    shard = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "key"], name="seen_once")]


class WaitingScore(models.Model):
    """A score whose call has not been reported yet. Kept for an hour."""

    project = models.ForeignKey("registry.Project", models.CASCADE, related_name="+")
    call = models.BinaryField(max_length=16, help_text="Digest of the call or trace it is about.")
    key = models.BinaryField(max_length=16, unique=True, help_text="Digest of the score itself.")
    metric = models.CharField(max_length=80)
    value = models.FloatField()
    at = models.DateTimeField(help_text="Its own timestamp.")
    came_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["call"], name="waiting_by_call"),
            models.Index(fields=["came_at"], name="waiting_by_age"),
        ]


class IntakeCount(models.Model):
    """How many items of a project and day were taken, or not, and why: one row per reason."""

    project = models.ForeignKey("registry.Project", models.CASCADE, related_name="+")
    day = models.DateField()
    door = models.CharField(max_length=16, help_text="observations, otlp or langfuse")
    outcome = models.CharField(max_length=24, help_text="taken, again, unknown_prompt, late, …")
    n = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()
    example = models.CharField(max_length=200, blank=True, help_text="The last message.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "day", "door", "outcome"], name="intake_count_once"
            )
        ]


class Sample(models.Model):
    """The text of one call, that its application attached. Deleted after 14 days."""

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="samples")
    version = models.ForeignKey("registry.Version", models.PROTECT, related_name="samples")
    series = models.ForeignKey(Series, models.CASCADE, related_name="samples")
    call = models.BinaryField(max_length=16, help_text="Digest of the call, as in Seen.")
    shard = models.PositiveSmallIntegerField()
    at = models.DateTimeField(help_text="When the call was made.")
    input = models.JSONField(help_text="What was put in: {variable: value}, or a text.")
    output = models.TextField()
    context = models.JSONField(default=list, help_text="The texts it was to rest on.")
    scores = models.JSONField(default=dict, help_text="{name: 0 to 1}: of the caller, of judges.")
    reasons = models.JSONField(default=dict, help_text="{name: why a judge gave that score}.")
    hidden = models.JSONField(default=list, help_text="Kinds of private data that were masked.")
    judged_at = models.DateTimeField(null=True, blank=True)
    judge_problem = models.CharField(max_length=300, blank=True)
    judge_cost = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [models.UniqueConstraint(fields=["prompt", "call"], name="sample_once")]
        indexes = [
            models.Index(fields=["judged_at", "prompt"], name="sample_to_judge"),
            models.Index(fields=["at"], name="sample_by_age"),
        ]

    @property
    def has_variables(self) -> bool:
        """Was it put in by variables, and not as one text?"""
        return isinstance(self.input, dict)
