"""Take in scores that come by themselves: joined to their call, or kept until it comes."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from evaluation.domain.watch.guardrails import QUALITY
from evaluation.online.intake.counts import count_items, lock
from evaluation.online.intake.keys import call_key, digest_of, trace_key
from evaluation.online.intake.observation import (
    LONGEST_ID,
    Observation,
    Recorded,
    Rejection,
    Score,
    fault_in_score,
    fault_in_time,
)
from evaluation.online.intake.place import Map, NowhereError
from evaluation.online.intake.series import series_of
from evaluation.online.intake.tally import Tally, shard_of
from evaluation.online.intake.waiting import Due, Known, add_due, days_before, find_seen
from evaluation.online.intake.write import Row, add_tally, add_waiting
from registry.projects.models import Project

Numbered = tuple[int, Score]


def record_scores(
    project: Project,
    scores: Sequence[Score],
    *,
    now: datetime,
    door: str = "langfuse",
    refused: Sequence[Rejection] = (),
) -> Recorded:
    """Count the scores that are new where their calls were counted; return what became of them.

    A score whose call is not known waits for it for an hour, and counts as taken. One that is
    about a trace with calls of several prompts is refused.
    """
    rejected = list(refused)
    sound = [(n, score) for n, score in enumerate(scores) if not _refuse(n, score, now, rejected)]
    with transaction.atomic():
        lock(project, shared=False)
        due, waiting = _joined(project, sound, now, rejected)
        tally = Tally()
        added = add_due(due, tally)
        kept = add_waiting(waiting)
        add_tally(tally)
        again = len(due) + len(waiting) - added - kept
        result = Recorded(added + kept, again, tuple(rejected))
        example = f"score {scores[-1].name}" if due or waiting else ""
        count_items(project, result, now=now, door=door, example=example, waiting=kept)
    return result


def _refuse(index: int, score: Score, now: datetime, rejected: list[Rejection]) -> bool:
    """Note why a score cannot be counted; False if it can."""
    if late := fault_in_time(score.at, now):
        rejected.append(Rejection(index, *late))
    elif fault := fault_in_score(score.name, score.value):
        rejected.append(Rejection(index, "value", fault))
    elif not 0 < len(score.id) <= LONGEST_ID:
        rejected.append(Rejection(index, "id", f"Send an id of 1 to {LONGEST_ID} characters."))
    elif not (score.key or score.call or score.trace or score.prompt):
        rejected.append(Rejection(index, "trace", "Say which call or trace the score is about."))
    else:
        return False
    return True


def _joined(
    project: Project, sound: Sequence[Numbered], now: datetime, rejected: list[Rejection]
) -> tuple[list[Due], list[Row]]:
    """Return the scores whose calls are known, and rows for those that must wait."""
    about = {n: _about(project, score) for n, score in sound}
    known = find_seen(set(about.values()), days_before([score.at for _, score in sound]))
    named = _by_prompt(project, [pair for pair in sound if about[pair[0]] not in known], rejected)
    due: list[Due] = []
    waiting: list[Row] = []
    for n, score in sound:
        metric, place = QUALITY + score.name, known.get(about[n]) or named.get(n)
        key = digest_of(project.pk, score.source, score.id, metric)
        if place is None and not score.prompt:
            waiting.append((project.pk, about[n], key, metric, score.value, score.at, now))
        elif place is not None and place.series is None:
            text = "Calls of several prompts share this trace. Say which call it is about."
            rejected.append(Rejection(n, "trace", text, "ambiguous"))
        elif place is not None:
            due.append(Due(key, metric, score.value, score.at, place))
    return due, waiting


def _about(project: Project, score: Score) -> bytes:
    """Return the digest of the call, or else of the trace, that a score is about."""
    if score.key:
        return score.key
    if score.call:
        return call_key(project.pk, score.source, score.call)
    return trace_key(project.pk, score.source, score.trace)


def _by_prompt(
    project: Project, pairs: Iterable[Numbered], rejected: list[Rejection]
) -> dict[int, Known]:
    """Return the places of scores that name prompt and version themselves."""
    stand_ins = {
        n: Observation(score.source, score.id, score.at, score.prompt, score.version)
        for n, score in pairs
        if score.prompt
    }
    if not stand_ins:
        return {}
    places, spots = Map.load(project.pk, list(stand_ins.values())), {}
    for n, stand_in in stand_ins.items():
        try:
            spots[n] = places.place(stand_in).spot
        except NowhereError as error:
            rejected.append(Rejection(n, error.field, error.message, error.outcome))
    ids = series_of(set(spots.values()))
    shards = {n: shard_of(None, call_key(project.pk, *_own(stand_ins[n]))) for n in spots}
    return {n: Known(ids[spot], shards[n]) for n, spot in spots.items()}


def _own(stand_in: Observation) -> tuple[str, str]:
    return stand_in.source, stand_in.id
