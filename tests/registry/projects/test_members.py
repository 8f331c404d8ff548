"""Roles are given, taken, and gone at once; a project never loses its last admin."""

import pytest
from django.test import Client

from registry.audit.models import Event
from registry.audit.verify import verify
from registry.domain.errors import Refused
from registry.domain.roles import Action, Role
from registry.projects.access import NotPermitted, can, roles_of
from registry.projects.members import deactivate, former_members, set_roles
from registry.projects.models import Membership, Person
from tests.registry.projects.conftest import SignIn
from tests.stages import World


def test_an_admin_changes_roles_and_the_trail_says_from_what_to_what(
    shop: World, as_: SignIn
) -> None:
    ana = shop.person("ana")
    answer = as_("ada").post(
        f"/projects/shop/members/{ana.pk}",
        {"roles": ["author", "reviewer"], "reason": "She reviews for others now."},
    )
    assert answer.status_code == 302
    assert roles_of(ana, shop.project) == {Role.AUTHOR, Role.REVIEWER}
    event = Event.objects.get(action="member.roles_changed")
    assert (event.before, event.after) == ('{"roles":"author"}', '{"roles":"author, reviewer"}')
    assert event.reason == "She reviews for others now."
    assert not list(verify())


def test_somebody_without_the_role_is_told_which_it_is_who_has_it_and_what_they_are(
    shop: World, as_: SignIn
) -> None:
    with pytest.raises(NotPermitted):
        set_roles(
            shop.project,
            person=shop.person("ana"),
            roles=[Role.ADMIN],
            actor=shop.actor("ana"),
            reason="I want to.",
        )
    answer = as_("ana").get(f"/projects/shop/members/{shop.person('ana').pk}")
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "role admin" in page
    assert "Who has it: ada" in page
    assert "Your roles here: author" in page
    assert roles_of(shop.person("ana"), shop.project) == {Role.AUTHOR}


def test_what_was_chosen_is_still_there_when_the_reason_is_missing(
    shop: World, as_: SignIn
) -> None:
    url = f"/projects/shop/members/{shop.person('ana').pk}"
    answer = as_("ada").post(url, {"roles": ["releaser"], "reason": ""})
    assert answer.status_code == 400
    assert 'value="releaser" id="id_roles_3" checked' in " ".join(answer.content.decode().split())


def test_the_last_admin_stays_and_goes_once_there_is_another(shop: World, as_: SignIn) -> None:
    ada, url = shop.person("ada"), f"/projects/shop/members/{shop.person('ada').pk}"
    browser = as_("ada")
    for path, typed in ((url, {"roles": ["viewer"]}), (url + "/deactivate", {})):
        answer = browser.post(path, {**typed, "reason": "I leave."})
        assert answer.status_code == 400
        assert "last admin" in answer.content.decode()
    assert roles_of(ada, shop.project) == {Role.ADMIN}
    Membership.objects.create(project=shop.project, person=shop.person("rui"), role="admin")
    assert browser.post(url + "/deactivate", {"reason": "I leave."}).status_code == 302
    assert roles_of(ada, shop.project) == frozenset()


def test_an_admin_whose_account_is_off_does_not_count_as_another(shop: World) -> None:
    rui = shop.person("rui")
    Membership.objects.create(project=shop.project, person=rui, role="admin")
    rui.is_active = False
    rui.save()
    with pytest.raises(Refused, match="last admin"):
        deactivate(shop.project, person=shop.person("ada"), actor=shop.actor("ada"), reason="Bye.")


def test_a_deactivated_person_is_signed_out_at_once_and_comes_back_with_the_same_roles(
    shop: World, as_: SignIn
) -> None:
    rui = shop.person("rui")
    browser, admin = as_("rui"), as_("ada")
    assert browser.get("/projects/shop/members").status_code == 200
    admin.post(f"/projects/shop/members/{rui.pk}/deactivate", {"reason": "Left us."})
    gone = browser.get("/projects/shop/members")
    assert (gone.status_code, gone.url) == (302, "/login/?next=/projects/shop/members")
    browser.force_login(rui)
    assert browser.get("/projects/shop/members").status_code == 404
    assert [member.person for member in former_members(shop.project)] == [rui]
    admin.post(f"/projects/shop/members/{rui.pk}/reactivate")
    assert browser.get("/projects/shop/members").status_code == 200
    assert can(shop.actor("rui"), Action.REVIEW, shop.project)
    assert former_members(shop.project) == []


def test_people_of_another_project_cannot_be_reached_through_ones_own(
    shop: World, as_: SignIn
) -> None:
    oto = shop.person("oto")
    admin = as_("ada")
    for path in ("", "/deactivate", "/reactivate"):
        typed = {"roles": ["viewer"], "reason": "Come in."}
        assert admin.post(f"/projects/shop/members/{oto.pk}{path}", typed).status_code == 404
    assert not Membership.objects.filter(person=oto).exists()
    assert admin.get(f"/projects/shop/members/{10**30}").status_code == 404


def test_the_page_lists_people_and_offers_changes_only_to_an_admin(
    shop: World, as_: SignIn
) -> None:
    url = f"/projects/shop/members/{shop.person('ana').pk}"
    for name, offered in (("ada", True), ("vic", False)):
        page = as_(name).get("/projects/shop/members").content.decode()
        assert "lea@example.org" in page
        assert (url in page) is offered
        assert ("you need the role admin" in page) is not offered


def test_an_outsider_learns_nothing(shop: World, as_: SignIn) -> None:
    stranger: Client = as_("oto")
    known, unknown = (stranger.get(f"/projects/{slug}/members") for slug in ("shop", "none"))
    assert (known.status_code, unknown.status_code) == (404, 404)
    assert "Shop" not in known.content.decode()


def test_a_name_that_would_turn_the_words_beside_it_around_is_refused(as_: SignIn) -> None:
    ana = as_("ana")
    for name, status in (("Rui\u202e", 400), ("Zoë 王", 302)):
        answer = ana.post("/profile", {"name": name, "time_zone": "UTC"})
        assert answer.status_code == status, name
    assert Person.objects.get(username="ana").first_name == "Zoë 王"
