"""Take in calls: each counted once, where it was served. Everything that observes comes here.

One transaction a batch. What was counted already is known by its digest, only what is new is
added up, and rows are written in the order of their keys, table after table.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from django.db import transaction

from evaluation.domain.watch.guardrails import QUALITY
from evaluation.online.intake.counts import count_items, lock
from evaluation.online.intake.keys import call_key, digest_of, trace_key
from evaluation.online.intake.observation import (
    Observation,
    Recorded,
    Rejection,
    fault_in_time,
    fault_in_values,
)
from evaluation.online.intake.place import Arm, Map, NowhereError, Place
from evaluation.online.intake.scores import record_scores
from evaluation.online.intake.series import TOO_MANY, Names, series_of
from evaluation.online.intake.tally import Tally, bucket_in, shard_of
from evaluation.online.intake.waiting import take_waiting
from evaluation.online.intake.write import (
    Row,
    add_seen,
    add_tally,
    add_traces,
)
from evaluation.online.models import Sample
from evaluation.online.samples.keep import Taken, rows, why_not
from registry.projects.models import Project

__all__ = ["record", "record_scores"]


@dataclass(slots=True)
class Call:
    """An observation whose place is known."""

    index: int
    of: Observation
    place: Place
    at: datetime  # in UTC
    day: date  # that its digests are kept under
    key: bytes
    bucket: int | None
    shard: int
    series: int = 0
    fresh: bool = False  # the call itself was not counted before
    scores: dict[str, bytes] = field(default_factory=dict)

    def digests(self) -> Iterator[tuple[date, bytes]]:
        """Yield what says that the call, and each of its scores, was counted."""
        yield self.day, self.key
        for key in self.scores.values():
            yield self.day, key


def record(
    project: Project,
    observations: Sequence[Observation],
    *,
    now: datetime,
    door: str,
    refused: Sequence[Rejection] = (),
) -> Recorded:
    """Count the calls of one batch that are new; return what became of it.

    `refused` are items that the door itself could not read: they are counted and returned with
    the others. An unknown prompt or version is refused, never made.
    """
    rejected = list(refused)
    sound = [
        (index, of)
        for index, of in enumerate(observations)
        if not _refuse(index, of, now, rejected)
    ]
    with transaction.atomic():
        lock(project, shared=True)
        calls = _placed(project, sound, rejected)
        ids = series_of({call.place.spot for call in calls})
        for call in calls:
            call.series = ids[call.place.spot]
        left_out = _admit(calls)
        new, tally = _note(calls), Tally()
        taken = sum([_count(call, new, tally) for call in calls])
        fresh = [call for call in calls if call.fresh]
        _note_traces(project, fresh)
        _take_waiting(project, fresh, tally)
        add_tally(tally)
        left_out += _keep_samples(fresh, now)
        again = len(calls) - taken
        errors = _errors_in(fresh)
        result = Recorded(taken, again, tuple(rejected), errors, tuple(left_out))
        count_items(project, result, now=now, door=door, example=_example(calls))
    return result


def _refuse(index: int, of: Observation, now: datetime, rejected: list[Rejection]) -> bool:
    """Note why `of` cannot be counted; False if it can."""
    if late := fault_in_time(of.at, now):
        rejected.append(Rejection(index, *late))
    elif fault := fault_in_values(of):
        rejected.append(Rejection(index, *fault))
    else:
        return False
    return True


def _placed(
    project: Project, sound: Sequence[tuple[int, Observation]], rejected: list[Rejection]
) -> list[Call]:
    """Return the calls with their places; what has none is noted in `rejected`."""
    if not sound:
        return []
    places, owner = Map.load(project.pk, [of for _, of in sound]), project.pk
    calls = []
    for index, of in sound:
        try:
            place = places.place(of)
        except NowhereError as error:
            rejected.append(Rejection(index, error.field, error.message, error.outcome))
            continue
        key, bucket = call_key(owner, of.source, of.id), bucket_in(place, of)
        scores = {name: digest_of(owner, of.source, of.id, QUALITY + name) for name in of.scores}
        shard = shard_of(bucket, key)
        at = of.at.astimezone(UTC)
        calls.append(Call(index, of, place, at, at.date(), key, bucket, shard, scores=scores))
    return calls


def _admit(calls: Sequence[Call]) -> list[Rejection]:
    """Take away the scores that their series have no place for; return which."""
    left_out = []
    names = Names.of({call.series for call in calls if call.scores})
    for call in calls:
        for name in list(call.scores):
            if not names.admits(call.series, QUALITY + name):
                del call.scores[name]
                field = f"scores.{name}"
                left_out.append(Rejection(call.index, field, TOO_MANY, "too_many_names"))
    return left_out


def _note(calls: Sequence[Call]) -> set[tuple[date, bytes]]:
    """Note what the calls bring as seen; return the digests that are new."""
    rows: dict[tuple[date, bytes], Row] = {}
    for call in calls:
        for day, key in call.digests():
            series = call.series if key is call.key else None
            rows.setdefault((day, key), (day, key, series, call.shard))
    return add_seen(rows.values())


def _count(call: Call, new: set[tuple[date, bytes]], tally: Tally) -> bool:
    """Add what is new of a call, and have it no longer be new; False if nothing is."""
    before = len(new)
    if (call.day, call.key) in new:
        new.discard((call.day, call.key))
        call.fresh = True
        tally.call(call.series, call.at, call.place, call.of, call.shard, call.bucket)
    for name, key in call.scores.items():
        if (call.day, key) in new:
            new.discard((call.day, key))
            tally.score(call.series, call.at, call.shard, QUALITY + name, call.of.scores[name])
    return len(new) < before


def _note_traces(project: Project, fresh: Sequence[Call]) -> None:
    """Note of each trace where its calls are counted, or that they are in several places."""
    rows: dict[tuple[date, bytes], Row] = {}
    for call in fresh:
        if call.of.trace:
            key = (call.day, trace_key(project.pk, call.of.source, call.of.trace))
            known = rows.setdefault(key, (*key, call.series, call.shard))
            if known[2] != call.series:
                rows[key] = (*key, None, call.shard)
    add_traces(rows.values())


def _take_waiting(project: Project, fresh: Sequence[Call], tally: Tally) -> None:
    """Count the scores that waited for these calls, or for their traces."""
    keys = {call.key for call in fresh}
    keys |= {trace_key(project.pk, c.of.source, c.of.trace) for c in fresh if c.of.trace}
    take_waiting(project, keys, {call.day for call in fresh}, tally)


def _keep_samples(fresh: Sequence[Call], now: datetime) -> list[Rejection]:
    """Keep what applications attached, as far as it is to be kept; return what cannot be."""
    left_out, taken = [], []
    for call in fresh:
        sample = call.of.sample
        if sample is None:
            continue
        if fault := why_not(sample.input, sample.output, sample.context):
            left_out.append(Rejection(call.index, "sample", fault, "sample"))
            continue
        taken.append(
            Taken(
                series=call.series,
                prompt=call.place.spot.prompt,
                version=call.place.spot.version,
                call=call.key,
                shard=call.shard,
                at=call.at,
                input=sample.input,
                output=sample.output,
                context=sample.context,
                scores={name: call.of.scores[name] for name in call.scores},
            )
        )
    if taken:
        Sample.objects.bulk_create(rows(taken, now=now), ignore_conflicts=True)
    return left_out


def _errors_in(fresh: Sequence[Call]) -> frozenset[int]:
    """Return the rollouts whose treatment had an error in these calls."""
    return frozenset(
        call.place.stretch.rollout
        for call in fresh
        if call.of.failed
        and call.place.spot.arm == Arm.TREATMENT
        and call.place.stretch
        and call.place.stretch.rollout
    )


def _example(calls: Sequence[Call]) -> str:
    """Return in words the last call that had a place."""
    if not calls:
        return ""
    last = calls[-1]
    return f"{last.of.prompt} {last.of.version}"
