"""Find what an address of a judge names, inside the project the person was let into."""

from django.http import Http404
from django.urls import reverse

from evaluation.offline.models import Judge, JudgeVersion, Replay
from evaluation.web.find import LARGEST_NUMBER, one_of
from registry.web.permissions import ProjectRequest


def find_judge(request: ProjectRequest, pk: int) -> Judge:
    """Return the judge of the request's project. Raises Http404."""
    return one_of(Judge.objects.filter(project=request.project).select_related("project"), pk)


def find_version(judge: Judge, number: int | None) -> JudgeVersion:
    """Return a version of the judge, the newest for None. Raises Http404."""
    rows = judge.versions.select_related("judge__project", "created_by")
    if number is None:
        found = rows.first()
    else:
        found = rows.filter(number=number).first() if number <= LARGEST_NUMBER else None
    if found is None:
        raise Http404(f"{judge} has no such version.")
    return found


def find_replay(request: ProjectRequest, pk: int) -> Replay:
    """Return the replay of a judge of the request's project. Raises Http404."""
    rows = Replay.objects.filter(judge__judge__project=request.project)
    return one_of(rows.select_related("judge__judge__project", "requested_by"), pk)


def judge_url(judge: Judge) -> str:
    """Return the address of the judge's page."""
    return reverse("judge", args=[judge.project.slug, judge.pk])


def replay_url(replay: Replay) -> str:
    """Return the address of a replay."""
    return reverse("replay", args=[replay.judge.judge.project.slug, replay.pk])
