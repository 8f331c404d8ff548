"""Roll-ups: sums of what was observed, by version, arm and time. Only `record` writes them.

Names of metrics: `error` (its n counts all calls, its sum the errors), `latency` (natural
logarithm of milliseconds), `slow` (calls over the watch's bound), `tokens` (input and output),
`cost` (dollars), `assigned` (calls that say epoch and bucket), `misassigned` (of those, in the
wrong arm), `score:NAME` (0 to 1). Each carries n, sum and, where a variance is needed, the sum
of squares.
"""

from django.db import models


class Series(models.Model):
    """One version, served as one arm: of a segment, or outside of any."""

    class Arm(models.TextChoices):
        CONTROL = "control"
        TREATMENT = "treatment"
        STAGING = "staging"
        OTHER = "other", "asked for by its number"

    prompt = models.ForeignKey("registry.Prompt", models.PROTECT, related_name="series")
    version = models.ForeignKey("registry.Version", models.PROTECT, related_name="series")
    segment = models.ForeignKey(
        "registry.Segment", models.PROTECT, null=True, blank=True, related_name="series"
    )
    arm = models.CharField(max_length=10, choices=Arm.choices)

    class Meta:
        verbose_name_plural = "series"
        constraints = [
            models.UniqueConstraint(
                fields=["segment", "arm", "version"],
                name="series_once_in_a_segment",
                condition=models.Q(segment__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["version", "arm"],
                name="series_once_outside",
                condition=models.Q(segment__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} as {self.arm}"


class Rollup(models.Model):
    """The sums of one metric over one minute, hour or day."""

    class Length(models.IntegerChoices):
        MINUTE = 1
        HOUR = 60
        DAY = 1440

    series = models.ForeignKey(Series, models.CASCADE, related_name="rollups")
    metric = models.CharField(max_length=80)
    minutes = models.PositiveSmallIntegerField(choices=Length.choices)
    start = models.DateTimeField()
    n = models.BigIntegerField(default=0)
    total = models.FloatField(default=0)
    squares = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series", "metric", "minutes", "start"], name="rollup_once"
            )
        ]
        indexes = [models.Index(fields=["minutes", "start"], name="rollup_by_age")]


class Shard(models.Model):
    """The sums of one metric over one of 64 groups of units: they show how units differ."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="shards")
    metric = models.CharField(max_length=80)
    shard = models.PositiveSmallIntegerField()
    n = models.BigIntegerField(default=0)
    total = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["series", "metric", "shard"], name="shard_of_series_once"
            )
        ]


class Histogram(models.Model):
    """How many calls of one day took about so long: see `evaluation.domain.watch.histogram`."""

    series = models.ForeignKey(Series, models.CASCADE, related_name="histograms")
    day = models.DateField()
    bucket = models.SmallIntegerField()
    n = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["series", "day", "bucket"], name="histogram_once")
        ]
        indexes = [models.Index(fields=["day"], name="histogram_by_age")]
