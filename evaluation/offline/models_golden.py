"""What a prompt is put to: golden datasets, their frozen snapshots and cases."""

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


class CaseEdit(models.Model):
    """One case as a person wants it in the next snapshot: kept until that snapshot is made."""

    dataset = models.ForeignKey(Dataset, models.PROTECT, related_name="edits")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    case_id = models.CharField(max_length=100)
    before = models.JSONField(
        null=True, help_text="The case as it was in the newest snapshot; nothing: it is new."
    )
    after = models.JSONField(null=True, help_text="The case as it is to be; nothing: taken out.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "person", "case_id"], name="one_edit_per_person_and_case"
            ),
        ]

    def __str__(self) -> str:
        return self.case_id


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
