"""The first person, their project and its preset, made through a one-time link."""

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.roles import Role
from registry.projects.create import create_project
from registry.projects.invitations import make_link, mark_used, take
from registry.projects.members import set_roles
from registry.projects.models import Invitation, Person, Project
from registry.projects.people import create_person

SET_UP = Actor.system("set-up")


def setup_link(address: str) -> str | None:
    """Return a fresh one-time link below `address`, or None if somebody can sign in.

    Links handed out before end with it. The link is good for seven days.
    """
    with transaction.atomic():
        if Person.objects.filter(is_active=True).exists():
            return None
        open_links = Invitation.objects.filter(project=None, used_at=None, revoked_at=None)
        new = make_link(project=None, roles=[], email="", actor=SET_UP)
        open_links.exclude(pk=new.invitation.pk).update(revoked_at=new.invitation.created_at)
        record("invitation.created", new.invitation, actor=SET_UP, project=None)
    return f"{address.rstrip('/')}/setup/{new.token}"


def complete_setup(
    token: str,
    *,
    name: str,
    email: str,
    password: str,
    project_name: str,
    reviewed: bool,
    time_zone: str,
) -> tuple[Person, Project]:
    """Make the first person and their project; `reviewed` chooses the preset.

    Somebody else reviews: `team`; nobody does: `solo`. The person holds every role.
    Raises Refused naming the field that is wrong, or saying why the link does not work.
    """
    with transaction.atomic():
        invitation = take(token, set_up=True)
        person = create_person(name=name, email=email, password=password, time_zone=time_zone)
        project = create_project(
            slug="",
            name=project_name,
            preset="team" if reviewed else "solo",
            time_zone=time_zone,
            actor=SET_UP,
        )
        set_roles(project, person=person, roles=Role, actor=SET_UP, reason="Set-up.")
        mark_used(invitation, person)
        record(
            "invitation.used",
            invitation,
            actor=Actor.of(person),
            project=None,
            after={"person": str(person), "project": project.slug},
        )
    return person, project
