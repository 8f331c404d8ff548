"""Leave the demo: switch its people off and hide its project."""

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.roles import Action, Role
from registry.projects.access import people_with, require
from registry.projects.lock import locked
from registry.projects.models import Person, Project
from registry.projects.people import end_sessions


def demo_people() -> list[Person]:
    """Return the demo's people who can still sign in; their passwords are no secret."""
    return list(Person.objects.filter(is_demo=True, is_active=True).order_by("username"))


def why_not_leave(project: Project) -> str:
    """Return the sentence that says why the demo cannot be left yet; empty when it can."""
    if not project.sandbox:
        return f"{project} is no demo: only a sandbox can be left this way."
    orphans = [
        str(other)
        for other in Project.objects.filter(hidden_at=None, sandbox=False).exclude(pk=project.pk)
        if all(admin.is_demo for admin in people_with(other, Role.ADMIN))
    ]
    if orphans:
        return (
            f"Only people of the demo are admins of {', '.join(orphans)}. Invite somebody with a "
            "password of their own as admin there, then leave the demo."
        )
    return ""


def leave_demo(project: Project, *, actor: Actor, reason: str) -> None:
    """Switch off everybody of the demo, end their sessions, hide the project.

    Nothing is deleted. Raises NotPermitted, or Refused when a project would be left
    without an admin. If nobody can sign in after it, `setup_link` gives the way in.
    """
    require(actor, Action.MANAGE_PROJECT, project)
    with transaction.atomic():
        project = locked(project)
        fault = why_not_leave(project)
        if fault:
            raise Refused(fault)
        people = demo_people()
        for person in people:
            person.is_active = False
            person.save(update_fields=["is_active"])
            end_sessions(person)
        project.hidden_at = database_now()
        project._change_reason = reason
        project.save()
        record(
            "demo.left",
            project,
            actor=actor,
            project=project,
            reason=reason,
            after={"people": ", ".join(person.get_username() for person in people)},
        )
