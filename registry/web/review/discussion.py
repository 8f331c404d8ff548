"""The discussion as a page shows it: threads, open ones first, and who may close each."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from registry.audit.actor import Actor
from registry.domain.anchors import Anchor
from registry.domain.fields import ContentError
from registry.domain.roles import Action, Role
from registry.projects.access import can, roles_of
from registry.prompts.models import Version
from registry.release.comments import why_not_resolve
from registry.release.models import Comment
from registry.web.prompts.table import texts_of


@dataclass(frozen=True)
class Said:
    """One comment or reply. `at` is when it was first said, `first_on` where, if elsewhere."""

    comment: Comment
    at: datetime
    first_on: str


@dataclass(frozen=True)
class Thread:
    """A comment with its replies. `place` says what it is about, in words."""

    said: Said
    replies: list[Said]
    place: str
    no_resolve: str
    may_act: bool

    @property
    def comment(self) -> Comment:
        """The comment that the thread hangs on."""
        return self.said.comment

    @property
    def is_open(self) -> bool:
        """Does it wait for somebody to resolve it?"""
        return self.comment.resolved_at is None


def threads_of(version: Version, actor: Actor, *, contributed: bool) -> list[Thread]:
    """Return the discussion: what blocks, then what else is open, then what is resolved.

    `contributed`: did `actor` contribute to the version?
    """
    person, project = actor.person, version.prompt.project
    rows = list(version.comments.select_related("person", "resolved_by"))
    first = _first_said(rows)
    replies: dict[int, list[Said]] = defaultdict(list)
    for row in rows:
        if row.reply_to_id:
            replies[row.reply_to_id].append(_said(row, first, version))
    reviews = person is not None and Role.REVIEWER in roles_of(person, project)
    may_act, chat = can(actor, Action.COMMENT, project), version.prompt.kind == "chat"
    found = [
        Thread(
            said=_said(row, first, version),
            replies=replies[row.pk],
            place=place_words(row.anchor, chat=chat),
            no_resolve=(
                why_not_resolve(row, person=person, contributed=contributed, reviews=reviews) or ""
                if person
                else ""
            ),
            may_act=may_act,
        )
        for row in rows
        if row.reply_to_id is None
    ]
    return sorted(found, key=lambda t: (not t.is_open, not t.comment.blocking, t.comment.pk))


def place_words(anchor: str, *, chat: bool) -> str:
    """Return what an anchor points to, in words; "" for none."""
    try:
        return Anchor.parse(anchor).words(chat=chat) if anchor else ""
    except ContentError:  # written by an older version of this product
        return ""


def _said(row: Comment, first: dict[int, Comment], version: Version) -> Said:
    origin = row
    while origin.carried_from_id in first:
        origin = first[origin.carried_from_id]
    elsewhere = "" if origin is row else origin.version.semver
    return Said(row, origin.created_at, elsewhere)


def _first_said(rows: Iterable[Comment]) -> dict[int, Comment]:
    """Return the comments that `rows` were carried from, however often: a query per version."""
    found: dict[int, Comment] = {}
    wanted = {row.carried_from_id for row in rows if row.carried_from_id}
    while wanted:
        earlier = Comment.objects.filter(pk__in=wanted).select_related("version")
        step = {row.pk: row for row in earlier.defer(*texts_of("version"))}
        found |= step
        wanted = {row.carried_from_id for row in step.values() if row.carried_from_id}
    return found
