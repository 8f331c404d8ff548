"""Who hears of an event: the people of its kind who are members now, never who did it."""

from django.db.models import QuerySet

from registry.audit.models import Event
from registry.domain.lifecycle import Clearance
from registry.domain.roles import Role
from registry.notices.kinds import Notice, told
from registry.projects.models import Membership, Person
from registry.prompts.models import Version
from registry.release.models import Approval, Comment, Contributor, Release

Ids = set[int]


def audience(notice: Notice, event: Event, version: Version) -> list[Person]:
    """Return the members who hear of `event`, by id.

    Left out are who did it (unless it was planned and did not happen), deactivated people,
    former members, and everybody when the project is hidden.
    """
    project = version.prompt.project
    if project.hidden_at is not None:
        return []
    wanted = _wanted(notice, event, version)
    if notice is Notice.PLAN_STOPPED:
        wanted.add(event.actor_id or 0)  # it was to be done in their name, and nobody did it
    else:
        wanted -= {event.actor_id or 0}
    members = Membership.objects.filter(project=project, person__in=wanted).values("person_id")
    return list(Person.objects.filter(pk__in=members, is_active=True).order_by("pk"))


def _wanted(notice: Notice, event: Event, version: Version) -> Ids:
    author = {version.author_id}
    match notice:
        case Notice.APPROVAL_WANTED:
            return _who_can_sign(version) if _is(version, Clearance.IN_REVIEW) else set()
        case Notice.UNDECIDED:
            return author | _who_can_sign(version) if _is(version, Clearance.UNDECIDED) else set()
        case Notice.DECIDED:
            return author | _contributors(version) | _ids(_discussion(version))
        case Notice.COMMENT:
            return author | _ids(_thread(event, version))
        case Notice.CLEARED | Notice.ROLLOUT_HELD | Notice.ROLLOUT_ADVANCED | Notice.PLAN_STOPPED:
            return author | _holding(version, Role.RELEASER)
        case Notice.GOT_WORSE:
            return author | _holding(version, Role.REVIEWER, Role.RELEASER, Role.ADMIN)
        case Notice.ROLLED_BACK:
            return author | _holding(version, Role.RELEASER, Role.ADMIN)
        case Notice.WAIVED:
            return _holding(version, Role.REVIEWER, Role.ADMIN)
        case Notice.GATE_FAILED | Notice.RUN_ERRORED:
            return author


def comment_of(event: Event) -> Comment | None:
    """Return the comment that a `comment.added` event tells of; None for other events."""
    number = told(event.after).get("comment")
    return Comment.objects.filter(pk=number).first() if isinstance(number, int) else None


def _is(version: Version, state: Clearance) -> bool:
    """Does `version` still wait there? Nobody is asked for what somebody has done since."""
    return Release.objects.filter(version=version, state=state).exists()


def _who_can_sign(version: Version) -> Ids:
    """Reviewers who did not write it and have not answered."""
    release = Release.objects.get(version=version)
    answered = Approval.objects.filter(version=version, verdict=release.verdict_id)
    return (
        _holding(version, Role.REVIEWER)
        - _contributors(version)
        - set(answered.values_list("approver_id", flat=True))
    )


def _holding(version: Version, *roles: Role) -> Ids:
    rows = Membership.objects.filter(project=version.prompt.project_id, role__in=roles)
    return set(rows.values_list("person_id", flat=True))


def _contributors(version: Version) -> Ids:
    rows = Contributor.objects.filter(version=version)
    return set(rows.values_list("person_id", flat=True))


def _discussion(version: Version) -> QuerySet[Comment]:
    return Comment.objects.filter(version=version)


def _thread(event: Event, version: Version) -> QuerySet[Comment]:
    """Return the comments of the thread; a new thread speaks to the whole discussion."""
    said = comment_of(event)
    root = said.reply_to_id if said else None
    discussion = _discussion(version)
    return discussion.filter(pk=root) | discussion.filter(reply_to=root) if root else discussion


def _ids(comments: QuerySet[Comment]) -> Ids:
    return set(comments.values_list("person_id", flat=True))
