"""From nothing to the first project by one link; and from the demo to the same link."""

import pytest
from django.test import Client

from registry.audit.actor import Actor
from registry.domain.roles import Role
from registry.projects.access import roles_of
from registry.projects.create import create_project
from registry.projects.demo import why_not_leave
from registry.projects.models import Membership, Person, Project
from registry.projects.people import create_person
from registry.projects.setup import setup_link
from registry.runtime.keys import authenticate, create_key
from tests import stages
from tests.registry.projects.conftest import SignIn
from tests.stages import World

TYPED = {
    "name": "Ada Adler",
    "email": "ada@acme.example",
    "password": "a long enough phrase",
    "project_name": "Acme support",
    "reviewed": "no",
    "time_zone": "America/New_York",
}


def path_of(link: str | None) -> str:
    """Return the path of a set-up link."""
    assert link is not None
    return link.removeprefix("http://127.0.0.1:8000")


@pytest.mark.parametrize(("answer", "preset"), [("yes", "team"), ("no", "solo")])
@pytest.mark.django_db
def test_one_question_chooses_the_preset_of_the_first_project(answer: str, preset: str) -> None:
    path = path_of(setup_link("http://127.0.0.1:8000/"))
    browser = Client()
    assert "Does someone else review your changes?" in browser.get(path).content.decode()
    done = browser.post(path, {**TYPED, "reviewed": answer})
    assert (done.status_code, done.url) == (302, "/projects/acme-support")
    project, ada = Project.objects.get(), Person.objects.get()
    assert (project.preset, project.sandbox, project.time_zone) == (
        preset,
        False,
        "America/New_York",
    )
    assert roles_of(ada, project) == frozenset(Role)
    assert browser.get(done.url).status_code == 200


@pytest.mark.django_db
def test_a_set_up_link_works_once_and_ends_when_a_newer_one_is_made() -> None:
    older, newer = (path_of(setup_link("http://127.0.0.1:8000")) for _ in range(2))
    assert Client().post(older, TYPED).status_code == 410
    assert Client().post(newer, TYPED).status_code == 302
    assert Client().post(newer, {**TYPED, "email": "eve@acme.example"}).status_code == 410
    assert Person.objects.count() == 1
    assert setup_link("http://127.0.0.1:8000") is None


def test_a_set_up_link_is_no_invitation_and_an_invitation_no_set_up(shop: World) -> None:
    from registry.projects.invitations import invite, make_link

    invitation = invite(shop.project, roles=[Role.VIEWER], actor=shop.actor("ada"), reason="Look.")
    set_up = make_link(project=None, roles=[], email="", actor=Actor.system("set-up"))
    assert Client().get(f"/setup/{invitation.token}").status_code == 404
    assert Client().get(f"/invitations/{set_up.token}").status_code == 404


@pytest.mark.django_db
def test_what_was_typed_at_set_up_is_still_there_when_something_is_wrong() -> None:
    path = path_of(setup_link("http://127.0.0.1:8000"))
    answer = Client().post(path, {**TYPED, "email": "no address"})
    assert answer.status_code == 400
    assert "Acme support" in answer.content.decode()
    assert not Project.objects.exists()


@pytest.fixture
def demo(db: None) -> World:
    """The demo: a sandbox whose people have passwords that everybody can know."""
    world = stages.world("demo", sandbox=True)
    Person.objects.update(is_demo=True)
    return world


def leave(world: World) -> tuple[Client, str]:
    """Let the demo's admin click; return their browser and the page they see."""
    browser = Client()
    browser.force_login(world.person("ada"))
    answer = browser.post("/projects/demo/leave-the-demo", {"reason": "We start."})
    return browser, answer.content.decode()


def test_leaving_the_demo_switches_it_off_and_shows_the_set_up_link(demo: World) -> None:
    other = Client()
    other.force_login(demo.person("ana"))
    secret = create_key(
        demo.project, name="app", scopes=["read"], labels=["production"], actor=demo.actor("ada")
    ).secret
    browser, page = leave(demo)
    path = page.split("http://testserver", 1)[1].split('"', 1)[0]
    assert Client().get(path).status_code == 200
    for client in (browser, other):
        assert client.get("/projects/demo").status_code == 302
    assert not Person.objects.filter(is_active=True).exists()
    assert authenticate(secret) is None
    demo.project.refresh_from_db()
    assert demo.project.hidden_at is not None
    done = Client().post(path, {**TYPED, "email": "me@acme.example"})
    assert done.status_code == 302


def test_a_project_whose_admins_are_all_of_the_demo_keeps_it_alive(demo: World) -> None:
    real = create_project(
        slug="real", name="Real", preset="team", time_zone="UTC", actor=demo.actor("ada")
    )
    assert "Real" in why_not_leave(demo.project)
    assert "Only people of the demo are admins of Real" in leave(demo)[1]
    assert demo.person("ana").is_active
    own = create_person(
        name="Me", email="me@acme.example", password="a long enough phrase", time_zone="UTC"
    )
    Membership.objects.create(project=real, person=own, role="admin")
    page = leave(demo)[1]
    assert "The demo is over" in page
    assert "/setup/" not in page
    assert list(Person.objects.filter(is_active=True)) == [own]


def test_only_an_admin_leaves_and_only_a_sandbox_is_left(shop: World, as_: SignIn) -> None:
    url, typed = "/projects/shop/leave-the-demo", {"reason": "We start."}
    assert as_("ana").post(url, typed).status_code == 403
    answer = as_("ada").post(url, typed)
    assert answer.status_code == 400
    assert "is no demo" in answer.content.decode()
    assert not Person.objects.filter(is_active=False).exists()
