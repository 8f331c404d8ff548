"""What did a label serve, when, and what comes next for a version."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Subquery

from registry.domain.lifecycle import NEXT_ACTOR, UNDER_WAY, Clearance, RolloutState
from registry.prompts.models import Prompt, Version
from registry.release.models import LabelEvent, Release, Rollout, Segment
from registry.release.rollout import plan_of

_OUTCOMES = {"pass": "passed", "fail": "failed", "inconclusive": "undecided", "error": "broke off"}


@dataclass(frozen=True)
class Step:
    """One line of a version's timeline. `when` is past, or when it is due, or unknown."""

    what: str
    why: str
    when: datetime | None
    state: str  # done | now | next


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
    adopted = version.origin is not None
    saved = "Adopted, not evaluated here" if adopted else f"Saved by {version.author}"
    steps = [Step(saved, version.change_reason, version.created_at, "done")]
    if release.submitted_at:
        why = f"Risk {release.risk} against production."
        steps.append(Step("Submitted", why, release.submitted_at, "done"))
    steps += [*_judged(version), *_answered(version), *_moved(version)]
    steps.sort(key=lambda step: step.when or version.created_at)
    return steps + _ahead(release)


def _judged(version: Version) -> Iterator[Step]:
    """Yield what was found by checks."""
    for verdict in version.verdicts.filter(rollout=None).order_by("id"):
        headline = verdict.reasons[0] if verdict.reasons else ""
        name = "Static checks" if verdict.kind == "static" else verdict.get_kind_display()
        title = f"{name.capitalize()}: {_OUTCOMES[verdict.outcome]}"
        yield Step(title, headline, verdict.created_at, "done")


def _answered(version: Version) -> Iterator[Step]:
    """Yield what people signed, skipped and confirmed."""
    for waiver in version.waivers.select_related("by").order_by("id"):
        title = f"{waiver.step.capitalize()} waived by {waiver.by}"
        yield Step(title, waiver.reason, waiver.created_at, "done")
    for answer in version.approvals.select_related("approver").order_by("id"):
        title = f"{answer.get_decision_display()} by {answer.approver}"
        yield Step(title, answer.comment, answer.created_at, "done")
    for word in version.meaning_confirmations.select_related("person", "against"):
        title = f"Meaning unchanged against {word.against.semver}, says {word.person}"
        yield Step(title, word.reason, word.created_at, "done")


def _moved(version: Version) -> Iterator[Step]:
    """Yield the labels it was given, and the shares of its canary."""
    for event in LabelEvent.objects.filter(version_after=version).order_by("id"):
        yield Step(f"Holds {event.name}", event.reason, event.at, "done")
    for share in Segment.objects.filter(treatment=version, percent__gt=0).order_by("id"):
        title = f"{share.percent} % of production's traffic"
        yield Step(title, "", share.started_at, "done")


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
