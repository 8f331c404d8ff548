"""How much traffic production has, and how a rollout is best begun on it: in sentences."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Max, Min, Sum

from evaluation.domain.watch import traffic as rules
from evaluation.domain.watch.figures import Sums
from evaluation.online.models import Rollup, Series
from evaluation.online.quality import quality_names
from registry.domain.policy import Plan
from registry.projects.policies import current_policy
from registry.prompts.models import Prompt, Version
from registry.prompts.queries import production_of
from registry.release.meaning import risk_now
from registry.release.models import Release, Rollout
from registry.release.rollout import Options

LATELY = timedelta(days=7)
STILL = timedelta(days=1)  # nobody reports any more, if nothing came for so long
LEAST_OWN = 50  # values of a metric with which a version speaks for itself
CALLS = "error"  # the metric whose n counts every call
_KEPT = (Rollup.Length.HOUR, Rollup.Length.DAY)  # together every call, once


@dataclass(frozen=True)
class Traffic:
    """Production's calls of the last seven days, or of as long as anybody has reported them.

    `figures` are the sums of what production served for everybody else than a canary, by metric;
    `metrics` how many values each has. `last` is the hour of the last call, None without any.
    """

    calls_per_hour: float = 0.0
    figures: Mapping[str, Sums] = field(default_factory=dict)
    last: datetime | None = None

    @property
    def metrics(self) -> dict[str, int]:
        """How many values control had of each metric."""
        return {name: sums.n for name, sums in self.figures.items() if sums.n}

    def comes_in(self, now: datetime) -> bool:
        """Does anybody still report?"""
        return self.last is not None and now - self.last < STILL + timedelta(hours=1)


@dataclass(frozen=True)
class Proposal:
    """How a rollout is best begun: the first share, and why a person should take each step.

    `percent` is None where the policy has no canary; `attended_because` is "" where the watcher
    can take the steps. `sentences` say what can be found in how long.
    """

    percent: int | None
    attended_because: str
    sentences: tuple[str, ...]
    traffic: Traffic

    def options(self, *, percent: int | None, attended: bool | None) -> Options:
        """Return how the rollout begins: what somebody chose, else what is proposed."""
        because = self.attended_because
        if attended is not None:
            because = (because or "Somebody chose to take each step by hand.") if attended else ""
        chosen = self.percent if percent is None else percent
        return Options(percent=chosen, attended_because=because)


def traffic_of(prompt: Prompt, *, now: datetime) -> Traffic:
    """Return what production of `prompt` had in the seven days before `now`."""
    rows = list(
        Rollup.objects.filter(
            series__prompt=prompt,
            series__arm__in=[Series.Arm.CONTROL, Series.Arm.TREATMENT],
            minutes__in=_KEPT,
            start__gte=now - LATELY,
            start__lte=now,
        )
        .values_list("series__arm", "metric")
        .annotate(Sum("n"), Sum("total"), Sum("squares"), Min("start"), Max("start"))
    )
    calls = [row for row in rows if row[1] == CALLS]
    if not calls:
        return Traffic()
    since, last = min(row[5] for row in calls), max(row[6] for row in calls)
    hours = max(1.0, (now - since) / timedelta(hours=1))
    return Traffic(
        calls_per_hour=sum(row[2] for row in calls) / hours,
        figures={
            metric: Sums(n, total, squares)
            for arm, metric, n, total, squares, _, _ in rows
            if arm == Series.Arm.CONTROL
        },
        last=last,
    )


def usual_of(rollout: Rollout) -> dict[str, Sums]:
    """Return what production showed in the seven days before `rollout`, by metric.

    By the version that it served then: one that it replaced lately may have been worse. Only
    what that one lacks is of those before it.
    """
    now = rollout.started_at
    rows = Rollup.objects.filter(
        series__version=rollout.production_before_id,
        series__arm=Series.Arm.CONTROL,
        minutes__in=_KEPT,
        start__gte=now - LATELY,
        start__lte=now,
    )
    own = rows.values_list("metric").annotate(Sum("n"), Sum("total"), Sum("squares"))
    found = {metric: Sums(n, total, squares) for metric, n, total, squares in own}
    enough = {metric: sums for metric, sums in found.items() if sums.n >= LEAST_OWN}
    return {**traffic_of(rollout.prompt, now=now).figures, **enough}


def proposal(version: Version, *, now: datetime) -> Proposal:
    """Return how a rollout of `version` is best begun, with the reasons in sentences."""
    plan = _plan(version)
    traffic = traffic_of(version.prompt, now=now)
    if not plan.stages:
        words = () if plan.soak_minutes else ("It goes to everyone at once.",)
        return Proposal(None, "", words, traffic)
    hours, rate = plan.stages[0].minutes / 60, traffic.calls_per_hour
    percent = max(plan.stages[0].percent, rules.first_percent(rate, hours)) if rate else None
    percent = percent or plan.stages[0].percent
    because = _why_attended(version, traffic, plan, now)
    said = [rules.sentence(rate, percent)] if traffic.comes_in(now) else []
    if percent > plan.stages[0].percent:
        said.append(
            f"So it starts at {percent} % instead of {plan.stages[0].percent} %: a smaller share "
            "would show too little."
        )
    return Proposal(percent, because, tuple([*said, because] if because else said), traffic)


def _why_attended(version: Version, traffic: Traffic, plan: Plan, now: datetime) -> str:
    """Return why a person should take each step; "" when the watcher can."""
    if not traffic.comes_in(now):
        return (
            "Nobody reports what production answers, so nothing can be measured: a person takes "
            "each step. Attach report() of a client, or send traces, to have it watched."
        )
    if rules.is_too_thin(traffic.calls_per_hour, plan.stages[0].minutes / 60):
        return (
            f"About {traffic.calls_per_hour:.2g} calls an hour are too few to tell harm from "
            "chance in the time of its first step: a person takes each step."
        )
    names = quality_names(version.prompt)
    if not any(traffic.metrics.get(f"score:{name}") for name in names):
        return (
            f"Nothing watches answer quality: no score of {' or '.join(names)} came in during the "
            "last 7 days. A person takes each step."
        )
    return ""


def _plan(version: Version) -> Plan:
    """Return the plan of the version's risk: the policy it was submitted under, else today's."""
    release = Release.objects.select_related("policy").get(version=version)
    if release.policy and release.risk:
        return Plan.from_document(release.policy.document["risks"][release.risk])
    _, policy = current_policy(version.prompt.project)
    return policy.road(risk_now(version, production_of(version.prompt))).plan
