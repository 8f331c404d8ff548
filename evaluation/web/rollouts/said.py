"""The first line of a rollout: where it is, how it does, what comes next and when, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from evaluation.domain.watch.answer import Says
from evaluation.web.rollouts.record import Part, Record
from registry.domain.lifecycle import RolloutState
from registry.domain.watching import Watching
from registry.release.models import LabelEvent, Rollout
from registry.web.prompts.rollout_card import RolloutCard


@dataclass(frozen=True)
class Said:
    """`place` where it is since `since`, `health` how it does, `ahead` what comes next.

    `at` is when that may come, None when no time decides; `tail` under which terms. `chip` is
    the word that the whole stands under, "" for none.
    """

    place: str
    health: str
    ahead: str = ""
    at: datetime | None = None
    tail: str = ""
    since: datetime | None = None
    chip: str = ""


def said_of(record: Record, card: RolloutCard | None, *, last: LabelEvent | None) -> Said:
    """Return the first line of `record`; `card` describes it while it is under way.

    `last` is the last move of a label that the rollout made: who ended it, and why.
    """
    if card is not None:
        return _under_way(card)
    if record.rollout.state == RolloutState.COMPLETE:
        return _complete(record)
    return _back(record, last)


def _under_way(card: RolloutCard) -> Said:
    chip = "held" if card.rollout.held_reason else "fail" if card.failed else card.rollout.state
    if card.blocked:
        # Held by the watcher: its present sentence says the same with another number.
        more = "" if card.answer == Says.HELD or card.health in card.blocked else card.health
        return Said(f"{card.headline}.", card.blocked, more, chip=chip)
    health = card.health
    if card.is_ab:
        health = health.replace("The treatment", card.rollout.version.semver, 1)
        chip = ""
    elif card.attended:
        because = card.rollout.attended_because or "A person takes each step."
        health = because.split(". ")[0].rstrip(".") + "."
    return Said(f"{card.headline}.", health, card.ahead, card.next_at, card.tail, chip=chip)


def _complete(record: Record) -> Said:
    rollout, place = record.rollout, f"{record.rollout.version.semver} serves everyone since"
    failed = record.failed_after
    if failed is not None:
        health = f"{failed.reasons[0] if failed.reasons else 'It got worse since.'}"
        return Said(
            place, health, "Roll it back if that matters.", since=rollout.ended_at, chip="fail"
        )
    watched = _watched_until(record)
    if watched is None:
        return Said(place, "Nothing watches it any more.", since=rollout.ended_at, chip="complete")
    seen = record.seen(Part.WATCH)
    health = seen.answer.reasons[0] if seen and seen.answer.reasons else "It is still watched."
    return Said(place, health, "Watched until", watched, since=rollout.ended_at, chip="complete")


def _watched_until(record: Record) -> datetime | None:
    """Return until when production is watched after the completion; None when that is over."""
    watch, ended = record.watch, record.rollout.ended_at
    if watch is None or watch.ended_at is not None or ended is None:
        return None
    rules = Watching.from_document(record.rollout.policy.document.get("watching"))
    return ended + timedelta(minutes=rules.after_minutes)


def _back(record: Record, last: LabelEvent | None) -> Said:
    rollout, semver = record.rollout, record.rollout.version.semver
    served = rollout.production_before
    now_serves = f"Production goes on serving {served.semver}." if served else ""
    if rollout.ended_as == Rollout.EndedAs.SUPERSEDED:
        words = last.reason if last else "Another version took its place."
        return Said(
            f"{semver} gave way", words, now_serves, since=rollout.ended_at, chip="superseded"
        )
    if rollout.ended_as == Rollout.EndedAs.FINISHED:
        seen = record.seen(Part.CANARY)
        words = seen.answer.reasons[0] if seen and seen.answer.reasons else ""
        words = words.replace("The treatment", semver, 1)
        return Said(f"The test of {semver} ended", words, now_serves, since=rollout.ended_at)
    failed = record.failed or record.failed_after
    if rollout.ended_as == Rollout.EndedAs.REGRESSED:
        place = f"{semver} went back by itself"
        why = failed.reasons[0] if failed and failed.reasons else (last.reason if last else "")
    else:
        who = str(last.actor or last.actor_name) if last else "Somebody"
        place, why = f"{who} rolled {semver} back", f"“{last.reason}”" if last else ""
    return Said(place, why, now_serves, since=rollout.ended_at, chip="rolled_back")
