"""Who works together: people, projects, roles, invitations and the policy of each project."""

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.functions import Lower
from simple_history.models import HistoricalRecords

from registry.domain.roles import Role


class Person(AbstractUser):
    """Somebody who signs in. Deactivated, never deleted: the audit trail names them."""

    time_zone = models.CharField(max_length=64, default="UTC", help_text="Times are shown in it.")
    is_demo = models.BooleanField(
        default=False,
        editable=False,
        help_text="Belongs to the demo, with a password everybody can know.",
    )

    class Meta(AbstractUser.Meta):
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            # A second account with the same address would be a way round "two persons".
            models.UniqueConstraint(
                Lower("email"), name="one_person_per_email", condition=~models.Q(email="")
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()


class Project(models.Model):
    """A team's space: prompts, keys, members."""

    class Preset(models.TextChoices):
        TEAM = "team", "Team: somebody else reviews MAJOR changes"
        SOLO = "solo", "Solo: one person; skipped steps stay visible for ever"
        REGULATED = "regulated", "Regulated: no waivers"

    slug = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=120)
    preset = models.CharField(max_length=10, choices=Preset.choices, default=Preset.TEAM)
    time_zone = models.CharField(max_length=64, default="UTC")
    sandbox = models.BooleanField(
        default=False,
        editable=False,
        help_text="Set only at creation: hours may be minutes and simulated verdicts count.",
    )
    hidden_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords(history_change_reason_field=models.TextField(null=True))
    _change_reason: str  # set before save(), kept with the history row

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """One role of one person in one project; roles add up."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=[(r.value, r.value) for r in Role])
    created_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords(history_change_reason_field=models.TextField(null=True))
    _change_reason: str  # set before save(), kept with the history row

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "person", "role"], name="one_role_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=[r.value for r in Role]), name="role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} is {self.role} in {self.project}"


class Invitation(models.Model):
    """A one-time link that gives a new person roles in a project.

    Without a project it is the set-up link of a fresh installation.
    """

    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="invitations"
    )
    email = models.EmailField(blank=True)
    roles = models.JSONField(default=list)
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        if self.project is None:
            return "set-up link"
        return f"invitation {self.pk} to {self.project}"


class PolicyRevision(models.Model):
    """What each risk must show, numbered and frozen; the highest number is in force."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="policy_revisions")
    number = models.PositiveIntegerField()
    document = models.JSONField(help_text="See registry.domain.policy.")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["project", "number"], name="policy_number_once"),
        ]

    def __str__(self) -> str:
        return f"policy {self.number} of {self.project}"


class PolicyProposal(models.Model):
    """A looser policy that waits for the yes of a second admin."""

    class State(models.TextChoices):
        PENDING = "pending"
        CONFIRMED = "confirmed"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"
        OVERTAKEN = "overtaken"

    project = models.ForeignKey(Project, models.PROTECT, related_name="policy_proposals")
    base = models.ForeignKey(PolicyRevision, models.PROTECT, related_name="+")
    document = models.JSONField(help_text="See registry.domain.policy.")
    reason = models.TextField()
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    revision = models.OneToOneField(
        PolicyRevision, models.PROTECT, null=True, blank=True, related_name="proposal"
    )

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                name="one_pending_policy_proposal",
                condition=models.Q(state="pending"),
            ),
            models.CheckConstraint(
                name="proposer_does_not_confirm",
                condition=~models.Q(state="confirmed")
                | models.Q(answered_by__isnull=False)
                & ~models.Q(answered_by=models.F("proposed_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"proposed policy of {self.project}"
