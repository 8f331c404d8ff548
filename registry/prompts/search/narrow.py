"""Put all questions together into one query that stays fast whatever the answer is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from registry.prompts.models import Prompt
from registry.prompts.search import words
from registry.prompts.search.standing import standing_ids
from registry.prompts.search.wanted import Wanted

MANY = 1000


@dataclass(frozen=True)
class Question:
    """One thing asked: up to so many ids that fit, and the condition to walk rows with."""

    ids: Callable[[int], list[int]]
    holds: Any


@dataclass(frozen=True)
class Narrowed:
    """The prompts that fit, unordered; `is_few` when at most 1,000 were found by an index.

    `is_asked` says that more than a place is wanted, so that a count may have to walk far.
    """

    rows: QuerySet[Prompt]
    is_few: bool
    is_asked: bool


def narrowed(wanted: Wanted, *, now: datetime) -> Narrowed:
    """Return the prompts that fit all that is wanted."""
    rows = _in_place(wanted)
    few: list[int] | None = None
    walked: list[Any] = []
    questions = list(_questions(wanted, now))
    for question in questions:
        ids = question.ids(MANY + 1)
        if len(ids) > MANY:
            walked.append(question.holds)
        else:
            few = ids if few is None else sorted(set(few) & set(ids))
    if few is not None:
        rows = rows.filter(pk__in=few)
    for condition in walked:
        rows = rows.filter(condition)
    is_asked = bool(questions or wanted.kind)
    return Narrowed(rows, is_few=few is not None, is_asked=is_asked)


def _in_place(wanted: Wanted) -> QuerySet[Prompt]:
    """Return the prompts of the projects, folder, kind and side of the archive."""
    rows = Prompt.objects.filter(archived_at__isnull=not wanted.archived)
    if len(wanted.projects) == 1:
        rows = rows.filter(project=wanted.projects[0])
    else:
        rows = rows.filter(project__in=wanted.projects)
    if wanted.folder:
        rows = rows.filter(name__gte=wanted.folder, name__lt=after_folder(wanted.folder))
    return rows.filter(kind=wanted.kind) if wanted.kind else rows


def after_folder(folder: str) -> str:
    """Return the first text after all names in `folder`, which ends with a slash."""
    return folder[:-1] + chr(ord("/") + 1)


def _questions(wanted: Wanted, now: datetime) -> Iterator[Question]:
    match = words.match_for(
        wanted.projects, text=wanted.text, tag=wanted.tag, names_only=wanted.names_only
    )
    if match:
        yield Question(lambda limit: words.ids_matching(match, limit), words.holds(match))
    if wanted.standing:
        yield _of_rows(standing_ids(wanted.standing, wanted, now=now))
    if wanted.owner:
        owned = Prompt.objects.filter(owner=wanted.owner, project__in=wanted.projects)
        yield Question(_first(owned.values_list("pk", flat=True)), Q(owner=wanted.owner))
    if wanted.archived:
        put_away = Prompt.objects.filter(
            archived_at__isnull=False, project__in=wanted.projects
        ).values_list("pk", flat=True)
        yield Question(_first(put_away), Q(archived_at__isnull=False))


def _of_rows(ids: QuerySet[Any]) -> Question:
    return Question(_first(ids), Q(pk__in=ids))


def _first(ids: QuerySet[Any]) -> Callable[[int], list[int]]:
    return lambda limit: list(ids.order_by().distinct()[:limit])
