"""What people do about a judge's score: say that it is wrong, or have the judge asked again."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect

from evaluation.offline.judging.marks import mark
from evaluation.offline.judging.replays.start import start_replay
from evaluation.offline.models import CaseResult, JudgeVersion, Run
from evaluation.web.find import LARGEST, find_run
from evaluation.web.runs.address import run_url
from evaluation.web.runs.page import Problem, run_page
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.domain.roles import Action
from registry.web.permissions import ProjectRequest, needs
from registry.web.prompts.typed import number_of

CASE_ID = 100  # characters


@needs(post=Action.MARK)
def run_mark(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Keep what the person would have scored an answer; the verdict stays as it is."""
    run = find_run(request, pk)
    result, judge = _chosen(request, run)
    case = result.case.case_id
    try:
        mark(
            judge.judge,
            result=result,
            score=number_of(request, "score") or 0,
            blind=False,
            actor=request.actor,
            note=request.POST.get("note", ""),
        )
    except (ContentError, Refused) as refused:
        words = refused.message if isinstance(refused, ContentError) else str(refused)
        typed = {name: request.POST.get(name, "") for name in ("note", "score", "result", "judge")}
        status = 422 if isinstance(refused, ContentError) else 409
        return run_page(request, run, case=case, problem=Problem(words, typed), status=status)
    messages.success(request, "Your mark is kept beside the judge's score. The verdict stays.")
    return redirect(run_url(run, case=case))


@needs(post=Action.MARK)
def run_judge_again(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Put both versions' answers to one case to the judge once more, outside of the verdict."""
    run = find_run(request, pk)
    case = request.POST.get("case", "")[:CASE_ID]
    judge = _judge(run, number_of(request, "judge") or 0)
    results = list(run.results.filter(case__case_id=case, error="").order_by("pk"))
    if not results:
        raise Http404("This run has no answer to such a case.")
    try:
        start_replay(judge, results=results, actor=request.actor, reason=f"Run {run.pk}, {case}.")
    except Refused as refused:
        return run_page(request, run, case=case, problem=Problem(str(refused), {}), status=409)
    messages.success(request, "The judge is asked again. The verdict stays as it is.")
    return redirect(run_url(run, case=case))


def _chosen(request: ProjectRequest, run: Run) -> tuple[CaseResult, JudgeVersion]:
    """Return the answer and the judge that the form names, both of this run. Raises Http404."""
    judge, wanted = _judge(run, number_of(request, "judge") or 0), number_of(request, "result") or 0
    rows = run.results.select_related("case", "run__prompt")
    result = rows.filter(pk=wanted).first() if 0 < wanted <= LARGEST else None
    if result is None:
        raise Http404("This run has no such answer.")
    return result, judge


def _judge(run: Run, version: int) -> JudgeVersion:
    """Return a judge version that scored the run. Raises Http404 for another one."""
    if version not in {judge["version"] for judge in run.judges}:
        raise Http404("This run was not scored by this judge.")
    return JudgeVersion.objects.select_related("judge__project").get(pk=version)
