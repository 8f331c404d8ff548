"""Which snapshot an address names."""

from django.http import Http404

from evaluation.offline.datasets import latest_snapshot
from evaluation.offline.models import Dataset, Snapshot
from evaluation.web.find import LARGEST_NUMBER
from registry.domain.fields import whole_number


def chosen_snapshot(dataset: Dataset, number: str) -> Snapshot | None:
    """Return the snapshot `number`; the newest, if there is one, for "". Raises Http404."""
    return snapshot_of(dataset, whole_number(number)) if number else latest_snapshot(dataset)


def snapshot_of(dataset: Dataset, number: int | None) -> Snapshot:
    """Return the snapshot of `dataset` with this number. Raises Http404."""
    rows = dataset.snapshots.filter(sealed=True)
    found = rows.filter(number=number).first() if number and number <= LARGEST_NUMBER else None
    if found is None:
        raise Http404(f"{dataset} has no such snapshot.")
    return found
