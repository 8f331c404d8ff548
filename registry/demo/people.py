"""The five people of the demo, each with one role, and the project they share."""

from dataclasses import dataclass

from registry.audit.actor import Actor
from registry.domain.roles import Role
from registry.projects.create import create_project
from registry.projects.members import set_roles
from registry.projects.models import Project
from registry.projects.people import create_person

SLUG = "demo"
PASSWORD = "promptcms-demo"
PEOPLE = {
    "ada": ("Ada Okafor", Role.ADMIN, "invites people, sets the policy, makes keys"),
    "ana": ("Ana Pereira", Role.AUTHOR, "writes prompts"),
    "rui": ("Rui Tanaka", Role.REVIEWER, "signs MAJOR changes"),
    "lea": ("Lea Novak", Role.RELEASER, "starts, advances and rolls back"),
    "vic": ("Vic Larsen", Role.VIEWER, "looks"),
}


@dataclass(frozen=True)
class Company:
    """The demo's project and who acts in it."""

    project: Project
    actors: dict[str, Actor]

    def actor(self, name: str) -> Actor:
        """Return one of the people as the one who acts."""
        return self.actors[name]


def found_company() -> Company:
    """Create the people and their sandbox project."""
    actors = {
        username: Actor.of(
            create_person(
                username=username,
                name=name,
                email=f"{username}@lumen-outdoor.example",
                password=PASSWORD,
                time_zone="Europe/Vienna",
                is_demo=True,
            )
        )
        for username, (name, _, _) in PEOPLE.items()
    }
    project = create_project(
        slug=SLUG,
        name="Lumen Outdoor (demo)",
        preset=Project.Preset.TEAM,
        time_zone="Europe/Vienna",
        actor=actors["ada"],
        sandbox=True,
    )
    for username, (_, role, what) in reversed(PEOPLE.items()):
        person = actors[username].person
        assert person is not None  # made just above
        set_roles(
            project,
            person=person,
            roles=[role],
            actor=actors["ada"],
            reason=f"{person} {what}.",
        )
    return Company(project, actors)
