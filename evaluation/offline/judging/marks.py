"""Marks: what people would have scored an answer, so that a judge can be measured."""

from django.db import IntegrityError, transaction

from evaluation.offline.models import CaseResult, Judge, JudgeMark
from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.domain.fields import ContentError, storable_text
from registry.domain.roles import Action
from registry.projects.access import require

NOTE = 2_000  # characters


def mark(
    judge: Judge, *, result: CaseResult, score: int, blind: bool, actor: Actor, note: str = ""
) -> JudgeMark:
    """Keep what `actor` would have scored `result`, by the judge's rubric.

    `blind` says that they had not seen the judge's score: only blind marks measure a judge,
    since a mark against a score one disagrees with is no fair sample. It stays as given; the
    row says who and when, so there is no audit event beside it.
    Raises NotPermitted, ContentError (score, note), or Refused for a second mark.
    """
    require(actor, Action.MARK, judge.project)
    if actor.person is None:
        raise Refused("Only a person marks answers.")
    if result.run.prompt.project_id != judge.project_id:
        raise Refused("This answer belongs to another project.")
    if not 1 <= score <= 5:
        raise ContentError("score", "Choose a score from 1 to 5.")
    note = storable_text(note, "The note", "note").strip()
    if len(note) > NOTE:
        raise ContentError("note", f"The note is longer than {NOTE:,} characters. Shorten it.")
    try:
        with transaction.atomic():
            return JudgeMark.objects.create(
                judge=judge, result=result, person=actor.person, score=score, blind=blind, note=note
            )
    except IntegrityError:
        raise Refused(
            "You have marked this answer already, and a mark stays as it was given. "
            "Go on with the next one."
        ) from None
