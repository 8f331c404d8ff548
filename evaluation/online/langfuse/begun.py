"""Generations whose beginning and end come in different batches: the beginning waits."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from evaluation.online.intake.keys import call_key
from evaluation.online.langfuse.generation import (
    SOURCE,
    beginning_of,
    has_ended,
    merged,
    names_prompt,
)
from evaluation.online.langfuse.values import Body
from evaluation.online.models_begun import BegunCall
from registry.projects.models import Project


def whole_ones(
    project: Project, told: Mapping[str, Body], *, now: datetime
) -> dict[str, dict[str, Any]]:
    """Return the generations of which all is told, now that `told` came; keep the others.

    `told` and the result are by the id of the call. What ends without a beginning, or names no
    prompt, is left out. Two queries and as many writes, whatever the size.
    """
    whole = {id: dict(body) for id, body in told.items() if _is_whole(body)}
    ends = {id: body for id, body in told.items() if id not in whole and has_ended(body)}
    keys = {call_key(project.pk, SOURCE, id): id for id in ends}
    rows = BegunCall.objects.filter(project=project, key__in=sorted(keys))
    begun = {keys[bytes(row.key)]: row for row in rows}
    whole |= {id: merged(row.beginning, ends[id]) for id, row in begun.items()}
    BegunCall.objects.filter(pk__in=sorted(row.pk for row in begun.values())).delete()
    _keep(project, {id: told[id] for id in told if id not in whole}, now)
    return whole


def _keep(project: Project, told: Mapping[str, Body], now: datetime) -> None:
    rows = [
        BegunCall(
            project=project,
            key=call_key(project.pk, SOURCE, id),
            beginning=beginning_of(body),
            came_at=now,
        )
        for id, body in sorted(told.items())
        if names_prompt(body)
    ]
    BegunCall.objects.bulk_create(rows, ignore_conflicts=True)


def _is_whole(body: Body) -> bool:
    return names_prompt(body) and has_ended(body)
