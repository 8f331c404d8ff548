"""A rollout as people see it: the steps, where it stands, what comes next, when, by whom."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from evaluation.domain.watch.answer import Says
from evaluation.online.watch.tick import OWN_HOLD
from evaluation.web.rollouts.figures import line_of
from evaluation.web.rollouts.stored import answer_of
from registry.domain.lifecycle import Clearance
from registry.domain.policy import Plan, duration
from registry.domain.watching import Watching
from registry.prompts.models import Version
from registry.release.models import Rollout, Tick
from registry.release.rollout import plan_of

SILENT = timedelta(minutes=5)  # the watcher looks once a minute


@dataclass(frozen=True)
class Step:
    """One stop on the way: `mark` is past, here or ahead."""

    words: str
    mark: str


@dataclass(frozen=True)
class RolloutCard:
    """What the card of one rollout under way shows.

    `ahead` and `tail` say what comes next; between them stands `next_at`, unless that is None.
    `health` is what the watcher said last, `silence` that it has not looked for long, `figures`
    both versions in one line.
    """

    rollout: Rollout
    steps: list[Step]
    headline: str
    next_words: str
    due_at: datetime
    is_due: bool
    blocked: str
    ahead: str
    next_at: datetime | None
    tail: str
    health: str
    silence: str
    figures: list[str]
    answer: str

    @property
    def can_advance(self) -> bool:
        """Would an advance be taken now?"""
        return self.is_due and not self.blocked

    @property
    def needs_person(self) -> bool:
        """Could it go on, and does it only if a person takes the step?"""
        return self.can_advance and self.attended

    @property
    def attended(self) -> bool:
        """Does a person take each step?"""
        return self.rollout.mode == Rollout.Mode.ATTENDED

    @property
    def is_ab(self) -> bool:
        """Is it a comparison that a person ends?"""
        return self.rollout.kind == Rollout.Kind.AB

    @property
    def failed(self) -> bool:
        """Has live traffic shown that it is worse?"""
        return self.answer == Says.FAIL


def rollout_card(rollout: Rollout, *, now: datetime) -> RolloutCard:
    """Describe a rollout under way at `now`."""
    plan, percent = plan_of(rollout), rollout.percent
    tick: Tick | None = getattr(rollout, "tick", None)
    due_at = plan.due_at(percent, rollout.step_started_at)
    stage = "soak" if percent == 0 else "canary"
    is_due = now >= due_at or stage in rollout.version.release.waived()
    blocked = _blocked(rollout, tick)
    ahead, next_at, tail = _ahead(rollout, plan, tick, is_due=is_due, now=now)
    seen = answer_of(tick.evidence) if tick else None
    return RolloutCard(
        rollout=rollout,
        steps=_steps(plan, rollout),
        headline=_place(rollout, plan, now=now),
        next_words=share_words(plan.next_percent(percent)),
        due_at=due_at,
        is_due=is_due,
        blocked=blocked,
        ahead="" if blocked else ahead,
        next_at=None if blocked else next_at,
        tail="" if blocked else tail,
        health=str(tick.reasons[0]) if tick and tick.reasons else "Nothing was looked at yet.",
        silence=_silence(rollout, tick, now=now),
        figures=line_of(seen.metrics) if seen else [],
        answer=tick.answer if tick else "",
    )


def card_of(version: Version, running: Rollout | None, *, now: datetime) -> RolloutCard | None:
    """Return the card of the rollout under way of a prompt, if it is one of `version`."""
    if running is None or running.version_id != version.pk:
        return None
    running.version, running.prompt = version, version.prompt
    return rollout_card(running, now=now)


def _silence(rollout: Rollout, tick: Tick | None, *, now: datetime) -> str:
    """Return in a sentence that the watcher does not look, if so; a sandbox has its own clock."""
    since = max(tick.at, rollout.step_started_at) if tick else rollout.step_started_at
    silence = now - since
    if rollout.prompt.project.sandbox or silence <= SILENT:
        return ""
    return (
        f"The watcher has not looked for {_rounded(_whole_minutes(silence))}: is a worker running?"
    )


def _whole_minutes(span: timedelta) -> int:
    return max(0, int(span.total_seconds() // 60))


def share_words(percent: int) -> str:
    """Return `25 % of traffic`, `everyone` or `staging`."""
    if percent == 0:
        return "staging"
    return "everyone" if percent == 100 else f"{percent} % of traffic"


def _place(rollout: Rollout, plan: Plan, *, now: datetime) -> str:
    """Return `2.5.0 at 5 % for 26 of 48 h`."""
    where = "on staging" if rollout.percent == 0 else f"at {rollout.percent} %"
    whole = plan.minutes_at(rollout.percent)
    spent = _whole_minutes(now - rollout.step_started_at)
    place = f"{rollout.version.semver} {where} for"
    if rollout.kind == Rollout.Kind.AB or not whole:
        return f"{place} {_rounded(spent)}"
    if spent >= whole:
        return f"{place} {_rounded(spent)}; its {duration(whole)} are over"
    if spent >= 60 and whole % 60 == 0 and whole <= 4 * 24 * 60:
        return f"{place} {spent // 60} of {whole // 60} h"
    return f"{place} {_rounded(spent)} of {duration(whole)}"


def _rounded(minutes: int) -> str:
    """Return a duration without minutes where there are hours."""
    return duration(minutes if minutes < 60 else minutes // 60 * 60)


def _ahead(
    rollout: Rollout, plan: Plan, tick: Tick | None, *, is_due: bool, now: datetime
) -> tuple[str, datetime | None, str]:
    """Return what comes next: words, when (None where no time decides), and under which terms."""
    if rollout.kind == Rollout.Kind.AB:
        return "It stays so until a person ends the test", None, ""
    next_words = share_words(plan.next_percent(rollout.percent))
    ahead, due = f"Next: {next_words}", plan.due_at(rollout.percent, rollout.step_started_at)
    if rollout.mode == Rollout.Mode.ATTENDED:
        return ahead, None if is_due else due, " when a person takes the step"
    at = _working(rollout, max(due, now) if is_due else due)
    if not is_due or at > now:
        return ahead, at, " if still healthy"
    says = tick.answer if tick else ""
    terms = {Says.PASS: " within a minute", Says.HELD: " once the watcher can tell again"}
    return ahead, None, terms.get(Says(says) if says in set(Says) else Says.UNDECIDED, _SURE)


_SURE = " as soon as it is sure"


def _working(rollout: Rollout, moment: datetime) -> datetime:
    """Return `moment`, or when the project's working hours begin next, if it keeps to them."""
    hours = Watching.from_document(rollout.policy.document.get("watching")).hours
    return hours.next(moment, rollout.prompt.project.time_zone) if hours else moment


def _steps(plan: Plan, rollout: Rollout) -> list[Step]:
    percent = rollout.percent
    if rollout.kind == Rollout.Kind.AB:
        return [Step(f"{percent} %", "here")]
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


def _blocked(rollout: Rollout, tick: Tick | None) -> str:
    """Return why no forward step is possible whatever the clock says; "" when one is."""
    if tick is not None and tick.answer == Says.FAIL:
        return "Live traffic shows that it is worse: it goes no further."
    if rollout.held_reason:
        reason = rollout.held_reason
        if tick and tick.reasons and tick.evidence.get(OWN_HOLD) == reason:
            reason = str(tick.reasons[0])  # the same, with the figures of now
        return reason if reason.startswith("Held ") else f"Held: {reason}"
    if rollout.version.release.state != Clearance.CLEARED:
        return "It goes no further until it is approved."
    return ""
