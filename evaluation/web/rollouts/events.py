"""What happened in the course of a rollout, on the time axis of its charts and as a list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from evaluation.domain.watch.answer import Says
from evaluation.web.rollouts.record import Record, time_of
from registry.audit.models import Event
from registry.domain.lifecycle import RolloutState
from registry.release.models import Rollout, Segment, Verdict
from registry.release.verdicts import UNMEASURED
from registry.web.prompts.rollout_card import share_words

END_WORDS = {
    "regressed": "The watcher rolled it back.",
    "by_person": "A person rolled it back.",
    "superseded": "Another version took its place.",
}
WATCHER = "watcher"
LOUD = {"pass": "good", "fail": "bad", "inconclusive": "", "error": "warn"}


@dataclass(frozen=True)
class Happening:
    """One thing that happened: `mark` is the short word on the charts, "" for not there."""

    at: datetime
    words: str
    mark: str = ""
    tone: str = ""
    chip: str = ""


def happenings_of(record: Record) -> list[Happening]:
    """Return what happened in the rollout, oldest first."""
    found = [*_steps(record), *_verdicts(record), *_holds(record.rollout), *_end(record)]
    return sorted(found, key=lambda one: one.at)


def marks_of(happenings: list[Happening]) -> list[dict[str, object]]:
    """Return what the charts mark: time in milliseconds since 1970, a word, a tone."""
    return [
        {"at": round(one.at.timestamp() * 1000), "words": one.mark, "tone": one.tone}
        for one in happenings
        if one.mark
    ]


def _steps(record: Record) -> Iterator[Happening]:
    shares = None
    for segment in record.segments:
        if segment.kind != Segment.Kind.ROLLOUT or segment.percent == shares:
            continue
        shares = segment.percent
        where = share_words(shares)
        words = f"Began to serve {where}." if shares else "Began on staging."
        yield Happening(segment.started_at, words, mark=f"{shares} %" if shares else "staging")


def _verdicts(record: Record) -> Iterator[Happening]:
    for verdict in record.verdicts:
        words = verdict.reasons[0] if verdict.reasons else verdict.get_outcome_display()
        mark = "fail" if verdict.outcome == Verdict.Outcome.FAIL else ""
        mark = "held" if verdict.evidence.get("says") == Says.HELD else mark
        tone, chip = LOUD[verdict.outcome], verdict.outcome
        if verdict.pins.get(UNMEASURED):
            chip = UNMEASURED
        elif chip == "inconclusive":
            chip = "held" if verdict.evidence.get("says") == "held" else "not sure yet"
        yield Happening(time_of(verdict), words, mark=mark, tone=tone, chip=chip)


def _holds(rollout: Rollout) -> Iterator[Happening]:
    """Yield when people held and resumed it: in this attempt, not in others.

    When the watcher held it, its verdict says so, by the watcher's clock.
    """
    rows = Event.objects.filter(
        object_type="version",
        object_id=str(rollout.version_id),
        action__in=("rollout.started", "rollout.held", "rollout.resumed"),
    )
    starts = iter(rollout.version.rollouts.order_by("pk").values_list("pk", flat=True))
    attempt: int | None = None
    for event in rows.select_related("actor").order_by("seq"):
        if event.action == "rollout.started":
            attempt = next(starts, None)
        elif attempt == rollout.pk and event.actor_name != WATCHER:
            held = event.action == "rollout.held"
            who = event.actor or event.actor_name
            words = f"{'Held' if held else 'Resumed'} by {who}: {event.reason}"
            yield Happening(event.at, words, mark="held" if held else "resumed")


def _end(record: Record) -> Iterator[Happening]:
    rollout = record.rollout
    if rollout.ended_at is None:
        return
    if rollout.ended_as == Rollout.EndedAs.FINISHED and not record.is_ab:
        at = next((s.started_at for s in record.segments if s.kind == Segment.Kind.STANDING), None)
        yield Happening(at or rollout.ended_at, "Everyone got it.", mark="everyone", tone="good")
    if rollout.state == RolloutState.ROLLED_BACK:
        words = END_WORDS.get(rollout.ended_as, "It ended.")
        if record.is_ab:
            words = "The test ended."
        yield Happening(rollout.ended_at, words, mark="end", tone="bad")
