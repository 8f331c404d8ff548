"""Take in what SDKs send: scores, and batches of events. Each item gets its own outcome."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction

from evaluation.online.intake.observation import Observation, Rejection, Score
from evaluation.online.intake.record import record
from evaluation.online.intake.scores import record_scores
from evaluation.online.langfuse.begun import whole_ones
from evaluation.online.langfuse.generation import key_of, merged, read_generation
from evaluation.online.langfuse.score import NOT_COUNTED, read_score
from evaluation.online.langfuse.values import Body, moment_in, text_in
from registry.projects.models import Project

DOOR = "langfuse"
SCORE = "score-create"
GENERATION = ("generation-create", "generation-update")


@dataclass(slots=True)
class Taken:
    """What became of the items of one request: by their place in it, those not counted.

    `refused` have a fault, `passed` are acknowledged with a word on why they do not count.
    """

    refused: dict[int, str] = field(default_factory=dict)
    passed: dict[int, str] = field(default_factory=dict)
    errors_in: frozenset[int] = frozenset()

    def add(self, rejected: Sequence[Rejection], places: Sequence[int]) -> None:
        """Note what was rejected; `places` are where the recorded items stood in the request."""
        for one in rejected:
            kind = self.passed if one.outcome == NOT_COUNTED else self.refused
            kind[places[one.index]] = one.message


def take_scores(project: Project, bodies: Sequence[Any], *, now: datetime) -> Taken:
    """Count the scores in a list."""
    taken = Taken()
    _take_scores(project, [(n, body, now) for n, body in enumerate(bodies)], now, taken)
    return taken


def take_events(project: Project, events: Sequence[Any], *, now: datetime) -> Taken:
    """Count the generations and the scores in a batch of events; drop the others."""
    taken, scores = Taken(), []
    told: dict[str, Body] = {}
    places: dict[str, int] = {}
    for n, event in enumerate(events):
        kind, body = _kind(event), event.get("body") if isinstance(event, dict) else None
        if not kind:
            taken.refused[n] = "An event is an object with id, type and body."
        elif kind == SCORE:
            scores.append((n, body, moment_in(event, "timestamp") or now))
        elif kind in GENERATION and isinstance(body, dict) and (key := key_of(body)):
            told[key], places[key] = merged(told.get(key, {}), body), n
    with transaction.atomic():
        whole = whole_ones(project, told, now=now)
        calls = {id: call for id, body in whole.items() if (call := read_generation(body))}
        _take_calls(project, calls, places, now, taken)
    _take_scores(project, scores, now, taken)
    return taken


def _take_calls(
    project: Project,
    calls: dict[str, Observation],
    places: dict[str, int],
    now: datetime,
    taken: Taken,
) -> None:
    if calls:
        result = record(project, list(calls.values()), now=now, door=DOOR)
        taken.add(result.rejected, [places[id] for id in calls])
        taken.errors_in |= result.errors_in


def _take_scores(
    project: Project, items: Sequence[tuple[int, Any, datetime]], now: datetime, taken: Taken
) -> None:
    """Count scores: (place in the request, body, when it was given unless it says so itself)."""
    read = [(n, read_score(body, at)) for n, body, at in items]
    scores = [(n, one) for n, one in read if isinstance(one, Score)]
    faults = [(n, one) for n, one in read if isinstance(one, Rejection)]
    if not read:
        return
    refused = [replace(one, index=len(scores) + k) for k, (_, one) in enumerate(faults)]
    result = record_scores(
        project, [score for _, score in scores], now=now, door=DOOR, refused=refused
    )
    taken.add(result.rejected, [n for n, _ in [*scores, *faults]])


def _kind(event: Any) -> str:
    """Return the type of an event, or "" for what is none."""
    return text_in(event, "type") if isinstance(event, dict) and text_in(event, "id") else ""
