"""The admin's lists: everybody's own projects, to look at and never to change."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver

from promptcms.urls import site  # with the lists on it
from registry.projects.models import Person
from registry.prompts.edit import edit_prompt, last_history
from registry.prompts.models import Prompt
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World

LISTS = ["prompt", "version", "labelevent", "project", "event"]


@pytest.fixture
def superuser(shop: World) -> Client:
    """A superuser of Django who is in no project."""
    client = Client()
    client.force_login(Person.objects.create_superuser("root", "root@example.org", "x"))
    return client


def admin_routes() -> list[str]:
    """Return the names of all addresses of models in the admin site."""
    resolver = get_resolver().namespace_dict["admin"][1]
    models = {f"{m._meta.app_label}_{m._meta.model_name}_" for m in site._registry}
    names = [key for key in resolver.reverse_dict if isinstance(key, str)]
    return [name for name in names if name.startswith(tuple(models))]


def test_there_is_no_address_to_add_change_revert_or_delete_anything(
    shop: World, superuser: Client
) -> None:
    kinds = {name.rsplit("_", 1)[1] for name in admin_routes()}
    assert kinds == {"changelist", "change", "history"}
    for path in ("add/", "1/delete/", "1/history/1/"):
        assert superuser.get(f"/registry/prompt/{path}").status_code == 404
        assert superuser.post(f"/registry/prompt/{path}").status_code == 404


@pytest.mark.parametrize("name", LISTS)
def test_lists_objects_and_histories_answer_nothing_but_get(
    prompt: Prompt, as_: SignIn, name: str
) -> None:
    stages.saved(stages.World(prompt.project, {"ana": prompt.owner}), prompt)
    ada = as_("ada")
    assert ada.get(f"/registry/{name}/").status_code == 200
    for address in (
        f"/registry/{name}/",
        f"/registry/{name}/1/change/",
        f"/registry/{name}/1/history/",
    ):
        assert ada.post(address, {"_save": "1"}).status_code == 405


@pytest.mark.parametrize("name", LISTS)
def test_nobody_sees_other_peoples_projects_superusers_neither(
    shop: World, prompt: Prompt, superuser: Client, as_: SignIn, name: str
) -> None:
    stages.in_production(shop, prompt)
    wanted = "shop" if name == "project" else "support/system"
    assert wanted in words(as_("vic").get(f"/registry/{name}/"))
    for stranger in (as_("oto"), superuser):
        assert wanted not in words(stranger.get(f"/registry/{name}/"))
        assert stranger.get(f"/registry/{name}/1/change/").status_code == 404
        assert stranger.get(f"/registry/{name}/1/history/").status_code == 404


def test_search_filters_and_the_way_to_the_own_page(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.prompt_named(shop, "faq/tone", kind="chat")
    vic = as_("vic")
    found = words(vic.get("/registry/prompt/?q=tone&project=shop&kind=chat"))
    assert "faq/tone" in found
    assert "support/system" not in found
    assert "faq/tone" not in words(vic.get("/registry/prompt/?project=other"))
    answer = vic.get(f"/registry/prompt/{prompt.pk}/change/")
    assert answer.url == "/projects/shop/prompts/support/system"


def test_an_empty_list_says_the_next_step(shop: World, as_: SignIn) -> None:
    assert "New prompt" in words(as_("ana").get("/registry/prompt/"))
    assert "No prompts yet" in words(as_("ana").get("/registry/prompt/"))


@pytest.mark.parametrize(
    "query",
    [
        "prompt__project__memberships__person__password__startswith=m",
        "author__password__startswith=m",
        "prompt__project__id__exact=1",
        "no_such=1",
    ],
)
def test_an_address_cannot_probe_columns_that_no_filter_offers(
    shop: World, prompt: Prompt, as_: SignIn, query: str
) -> None:
    stages.saved(shop, prompt)
    vic = as_("vic")
    assert vic.get(f"/registry/version/?{query}").status_code == 400
    # Our own list reads its own words alone.
    assert "1 prompt in Shop" in words(vic.get(f"/registry/prompt/?{query}"))


@pytest.mark.parametrize(
    "address",
    [
        "/registry/prompt/?p=99999999999999999999",
        "/registry/prompt/?o=99.-x",
        "/registry/prompt/?kind=none&is=none&owner=none&folder=../&after=%ff&before=a:b",
        "/registry/prompt/?after=zzz:1&folder=none/&q=%27%22*",
        "/registry/prompt/?owner=999999999999999999&project=none",
        "/search?q=%27%22*%20%5C%20999999999.999999999.999999999",
        "/search?q=999999999.999999999.999999999",
        "/projects/shop/prompts/support/system?below=0&above=x",
        "/projects/shop/prompts/support/system?above=999999999",
        "/registry/prompt/99999999999999999999999/change/",
        "/registry/prompt/abc/history/",
        "/registry/event/?action=none",
        "/search/?s=a&page=x",
    ],
)
def test_nonsense_in_an_address_is_answered_and_nothing_breaks(
    prompt: Prompt, as_: SignIn, address: str
) -> None:
    assert as_("vic").get(address, follow=True).status_code in (200, 400, 404)


def test_the_history_of_a_prompt_says_who_changed_which_words(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    edit_prompt(
        prompt,
        title="Main voice",
        description="",
        tags=["support", "chat"],
        seen=last_history(prompt),
        actor=shop.actor("ana"),
        reason="So that people find it.",
    )
    page = words(as_("vic").get(f"/registry/prompt/{prompt.pk}/history/"))
    assert "title: nothing → Main voice" in page
    assert "tags: nothing → support, chat" in page
    assert "ana" in page
    assert "So that people find it." in page


def test_an_audit_event_shows_what_was_before_and_after_and_its_link_in_the_chain(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.in_production(shop, prompt)
    vic = as_("vic")
    event = shop.project.events.get(action="label.moved", after__contains="production")
    page = words(vic.get(f"/registry/event/{event.pk}/change/", follow=True))
    assert "label production" in page
    assert event.hash in page
    assert "label.moved" in words(vic.get("/registry/event/?action=label.moved"))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_the_database_as_often_for_many_rows_as_for_one(
    shop: World, as_: SignIn, name: str
) -> None:
    lea, counts = as_("lea"), []
    for number in (1, 2, 3):
        prompt = stages.prompt_named(shop, f"prompt/{number}")
        stages.in_production(shop, prompt)
        stages.in_canary(shop, prompt)
        with CaptureQueriesContext(connection) as queries:
            assert lea.get(f"/registry/{name}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[2]
