"""Read the roll-ups of a rollout into the figures that an answer rests on.

The number of queries is the same for every rollout; the rows grow with segments, metrics and
hours, never with calls.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Case, IntegerField, Max, QuerySet, Sum, Value, When

from evaluation.domain.watch.figures import ArmFigures, Figures, Ratio, Stratum, Sums
from evaluation.online.models import Rollup, Series, Shard
from evaluation.online.traffic import CALLS
from registry.release.models import Rollout, Segment

ASSIGNED, MISASSIGNED = "assigned", "misassigned"
_CONTROL, _TREATMENT = Series.Arm.CONTROL.value, Series.Arm.TREATMENT.value
_BOTH = (_CONTROL, _TREATMENT)
_KEPT = (Rollup.Length.HOUR, Rollup.Length.DAY)  # together every call, once

Groups = dict[int, tuple[int, float]]  # {shard: (n, total)}
Key = tuple[int | None, str]  # segment and arm


class Arms:
    """The figures of some series by (segment, arm) and metric; series of one key are added up."""

    def __init__(self, keys: Mapping[int, Key], restarts: Sequence[datetime]) -> None:
        """Read the series whose ids `keys` names."""
        self._restarts = len(restarts)
        self._sums: dict[Key, dict[str, list[list[float]]]] = defaultdict(dict)
        self._shards: dict[Key, dict[str, Groups]] = defaultdict(dict)
        self._read_rollups(keys, restarts)
        self._read_shards(keys)

    def _read_rollups(self, keys: Mapping[int, Key], restarts: Sequence[datetime]) -> None:
        passed = [When(start__gte=at, then=Value(n)) for n, at in enumerate(restarts, 1)]
        part = Case(*reversed(passed), default=Value(0), output_field=IntegerField())
        rows = (
            Rollup.objects.filter(series__in=list(keys), minutes__in=_KEPT)
            .annotate(part=part)
            .values_list("series_id", "metric", "part")
            .annotate(Sum("n"), Sum("total"), Sum("squares"))
        )
        for series, metric, number, n, total, squares in _plain(rows):
            parts = self._sums[keys[series]].setdefault(
                metric, [[0, 0.0, 0.0] for _ in range(len(restarts) + 1)]
            )
            sums = parts[number]
            sums[0] += int(n)
            sums[1] += total
            sums[2] += squares

    def _read_shards(self, keys: Mapping[int, Key]) -> None:
        rows = Shard.objects.filter(series__in=list(keys))
        groups: dict[tuple[int, str], Groups] = {}
        for series, metric, shard, n, total in _plain(
            rows.values_list("series_id", "metric", "shard", "n", "total")
        ):
            found = groups.get((series, metric))
            if found is None:
                found = groups[series, metric] = self._shards[keys[series]].setdefault(metric, {})
            had = found.get(shard)
            found[shard] = (n, total) if had is None else (had[0] + n, had[1] + total)

    def metrics(self) -> list[str]:
        """Return the names of all metrics that came in, in order."""
        return sorted({metric for by_metric in self._sums.values() for metric in by_metric})

    def figures(self, key: Key, metric: str) -> ArmFigures:
        """Return one metric of one arm; zeros where nothing came in."""
        parts = self._sums.get(key, {}).get(metric) or [[0, 0.0, 0.0]] * (self._restarts + 1)
        after = list(_from_each_on(parts))
        return ArmFigures(
            sums=after[0],
            shards=self._shards.get(key, {}).get(metric, {}),
            since=tuple(after[1:]),
        )

    def shards(self, key: Key, metric: str) -> Groups:
        """Return the groups of units of one metric and arm."""
        return self._shards.get(key, {}).get(metric, {})


def gather(segments: Sequence[Segment], restarts: Sequence[datetime]) -> Figures:
    """Return the figures of control and treatment in the canary's `segments`, in time order."""
    series = _of_both_arms(segments)
    arms = Arms({pk: (segment, arm) for pk, segment, arm in series}, restarts)
    metrics = [name for name in arms.metrics() if name not in (ASSIGNED, MISASSIGNED)]
    newest = _newest(pk for pk, segment, _ in series if segments and segment == segments[-1].pk)
    by_arm = {arm: newest.get(pk) for pk, segment, arm in series if pk in newest}
    assigned = [arms.figures((s.pk, arm), ASSIGNED).sums for s in segments for arm in _BOTH]
    wrong = [arms.figures((s.pk, arm), MISASSIGNED).sums for s in segments for arm in _BOTH]
    return Figures(
        strata={
            metric: tuple(
                Stratum(
                    percent=segment.percent,
                    control=arms.figures((segment.pk, _CONTROL), metric),
                    treatment=arms.figures((segment.pk, _TREATMENT), metric),
                )
                for segment in segments
            )
            for metric in metrics
        },
        ratio=tuple(_ratio(arms, segment) for segment in segments),
        assigned=sum(sums.n for sums in assigned),
        misassigned=round(sum(sums.total for sums in wrong)),
        newest_control=by_arm.get(_CONTROL),
        newest_treatment=by_arm.get(_TREATMENT),
    )


