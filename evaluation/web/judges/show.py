"""A judge with its versions, and one version, compared with another one."""

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse

from evaluation.domain.judge.family import same_family
from evaluation.offline.judging.calibration import calibration_of
from evaluation.offline.judging.standing import Standing, standings_of
from evaluation.offline.models import Judge, JudgeVersion, Suite, SuiteDefaults
from evaluation.providers.connections import SIMULATED
from evaluation.web.judges.find import find_judge, find_version
from registry.domain.diff.segments import Budget, Segment, compare_texts
from registry.domain.fields import whole_number
from registry.domain.roles import Action
from registry.prompts.models import Version
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.choices import why_not

VERSIONS = 50  # shown of one judge


@dataclass(frozen=True)
class VersionLine:
    """A version with how it stands and who uses it."""

    version: JudgeVersion
    standing: Standing
    prompts: list[str]
    by_project: bool


@dataclass(frozen=True)
class Part:
    """A part of a version's text, the old one's words beside it where they differ."""

    name: str
    segments: tuple[Segment, ...]
    changed: bool


@needs(Action.VIEW)
def show_judge(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show how the judge stands, its agreement with people by tag (`?v=2`), and its versions."""
    judge = find_judge(request, pk)
    asked = request.GET.get("v", "")
    version = find_version(judge, (whole_number(asked) or 0) if asked else None)
    context = {
        "project": request.project,
        "judge": judge,
        "version": version,
        "found": calibration_of(version),
        "lines": _lines(judge),
        "simulated": version.connection == SIMULATED,
        "replays": version.replays.select_related("requested_by")[:10],
        "no_edit": why_not(request.actor, Action.EDIT_DATASETS, request.project),
        "no_mark": why_not(request.actor, Action.MARK, request.project),
    }
    return page(request, "evaluation/judges/judge.html", context, title=f"Judge {judge}")


@needs(Action.VIEW)
def show_version(request: ProjectRequest, slug: str, pk: int, number: int) -> HttpResponse:
    """Show everything a version consists of; with `?against=1` what changed since that one."""
    judge = find_judge(request, pk)
    version = find_version(judge, number)
    asked = request.GET.get("against", "")
    against = find_version(judge, whole_number(asked) or 0) if asked else None
    others = judge.versions.exclude(pk=version.pk).order_by("-number")
    context = {
        "project": request.project,
        "judge": judge,
        "version": version,
        "against": against,
        "others": list(others[:VERSIONS]),
        "parts": _parts(against, version) if against else [],
        "same_make": _same_make(version),
        "points": list(reversed(list(enumerate(version.points, 1)))),
        "no_edit": why_not(request.actor, Action.EDIT_DATASETS, request.project),
    }
    return page(request, "evaluation/judges/version.html", context, title=str(version))


def _lines(judge: Judge) -> list[VersionLine]:
    versions = list(judge.versions.select_related("judge", "created_by")[:VERSIONS])
    standings = standings_of(versions)
    used: dict[int, list[str]] = {version.pk: [] for version in versions}
    suites = Suite.objects.filter(prompt__project=judge.project_id, judges__isnull=False)
    for name, judges in suites.values_list("prompt__name", "judges"):
        for entry in judges or []:
            if entry["version"] in used:
                used[entry["version"]].append(name)
    defaults = SuiteDefaults.objects.filter(project=judge.project_id).first()
    by_project = {entry["version"] for entry in (defaults.judges if defaults else [])}
    return [
        VersionLine(v, standings[v.pk], sorted(used[v.pk]), v.pk in by_project) for v in versions
    ]


def _parts(old: JudgeVersion, new: JudgeVersion) -> list[Part]:
    budget = Budget()

    def part(name: str, before: str, after: str) -> Part:
        return Part(name, compare_texts(before, after, budget), before != after)

    points = zip(range(5, 0, -1), reversed(old.points), reversed(new.points), strict=True)
    return [
        part("What is scored", old.criteria, new.criteria),
        *(part(f"Score {score}", before, after) for score, before, after in points),
        part("A case needs", ", ".join(old.needs) or "nothing", ", ".join(new.needs) or "nothing"),
        part("Connection", old.connection, new.connection),
        part("Model", old.model, new.model),
        part("Most tokens of its answer", str(old.max_tokens), str(new.max_tokens)),
        part("Most tokens of a context", str(old.context_tokens), str(new.context_tokens)),
        part("Scale", old.get_scale_display(), new.get_scale_display()),
    ]


def _same_make(version: JudgeVersion) -> list[str]:
    """Return the prompts that use the version and whose newest text names a model of its make."""
    project = version.judge.project_id
    newest = Version.objects.filter(prompt=OuterRef("prompt")).order_by("-revision")
    suites = Suite.objects.filter(prompt__project=project).annotate(
        config=Subquery(newest.values("config")[:1])
    )
    defaults = SuiteDefaults.objects.filter(project=project).first()
    inherited = defaults.judges if defaults else []
    found = []
    for name, judges, config in suites.values_list("prompt__name", "judges", "config"):
        used = {entry["version"] for entry in (inherited if judges is None else judges)}
        model = str((config or {}).get("model", ""))
        if version.pk in used and same_family(model, version.model):
            found.append(name)
    return sorted(found)
