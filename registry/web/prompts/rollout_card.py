"""A rollout as people see it: the steps, where it stands, what comes next and who moves it."""

from dataclasses import dataclass
from datetime import datetime

from registry.domain.lifecycle import Clearance
from registry.domain.policy import Plan, duration
from registry.release.models import Rollout
from registry.release.rollout import plan_of


@dataclass(frozen=True)
class Step:
    """One stop on the way: `mark` is past, here or ahead."""

    words: str
    mark: str


@dataclass(frozen=True)
class RolloutCard:
    """What the card of one rollout under way shows."""

    rollout: Rollout
    steps: list[Step]
    headline: str
    next_words: str
    due_at: datetime
    is_due: bool
    blocked: str

    @property
    def can_advance(self) -> bool:
        """Would an advance be taken now?"""
        return self.is_due and not self.blocked


def rollout_card(rollout: Rollout, *, now: datetime) -> RolloutCard:
    """Describe a rollout under way at `now`."""
    plan, percent = plan_of(rollout), rollout.percent
    due_at = plan.due_at(percent, rollout.step_started_at)
    stage = "soak" if percent == 0 else "canary"
    length = duration(plan.minutes_at(percent))
    spent = duration(int((now - rollout.step_started_at).total_seconds() // 60))
    passed = f"its {length} are over" if now >= due_at else f"{spent} of {length}"
    place = "on staging" if percent == 0 else f"at {percent} % of traffic"
    return RolloutCard(
        rollout=rollout,
        steps=_steps(plan, percent),
        headline=f"{rollout.version.semver} is {place}, {passed}",
        next_words=share_words(plan.next_percent(percent)),
        due_at=due_at,
        is_due=now >= due_at or stage in rollout.version.release.waived(),
        blocked=_blocked(rollout),
    )


def share_words(percent: int) -> str:
    """Return `25 % of traffic`, `everyone` or `staging`."""
    if percent == 0:
        return "staging"
    return "everyone" if percent == 100 else f"{percent} % of traffic"


def _steps(plan: Plan, percent: int) -> list[Step]:
    shares = [0] if plan.soak_minutes or not plan.stages else []
    shares += [stage.percent for stage in plan.stages]
    marks = {True: "past", False: "ahead"}
    steps = [
        Step(
            words="staging" if share == 0 else f"{share} %",
            mark="here" if share == percent else marks[share < percent],
        )
        for share in shares
    ]
    return [*steps, Step(words="everyone", mark="ahead")]


def _blocked(rollout: Rollout) -> str:
    """Return why no forward step is possible whatever the clock says; "" when one is."""
    if rollout.held_reason:
        return f"Held: {rollout.held_reason}"
    if rollout.version.release.state != Clearance.CLEARED:
        return "It goes no further until it is approved."
    return ""
