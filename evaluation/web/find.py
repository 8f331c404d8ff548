"""Find what an address names, inside the project the person was let into."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.http import Http404

from evaluation.offline.models import Dataset, Run
from registry.web.permissions import ProjectRequest

M = TypeVar("M", bound=Model)
LARGEST = 2**63 - 1  # what both databases can compare with an id
LARGEST_NUMBER = 2**31 - 1  # and with the number of a version or a snapshot


def find_dataset(request: ProjectRequest, pk: int) -> Dataset:
    """Return the dataset of the request's project. Raises Http404."""
    return one_of(Dataset.objects.filter(project=request.project), pk)


def find_run(request: ProjectRequest, pk: int) -> Run:
    """Return the run of a prompt of the request's project. Raises Http404."""
    rows = Run.objects.filter(prompt__project=request.project).select_related(
        *("prompt__project", "version", "candidate", "baseline", "snapshot__dataset", "policy"),
        *("requested_by", "baseline_run", "anchor_run__version"),
    )
    return one_of(rows, pk)


def one_of(
    rows: QuerySet[M], pk: int, *, otherwise: str = "There is nothing with this number here."
) -> M:
    """Return the one of `rows` with that id. Raises Http404 with the sentence `otherwise`."""
    found = rows.filter(pk=pk).first() if 0 <= pk <= LARGEST else None
    if found is None:
        raise Http404(otherwise)
    return found
