"""The monitor of a rollout: now, next, when and why; what is measured; what happened before."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.urls import NoReverseMatch, reverse

from evaluation.web.rollouts.attempts import attempts_of, last_moves
from evaluation.web.rollouts.charts import Chart, chart_of
from evaluation.web.rollouts.events import happenings_of, marks_of
from evaluation.web.rollouts.metrics import MetricRow, Names, bar_of, metric_rows
from evaluation.web.rollouts.points import last_of, points_of, step_of
from evaluation.web.rollouts.record import Part, Record, Seen, record_of
from evaluation.web.rollouts.reporting import checks_of
from evaluation.web.rollouts.said import said_of
from registry.audit.clock import database_now
from registry.domain.lifecycle import RolloutState
from registry.domain.roles import Action
from registry.prompts.queries import production_of
from registry.release.models import Rollout
from registry.release.rollback import way_back
from registry.runtime.callers import listed
from registry.web.pages import page
from registry.web.permissions import ProjectRequest
from registry.web.prompts.choices import why_not
from registry.web.prompts.rollout_card import RolloutCard, rollout_card

ATTEMPTS = 20
TITLES = {
    Part.CANARY: "Beside production, at the same time",
    Part.SOAK: "On staging, against what is known",
    Part.WATCH: "Since it serves everyone, against its figures then",
}


@dataclass(frozen=True)
class ShownPart:
    """One part of a rollout: what the watcher says of it, its metrics, its charts.

    `lacking` names what neither side reports, and what is not needed either.
    """

    part: Part
    title: str
    seen: Seen | None
    rows: list[MetricRow]
    charts: dict[str, dict[str, Any]]
    names: Names
    lacking: str = ""

    @property
    def data_id(self) -> str:
        """The id of the element that holds the charts' data."""
        return f"charts-{self.part.value}"


def monitor_page(request: ProjectRequest, rollout: Rollout) -> HttpResponse:
    """Answer the page of one rollout."""
    now, record = database_now(), record_of(rollout)
    prompt = rollout.prompt
    card = rollout_card(rollout, now=now) if record.under_way else None
    happenings = happenings_of(record)
    parts = [_shown(record, part, now) for part in record.parts]
    seen = parts[0].seen if parts else None
    last = last_moves([rollout]).get(rollout.pk)
    attempts = attempts_of(Rollout.objects.filter(prompt=prompt).order_by("-id")[:ATTEMPTS])
    context = {
        "project": request.project,
        "prompt": prompt,
        "rollout": rollout,
        "record": record,
        "card": card,
        "said": said_of(record, card, last=last),
        "parts": parts,
        "checks": checks_of(seen.answer if seen else None, prompt if card else None, now=now),
        "happenings": happenings[::-1],
        "marks": marks_of(happenings),
        "attempts": attempts,
        "samples_url": _samples_url(rollout),
        "now": now,
        **_acts(request, record, card),
    }
    title = f"Rollout of {rollout.version.semver}"
    return page(request, "evaluation/rollouts/monitor.html", context, title=title)


def _shown(record: Record, part: Part, now: datetime) -> ShownPart:
    """Return one part with its metrics and the documents of their charts."""
    seen, segments, strata = record.seen(part), record.of(part), record.strata(part)
    names = _names(record, part)
    if seen is None:
        return ShownPart(part, TITLES[part], None, [], {}, names)
    guardrails = record.watch.guardrails if record.watch else []
    every = metric_rows(seen.answer, guardrails=guardrails, names=names)
    rows = [row for row in every if not row.is_lacking]
    lacking = listed([row.title.lower() for row in every if row.is_lacking])
    start, end = segments[0].started_at, segments[-1].ended_at or max(now, seen.at)
    ids = [pk for stratum in strata for pk in (*stratum.control, *stratum.treatment)]
    # Where calls stopped long ago, what there was is drawn as finely as it can be.
    step = step_of(start, min(end, last_of(ids) or end), now=now)
    points = points_of(ids, step=step, since=start - step)
    charts: dict[str, Chart] = {
        row.key: chart_of(
            row.metric,
            title=row.title,
            bar=bar_of(row.metric, guardrails),
            strata=strata,
            points=points,
            at=seen.at,
            baseline=part is not Part.CANARY,
        )
        for row in rows
    }
    documents = {key: chart.document() for key, chart in charts.items()}
    return ShownPart(part, TITLES[part], seen, rows, documents, names, lacking)


def _names(record: Record, part: Part) -> Names:
    ours = record.rollout.version.semver
    before = record.rollout.production_before
    theirs = before.semver if before else "production"
    if part is Part.CANARY:
        return Names(ours, theirs)
    if part is Part.SOAK:
        return Names(f"{ours} on staging", "what is known", "before", only_stops=True)
    return Names(f"{ours} now", f"{ours} then", "when it was promoted", only_stops=True)


def _acts(request: ProjectRequest, record: Record, card: RolloutCard | None) -> dict[str, Any]:
    """Return what this person may do about the rollout, and why not."""
    actor, project, rollout = request.actor, request.project, record.rollout
    serves = production_of(rollout.prompt)
    complete = rollout.state == RolloutState.COMPLETE and serves == rollout.version
    no_advance = why_not(actor, Action.ADVANCE, project) if card else None
    return {
        "may_stop": record.under_way or complete,
        "way_back": way_back(rollout.prompt) if record.under_way or complete else None,
        "no_roll_back": why_not(actor, Action.ROLL_BACK, project),
        "no_hold": why_not(actor, Action.HOLD, project),
        "no_advance": no_advance,
        "not_now": _not_now(record, card),
        "may_promote": record.is_ab
        and not record.under_way
        and serves != rollout.version
        and why_not(actor, Action.START_ROLLOUT, project) is None,
    }


def _not_now(record: Record, card: RolloutCard | None) -> str:
    """Return why it cannot be advanced now, whoever asks; "" when it can."""
    if card is None or record.is_ab:
        return ""
    if record.failed or card.failed:
        return "It failed on live traffic and goes no further, whoever asks."
    if card.rollout.held_reason:
        return "It is held: resume it first."
    if card.blocked:
        return card.blocked
    return "" if card.is_due else "This step is not over yet."


def _samples_url(rollout: Rollout) -> str:
    """Return where the answers are read that its application attached; "" without such a page."""
    try:
        url = reverse("samples", args=[rollout.prompt.project.slug, rollout.prompt.name])
    except NoReverseMatch:
        return ""
    return f"{url}?rollout={rollout.pk}"
