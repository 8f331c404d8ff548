"""All that is kept of one rollout, in a fixed count of queries: segments, series, verdicts."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import Q

from evaluation.domain.watch.answer import Answer
from evaluation.online.models import Series, Watch
from evaluation.web.rollouts.charts import Sides
from evaluation.web.rollouts.stored import answer_of
from registry.domain.lifecycle import UNDER_WAY
from registry.release.models import Rollout, Segment, Tick, Verdict
from registry.release.verdicts import UNMEASURED

Arm = Series.Arm


class Part(StrEnum):
    """The parts of a rollout, each watched in its own way."""

    SOAK = "soak"
    CANARY = "canary"
    WATCH = "watch"


@dataclass(frozen=True)
class Seen:
    """What the watcher made of one part, and when."""

    answer: Answer
    at: datetime
    verdict: Verdict | None = None


@dataclass(frozen=True)
class Record:
    """One rollout with everything the monitor draws."""

    rollout: Rollout
    segments: tuple[Segment, ...]
    series: tuple[Series, ...]
    verdicts: tuple[Verdict, ...]
    tick: Tick | None
    watch: Watch | None

    @property
    def is_ab(self) -> bool:
        """Is it a comparison that a person ends?"""
        return self.rollout.kind == Rollout.Kind.AB

    @property
    def under_way(self) -> bool:
        """Has it not ended?"""
        return self.rollout.state in UNDER_WAY

    @property
    def unmeasured(self) -> bool:
        """Did a person take a step that live traffic had not shown to be well?"""
        return any(verdict.pins.get(UNMEASURED) for verdict in self.verdicts)

    @property
    def failed(self) -> Verdict | None:
        """The first verdict that stopped it; it is latched."""
        return self._first_fail(Part.SOAK, Part.CANARY)

    @property
    def failed_after(self) -> Verdict | None:
        """The verdict that production got worse once it served everyone."""
        return self._first_fail(Part.WATCH)

    def _first_fail(self, *parts: Part) -> Verdict | None:
        fail = Verdict.Outcome.FAIL
        found = [v for v in self.verdicts if v.outcome == fail and v.kind in parts]
        return found[-1] if found else None

    @property
    def parts(self) -> list[Part]:
        """The parts it has been through, the present one first."""
        shares = {segment.percent for segment in self.of(Part.CANARY)}
        found = [Part.WATCH] if self.of(Part.WATCH) and self.seen(Part.WATCH) else []
        found += [Part.CANARY] if shares else []
        return found + ([Part.SOAK] if self.of(Part.SOAK) else [])

    def of(self, part: Part) -> list[Segment]:
        """Return the segments of one part, in time."""
        return [segment for segment in self.segments if _part_of(segment) is part]

    def seen(self, part: Part) -> Seen | None:
        """Return the answer of one part: its FAIL, else the last look, else the last verdict."""
        verdicts = [v for v in self.verdicts if v.kind == part and answer_of(v.evidence)]
        fails = [v for v in verdicts if v.outcome == Verdict.Outcome.FAIL]
        if fails:
            return _of_verdict(fails[-1])
        if self.tick and self._part_of_tick(self.tick) is part:
            answer = answer_of(self.tick.evidence)
            if answer is not None:
                return Seen(answer, self.tick.at)
        return _of_verdict(verdicts[0]) if verdicts else None

    def _part_of_tick(self, tick: Tick) -> Part | None:
        """Return what the last look was about: after the completion, what followed it."""
        after = self.of(Part.WATCH)
        if after and tick.at > after[0].started_at:
            return Part.WATCH
        present = [s for s in self.segments if s.pk == tick.segment_id]
        return _part_of(present[0]) if present else None

    def strata(self, part: Part) -> list[Sides]:
        """Return the series of each segment of one part."""
        return [self._sides(segment, part) for segment in self.of(part)]

    def _sides(self, segment: Segment, part: Part) -> Sides:
        """Return the series of the versions that are compared, and of no other."""
        arms = {
            Part.SOAK: (None, Arm.STAGING),
            Part.CANARY: (Arm.CONTROL, Arm.TREATMENT),
            Part.WATCH: (None, Arm.CONTROL),
        }[part]
        own = [one for one in self.series if one.segment_id == segment.pk]
        versions = (segment.control_id, self.rollout.version_id)
        theirs, ours = (
            tuple(one.pk for one in own if one.arm == arm and one.version_id == version)
            for arm, version in zip(arms, versions, strict=True)
        )
        return Sides(theirs, ours)


def record_of(rollout: Rollout) -> Record:
    """Return what is kept of `rollout`."""
    segments = _segments(rollout)
    series = tuple(Series.objects.filter(segment__in=[segment.pk for segment in segments]))
    verdicts = Verdict.objects.filter(rollout=rollout).order_by("-id").defer("metrics")
    tick = Tick.objects.filter(rollout=rollout).first()
    watch = Watch.objects.filter(rollout=rollout).first()
    return Record(rollout, segments, series, tuple(verdicts), tick, watch)


def _segments(rollout: Rollout) -> tuple[Segment, ...]:
    """Return its segments in time, then the one in which it served everyone, if it came so far."""
    own = Q(rollout=rollout)
    after = Q(kind=Segment.Kind.STANDING, control=rollout.version)
    rows = Segment.objects.filter(own | after, prompt=rollout.prompt_id)
    rows = rows.filter(started_at__gte=rollout.started_at)
    found = list(rows.order_by("pk"))
    mine = [segment for segment in found if segment.rollout_id == rollout.pk]
    ended = mine[-1].ended_at if mine else None
    rest = [s for s in found if s.rollout_id is None and s.started_at == ended]
    return (*mine, *rest[:1])


def time_of(verdict: Verdict) -> datetime:
    """Return when the watcher saw it; a replay has a clock of its own."""
    told = verdict.evidence.get("at")
    return datetime.fromisoformat(told) if isinstance(told, str) else verdict.created_at


def _of_verdict(verdict: Verdict) -> Seen | None:
    answer = answer_of(verdict.evidence)
    return Seen(answer, time_of(verdict), verdict) if answer else None


def _part_of(segment: Segment) -> Part:
    if segment.kind == Segment.Kind.STANDING:
        return Part.WATCH
    return Part.CANARY if segment.percent else Part.SOAK