def staging_figures(
    rollout: Rollout, restarts: Sequence[datetime]
) -> tuple[dict[str, ArmFigures], datetime | None]:
    """Return what staging reported of the version in this rollout, by metric, and when last."""
    rows = Series.objects.filter(
        segment__rollout=rollout, arm=Series.Arm.STAGING, version=rollout.version_id
    )
    return _one_arm(list(rows.values_list("pk", flat=True)), restarts)


def production_figures(
    rollout: Rollout, restarts: Sequence[datetime]
) -> tuple[dict[str, ArmFigures], datetime | None]:
    """Return what the version showed since all of production is served by it, by metric."""
    rows = Series.objects.filter(
        version=rollout.version_id,
        arm=Series.Arm.CONTROL,
        segment__started_at__gte=rollout.ended_at,
    )
    return _one_arm(list(rows.values_list("pk", flat=True)), restarts)


def _one_arm(
    ids: list[int], restarts: Sequence[datetime]
) -> tuple[dict[str, ArmFigures], datetime | None]:
    key: Key = (None, "")
    arms = Arms(dict.fromkeys(ids, key), restarts)
    newest = max(_newest(ids).values(), default=None)
    left_out = (ASSIGNED, MISASSIGNED)
    return {m: arms.figures(key, m) for m in arms.metrics() if m not in left_out}, newest


def _plain(rows: QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a query for numbers and names as the database gives them.

    Django would take them a hundred at a time and look at each: half the time of a look.
    """
    try:
        sql, parameters = rows.order_by().query.sql_with_params()
    except EmptyResultSet:  # nobody has reported anything: no series, so nothing to ask for
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def _of_both_arms(segments: Sequence[Segment]) -> list[tuple[int, int, str]]:
    """Return (series, segment, arm) of what the segments compare, and of no other version."""
    versions = {s.pk: {_CONTROL: s.control_id, _TREATMENT: s.treatment_id} for s in segments}
    rows: QuerySet[Series] = Series.objects.filter(segment__in=list(versions), arm__in=_BOTH)
    return [
        (pk, segment, arm)
        for pk, segment, arm, version in rows.values_list("pk", "segment_id", "arm", "version_id")
        if versions[segment][arm] == version
    ]


def _newest(ids: Iterable[int]) -> dict[int, datetime]:
    """Return the end of the last minute in which each series was heard of."""
    rows = Rollup.objects.filter(
        series__in=list(ids), minutes=Rollup.Length.MINUTE, metric=CALLS
    ).values_list("series_id")
    return {series: last + timedelta(minutes=1) for series, last in rows.annotate(Max("start"))}


def _ratio(arms: Arms, segment: Segment) -> Ratio:
    """Return the calls of a segment that say epoch and bucket, by group of units."""
    control = arms.shards((segment.pk, _CONTROL), ASSIGNED)
    treatment = arms.shards((segment.pk, _TREATMENT), ASSIGNED)
    return Ratio(
        percent=segment.percent,
        shards={
            shard: (
                control.get(shard, (0, 0.0))[0] + treatment.get(shard, (0, 0.0))[0],
                treatment.get(shard, (0, 0.0))[0],
            )
            for shard in sorted({*control, *treatment})
        },
    )


def _from_each_on(parts: Sequence[Sequence[float]]) -> list[Sums]:
    """Return the sums of all parts, then of all but the first, and so on."""
    found: list[Sums] = []
    n, total, squares = 0, 0.0, 0.0
    for part in reversed(parts):
        n, total, squares = n + int(part[0]), total + part[1], squares + part[2]
        found.append(Sums(n, total, squares))
    return found[::-1]
