"""Make a golden case of an answer from live traffic."""

from django.http import HttpResponse
from django.urls import reverse

from evaluation.offline.cases import NewCase
from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.models import Dataset
from evaluation.offline.suites import suite_of
from evaluation.online.models import Sample
from evaluation.web.find import one_of
from evaluation.web.golden.from_answer import Answer, case_from
from registry.domain.errors import Refused
from registry.domain.roles import Action
from registry.web.permissions import ProjectRequest, needs


@needs(Action.EDIT_DATASETS)
def case_from_sample(request: ProjectRequest, slug: str, pk: int) -> HttpResponse:
    """Show the new case as a form (`?reference=answer` starts from the answer), or add it."""
    rows = Sample.objects.filter(prompt__project=request.project)
    sample = one_of(
        rows.select_related("prompt__project", "version", "series"),
        pk,
        otherwise="This answer is not kept any more: samples are deleted after 14 days.",
    )
    suite = suite_of(sample.prompt)
    dataset = suite.dataset if suite else Dataset.objects.filter(project=request.project).first()
    if dataset is None:
        raise Refused(f"{request.project} has no golden dataset yet. Make one first.")
    back = reverse("samples", args=[slug, sample.prompt.name])
    return case_from(
        request,
        Answer(
            said_by=f"{sample.version.semver} answered on live traffic",
            output=sample.output,
            starts_as="this call",
            start=_start(sample, dataset),
            dataset=dataset,
            reason=f"From live traffic: an answer of {sample.version}.",
            back=f"{back}?version={sample.version.semver}",
            back_words="Live answers",
            verdict=", ".join(f"{name} {value:.2f}" for name, value in sample.scores.items()),
        ),
    )


def _start(sample: Sample, dataset: Dataset) -> NewCase:
    """Return what the form begins with: what was put in, under a free id; no reference."""
    given = sample.input
    latest = latest_snapshot(dataset)
    stem = f"live-{sample.at:%m%d}-"
    taken = set(
        latest.cases.filter(case_id__startswith=stem).values_list("case_id", flat=True)
        if latest
        else ()
    )
    number = next(n for n in range(1, len(taken) + 2) if f"{stem}{n}" not in taken)
    values = given if isinstance(given, dict) else {}
    return NewCase(
        case_id=f"{stem}{number}",
        query=given if isinstance(given, str) else "",
        inputs={name: _plain(value) for name, value in values.items()},
        context=tuple(sample.context),
        tags=("live",),
    )


def _plain(value: object) -> str | int | float | bool:
    return value if isinstance(value, (str, int, float, bool)) else str(value)
