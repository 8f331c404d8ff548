"""The discussion of a version: comments, replies, what blocks its approval, what is carried on."""

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from promptcms.guards import sentence_of
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.anchors import Anchor, follow, quote_of
from registry.domain.errors import Refused
from registry.domain.fields import check_size, storable_text
from registry.domain.lifecycle import BEFORE_APPROVAL
from registry.domain.roles import Action, Role
from registry.projects.access import require, roles_of
from registry.projects.models import Person
from registry.prompts.models import Version
from registry.release.labels import lock_prompt
from registry.release.models import Comment, Contributor, Release

TEXT_BYTES = 16 * 1024


@transaction.atomic
def comment_on(
    version: Version,
    *,
    text: str,
    actor: Actor,
    anchor: str = "",
    quote: str = "",
    blocking: bool = False,
    reply_to: Comment | None = None,
) -> Comment:
    """Add a remark to the discussion of a version, or to one of its comments.

    `anchor` says what it is about (see `registry.domain.anchors`); the words it points to are
    quoted from the version, `quote` is kept for a case. Raises NotPermitted, Refused, or
    ContentError for a text too long or an anchor that points nowhere.
    """
    project = version.prompt.project
    require(actor, Action.COMMENT, project)
    words = storable_text(text, "The comment", "text").strip()
    check_size(len(words.encode()), TEXT_BYTES, "text", "The comment")
    if actor.person is None or not words:
        raise Refused("Write your comment first.", field="text")
    if blocking:
        lock_prompt(version.prompt)  # so that no approval is given in the same moment
        _check_blocking(version, actor.person, reply_to)
    place = Anchor.parse(anchor) if anchor else None
    if place and not place.case:
        quote = quote_of(place, version.as_content())
    comment = Comment.objects.create(
        version=version,
        person=actor.person,
        text=words,
        anchor=str(place or ""),
        quote=quote,
        blocking=blocking,
        reply_to=_root(version, reply_to),
    )
    record("comment.added", version, actor=actor, project=project, after=_facts(comment))
    return comment


@transaction.atomic
def resolve(comment: Comment, *, actor: Actor, reason: str = "") -> Comment:
    """Close a comment. One that blocks is closed by a reviewer who did not write the version.

    Raises NotPermitted or Refused.
    """
    comment, person = _locked(comment, actor)
    version = comment.version
    if comment.resolved_at is not None:
        raise Refused(f"{comment.resolved_by} has resolved this comment already.")
    refusal = why_not_resolve(
        comment,
        person=person,
        contributed=Contributor.objects.filter(version=version, person=person).exists(),
        reviews=Role.REVIEWER in roles_of(person, version.prompt.project),
    )
    if refusal:
        raise Refused(refusal)
    return _set(comment, "comment.resolved", actor, reason, at=database_now(), by=person)


@transaction.atomic
def reopen(comment: Comment, *, actor: Actor, reason: str = "") -> Comment:
    """Open a resolved comment again; one that blocks does so again. Raises Refused."""
    comment, _ = _locked(comment, actor)
    if comment.resolved_at is None:
        raise Refused("This comment is open already.")
    if comment.blocking:
        _check_still_blockable(comment.version)
    return _set(comment, "comment.reopened", actor, reason, at=None, by=None)


def why_not_resolve(
    comment: Comment, *, person: Person, contributed: bool, reviews: bool
) -> str | None:
    """Return why `person` cannot resolve `comment`, in a sentence; None when they can.

    `contributed`: to the version it is on; `reviews`: holds the role reviewer. Whoever may
    comment resolves what does not block.
    """
    if not comment.blocking:
        return None
    if contributed:
        return (
            f"You contributed to this version: {comment.person}, or a reviewer who did not, "
            "resolves what blocks its approval."
        )
    if comment.person_id == person.pk or reviews:
        return None
    return f"It blocks the approval: {comment.person} or another reviewer resolves it."


def open_blocking(version: Version) -> QuerySet[Comment]:
    """Return the open comments that block the approval of `version`, the oldest first."""
    rows = Comment.objects.filter(version=version, blocking=True, resolved_at=None)
    return rows.select_related("person")


