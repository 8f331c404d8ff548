"""Fix what a rollout is held to, at its start: nobody moves the bar while it is used."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import Sum

from evaluation.domain.watch.guardrails import (
    ERROR,
    LATENCY,
    QUALITY,
    SLOW,
    Guardrail,
    cost,
    quality,
)
from evaluation.domain.watch.histogram import snapped
from evaluation.online.models import Histogram, Series, Watch
from evaluation.online.quality import quality_names
from evaluation.online.traffic import Traffic, traffic_of
from registry.domain.policy import Policy
from registry.prompts.models import Prompt
from registry.release.models import Rollout

CUSTOM = 10  # scores beyond those that are required: each takes its part of alpha
ENOUGH_FOR_SLOW = 200  # calls


def begin(rollout: Rollout, *, now: datetime) -> Watch:
    """Return the watch of `rollout`; make it, at the moment of its start, if there is none."""
    if watch := Watch.objects.filter(rollout=rollout).first():
        return watch
    traffic = traffic_of(rollout.prompt, now=now)
    policy = Policy.from_document(rollout.policy.document)
    rules = policy.watching.guardrails
    names = quality_names(rollout.prompt, rules)
    rails = laid_over(guardrails_for(traffic, names), rules)
    watch, _ = Watch.objects.get_or_create(
        rollout=rollout,
        defaults={
            "guardrails": [rail.document() for rail in rails],
            "slow_over": slow_over(rollout.prompt, now),
            "calls_per_hour": traffic.calls_per_hour or None,
            "started_at": now,
        },
    )
    return watch


def guardrails_for(traffic: Traffic, quality_by: tuple[str, ...]) -> list[Guardrail]:
    """Return what a rollout is held to on such traffic.

    Errors and latency are always required; the scores of `quality_by` and cost where production
    had them; what else it reports is seen, with less weight.
    """
    had = traffic.metrics
    spent = "cost" if had.get("cost") else "tokens"
    scores = [quality(name, required=bool(had.get(QUALITY + name))) for name in quality_by]
    known = {rail.metric for rail in scores}
    others = Counter({m: n for m, n in had.items() if m.startswith(QUALITY) and m not in known})
    return [
        ERROR,
        *scores,
        LATENCY,
        cost(spent, required=bool(had.get(spent))),
        SLOW,
        *(
            quality(metric.removeprefix(QUALITY), weight=1, required=False)
            for metric, _ in others.most_common(CUSTOM)
        ),
    ]


def laid_over(rails: list[Guardrail], rules: Mapping[str, Mapping[str, float]]) -> list[Guardrail]:
    """Return `rails` with the tolerances and margins that a policy's `rules` set.

    What a policy sets for cost are shares of what production costs, as its defaults are.
    """
    return [_with(rail, rules.get(rail.metric) or rules.get(rail.name) or {}) for rail in rails]


def _with(rail: Guardrail, rule: Mapping[str, float]) -> Guardrail:
    if rail.in_means:
        return replace(
            rail,
            tolerance_share=float(rule.get("tolerance", rail.tolerance_share)),
            margin_share=float(rule.get("margin", rail.margin_share)),
        )
    return replace(
        rail,
        tolerance=float(rule.get("tolerance", rail.tolerance)),
        margin=float(rule.get("margin", rail.margin)),
    )


def slow_over(prompt: Prompt, now: datetime) -> float | None:
    """Return how many milliseconds 95 % of production's calls of the last day stayed below.

    None with fewer than 200 calls.
    """
    rows = (
        Histogram.objects.filter(
            series__prompt=prompt,
            series__arm=Series.Arm.CONTROL,
            day__gte=(now - timedelta(days=1)).date(),
            day__lte=now.date(),
        )
        .values_list("bucket")
        .annotate(Sum("n"))
    )
    counts = dict(rows)
    return snapped(counts, 0.95) if sum(counts.values()) >= ENOUGH_FOR_SLOW else None
