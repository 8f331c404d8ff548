"""`GET …/ledger?at=`: what a prompt's labels served at a moment, and the moves before it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse

from registry.audit.clock import database_now
from registry.audit.export import utc_words
from registry.prompts.models import Prompt
from registry.release.exposure import canary_at
from registry.release.ledger import moves_at
from registry.release.models import LabelEvent
from registry.runtime.answers import Problem
from registry.runtime.api.reading import (
    ReadView,
    answer,
    asked_of,
    find_prompt,
    generation_now,
    mark_in,
    page_of,
)
from registry.runtime.api.schema import (
    AFTER,
    CLIENT,
    GENERATION,
    LIMIT,
    NAME,
    documented,
    parameter,
)
from registry.runtime.api.serializers import Ledger
from registry.runtime.authentication import KeyRequest
from registry.runtime.models import ApiKey

_NUMBERS = [
    f"{side}__{part}"
    for side in ("version_before", "version_after")
    for part in ("major", "minor", "patch")
]


class LedgerView(ReadView):
    """The moves of the labels that the key may read, newest first, and what they led to."""

    @documented(
        "getLedger",
        Ledger,
        "What each label of a prompt served at a moment, and the moves up to it, newest first. "
        "Only labels that the key may read.",
        NAME,
        parameter("at", "A moment that has passed, with its time zone; otherwise now.", datetime),
        AFTER,
        LIMIT,
        CLIENT,
        GENERATION,
    )
    def get(self, request: KeyRequest, name: str) -> HttpResponse:
        """Answer what each label served at the moment `at`, or now, and a page of its moves."""
        asked = asked_of(request, "at", "after", "limit")
        key, mark, now = request.auth, mark_in(asked), database_now()
        at = _moment(asked["at"], now) if "at" in asked else None
        prompt = find_prompt(key, name)
        rows = _moves(prompt, key).filter(at__lte=at or now)
        if mark is not None:
            rows = rows.filter(pk__lt=mark)
        generation = generation_now()
        moves, more = page_of(rows, asked)
        document = {
            "name": prompt.name,
            "at": utc_words(at),
            "served": _served(prompt, key, at or now),
            "canary": _canary(prompt, key, at or now),
            "moves": [_move(move) for move in moves],
            "next": moves[-1].pk if more else None,
        }
        return answer(request, document, generation=generation)


def _moment(text: str, now: datetime) -> datetime:
    """Return the moment in UTC. Raises Problem unless it is one that has passed."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _bad("Write a moment like 2026-11-03T14:05:00Z (a + in it as %2B).") from None
    if moment.tzinfo is None:
        raise _bad("Say the time zone: end in Z for UTC, or in %2B01:00 and the like.")
    if not 2000 <= moment.year <= 2100:
        raise _bad("Give a year between 2000 and 2100.")
    moment = moment.astimezone(UTC)
    if moment > now:
        raise _bad("That moment has not come yet. Give one that has passed.")
    return moment


def _moves(prompt: Prompt, key: ApiKey) -> QuerySet[LabelEvent]:
    rows = LabelEvent.objects.filter(prompt=prompt, name__in=key.labels)
    facts = ("name", "rev", "at", "actor_name", "reason", "rollout_id")
    # In the order of writing: moves of one prompt wait for each other.
    return rows.select_related("version_before", "version_after").only(*facts, *_NUMBERS)


def _served(prompt: Prompt, key: ApiKey, at: datetime) -> list[dict[str, Any]]:
    """Return what each label answered; before the first canary it answers as production."""
    names = [label for label in ("production", "staging", "canary") if label in key.labels]
    moves = {label: moves_at([prompt], label, at).get(prompt.pk) for label in names}
    if "canary" in names and moves["canary"] is None:
        moves["canary"] = moves_at([prompt], "production", at).get(prompt.pk)
    return [_serving(label, move) for label, move in moves.items() if move]


def _serving(label: str, move: LabelEvent) -> dict[str, Any]:
    return {
        "label": label,
        "version": move.version_after.semver,
        "since": utc_words(move.at),
        "by": move.actor_name,
        "reason": move.reason,
    }


def _canary(prompt: Prompt, key: ApiKey, at: datetime) -> Mapping[str, Any] | None:
    """Return the version that a canary gave to a share of production, and the share."""
    if not {"production", "canary"} & set(key.labels):
        return None
    segment = canary_at([prompt], at).get(prompt.pk)
    if segment is None or segment.treatment is None:
        return None
    return {"version": segment.treatment.semver, "percent": segment.percent}


def _move(move: LabelEvent) -> dict[str, Any]:
    return {
        "label": move.name,
        "rev": move.rev,
        "at": utc_words(move.at),
        "from": move.version_before.semver if move.version_before else None,
        "to": move.version_after.semver,
        "by": move.actor_name,
        "reason": move.reason,
        "rollout": move.rollout_id,
    }


def _bad(message: str) -> Problem:
    return Problem(400, "bad_request", message, "at")
