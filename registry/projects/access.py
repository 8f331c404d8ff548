"""The one way to ask who may do what, and to get objects that a person may see."""

from collections import defaultdict
from typing import TypeVar

from django.db.models import Model, Q, QuerySet

from registry.audit.actor import Actor
from registry.domain.roles import SYSTEM_ACTORS, TABLE, Action, Role, roles_for
from registry.projects.models import Membership, Person, Project

M = TypeVar("M", bound=Model)


class NotPermitted(Exception):
    """The actor lacks the role; the message names the role and who has it."""


def roles_of(person: Person, project: Project) -> frozenset[Role]:
    """Return the roles of `person` in `project`; none when deactivated."""
    if not person.is_active:
        return frozenset()
    rows = Membership.objects.filter(project=project, person=person).values_list("role", flat=True)
    return frozenset(Role(role) for role in rows)


def rights_of(person: Person) -> dict[int, frozenset[Role]]:
    """Return the person's roles by project id, empty for a project they are not in."""
    rows = Membership.objects.filter(person=person).values_list("project_id", "role")
    roles: dict[int, frozenset[Role]] = defaultdict(frozenset)
    for project_id, role in rows:
        roles[project_id] |= {Role(role)}
    return roles


def can(actor: Actor, action: Action, project: Project) -> bool:
    """May `actor` do `action` in `project`?"""
    if actor.person is None:
        return action in SYSTEM_ACTORS[actor.name]
    return bool(TABLE[action] & roles_of(actor.person, project))


def require(actor: Actor, action: Action, project: Project) -> None:
    """Raise NotPermitted unless `actor` may do `action` in `project`."""
    if can(actor, action, project):
        return
    needed = roles_for(action)
    names = [role.value for role in needed]
    holders = people_with(project, *needed)
    who = ", ".join(str(p) for p in holders[:5]) or "nobody yet"
    raise NotPermitted(
        f"To {action.value} you need the role {' or '.join(names) or 'of the system'} "
        f"in {project}. Who has it: {who}."
    )


def people_with(project: Project, *roles: Role) -> list[Person]:
    """Return the active people holding any of `roles` in `project`, by name."""
    return list(
        Person.objects.filter(
            is_active=True,
            memberships__project=project,
            memberships__role__in=[r.value for r in roles],
        )
        .distinct()
        .order_by("username")
    )


def projects_of(person: Person) -> QuerySet[Project]:
    """Return the projects that `person` is a member of and that are not hidden."""
    if not person.is_active:
        return Project.objects.none()
    mine = Membership.objects.filter(person=person).values("project_id")
    return Project.objects.filter(pk__in=mine, hidden_at=None)


def scoped(queryset: QuerySet[M], person: Person, path: str = "project") -> QuerySet[M]:
    """Narrow `queryset` to the person's projects; `path` leads from the model to its project."""
    return queryset.filter(Q(**{f"{path}__in": projects_of(person)}))
