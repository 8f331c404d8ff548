"""Create a project: its first policy, and every role for whoever creates it."""

from functools import cache
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.text import slugify

from registry.audit.actor import Actor
from registry.audit.record import record
from registry.domain.errors import Refused
from registry.domain.policy import Policy
from registry.domain.roles import SYSTEM_ACTORS, Action, Role
from registry.projects.access import NotPermitted, projects_of
from registry.projects.models import Membership, Person, PolicyRevision, Project

RESERVED_SLUGS = frozenset({"new"})


def may_create_project(person: Person) -> bool:
    """May this person open a new project on the pages?

    Everybody who works in one may. Somebody who left every project may not: a project
    of their own would let them spend the budget of the model connections.
    """
    if not person.is_active:
        return False
    return projects_of(person).exists() or not Project.objects.filter(hidden_at=None).exists()


def create_project(
    *, slug: str, name: str, preset: str, time_zone: str, actor: Actor, sandbox: bool = False
) -> Project:
    """Create a project with the default policy of `preset`; the creator gets every role.

    An empty `slug` is made from the name. Raises Refused naming the field that is wrong,
    NotPermitted for a part of the system that may not manage projects.
    """
    if actor.person is None and Action.MANAGE_PROJECT not in SYSTEM_ACTORS[actor.name]:
        raise NotPermitted(f"{actor.name} may not create projects; a person does.")
    with transaction.atomic():
        project = Project(
            slug=free_slug(slug, name),
            name=checked_name(name),
            preset=checked_preset(preset),
            time_zone=checked_zone(time_zone),
            sandbox=sandbox,
        )
        project.save(force_insert=True)
        revision = PolicyRevision.objects.create(
            project=project,
            number=1,
            document=Policy.default(preset, sandbox=sandbox).document(),
            created_by=actor.person,
            reason=f"The defaults of the preset {preset}.",
        )
        if actor.person is not None:
            for role in Role:
                Membership.objects.create(project=project, person=actor.person, role=role.value)
        record(
            "project.created",
            project,
            actor=actor,
            project=project,
            after={"slug": project.slug, "preset": preset, "policy": revision.number},
        )
    return project


def free_slug(slug: str, name: str) -> str:
    """Return a slug nobody uses yet: the given one, or one made from `name`.

    Raises Refused when the given one is taken, reserved or holds other characters.
    """
    if slug:
        if slug != slugify(slug) or len(slug) > 64:
            message = "Use small letters, digits and hyphens, 64 characters at most."
            raise Refused(message, field="slug")
        if slug in RESERVED_SLUGS or Project.objects.filter(slug=slug).exists():
            raise Refused(f"The short name {slug} is taken; choose another.", field="slug")
        return slug
    stem = slugify(name)[:56].strip("-") or "project"
    taken = RESERVED_SLUGS | set(
        Project.objects.filter(slug__startswith=stem).values_list("slug", flat=True)
    )
    numbered = (f"{stem}-{number}" for number in range(2, len(taken) + 3))
    return next(free for free in (stem, *numbered) if free not in taken)


def checked_name(name: str) -> str:
    """Return the name without outer spaces. Raises Refused when it is empty or too long."""
    name = name.strip()
    if not 0 < len(name) <= 120:
        raise Refused("Give the project a name of 1 to 120 characters.", field="name")
    return name


def checked_preset(preset: str) -> str:
    """Return `preset`. Raises Refused for an unknown one."""
    if preset not in Project.Preset.values:
        known = ", ".join(Project.Preset.values)
        raise Refused(f"The preset is one of {known}.", field="preset")
    return preset


@cache
def known_zones() -> frozenset[str]:
    """Return the names of the time zones that this machine knows; it opens 600 files to tell."""
    return frozenset(available_timezones())


def checked_zone(time_zone: str) -> str:
    """Return `time_zone`. Raises Refused for a name that is no time zone."""
    if time_zone not in known_zones():
        message = f"{time_zone!r} is no time zone; choose one such as Europe/Vienna."
        raise Refused(message, field="time_zone")
    return time_zone
