"""The cases of a snapshot as a file."""

import re

from django.http import Http404, StreamingHttpResponse

from evaluation.offline.golden.compare import cases_in
from evaluation.offline.golden.export import FORMATS, file_of
from evaluation.web.find import find_dataset
from evaluation.web.golden.snapshots import chosen_snapshot
from registry.domain.roles import Action
from registry.web.permissions import ProjectRequest, needs


@needs(Action.VIEW)
def export_cases(request: ProjectRequest, slug: str, pk: int, form: str) -> StreamingHttpResponse:
    """Answer every case of the newest snapshot, or of `?v=2`, as csv, json or jsonl."""
    dataset = find_dataset(request, pk)
    snapshot = chosen_snapshot(dataset, request.GET.get("v", ""))
    if snapshot is None or form not in FORMATS:
        raise Http404("There is no such file.")
    name = re.sub(r"[^a-z0-9]+", "-", dataset.name.lower()).strip("-") or "dataset"
    answer = StreamingHttpResponse(file_of(cases_in(snapshot), form), content_type=FORMATS[form])
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="{name}-v{snapshot.number}.{form}"'
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
