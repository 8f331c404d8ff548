"""Two admins at the same moment: a project keeps one, a link lets one in, a policy moves once."""

from dataclasses import replace

import pytest

from registry.audit.verify import verify
from registry.domain.errors import Refused
from registry.domain.roles import Role
from registry.domain.semver import Risk
from registry.projects.access import people_with, roles_of
from registry.projects.invitations import accept, invite
from registry.projects.members import deactivate, set_roles
from registry.projects.models import Membership, Person
from registry.projects.policies import change_policy, current_policy
from tests import stages
from tests.database.test_races import at_once
from tests.stages import World

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def shop() -> World:
    world = stages.world()
    Membership.objects.create(project=world.project, person=world.person("lea"), role="admin")
    return world


def test_two_admins_who_put_each_other_out_leave_one(shop: World) -> None:
    def out(person: str, by: str) -> object:
        return lambda: deactivate(
            shop.project, person=shop.person(person), actor=shop.actor(by), reason="Race."
        )

    results = at_once(out("ada", "ada"), out("lea", "lea"))
    assert sum(isinstance(result, Refused) for result in results) == 1
    assert len(people_with(shop.project, Role.ADMIN)) == 1
    assert not list(verify())


def test_of_eight_people_with_one_link_one_gets_in(shop: World) -> None:
    token = invite(shop.project, roles=[Role.VIEWER], actor=shop.actor("ada"), reason="Race.").token
    people = [Person.objects.create_user(f"guest-{n}") for n in range(8)]
    results = at_once(*[lambda p=p: accept(token, person=p) for p in people])
    assert sum(isinstance(result, Refused) for result in results) == 7
    assert sum(bool(roles_of(person, shop.project)) for person in people) == 1


def test_of_eight_changes_on_one_revision_one_is_in_force_and_nobody_waits_for_ever(
    shop: World,
) -> None:
    _, policy = current_policy(shop.project)
    rule = policy.risks[Risk.MAJOR]

    def change(approvals: int) -> object:
        risks = {**policy.risks, Risk.MAJOR: replace(rule, approvals=approvals)}
        return change_policy(
            shop.project,
            policy=replace(policy, risks=risks),
            actor=shop.actor("ada"),
            reason="Race.",
            seen=1,
        )

    def roles(n: int) -> object:
        person = shop.person(("ana", "rui", "vic", "oto")[n])
        return set_roles(
            shop.project,
            person=person,
            roles=[Role.VIEWER, Role.AUTHOR],
            actor=shop.actor("lea"),
            reason="Race.",
        )

    results = at_once(
        *[lambda n=n: change(2 + n % 4) for n in range(8)],
        *[lambda n=n: roles(n) for n in range(4)],
    )
    assert sum(isinstance(result, Refused) for result in results[:8]) == 7
    assert [result for result in results[8:] if result is not None] == []
    assert current_policy(shop.project)[0].number == 2
    assert not list(verify())
