"""Making a prompt, changing the words about it, archiving it: nothing typed is lost."""

import pytest

from registry.prompts.models import Prompt
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import hidden, words
from tests.stages import World

NEW = "/projects/shop/prompts/new"
SETTINGS = "/projects/shop/prompts/support/system/settings"


def test_a_new_prompt_leads_to_its_editor(shop: World, as_: SignIn) -> None:
    answer = as_("ana").post(
        NEW, {"name": "support/refunds", "kind": "chat", "title": "Refunds", "tags": "a, b, a"}
    )
    assert answer.url == "/projects/shop/prompts/support/refunds/edit"
    prompt = Prompt.objects.get()
    assert (prompt.kind, prompt.title, prompt.tags) == ("chat", "Refunds", ["a", "b"])
    assert prompt.owner == shop.person("ana")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"name": "support/system"}, "support/system exists already in Shop."),
        ({"name": "Support System"}, "Use 1 to 128 lower-case letters"),
        ({"name": "a/edit"}, "'edit' is taken by a page"),
        ({"name": "a//b"}, "Put a word between"),
        ({"name": "x\x00y"}, "Null characters are not allowed."),
        ({"name": "x", "kind": "poem"}, "poem is not one of the available choices."),
        ({"name": "x", "tags": "t" * 60}, "Give at most 20 tags"),
        ({"name": "x", "description": "d" * 20_000}, "The description is 20 KiB long"),
    ],
)
def test_what_cannot_be_made_is_said_at_its_field_and_what_was_typed_stays(
    prompt: Prompt, as_: SignIn, typed: dict[str, str], says: str
) -> None:
    answer = as_("ana").post(NEW, {"kind": "text", "title": "My own words", **typed})
    assert answer.status_code == 400
    assert says in words(answer)
    assert 'value="My own words"' in answer.content.decode()
    assert Prompt.objects.count() == 1


def test_only_authors_and_admins_make_prompts(shop: World, as_: SignIn) -> None:
    answer = as_("rui").post(NEW, {"name": "x", "kind": "text"})
    assert answer.status_code == 403
    assert "you need the role author or admin in Shop. Who has it: ada, ana." in words(answer)
    assert as_("oto").get(NEW).status_code == 404
    assert not Prompt.objects.exists()


def test_the_words_about_a_prompt_change_and_the_old_ones_stay_in_its_history(
    prompt: Prompt, as_: SignIn
) -> None:
    ana = as_("ana")
    seen = hidden(ana.get(SETTINGS), "seen")
    answer = ana.post(SETTINGS, {"seen": seen, "title": "Main voice", "tags": "support"})
    assert answer.url == "/projects/shop/prompts/support/system"
    prompt.refresh_from_db()
    assert (prompt.title, prompt.tags) == ("Main voice", ["support"])
    assert prompt.history.first().history_change_reason == "Edited by ana."


def test_who_saves_second_is_told_and_keeps_what_they_typed(prompt: Prompt, as_: SignIn) -> None:
    ana, ada = as_("ana"), as_("ada")
    seen = hidden(ana.get(SETTINGS), "seen")
    ada.post(SETTINGS, {"seen": seen, "title": "Ada's title"})
    answer = ana.post(SETTINGS, {"seen": seen, "title": "Ana's title"})
    assert answer.status_code == 409
    assert "Somebody changed this a moment ago" in words(answer)
    assert 'value="Ana&#x27;s title"' in answer.content.decode()
    prompt.refresh_from_db()
    assert prompt.title == "Ada's title"


def test_an_archived_prompt_leaves_the_list_and_comes_back(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.in_production(shop, prompt)
    ada = as_("ada")
    assert as_("ana").post(f"{SETTINGS}/archive").status_code == 403
    ada.post(f"{SETTINGS}/archive")
    assert "archived; what it serves stays served." in words(ada.get("/"))
    assert "support/system" not in words(ada.get("/registry/prompt/"))
    assert "support/system" in words(ada.get("/registry/prompt/?archived=yes"))
    assert "archived" in words(ada.get("/projects/shop/prompts/support/system"))
    ada.post(f"{SETTINGS}/archive")
    assert "support/system" in words(ada.get("/registry/prompt/"))
