"""The report of a run as a file: JSON, JUnit, CSV or Markdown."""

from collections.abc import Iterator

from django.http import Http404, StreamingHttpResponse
from django.http.response import HttpResponseBase

from evaluation.offline.documents import (
    cases_of,
    csv_of,
    head_of,
    json_of,
    junit_of,
    markdown_of,
)
from evaluation.offline.models import Run
from evaluation.web.find import find_run
from registry.domain.roles import Action
from registry.web.permissions import ProjectRequest, needs

# By the end of the file's name: what people call it, and its type.
KINDS = {
    "json": ("JSON, everything", "application/json"),
    "csv": ("CSV, a row per case", "text/csv"),
    "xml": ("JUnit XML", "application/xml"),
    "md": ("Markdown", "text/markdown"),
}


@needs(Action.VIEW)
def run_file(request: ProjectRequest, slug: str, pk: int, kind: str) -> HttpResponseBase:
    """Answer the report as the file `run-7.csv`, case by case."""
    run = find_run(request, pk)
    if kind not in KINDS:
        raise Http404("A report comes as json, csv, xml or md.")
    answer = StreamingHttpResponse(
        _text(run, kind), content_type=f"{KINDS[kind][1]}; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="run-{run.pk}.{kind}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _text(run: Run, kind: str) -> Iterator[str]:
    head, cases = head_of(run), cases_of(run)
    if kind == "json":
        yield from json_of(head, cases)
    elif kind == "csv":
        yield from csv_of(head, cases)
    elif kind == "xml":
        yield from junit_of([(head, cases)])
    else:
        yield markdown_of([(head, cases)])
