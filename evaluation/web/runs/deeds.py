"""What people do about a judge's score: say that it is wrong, or have the judge asked again."""

from django.contrib import messages
from django.http import HttpResponse
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
    case = ""
    try:
        judge, result = _judge(request, run), _result(request, run)
        case = result.case.case_id
        mark(
            judge.judge,
            result=result,
            score=number_of(request, "score") or 0,
            blind=False,
            actor=request.actor,
            note=request.POST.get("note", ""),
        )
    except (ContentError, Refused) as refused:
        return _refused(request, run, case, refused)
    messages.success(request, "Your mark is kept beside the judge's score. The verdict stays.")
    return redirect(run_url(run, case=case))


@needs(post=Action.MARK)
def run_judge_again(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Put both versions' answers to one case to the judge once more, outside of the verdict."""
    run = find_run(request, pk)
    case = ""
    try:
        judge, results = _judge(request, run), _results(request, run)
        case = results[0].case.case_id
        start_replay(judge, results=results, actor=request.actor, reason=f"Run {run.pk}, {case}.")
    except (ContentError, Refused) as refused:
        return _refused(request, run, case, refused)
    messages.success(request, "The judge is asked again. The verdict stays as it is.")
    return redirect(run_url(run, case=case))


def _refused(
    request: ProjectRequest, run: Run, case: str, refused: ContentError | Refused
) -> HttpResponse:
    """Answer the page with why it was refused, and what was typed."""
    typed = {name: request.POST.get(name, "") for name in ("note", "score", "result", "judge")}
    if isinstance(refused, ContentError):
        return run_page(
            request, run, case=case, problem=Problem(refused.message, typed), status=422
        )
    return run_page(request, run, case=case, problem=Problem(str(refused), typed), status=409)


def _judge(request: ProjectRequest, run: Run) -> JudgeVersion:
    """Return the judge version of the form. Raises ContentError unless it scored the run."""
    version = number_of(request, "judge") or 0
    if version not in {judge["version"] for judge in run.judges}:
        raise ContentError("judge", "This run was not scored by such a judge. Choose on its page.")
    return JudgeVersion.objects.select_related("judge__project").get(pk=version)


def _result(request: ProjectRequest, run: Run) -> CaseResult:
    """Return the answer that the form names. Raises ContentError for one of another run."""
    wanted = number_of(request, "result") or 0
    rows = run.results.select_related("case", "run__prompt")
    result = rows.filter(pk=wanted).first() if 0 < wanted <= LARGEST else None
    if result is None:
        raise ContentError("result", "This run has no such answer. Choose one on its page.")
    return result


def _results(request: ProjectRequest, run: Run) -> list[CaseResult]:
    """Return every answer to the case that the form names. Raises ContentError for none."""
    case = request.POST.get("case", "")[:CASE_ID].replace("\0", "")
    rows = run.results.filter(case__case_id=case, error="").select_related("case")
    if not (found := list(rows.order_by("pk"))):
        raise ContentError("case", "This run has no answer to such a case. Choose one on its page.")
    return found
