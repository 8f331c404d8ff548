"""Rename a project or change the time zone in which its windows are shown."""

from django.db import transaction

from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.roles import Action
from registry.projects.access import require
from registry.projects.create import checked_name, checked_zone
from registry.projects.lock import locked
from registry.projects.models import Project


def edit_project(
    project: Project, *, name: str, time_zone: str, actor: Actor, reason: str
) -> Project:
    """Change name and time zone; the short name in addresses stays.

    Raises NotPermitted, or Refused naming the field that is wrong.
    """
    require(actor, Action.MANAGE_PROJECT, project)
    with transaction.atomic():
        current = locked(project)
        before = {"name": current.name, "time_zone": current.time_zone}
        current.name, current.time_zone = checked_name(name), checked_zone(time_zone)
        after = {"name": current.name, "time_zone": current.time_zone}
        if after == before:
            return current
        current._change_reason = reason
        current.save()
        record(
            "project.edited",
            current,
            actor=actor,
            project=current,
            reason=reason,
            before=before,
            after=after,
        )
    return current