def refuse_while_blocked(version: Version) -> None:
    """Raise Refused while a comment blocks the approval, saying which and who resolves it."""
    for comment in open_blocking(version)[:1]:
        said = comment.text if len(comment.text) <= 120 else comment.text[:119] + "…"
        raise Refused(
            f"An open comment of {comment.person} blocks the approval: “{said}” "
            f"{comment.person}, or another reviewer who did not write this version, resolves it."
        )


def carry_comments(answered: Version, answer: Version) -> int:
    """Carry the open comments of `answered`, with their replies, to the version answering it.

    Each stays its author's. One whose lines are gone loses its place and keeps its quote.
    Called in the transaction that saves `answer`; returns how many were carried.
    """
    rows = Comment.objects.filter(version=answered, reply_to=None, resolved_at=None)
    old, new = answered.as_content(), answer.as_content()
    carried = 0
    for comment in rows.prefetch_related("replies"):
        place = follow(Anchor.parse(comment.anchor), old, new) if comment.anchor else None
        copy = _copy(comment, answer, anchor=str(place or ""))
        for reply in comment.replies.all():
            _copy(reply, answer, anchor="", reply_to=copy)
        carried += 1
    return carried


def _copy(
    comment: Comment, version: Version, *, anchor: str, reply_to: Comment | None = None
) -> Comment:
    return Comment.objects.create(
        version=version,
        person_id=comment.person_id,
        text=comment.text,
        anchor=anchor,
        quote=comment.quote,
        blocking=comment.blocking,
        reply_to=reply_to,
        carried_from=comment,
    )


def _check_blocking(version: Version, person: Person, reply_to: Comment | None) -> None:
    """Raise Refused unless `person` may block the approval of `version` by a comment."""
    if reply_to is not None:
        raise Refused("A reply blocks nothing. Write a comment of its own.", field="blocking")
    if Contributor.objects.filter(version=version, person=person).exists():
        raise Refused(
            "You contributed to this version. Withdraw it, or save a better one, instead of "
            "blocking its approval.",
            field="blocking",
        )
    _check_still_blockable(version)


def _check_still_blockable(version: Version) -> None:
    state = Release.objects.values_list("state", flat=True).get(version=version)
    if state not in BEFORE_APPROVAL:
        raise Refused(
            f"{version.semver} is {state.replace('_', ' ')}: no approval is left to block. "
            "Comment without blocking, or ask a releaser to withdraw it.",
            field="blocking",
        )


def _root(version: Version, reply_to: Comment | None) -> Comment | None:
    """Return the comment that a thread hangs on: replies are one level deep."""
    if reply_to is None:
        return None
    if reply_to.version_id != version.pk:
        raise Refused("That comment is on another version. Answer it there.")
    return reply_to.reply_to or reply_to


def _locked(comment: Comment, actor: Actor) -> tuple[Comment, Person]:
    """Lock the prompt and read the comment again; return it and the person acting."""
    project = comment.version.prompt.project
    require(actor, Action.COMMENT, project)
    if actor.person is None:
        raise Refused("Only a person takes part in a discussion.")
    lock_prompt(comment.version.prompt)
    rows = Comment.objects.select_related("person", "resolved_by", "version__prompt__project")
    found = rows.get(pk=comment.pk)
    if found.reply_to_id is not None:
        raise Refused("A reply is neither open nor resolved: the comment that it answers is.")
    return found, actor.person


def _set(
    comment: Comment,
    action: str,
    actor: Actor,
    reason: str,
    *,
    at: datetime | None,
    by: Person | None,
) -> Comment:
    try:
        with transaction.atomic():
            Comment.objects.filter(pk=comment.pk).update(resolved_at=at, resolved_by=by)
    except IntegrityError as refusal:
        raise Refused(sentence_of(refusal)) from refusal
    record(
        action,
        comment.version,
        actor=actor,
        project=comment.version.prompt.project,
        reason=reason,
        after=_facts(comment),
    )
    comment.refresh_from_db()
    return comment


def _facts(comment: Comment) -> dict[str, object]:
    """Return what the audit keeps of a comment: never its text."""
    return {"comment": comment.pk, "blocking": comment.blocking, "anchor": comment.anchor}
