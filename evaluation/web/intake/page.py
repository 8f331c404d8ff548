"""The page "What came in": which calls and scores a project gets, and why others were refused."""

from dataclasses import dataclass

from django.http import HttpResponse

from evaluation.online.intake.came_in import DAYS, MOST_VERSIONS, Called, Line, called_of, lines_of
from evaluation.online.models import Series
from evaluation.web.intake.snippets import sending
from registry.audit.clock import database_now
from registry.domain.roles import Action
from registry.projects.access import can
from registry.projects.models import Project
from registry.release.models import Label
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs

DOORS = {
    "observations": "Our clients and the API",
    "otlp": "OpenTelemetry",
    "langfuse": "Langfuse",
    "judge": "Judged samples",
}
# Chip, word, and what to do about it.
OUTCOMES = {
    "taken": ("good", "taken", ""),
    "again": (
        "",
        "sent again",
        "Counted once. Applications send again what they got no answer to.",
    ),
    "waiting": (
        "live",
        "waiting",
        "Scores that came before their call. They count when it comes within the hour.",
    ),
    "unknown_prompt": (
        "bad",
        "unknown prompt",
        "Correct the name in the application, or give the prompt that old name in its settings.",
    ),
    "unknown_version": (
        "bad",
        "unknown version",
        "Have the application send the version that came with the prompt, not one of its own.",
    ),
    "late": ("bad", "too late", "Send calls within 24 hours, and check the machine's clock."),
    "early": ("bad", "in the future", "Set the clock of the machine that sends them."),
    "invalid": ("bad", "not readable", "Change in the application what the message names."),
    "ambiguous": (
        "bad",
        "which call?",
        "Score the generation, not the trace: calls of several prompts share it.",
    ),
    "sample": ("warn", "sample left out", "The call counts. Attach less, or what can be stored."),
    "no_call": (
        "warn",
        "no call came",
        "The score waited for its call in vain. Send calls through the same project's key.",
    ),
    "too_many_names": (
        "bad",
        "too many names",
        "Name scores after what they measure; put what differs from call to call elsewhere.",
    ),
}

SERVED_AS = {
    Series.Arm.TREATMENT: "canary",
    Series.Arm.CONTROL: "production",
    Series.Arm.STAGING: "staging",
    Series.Arm.OTHER: Series.Arm.OTHER.label,
}


@dataclass(frozen=True)
class Row:
    """A line of the table with its words."""

    line: Line
    n: str
    door: str
    tone: str
    word: str
    then: str


@dataclass(frozen=True)
class VersionRow:
    """A version that was called, with its words."""

    called: Called
    calls: str
    arm: str


@needs(Action.VIEW)
def intake(request: ProjectRequest, slug: str) -> HttpResponse:
    """Show what came in within the last days."""
    project, now = request.project, database_now()
    lines = lines_of(project, now=now)
    called = called_of(project, now=now)
    name, version = _example(project)
    counted = [line for line in lines if not line.refused]
    context = {
        "project": project,
        "place": "intake",
        "rows": [_row(line) for line in lines],
        "taken": _items(sum(line.n for line in lines if line.outcome in ("taken", "waiting"))),
        "refused": _number(sum(line.n for line in lines if line.refused)),
        "newest": max((line.last_at for line in counted), default=None),
        "called": [_version_row(one) for one in called[:MOST_VERSIONS]],
        "more": len(called) - MOST_VERSIONS,
        "days": DAYS,
        "snippets": sending(name, version),
        "may_manage": can(request.actor, Action.MANAGE_KEYS, project),
    }
    return page(request, "evaluation/intake/came_in.html", context, title="What came in")


def _row(line: Line) -> Row:
    usual = ("bad", line.outcome.replace("_", " "), "Change what the message names.")
    door = DOORS.get(line.door, line.door)
    return Row(line, _number(line.n), door, *OUTCOMES.get(line.outcome, usual))


def _version_row(called: Called) -> VersionRow:
    return VersionRow(called, _number(called.calls), SERVED_AS[Series.Arm(called.arm)])


def _number(n: int) -> str:
    return f"{n:,}" if n else ""


def _items(n: int) -> str:
    return "Nothing that counts" if not n else f"{n:,} item{'s' if n > 1 else ''}"


def _example(project: Project) -> tuple[str, str]:
    """Return name and version of something that production serves, for the snippets."""
    held = Label.objects.filter(
        prompt__project=project, name="production", prompt__archived_at=None
    )
    label = held.select_related("prompt", "version").order_by("prompt__name").first()
    return (label.prompt.name, label.version.semver) if label else ("support/system", "1.0.0")
