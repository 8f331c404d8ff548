"""Who wants to hear what: choices of people, and how far each audit chain was announced."""

from django.conf import settings
from django.db import models


class NoticeChoice(models.Model):
    """How a person wants to hear of one kind of notice; no row means at once."""

    class How(models.TextChoices):
        OFF = "off", "Not at all"
        AT_ONCE = "at_once", "At once"
        DAILY = "daily", "Once a day"

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="notice_choices"
    )
    notice = models.CharField(max_length=30, help_text="approval_wanted, decided, comment, …")
    how = models.CharField(max_length=8, choices=How.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "notice"], name="one_choice_per_notice"),
        ]

    def __str__(self) -> str:
        return f"{self.person}: {self.notice} {self.how}"


class Announced(models.Model):
    """The last event of a chain whose notices stand in the outbox.

    Events of a chain are numbered in the order of their commits, without gaps, so everything
    above this number is new, and nothing is announced twice.
    """

    chain = models.CharField(max_length=40, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
