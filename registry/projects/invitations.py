"""Invite people by a link: made by an admin, shown once, used once, good for seven days."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.roles import Action, Role
from registry.projects.access import can, require
from registry.projects.lock import locked
from registry.projects.members import add_roles, in_order, words
from registry.projects.models import Invitation, Person, Project
from registry.projects.people import create_person

GOOD_FOR = timedelta(days=7)


@dataclass(frozen=True)
class NewInvitation:
    """An invitation and the token of its link, which nobody can read again."""

    invitation: Invitation
    token: str


def invite(
    project: Project, *, roles: Iterable[Role], actor: Actor, reason: str, email: str = ""
) -> NewInvitation:
    """Make a link that gives `roles` in `project` to whoever opens it first.

    `email` only says whom it is meant for. Raises NotPermitted, or Refused without a role.
    """
    require(actor, Action.MANAGE_MEMBERS, project)
    chosen = in_order(roles)
    if not chosen:
        raise Refused("Choose at least one role.", field="roles")
    with transaction.atomic():
        new = make_link(project=project, roles=chosen, email=email, actor=actor)
        record(
            "invitation.created",
            new.invitation,
            actor=actor,
            project=project,
            reason=reason,
            after={"roles": words(chosen), "email": email},
        )
    return new


def make_link(
    *, project: Project | None, roles: Iterable[Role], email: str, actor: Actor
) -> NewInvitation:
    """Store an invitation under the hash of a fresh token, for a verb that records it."""
    token = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        project=project,
        email=email,
        roles=[role.value for role in roles],
        token_sha256=token_hash(token),
        created_by=actor.person,
        expires_at=database_now() + GOOD_FOR,
    )
    return NewInvitation(invitation, token)


def revoke_invitation(invitation: Invitation, *, actor: Actor, reason: str) -> None:
    """End a link that was not used. Raises NotPermitted, or Refused if it was used."""
    project = _project(invitation)
    require(actor, Action.MANAGE_MEMBERS, project)
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        if invitation.used_at:
            raise Refused(f"{invitation.used_by} used this link already; deactivate the person.")
        if invitation.revoked_at:
            return
        invitation.revoked_at = database_now()
        invitation.save(update_fields=["revoked_at"])
        record("invitation.revoked", invitation, actor=actor, project=project, reason=reason)


def find_invitation(token: str, *, set_up: bool = False) -> Invitation | None:
    """Return the invitation of `token`, good or not; `set_up` asks for the set-up link's."""
    rows = Invitation.objects.select_related("project", "created_by")
    return rows.filter(token_sha256=token_hash(token), project__isnull=set_up).first()


def fault_of(invitation: Invitation, *, now: datetime) -> str:
    """Return why the link does not work any more, in a sentence; empty when it does."""
    if invitation.revoked_at:
        return "This link was revoked. Ask for a new one."
    if invitation.used_at:
        return "This link was used already. Ask for a new one."
    if now >= invitation.expires_at:
        return "This link has expired. Ask for a new one."
    if invitation.project is None:
        return ""
    if invitation.project.hidden_at:
        return "The project of this link is closed."
    inviter = invitation.created_by
    if inviter and not can(Actor.of(inviter), Action.MANAGE_MEMBERS, invitation.project):
        return f"{inviter}, who made this link, is no admin any more. Ask another admin for one."
    return ""


def accept(token: str, *, person: Person) -> Project:
    """Add the roles of the link to those of a signed-in person. Raises Refused."""
    with transaction.atomic():
        return _use(_good(token), person)


def accept_as_new(
    token: str, *, name: str, email: str, password: str, time_zone: str
) -> tuple[Person, Project]:
    """Make an account and give it the roles of the link. Raises Refused naming the field."""
    with transaction.atomic():
        invitation = _good(token)
        person = create_person(name=name, email=email, password=password, time_zone=time_zone)
        return person, _use(invitation, person)


def take(token: str, *, set_up: bool) -> Invitation:
    """Lock the invitation of `token` for use in this transaction. Raises Refused."""
    rows = Invitation.objects.select_for_update(of=("self",))
    invitation = rows.filter(token_sha256=token_hash(token), project__isnull=set_up).first()
    if invitation is None:
        raise Refused("This link is not known. Copy it whole, or ask for a new one.")
    fault = fault_of(invitation, now=database_now())
    if fault:
        raise Refused(fault)
    return invitation


def token_hash(token: str) -> str:
    """Return what is stored of a token: a token has 256 random bits, so a plain hash holds."""
    return hashlib.sha256(token.encode()).hexdigest()


def mark_used(invitation: Invitation, person: Person) -> None:
    """Note who used the link, for a verb that records it."""
    invitation.used_by, invitation.used_at = person, database_now()
    invitation.save(update_fields=["used_by", "used_at"])


def _good(token: str) -> Invitation:
    return take(token, set_up=False)


def _use(invitation: Invitation, person: Person) -> Project:
    project = locked(_project(invitation))
    roles = [Role(role) for role in invitation.roles]
    add_roles(project, person=person, roles=roles, reason=f"Used {invitation}.")
    mark_used(invitation, person)
    record(
        "invitation.used",
        invitation,
        actor=Actor.of(person),
        project=project,
        after={"person": str(person), "roles": words(roles)},
    )
    return project


def _project(invitation: Invitation) -> Project:
    if invitation.project is None:
        raise Refused("This is the set-up link; it belongs to no project.")
    return invitation.project
