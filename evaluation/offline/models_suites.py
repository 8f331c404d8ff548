"""What a prompt is judged by: its suite, and what a project says for all its suites."""

from django.db import models
from simple_history.models import HistoricalRecords


class SuiteDefaults(models.Model):
    """What every suite of a project takes over unless it says otherwise."""

    project = models.OneToOneField(
        "registry.Project", models.PROTECT, related_name="suite_defaults"
    )
    connection = models.CharField(max_length=64, blank=True, help_text="A name from settings.")
    judges = models.JSONField(default=list, help_text="As in a suite.")
    thresholds = models.JSONField(default=dict, help_text="As in a suite.")
    budget = models.JSONField(default=dict, help_text="As in a suite, and max_cost_month.")
    history = HistoricalRecords(history_change_reason_field=models.TextField(null=True))

    def __str__(self) -> str:
        return f"evaluation of {self.project}"


class Suite(models.Model):
    """Which dataset, checks and judges a prompt is evaluated with, and the bar for them.

    What is empty here comes from the project, then from the built-in values:
    `evaluation.offline.suites.effective` says what holds and from where.
    """

    prompt = models.OneToOneField("registry.Prompt", models.PROTECT, related_name="suite")
    dataset = models.ForeignKey("evaluation.Dataset", models.PROTECT, related_name="suites")
    checks = models.JSONField(default=list, help_text="For every case; cases may add their own.")
    connection = models.CharField(
        max_length=64, blank=True, help_text="A name from settings; empty: the project's."
    )
    judges = models.JSONField(
        null=True,
        blank=True,
        help_text="[{version: id of a judge version, gating, margin, min_mean}]; null: as the "
        "project.",
    )
    thresholds = models.JSONField(
        default=dict,
        help_text="Bars for latency, cost and the anchor; those missing: as the project.",
    )
    budget = models.JSONField(
        default=dict, help_text="max_calls, max_cost, max_seconds; those missing: as the project."
    )
    history = HistoricalRecords(history_change_reason_field=models.TextField(null=True))

    def __str__(self) -> str:
        return f"suite of {self.prompt}"
