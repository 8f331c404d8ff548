"""A link lets one person in, once, for seven days, as long as its maker is an admin."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.domain.roles import Role
from registry.projects.access import roles_of
from registry.projects.invitations import accept, accept_as_new, invite
from registry.projects.members import deactivate, set_roles
from registry.projects.models import Invitation, Person
from tests.registry.projects.conftest import SignIn
from tests.stages import World

ACCOUNT = {
    "name": "Nia Novak",
    "email": "Nia@Example.org",
    "password": "a long enough phrase",
    "time_zone": "Europe/Vienna",
}


def link(world: World, *roles: Role, by: str = "ada") -> str:
    """Return the token of a fresh link."""
    return invite(
        world.project, roles=roles or [Role.AUTHOR], actor=world.actor(by), reason="Join us."
    ).token


def test_a_new_person_joins_by_the_link_that_was_shown_once(shop: World, as_: SignIn) -> None:
    admin = as_("ada")
    made = admin.post(
        "/projects/shop/members/invite", {"roles": ["author"], "email": "nia@example.org"}
    )
    path = re.search(r"http://testserver(/invitations/[\w-]{43})", made.content.decode())[1]
    assert path.rsplit("/", 1)[1] not in admin.get("/projects/shop/members").content.decode()
    browser = Client()
    assert "nia@example.org" in browser.get(path).content.decode()
    joined = browser.post(path, ACCOUNT)
    assert (joined.status_code, joined.url) == (302, "/projects/shop")
    nia = Person.objects.get(email="nia@example.org")
    assert nia.time_zone == "Europe/Vienna"
    assert roles_of(nia, shop.project) == {Role.AUTHOR}
    assert browser.get("/projects/shop").status_code == 200
    typed = {"username": "Nia@Example.ORG", "password": ACCOUNT["password"]}
    assert Client().post("/login/", typed).status_code == 302
    assert Client().post(path, {**ACCOUNT, "email": "eve@example.org"}).status_code == 410


def test_somebody_signed_in_gets_the_roles_added_to_their_own(shop: World, as_: SignIn) -> None:
    path = f"/invitations/{link(shop, Role.AUTHOR)}"
    browser = as_("rui")
    assert roles_of(shop.person("rui"), shop.project) == {Role.REVIEWER}
    assert browser.get(path).status_code == 200
    assert browser.post(path).status_code == 302
    assert roles_of(shop.person("rui"), shop.project) == {Role.REVIEWER, Role.AUTHOR}
    assert browser.post(path).status_code == 410


@pytest.mark.parametrize("end", ["revoked", "expired", "maker is out", "project hidden"])
def test_a_link_that_is_over_says_why_and_lets_nobody_in(
    shop: World, as_: SignIn, end: str
) -> None:
    token = link(shop)
    invitation = Invitation.objects.get()
    if end == "revoked":
        url = f"/projects/shop/members/invitations/{invitation.pk}/revoke"
        assert as_("ada").post(url).status_code == 302
    elif end == "expired":
        Invitation.objects.update(expires_at=database_now() - timedelta(seconds=1))
    elif end == "maker is out":
        shared = {"actor": shop.actor("ada"), "reason": "Change of staff."}
        set_roles(shop.project, person=shop.person("lea"), roles=[Role.ADMIN], **shared)
        deactivate(shop.project, person=shop.person("ada"), **shared)
    else:
        shop.project.hidden_at = database_now()
        shop.project.save()
    browser = Client()
    assert browser.get(f"/invitations/{token}").status_code == 410
    assert browser.post(f"/invitations/{token}", ACCOUNT).status_code == 410
    with pytest.raises(Refused):
        accept_as_new(token, **ACCOUNT)
    with pytest.raises(Refused):
        accept(token, person=shop.person("oto"))
    assert not Person.objects.filter(email="nia@example.org").exists()


def test_an_unknown_link_is_not_found(shop: World) -> None:
    assert Client().get("/invitations/made-up").status_code == 404
    assert Client().post("/invitations/made-up", ACCOUNT).status_code == 404


@pytest.mark.parametrize(
    ("field", "wrong", "said"),
    [
        ("email", "ANA@example.org", "Somebody has an account with this email"),
        ("password", "12345678", "password"),
        ("name", "  ", "required"),
        ("time_zone", "Mars/Olympus", "not one of the available choices"),
        ("name", "N\x00ia", "Null characters"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_said_beside_the_field_and_the_rest_stays(
    shop: World, field: str, wrong: str, said: str
) -> None:
    answer = Client().post(f"/invitations/{link(shop)}", {**ACCOUNT, field: wrong})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert said in page
    assert ("Nia Novak" in page) is (field != "name")
    assert Invitation.objects.get().used_at is None


def test_a_link_of_another_project_cannot_be_revoked_through_ones_own(
    shop: World, as_: SignIn
) -> None:
    from tests import stages

    other = stages.world("bank")
    link(other)
    foreign = Invitation.objects.get()
    shop.project.memberships.filter(person=shop.person("ada"), role="admin").get()
    other.project.memberships.filter(person=shop.person("ada")).delete()
    url = f"/projects/shop/members/invitations/{foreign.pk}/revoke"
    assert as_("ada").post(url).status_code == 404
    foreign.refresh_from_db()
    assert foreign.revoked_at is None


def test_a_used_link_cannot_be_revoked_any_more(shop: World, as_: SignIn) -> None:
    accept(link(shop), person=shop.person("oto"))
    url = f"/projects/shop/members/invitations/{Invitation.objects.get().pk}/revoke"
    answer = as_("ada").post(url)
    assert answer.status_code == 409
    assert "used this link already" in answer.content.decode()
