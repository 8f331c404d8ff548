"""Mark answers blind, one after another."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from evaluation.domain.judge.agreement import MEASURED
from evaluation.offline.judging.asking import JudgeAsker
from evaluation.offline.judging.marks import mark
from evaluation.offline.judging.sample import Sample, sample_for
from evaluation.offline.models import CaseResult, JudgeVersion
from evaluation.web.find import one_of
from evaluation.web.judges.find import find_judge, find_version
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.web.pages import page
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.typed import number_of


@needs(Action.MARK)
def mark_answers(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the next answer with the rubric and without any score, or keep a mark and go on."""
    version = find_version(find_judge(request, pk), None)
    if request.method != "POST":
        return _page(request, version, sample_for(version, request.user))
    result = _named(request)
    try:
        mark(
            version.judge,
            result=result,
            score=number_of(request, "score") or 0,
            blind=True,
            actor=request.actor,
            note=request.POST.get("note", ""),
        )
    except ContentError as error:
        return _page(request, version, sample_for(version, request.user), result, error.message)
    except Refused as refused:
        messages.warning(request, str(refused))
    return redirect("judge_mark", slug, pk)


def _page(
    request: ProjectRequest,
    version: JudgeVersion,
    sample: Sample,
    result: CaseResult | None = None,
    problem: str = "",
) -> HttpResponse:
    """Show `result`, which could not be marked so, or the next one of the sample."""
    shown = result or sample.next
    context = {
        "project": request.project,
        "judge": version.judge,
        "version": version,
        "sample": sample,
        "measured": MEASURED,
        "missing": max(0, MEASURED - sample.all),
        "result": shown,
        "material": JudgeAsker.material(version, shown.case, shown.output) if shown else None,
        "points": list(reversed(list(enumerate(version.points, 1)))),
        "problem": problem,
        "typed": {"score": request.POST.get("score", ""), "note": request.POST.get("note", "")},
    }
    return page(
        request,
        "evaluation/judges/mark.html",
        context,
        title=f"Mark answers for {version.judge}",
        status=400 if problem else 200,
    )


def _named(request: ProjectRequest) -> CaseResult:
    """Return the answer that the form names. Raises Refused for none, Http404 for a foreign one."""
    pk = number_of(request, "result")
    if pk is None:
        raise Refused("The form names no answer. Open the page again and mark the one it shows.")
    rows = CaseResult.objects.filter(run__prompt__project=request.project)
    return one_of(rows.select_related("case", "run__prompt"), pk)
