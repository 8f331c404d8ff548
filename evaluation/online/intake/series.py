"""The rows that sums belong to: found, or made when a version is first seen as an arm."""

from django.db.models import Q

from evaluation.online.intake.place import Spot
from evaluation.online.intake.write import add_series
from evaluation.online.models import Series


def series_of(spots: set[Spot]) -> dict[Spot, int]:
    """Return the id of each spot's series, made where there is none."""
    if not spots:
        return {}
    ids = _find(spots)
    if missing := sorted(spots - ids.keys()):
        add_series([(s.prompt, s.version, s.segment or None, str(s.arm)) for s in missing])
        ids = _find(spots)
    return ids


def _find(spots: set[Spot]) -> dict[Spot, int]:
    where = Q(segment__in={spot.segment for spot in spots}) | Q(segment=None)
    rows = Series.objects.filter(where, version__in={spot.version for spot in spots})
    return {
        Spot(prompt, version, segment or 0, arm): pk
        for pk, prompt, version, segment, arm in rows.values_list(
            "pk", "prompt_id", "version_id", "segment_id", "arm"
        )
    }
