"""What happened: the hash-chained audit trail, and what must be sent after a commit."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class ChainHead(models.Model):
    """The last link of one chain: one per project (`project:<id>`) and one for the `site`."""

    chain = models.CharField(max_length=40, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")


class Event(models.Model):
    """One audited change; written in the transaction of the change, never touched again."""

    chain = models.CharField(max_length=40)
    seq = models.PositiveBigIntegerField()
    project = models.ForeignKey(
        "registry.Project", models.PROTECT, null=True, blank=True, related_name="events"
    )
    at = models.DateTimeField(help_text="Database clock, read after the chain was locked.")
    action = models.CharField(max_length=60)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    actor_name = models.CharField(max_length=150)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=40)
    object_name = models.CharField(max_length=300)
    before = models.TextField(default="null", help_text="Canonical JSON.")
    after = models.TextField(default="null", help_text="Canonical JSON.")
    reason = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        verbose_name = "audit event"
        constraints = [
            models.UniqueConstraint(fields=["chain", "seq"], name="one_event_per_link"),
        ]
        indexes = [
            models.Index(fields=["object_type", "object_id"], name="event_of_object"),
            models.Index(fields=["chain", "at"], name="event_by_time"),
            models.Index(fields=["chain", "action", "seq"], name="event_by_action"),
            models.Index(fields=["request_id"], name="event_by_request"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.object_name}"


class ChainCheck(models.Model):
    """When a chain was last walked from its first event to its last, and what was found.

    The row is the queue too: a check that was asked for after the last one ended is due.
    """

    chain = models.CharField(max_length=40, primary_key=True)
    seq = models.PositiveBigIntegerField(default=0, help_text="The last event that was looked at.")
    fault = models.CharField(max_length=300, blank=True, help_text="Empty: it holds.")
    fault_seq = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="The first event that is wrong or missing."
    )
    at = models.DateTimeField(null=True, blank=True, help_text="Empty: never walked to its end.")
    asked_at = models.DateTimeField(null=True, blank=True)
    walked = models.PositiveBigIntegerField(default=0, help_text="How far the present walk is.")


class Outbox(models.Model):
    """A mail or webhook to send after the commit; the row stays as the log of its delivery."""

    class Kind(models.TextChoices):
        MAIL = "mail"
        WEBHOOK = "webhook"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    notice = models.CharField(
        max_length=30, blank=True, help_text="What it tells of: approval_wanted, …"
    )
    event = models.ForeignKey(
        Event, models.PROTECT, null=True, blank=True, related_name="outbox", help_text="Its cause."
    )
    project = models.ForeignKey(
        "registry.Project", models.PROTECT, null=True, blank=True, related_name="+"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    target = models.CharField(max_length=64, blank=True, help_text="A webhook's name in settings.")
    daily = models.BooleanField(default=False, help_text="Waits for the person's daily mail.")
    payload = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    next_try_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["sent_at", "given_up_at", "next_try_at"], name="outbox_due")
        ]
