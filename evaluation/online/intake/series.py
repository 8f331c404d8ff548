"""The rows that sums belong to: found, or made when a version is first seen as an arm."""

from collections.abc import Collection
from typing import Self

from django.db.models import Q

from evaluation.domain.watch.guardrails import QUALITY
from evaluation.online.intake.place import Spot
from evaluation.online.intake.write import add_series
from evaluation.online.models import Series, Shard

MOST_NAMES = 40  # scores of one version in one arm
TOO_MANY = (
    f"There are {MOST_NAMES} scores of other names already. Name a score after what it measures, "
    "not after a call."
)


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


class Names:
    """Which scores each series has: so many and no more, or rows would grow with the traffic."""

    def __init__(self, known: dict[int, set[str]]) -> None:
        self._known = known
        self._guardrails: dict[int, set[str]] = {}

    @classmethod
    def of(cls, series: Collection[int]) -> Self:
        """Read the names of the scores of these series."""
        known: dict[int, set[str]] = {}
        if series:
            rows = Shard.objects.filter(series__in=series, metric__startswith=QUALITY)
            for pk, metric in rows.order_by().values_list("series_id", "metric").distinct():
                known.setdefault(pk, set()).add(metric)
        return cls(known)

    def admits(self, series: int, metric: str) -> bool:
        """May the series have this score? One that is new takes a place.

        What its rollout is held to has one, however many others came first.
        """
        names = self._known.setdefault(series, set())
        if metric not in names and (len(names) < MOST_NAMES or metric in self._guarded(series)):
            names.add(metric)
        return metric in names

    def _guarded(self, series: int) -> set[str]:
        found = self._guardrails.get(series)
        if found is None:
            rails = Series.objects.filter(pk=series).values_list(
                "segment__rollout__watch__guardrails", flat=True
            )
            found = {str(rail["metric"]) for rail in rails.first() or ()}
            self._guardrails[series] = found
        return found
