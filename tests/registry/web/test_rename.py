"""Renaming: both names are served, old links lead on, and no old name hides another prompt."""

import pytest
from django.test import Client

from registry.prompts.in_out.adopt_run import adopt_run
from registry.prompts.in_out.history import History
from registry.prompts.models import Alias, Prompt
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World

PAGE = "/projects/shop/prompts/support/system"
RENAME = f"{PAGE}/settings/rename"
TO_VOICE = {"seen_name": "support/system", "new_name": "voice/main"}


def fetched(secret: str, name: str) -> tuple[int, str]:
    """Return the status of a fetch, and the name and version in its answer."""
    answer = Client().get(f"/api/v1/prompts/{name}", headers={"Authorization": f"Bearer {secret}"})
    body = answer.json()
    return answer.status_code, f"{body.get('name')} {body.get('version')}"


def test_applications_get_it_by_both_names_until_the_old_one_is_removed(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.in_production(shop, prompt)
    secret = stages.key(shop).secret
    assert as_("ana").post(RENAME, TO_VOICE).url == "/projects/shop/prompts/voice/main"
    assert fetched(secret, "voice/main") == (200, "voice/main 1.0.0")
    assert fetched(secret, "support/system") == (200, "voice/main 1.0.0")
    settings = "/projects/shop/prompts/voice/main/settings"
    page = words(as_("ada").get(settings))
    assert "Old names that are still served" in page
    assert "1 live API key of Shop may be fetching by it" in page
    alias = Alias.objects.get()
    assert as_("ana").post(f"{settings}/old-names/{alias.pk}").status_code == 403
    as_("ada").post(f"{settings}/old-names/{alias.pk}")
    assert fetched(secret, "support/system")[0] == 404
    assert fetched(secret, "voice/main")[0] == 200
    actions = shop.project.events.values_list("action", flat=True)
    assert {"prompt.renamed", "prompt.alias_removed"} <= set(actions)
    assert as_("ada").post(f"{settings}/old-names/{alias.pk}").status_code == 404


def test_old_addresses_lead_to_the_new_ones_and_forms_arrive_with_what_was_typed(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    ana = as_("ana")
    stages.saved(shop, prompt)
    ana.post(RENAME, TO_VOICE)
    assert ana.get(f"{PAGE}?below=9").url == "/projects/shop/prompts/voice/main?below=9"
    assert ana.get(f"{PAGE}/versions/1.0.0").url.endswith("/voice/main/versions/1.0.0")
    answer = ana.post(f"{PAGE}/settings", {"title": "x"})
    assert (answer.status_code, answer.url) == (307, "/projects/shop/prompts/voice/main/settings")
    assert as_("oto").get(PAGE).status_code == 404


def test_the_search_finds_a_prompt_once_by_the_name_it_once_had(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    as_("ana").post(RENAME, TO_VOICE)
    rui = as_("rui")
    found = words(rui.get("/search?q=support"))
    assert found.count("voice/main") == 1
    assert "once called support/system" in found
    assert "once called" not in words(rui.get("/search?q=voice"))


@pytest.mark.parametrize(
    ("typed", "status", "says"),
    [
        ({"new_name": "faq/tone"}, 400, "faq/tone names another prompt"),
        ({"new_name": "faq/old"}, 400, "faq/old names another prompt"),
        ({"new_name": "Voice"}, 400, "Use 1 to 128 lower-case letters"),
        ({"new_name": "support/system"}, 400, "It is called support/system already."),
        ({"new_name": "voice/main", "seen_name": "support/older"}, 409, "a moment ago"),
    ],
)
def test_a_name_that_cannot_be_taken_is_refused_and_stays_typed(
    shop: World, prompt: Prompt, as_: SignIn, typed: dict[str, str], status: int, says: str
) -> None:
    ana = as_("ana")
    stages.prompt_named(shop, "faq/old")
    ana.post("/projects/shop/prompts/faq/old/settings/rename",
             {"seen_name": "faq/old", "new_name": "faq/tone"})  # fmt: skip
    answer = ana.post(RENAME, {"seen_name": "support/system", **typed})
    assert answer.status_code == status
    assert says in words(answer)
    assert f'value="{typed["new_name"]}"' in answer.content.decode()
    prompt.refresh_from_db()
    assert prompt.name == "support/system"


def test_a_prompt_may_take_back_a_name_that_it_had_and_nobody_else_may(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    ana = as_("ana")
    ana.post(RENAME, TO_VOICE)
    taken = ana.post("/projects/shop/prompts/new", {"name": "support/system", "kind": "text"})
    assert "support/system exists already" in words(taken)
    back = {"seen_name": "voice/main", "new_name": "support/system"}
    ana.post("/projects/shop/prompts/voice/main/settings/rename", back)
    assert Prompt.objects.get().name == "support/system"
    assert [alias.name for alias in Alias.objects.all()] == ["voice/main"]


def test_no_other_prompt_ever_answers_by_a_name_that_led_to_production(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    ada, ana = as_("ada"), as_("ana")
    stages.in_production(shop, prompt)
    stages.prompt_named(shop, "faq/tone")
    ana.post("/projects/shop/prompts/faq/tone/settings/rename",
             {"seen_name": "faq/tone", "new_name": "faq/voice"})  # fmt: skip
    ana.post(RENAME, TO_VOICE)
    for alias in Alias.objects.select_related("prompt"):
        ada.post(f"/projects/shop/prompts/{alias.prompt.name}/settings/old-names/{alias.pk}")
    assert not Alias.objects.exists()
    fresh = {"name": "support/system", "kind": "text"}
    assert "has served production" in words(ada.post("/projects/shop/prompts/new", fresh))
    renamed = {"seen_name": "faq/voice", "new_name": "support/system"}
    refused = ana.post("/projects/shop/prompts/faq/voice/settings/rename", renamed)
    assert (refused.status_code, "has served production" in words(refused)) == (400, True)
    history = History("langfuse", "support/system", "text", ())
    (row,) = adopt_run(shop.project, [history], {})
    assert row.stops
    # Its own name it takes back, and a name that never led to production is free.
    back = {"seen_name": "voice/main", "new_name": "support/system"}
    ana.post("/projects/shop/prompts/voice/main/settings/rename", back)
    stages.prompt_named(shop, "faq/tone")
    names = set(Prompt.objects.values_list("name", flat=True))
    assert names == {"support/system", "faq/voice", "faq/tone"}


def test_who_may_not_edit_may_not_rename(prompt: Prompt, as_: SignIn) -> None:
    assert as_("rui").post(RENAME, TO_VOICE).status_code == 403
    assert "you need the role author or admin" in words(as_("rui").get(f"{PAGE}/settings"))
