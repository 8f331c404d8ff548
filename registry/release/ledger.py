"""What did a label serve, when, and what comes next for a version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery

from registry.domain.lifecycle import NEXT_ACTOR, UNDER_WAY, Clearance, RolloutState
from registry.prompts.models import Prompt, Version
from registry.release.models import LabelEvent, Release, Rollout
from registry.release.rollout import plan_of

_OUTCOMES = {"pass": "passed", "fail": "failed", "inconclusive": "undecided", "error": "broke off"}


@dataclass(frozen=True)
class Step:
    """One line of a version's timeline. `when` is past, or when it is due, or unknown."""

    what: str
    why: str
    when: datetime | None
    state: str  # done | now | next


def move_at(prompt: Prompt, label: str, moment: datetime) -> LabelEvent | None:
    """Return the last move of `label` up to `moment`, or None before its first one."""
    return (
        LabelEvent.objects.filter(prompt=prompt, name=label, at__lte=moment)
        .select_related("version_after", "actor")
        .order_by("-at", "-id")
        .first()
    )


def serving_at(prompt: Prompt, label: str, moment: datetime) -> Version | None:
    """Return the version that `label` served at `moment`, or None before its first move."""
    event = move_at(prompt, label, moment)
    return event.version_after if event else None


def moves_at(prompts: Sequence[Prompt], label: str, moment: datetime) -> dict[int, LabelEvent]:
    """Return, by prompt, the last move of `label` up to `moment`, in one query for all."""
    last = (
        LabelEvent.objects.filter(prompt=OuterRef("pk"), name=label, at__lte=moment)
        .order_by("-at", "-id")
        .values("pk")[:1]
    )
    newest = Prompt.objects.filter(pk__in=[prompt.pk for prompt in prompts])
    found = LabelEvent.objects.filter(pk__in=newest.annotate(last=Subquery(last)).values("last"))
    numbers = [f"version_after__{part}" for part in ("major", "minor", "patch")]
    rows = found.select_related("version_after", "actor").only(
        *("prompt", "name", "at", "actor_name", "reason"), "actor", *numbers
    )
    return {event.prompt_id: event for event in rows}


def next_step(rollout: Rollout) -> tuple[str, datetime] | None:
    """Return what the rollout's next step is, in words, and when it may be taken."""
    if rollout.state not in UNDER_WAY:
        return None
    plan = plan_of(rollout)
    percent = plan.next_percent(rollout.percent)
    words = "everyone" if percent == 100 else f"{percent} % of production"
    return words, plan.due_at(rollout.percent, rollout.step_started_at)


def timeline(version: Version) -> list[Step]:
    """Return what happened to `version`, where it stands, and what comes next."""
    release = Release.objects.get(version=version)
    steps = [Step("Saved", version.change_reason, version.created_at, "done")]
    if release.submitted_at:
        steps.append(
            Step(
                "Submitted",
                f"Risk {release.risk} against production.",
                release.submitted_at,
                "done",
            )
        )
    for verdict in version.verdicts.filter(rollout=None).order_by("id"):
        headline = verdict.reasons[0] if verdict.reasons else ""
        name = "Static checks" if verdict.kind == "static" else verdict.get_kind_display()
        title = f"{name.capitalize()}: {_OUTCOMES[verdict.outcome]}"
        steps.append(Step(title, headline, verdict.created_at, "done"))
    for waiver in version.waivers.order_by("id"):
        steps.append(
            Step(
                f"{waiver.step.capitalize()} waived by {waiver.by}",
                waiver.reason,
                waiver.created_at,
                "done",
            )
        )
    for answer in version.approvals.select_related("approver").order_by("id"):
        title = f"{answer.get_decision_display()} by {answer.approver}"
        steps.append(Step(title, answer.comment, answer.created_at, "done"))
    for event in LabelEvent.objects.filter(version_after=version).order_by("id"):
        title = f"Holds {event.name}"
        steps.append(Step(title, event.reason, event.at, "done"))
    steps.sort(key=lambda step: step.when or version.created_at)
    return steps + _ahead(release)


def _ahead(release: Release) -> list[Step]:
    """Return the present step and those to come."""
    state = Clearance(release.state)
    rollout = Rollout.objects.filter(version=release.version).order_by("-id").first()
    if rollout is None or state is not Clearance.CLEARED:
        when = release.changed_at if state not in (Clearance.DRAFT,) else None
        return [Step(release.get_state_display().capitalize(), NEXT_ACTOR[state], when, "now")]
    if rollout.state == RolloutState.COMPLETE:
        return [Step("In production", "Serves everyone.", rollout.ended_at, "now")]
    if rollout.state == RolloutState.ROLLED_BACK:
        words = rollout.get_ended_as_display().lower() or "ended"
        return [Step("Rolled back", f"The rollout ended: {words}.", rollout.ended_at, "now")]
    where = (
        "Soaking on staging"
        if rollout.state == RolloutState.SOAKING
        else (f"Canary at {rollout.percent} %")
    )
    steps = [Step(where, rollout.held_reason, rollout.step_started_at, "now")]
    upcoming = next_step(rollout)
    if upcoming:
        words, due = upcoming
        steps.append(
            Step(f"To {words}", "A releaser advances it once the time is over.", due, "next")
        )
    return steps
