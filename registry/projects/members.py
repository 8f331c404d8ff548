"""Give and take roles, deactivate and reactivate the members of a project."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.models import Event
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.roles import Action, Role
from registry.projects.access import require
from registry.projects.lock import locked
from registry.projects.models import Membership, Person, Project
from registry.projects.people import end_sessions


@dataclass(frozen=True)
class Member:
    """A person and their roles in one project, in the order of the table of roles."""

    person: Person
    roles: Sequence[Role]

    @property
    def can_sign_in(self) -> bool:
        """Is the account itself switched on?"""
        return self.person.is_active


def members_of(project: Project) -> list[Member]:
    """Return everybody who holds a role in `project`, by name."""
    rows = Membership.objects.filter(project=project).select_related("person")
    held: dict[Person, set[Role]] = {}
    for row in rows.order_by("person__first_name", "person__username"):
        held.setdefault(row.person, set()).add(Role(row.role))
    return [Member(person, in_order(roles)) for person, roles in held.items()]


def former_members(project: Project) -> list[Member]:
    """Return who was deactivated and not let in again, with the roles they had."""
    present = Membership.objects.filter(project=project).values_list("person_id", flat=True)
    events = Event.objects.filter(project=project, action="member.deactivated").order_by("seq")
    had = {int(e.object_id): _roles_in(e) for e in events}
    people = Person.objects.filter(pk__in=had.keys() - set(present)).order_by("username")
    return [Member(person, in_order(had[person.pk])) for person in people]


def set_roles(
    project: Project, *, person: Person, roles: Iterable[Role], actor: Actor, reason: str
) -> None:
    """Give `person` exactly `roles` in `project`; somebody new becomes a member by it.

    Raises NotPermitted, or Refused for no roles at all and for the last admin.
    """
    require(actor, Action.MANAGE_MEMBERS, project)
    wanted = frozenset(roles)
    if not wanted:
        raise Refused("Choose at least one role, or deactivate the person.", field="roles")
    with transaction.atomic():
        project = locked(project)
        before = _held(project, person)
        if Role.ADMIN in before - wanted:
            _require_another_admin(project, person)
        if wanted != before:
            _write(project, person, before, wanted, reason)
            _record("member.roles_changed", project, person, before, wanted, actor, reason)


def deactivate(project: Project, *, person: Person, actor: Actor, reason: str) -> None:
    """Take every role from `person` and end their sessions; the audit trail keeps the roles.

    Raises NotPermitted, or Refused for somebody who is no member and for the last admin.
    """
    require(actor, Action.MANAGE_MEMBERS, project)
    with transaction.atomic():
        project = locked(project)
        before = _held(project, person)
        if not before:
            raise Refused(f"{person} is no member of {project}.")
        if Role.ADMIN in before:
            _require_another_admin(project, person)
        _write(project, person, before, frozenset(), reason)
        end_sessions(person)
        _record("member.deactivated", project, person, before, frozenset(), actor, reason)


def reactivate(project: Project, *, person: Person, actor: Actor, reason: str) -> None:
    """Give a deactivated person the roles they had.

    Raises NotPermitted, or Refused for somebody who was not deactivated here.
    """
    require(actor, Action.MANAGE_MEMBERS, project)
    with transaction.atomic():
        project = locked(project)
        had = {member.person.pk: member.roles for member in former_members(project)}
        if person.pk not in had:
            raise Refused(f"{person} was not deactivated in {project}; invite them by a link.")
        roles = frozenset(had[person.pk])
        _write(project, person, frozenset(), roles, reason)
        _record("member.reactivated", project, person, frozenset(), roles, actor, reason)


def add_roles(project: Project, *, person: Person, roles: Iterable[Role], reason: str) -> None:
    """Add `roles` to those that `person` holds, for a verb that has asked who may.

    Call it inside that verb's transaction, with the project locked; it records nothing.
    """
    before = _held(project, person)
    _write(project, person, before, before | frozenset(roles), reason)


def in_order(roles: Iterable[Role]) -> list[Role]:
    """Return `roles` in the order of the table of roles."""
    held = frozenset(roles)
    return [role for role in Role if role in held]


def words(roles: Iterable[Role]) -> str:
    """Return `roles` as people write them: "author, reviewer"."""
    return ", ".join(role.value for role in in_order(roles))


def _held(project: Project, person: Person) -> frozenset[Role]:
    rows = Membership.objects.filter(project=project, person=person)
    return frozenset(Role(role) for role in rows.values_list("role", flat=True))


def _write(
    project: Project,
    person: Person,
    before: frozenset[Role],
    after: frozenset[Role],
    reason: str,
) -> None:
    """Make the rows say `after`; row by row, so that each change has its history."""
    for row in Membership.objects.filter(
        project=project, person=person, role__in=[role.value for role in before - after]
    ):
        row._change_reason = reason
        row.delete()
    for role in in_order(after - before):
        row = Membership(project=project, person=person, role=role.value)
        row._change_reason = reason
        row.save(force_insert=True)


def _record(
    action: str,
    project: Project,
    person: Person,
    before: frozenset[Role],
    after: frozenset[Role],
    actor: Actor,
    reason: str,
) -> None:
    record(
        action,
        person,
        actor=actor,
        project=project,
        reason=reason,
        before={"roles": words(before)},
        after={"roles": words(after)},
    )


def _roles_in(event: Event) -> frozenset[Role]:
    roles = str(json.loads(event.before)["roles"])
    return frozenset(Role(role) for role in roles.split(", ") if role)


def _require_another_admin(project: Project, person: Person) -> None:
    others = Membership.objects.filter(
        project=project, role=Role.ADMIN.value, person__is_active=True
    ).exclude(person=person)
    if not others.exists():
        raise Refused(
            f"{person} is the last admin of {project}. Make somebody else admin first; "
            "a project without an admin cannot be managed any more.",
            field="roles",
        )
