"""What follows from an answer: one step at most, and never forward on missing evidence.

Plain rules over values; nothing is read or written here.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from evaluation.domain.watch.answer import Answer, Says
from registry.domain.policy import duration
from registry.domain.watching import Hours

PATIENCE = 4  # times its minutes; then a step without a clear answer waits for a person
_FIGURES = re.compile(r"\d[\d.,:]*|\b(minute|hour|day|call)s?\b")
_ASKS = "a person looks at it and decides."  # after it stands what is open, which varies


class Move(StrEnum):
    """What the watcher does next."""

    STAY = "stay"
    BACK = "back"
    HOLD = "hold"
    RESUME = "resume"
    ON = "on"


@dataclass(frozen=True)
class Step:
    """Where a rollout that goes step by step stands.

    `held` is why it is held, or ""; `own_hold` is what the watcher last held it for, also after
    somebody has resumed it. `sure_enough` says that a step may go on undecided once its patience
    is over. `silent_since` is when treatment was last heard of; `silence` how long it may be
    silent before it is rolled back, None for ever.
    """

    measured: bool
    cleared: bool
    minutes: int
    started_at: datetime
    held: str = ""
    own_hold: str = ""
    sure_enough: bool = False
    hours: Hours | None = None
    zone: str = "UTC"
    silent_since: datetime | None = None
    silence: timedelta | None = None

    @property
    def due(self) -> datetime:
        """When the step has lasted long enough."""
        return self.started_at + timedelta(minutes=self.minutes)

    @property
    def patience_ends(self) -> datetime:
        """When a step without a clear answer stops waiting for one."""
        return self.started_at + timedelta(minutes=PATIENCE * self.minutes)


def next_move(answer: Answer, step: Step, *, now: datetime) -> tuple[Move, str]:
    """Return what to do at `now`, and why in a sentence.

    A failure goes back whatever else holds. What the watcher holds it resumes when the reason
    is gone, what a person holds never; and where a person has resumed against it, it does not
    hold for the same reason again.
    """
    if answer.says is Says.FAIL:
        return Move.BACK, answer.reasons[0]
    if too_silent := _too_silent(step, now):
        return Move.BACK, too_silent
    if not step.measured:
        return Move.STAY, ""
    if reason := reason_to_hold(answer, step, now):
        return _hold(reason, step)
    if step.held:
        own = _same(step.held, step.own_hold)
        return (Move.RESUME, f"No longer so: {step.held}") if own else (Move.STAY, "")
    if may_go_on(answer, step, now=now):
        return Move.ON, _why_on(answer, step)
    return Move.STAY, ""


def may_go_on(answer: Answer, step: Step, *, now: datetime) -> bool:
    """Do evidence, time and hours of work allow the next step?"""
    waited = step.sure_enough and now >= step.patience_ends
    good = answer.says is Says.PASS or (answer.says is Says.UNDECIDED and waited)
    at_work = step.hours is None or step.hours.hold(now, step.zone)
    return good and step.cleared and now >= step.due and at_work


def reason_to_hold(answer: Answer, step: Step, now: datetime) -> str:
    """Return why it must not go on although nothing failed; "" when nothing stands against it."""
    if answer.says is Says.HELD:
        return answer.reasons[0]
    unclear = answer.says is Says.UNDECIDED and not step.sure_enough
    if unclear and step.minutes and now >= step.patience_ends:
        return f"Undecided after {duration(PATIENCE * step.minutes)}: {_ASKS} {answer.reasons[0]}"
    return ""


def _hold(reason: str, step: Step) -> tuple[Move, str]:
    mine = bool(step.own_hold) and _same(step.held, step.own_hold)
    if step.held and not mine:
        return Move.STAY, ""  # a person holds it
    if step.own_hold and _same(reason, step.own_hold):
        return Move.STAY, ""  # held for it already, or a person has resumed against it
    return Move.HOLD, reason


def _too_silent(step: Step, now: datetime) -> str:
    if step.silence is None or step.silent_since is None:
        return ""
    if now - step.silent_since < step.silence:
        return ""
    waited = duration(int(step.silence.total_seconds()) // 60)
    return f"Nobody has reported on the new version for {waited}; the policy takes it back."


def _why_on(answer: Answer, step: Step) -> str:
    if answer.says is Says.PASS:
        return answer.reasons[0]
    waited = duration(PATIENCE * step.minutes)
    return f"Nothing spoke against it in {waited}, which is enough at this risk."


def _same(one: str, other: str) -> bool:
    """Do both say the same, whatever figures stand in them, and whatever is still open?"""
    return _gist(one) == _gist(other)


def _gist(reason: str) -> str:
    head, asks, _ = reason.partition(_ASKS)
    return _FIGURES.sub("#", head) + asks if asks else _FIGURES.sub("#", reason)
