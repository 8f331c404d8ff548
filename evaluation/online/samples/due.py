"""Which samples are judged next, and how many of a project today."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain

from django.db.models import Count, Q, QuerySet, Sum

from evaluation.offline.effective import Effective, effective
from evaluation.offline.suites import suite_of
from evaluation.online.intake.observation import LATE
from evaluation.online.models import Sample, Series
from registry.projects.models import Project
from registry.prompts.models import Prompt
from registry.release.models import Segment

AT_ONCE = 20  # samples of one prompt in one turn
# Scores of calls older than intake takes would be refused: stop an hour before.
FRESH = LATE - timedelta(hours=1)
# Of a day's number, what production alone may take; the rest is for rollouts, which need it more.
STANDING_PART = 0.5


@dataclass(frozen=True)
class Left:
    """What of today's budget of a project is left: samples, those of standing production among
    them, and US dollars.
    """

    samples: int
    standing: int
    dollars: Decimal


def projects_due(now: datetime) -> list[Project]:
    """Return the projects with samples to judge, first those that had least today."""
    waiting = _waiting(now).order_by().values("prompt__project").distinct()
    today = Q(prompts__samples__judged_at__gte=_midnight(now))
    rows = Project.objects.filter(pk__in=waiting).annotate(
        judged=Count("prompts__samples", filter=today)
    )
    return list(rows.order_by("judged", "pk"))


def left_today(project: Project, now: datetime) -> Left:
    """Return what may still be judged today (UTC) in `project`."""
    budget = effective(None, project).budget
    today = Sample.objects.filter(prompt__project=project, judged_at__gte=_midnight(now))
    in_rollouts = Q(series__segment__rollout__isnull=False)
    done = today.aggregate(
        all=Count("pk"), standing=Count("pk", filter=~in_rollouts), cost=Sum("judge_cost")
    )
    most = budget["live_samples_day"]
    samples = max(0, most - done["all"])
    standing = max(0, round(most * STANDING_PART) - done["standing"])
    dollars = Decimal(str(budget["live_cost_day"])) - (done["cost"] or Decimal(0))
    return Left(samples, min(samples, standing), dollars)


def due_in(project: Project, now: datetime, left: Left) -> list[tuple[Effective, list[Sample]]]:
    """Return what to judge now, by prompt: rollouts under way before standing production.

    Of control and treatment as many, alternately, the newest first: so scores of both arms are
    of the same hours. A soak has one arm alone.
    """
    found, rolling, standing = [], left.samples, left.standing
    rows = _waiting(now).filter(prompt__project=project)
    prompts = Prompt.objects.filter(pk__in=rows.order_by().values("prompt")).order_by("pk")
    parts = [(prompt, effective(suite_of(prompt), project)) for prompt in prompts]
    judged = [(prompt, holds) for prompt, holds in parts if holds.judges]
    for prompt, holds in judged:
        chosen = _of_rollout(rows.filter(prompt=prompt), min(rolling, AT_ONCE))
        rolling -= len(chosen)
        found.append((holds, chosen))
    for prompt, holds in judged:
        room = max(0, min(rolling, standing, AT_ONCE))
        chosen = list(_standing(rows.filter(prompt=prompt))[:room])
        rolling, standing = rolling - len(chosen), standing - len(chosen)
        found.append((holds, chosen))
    return [(holds, samples) for holds, samples in found if samples]


def _of_rollout(rows: "QuerySet[Sample]", room: int) -> list[Sample]:
    """Return at most `room` samples of the segment under way, in pairs of both arms."""
    segment = (
        Segment.objects.filter(
            pk__in=rows.order_by().values("series__segment"), rollout__isnull=False, ended_at=None
        )
        .order_by("-pk")
        .first()
    )
    soaking = list(_of_arm(rows, Series.Arm.STAGING)[:room])
    if segment is None:
        return soaking
    inside = rows.filter(series__segment=segment)
    control, treatment = (
        list(_of_arm(inside, arm)[: room // 2])
        for arm in (Series.Arm.CONTROL, Series.Arm.TREATMENT)
    )
    pairs = list(chain.from_iterable(zip(treatment, control, strict=False)))
    return pairs + soaking[: room - len(pairs)]


def _standing(rows: "QuerySet[Sample]") -> "QuerySet[Sample]":
    """Return samples of production while nothing rolls out: they say how good it usually is."""
    outside = Q(series__segment=None) | Q(series__segment__rollout=None)
    return _of_arm(rows.filter(outside), Series.Arm.CONTROL)


def _of_arm(rows: "QuerySet[Sample]", arm: str) -> "QuerySet[Sample]":
    """Return the samples of an arm, newest first; what was tried in vain comes last."""
    return rows.filter(series__arm=arm).order_by("judge_problem", "-at", "-pk")


def _waiting(now: datetime) -> "QuerySet[Sample]":
    return Sample.objects.filter(judged_at=None, at__gt=now - FRESH, at__lte=now)


def _midnight(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
