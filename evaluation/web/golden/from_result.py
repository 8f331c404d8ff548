"""Make a golden case of what a run gave: a new case that starts as the one it answered."""

from dataclasses import replace

from django.http import HttpResponse

from evaluation.offline.cases import ID_LENGTH
from evaluation.offline.datasets import latest_snapshot, new_case
from evaluation.offline.models import CaseResult
from evaluation.web.find import one_of
from evaluation.web.golden.from_answer import Answer, case_from
from evaluation.web.runs.address import run_url
from registry.domain.roles import Action
from registry.web.permissions import ProjectRequest, needs

_IDS_TRIED = 1000


@needs(Action.EDIT_DATASETS)
def case_from_result(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the new case as a form (`?reference=answer` starts from the answer), or add it."""
    result = _find(request, pk)
    side = " (production's side)" if result.arm == "baseline" else ""
    return case_from(
        request,
        Answer(
            said_by=f"{result.run.subject} answered{side}",
            output=result.output,
            starts_as=str(result.case),
            start=replace(new_case(result.case), case_id=_free_id(result)),
            dataset=result.run.snapshot.dataset,
            reason=f"From run {result.run_id}: {result.run.subject} answered {result.case}.",
            back=run_url(result.run),
            back_words="The run",
            verdict="every rule held" if result.passed else "a rule broke",
            passed=result.passed,
            error=result.error,
            original=result.case.case_id,
        ),
    )


def _find(request: ProjectRequest, pk: int) -> CaseResult:
    rows = CaseResult.objects.filter(run__prompt__project=request.project).select_related(
        "case", "run__snapshot__dataset", "run__version__prompt", "run__candidate", "run__prompt"
    )
    return one_of(rows, pk, otherwise="There is no such answer in the project.")


def _free_id(result: CaseResult) -> str:
    """Return the case's id with the first number that no case has."""
    latest = latest_snapshot(result.run.snapshot.dataset)
    stem = result.case.case_id[: ID_LENGTH - 5]
    rows = latest.cases.filter(case_id__startswith=f"{stem}-") if latest else None
    taken = set(rows.values_list("case_id", flat=True)) if rows is not None else set()
    tried = (f"{stem}-{number}" for number in range(2, _IDS_TRIED))
    return next((name for name in tried if name not in taken), "")
