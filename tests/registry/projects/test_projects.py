"""Opening a project, its settings, the own profile and the help page."""

import pytest

from registry.domain.errors import Refused
from registry.domain.roles import TABLE, Action, Role
from registry.projects.access import roles_of
from registry.projects.create import create_project
from registry.projects.members import deactivate
from registry.projects.models import Project
from registry.projects.policies import current_policy
from tests.registry.projects.conftest import SignIn
from tests.stages import World

NEW = {"name": "Billing & more", "slug": "", "preset": "regulated", "time_zone": "Asia/Tokyo"}


def test_whoever_opens_a_project_holds_every_role_and_its_policy_starts_at_one(
    shop: World, as_: SignIn
) -> None:
    browser = as_("ana")
    made = browser.post("/projects/new", NEW)
    assert (made.status_code, made.url) == (302, "/projects/billing-more")
    project = Project.objects.get(slug="billing-more")
    assert roles_of(shop.person("ana"), project) == frozenset(Role)
    revision, policy = current_policy(project)
    assert (revision.number, policy.preset, project.sandbox) == (1, "regulated", False)
    assert "is empty" in browser.get(made.url).content.decode()
    assert as_("rui").get(made.url).status_code == 404


def test_somebody_who_left_every_project_cannot_open_one(shop: World, as_: SignIn) -> None:
    assert as_("rui").get("/projects/new").status_code == 200
    deactivate(shop.project, person=shop.person("rui"), actor=shop.actor("ada"), reason="Left.")
    assert as_("rui").get("/projects/new").status_code == 403
    assert as_("rui").post("/projects/new", NEW).status_code == 403
    assert Project.objects.count() == 1


@pytest.mark.parametrize("slug", ["shop", "new", "Up", "a b", "ä", "x" * 65])
def test_a_short_name_that_is_taken_or_cannot_stand_in_an_address_is_refused(
    shop: World, slug: str
) -> None:
    with pytest.raises(Refused) as refusal:
        create_project(slug=slug, name="X", preset="team", time_zone="UTC", actor=shop.actor("ada"))
    assert refusal.value.field == "slug"


def test_projects_of_one_name_get_short_names_of_their_own(shop: World) -> None:
    made = [
        create_project(
            slug="", name=name, preset="team", time_zone="UTC", actor=shop.actor("ada")
        ).slug
        for name in ("Shop", "Shop", "日本", "New")
    ]
    assert made == ["shop-2", "shop-3", "project", "new-2"]


def test_an_admin_renames_the_project_and_its_address_stays(shop: World, as_: SignIn) -> None:
    typed = {"name": "The Shop", "time_zone": "Europe/Rome", "reason": "A new brand."}
    assert as_("ana").post("/projects/shop/settings", typed).status_code == 403
    assert as_("ada").post("/projects/shop/settings", typed).status_code == 302
    shop.project.refresh_from_db()
    assert (shop.project.name, shop.project.slug) == ("The Shop", "shop")
    assert shop.project.history.first().history_change_reason == "A new brand."


def test_times_follow_the_zone_chosen_on_the_profile(shop: World, as_: SignIn) -> None:
    browser = as_("vic")
    typed = {"name": "Vic Vale", "time_zone": "Asia/Tokyo"}
    assert browser.post("/profile", typed).status_code == 302
    assert "JST" in browser.get("/projects/shop").content.decode()
    wrong = browser.post("/profile", {**typed, "time_zone": "Mars"})
    assert wrong.status_code == 400
    shop.person("vic").refresh_from_db()
    assert shop.person("vic").time_zone == "Asia/Tokyo"


def test_the_help_page_shows_the_table_that_the_product_obeys(shop: World, as_: SignIn) -> None:
    answer = as_("vic").get("/help")
    rows = dict(answer.context["rights"])
    for action in Action:
        if TABLE[action]:
            assert rows[action.value] == [role in TABLE[action] for role in Role]
            assert action.value in answer.content.decode()
    assert "<strong>viewer</strong>" in answer.content.decode()


def test_the_help_page_leads_to_the_keys_of_ones_projects_and_to_the_api(
    shop: World, as_: SignIn
) -> None:
    seen = as_("ana").get("/help").content.decode()
    assert 'href="/projects/shop/keys"' in seen
    assert 'href="/api/docs"' in seen
    assert "/projects/shop/keys" not in as_("oto").get("/help").content.decode()
