"""The list of prompts: folders, words, what waits, page after page, and never one of others."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.audit.clock import database_now
from registry.prompts.edit import archive_prompt, edit_prompt, last_history
from registry.prompts.models import Prompt
from registry.prompts.models_entry import PromptEntry
from registry.prompts.search.found import PAGE, find, folders_in
from registry.prompts.search.wanted import Wanted
from registry.release.models import Label
from registry.release.rollback import roll_back
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import buttons, words
from tests.stages import World

LIST = "/registry/prompt/"


def tagged(shop: World, prompt: Prompt, *tags: str, title: str = "") -> None:
    edit_prompt(
        prompt,
        title=title,
        description="",
        tags=tags,
        seen=last_history(prompt),
        owner=shop.person("ana"),
        actor=shop.actor("ana"),
        reason="So that people find it.",
    )


def names(shop: World, **wanted: object) -> list[str]:
    """Return what is found in the shop."""
    asked = Wanted((shop.project.pk,), **wanted)  # type: ignore[arg-type]
    return [prompt.name for prompt in find(asked, now=database_now()).rows]


def test_a_row_says_what_production_serves_where_the_newest_stands_and_offers_to_edit(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.in_production(shop, prompt)
    stages.in_canary(shop, prompt)
    stages.prompt_named(shop, "faq/tone")
    page = words(as_("vic").get(LIST))
    assert "2 prompts in Shop" in page
    assert "support/system 1.0.0 since" in page
    assert "1.1.0 canary unevaluated" in page
    assert "faq/tone nothing yet not written yet ana" in page
    assert "Edit" not in buttons(as_("vic").get(LIST))
    edit = as_("ana").get(LIST).content.decode()
    assert 'href="/projects/shop/prompts/support/system/edit"' in edit


def test_folders_are_counted_and_lead_down_and_up_again(shop: World, as_: SignIn) -> None:
    for name in ("a/x/one", "a/x/two", "a/y/one", "a-b/one", "a/top", "alone"):
        stages.prompt_named(shop, name)
    top = [(f.path, f.name, f.count) for f in folders_in(shop.project.pk)]
    assert top == [("a-b/", "a-b", 1), ("a/", "a", 4)]
    below = [(f.path, f.count) for f in folders_in(shop.project.pk, "a/")]
    assert below == [("a/x/", 2), ("a/y/", 1)]
    page = as_("vic").get(f"{LIST}?folder=a/x/")
    assert "2 prompts in a/x/" in words(page)
    assert "Shop / a / x" in words(page)
    assert "a-b/one" not in words(page)


def test_words_are_found_in_name_title_tags_and_text_and_a_beginning_is_enough(
    shop: World, prompt: Prompt
) -> None:
    stages.saved(shop, prompt, "Say Café and refunds politely.")
    other = stages.prompt_named(shop, "faq/opening_hours")
    tagged(shop, other, "Berlin Mitte", title="When we are open")
    assert names(shop, text="refu polite") == ["support/system"]
    assert names(shop, text="cafe") == ["support/system"]
    assert names(shop, text="syst") == ["support/system"]
    assert names(shop, text="HOURS") == ["faq/opening_hours"]
    assert names(shop, text="open berlin") == ["faq/opening_hours"]
    assert names(shop, tag="Berlin Mitte") == ["faq/opening_hours"]
    assert names(shop, tag="Berlin") == []
    assert names(shop, text="refunds berlin") == []
    assert names(shop, text="refu", names_only=True) == []
    assert names(shop, text="\"'*&|!():<> #1 =x") == []


def test_the_words_that_production_serves_are_found_also_after_it_went_back(
    shop: World, prompt: Prompt
) -> None:
    stages.in_production(shop, prompt, "Old words about giraffes.")
    stages.in_production(shop, prompt, "New words about zebras.")
    assert (names(shop, text="giraffes"), names(shop, text="zebras")) == ([], ["support/system"])
    roll_back(prompt, actor=shop.actor("lea"), reason="Back.", now=database_now())
    assert names(shop, text="giraffes") == ["support/system"]


def test_all_words_can_be_written_anew(shop: World, prompt: Prompt, capsys: object) -> None:
    stages.saved(shop, prompt, "About giraffes.")
    PromptEntry.objects.all().delete()
    assert names(shop, text="giraffes") == []
    call_command("index_prompts")
    assert names(shop, text="giraffes") == ["support/system"]


def test_each_filter_finds_what_it_says(shop: World, as_: SignIn) -> None:
    stages.in_production(shop, stages.prompt_named(shop, "rolling"))
    stages.in_canary(shop, Prompt.objects.get(name="rolling"))
    review = stages.prompt_named(shop, "review")
    first = stages.in_production(shop, review)
    stages.in_review_or_cleared(shop, stages.saved(shop, review, stages.MAJOR_TEXT, base=first))
    stages.cleared(shop, stages.saved(shop, stages.prompt_named(shop, "to-start")))
    stages.in_production(shop, stages.prompt_named(shop, "old"))
    Label.objects.filter(prompt__name="old").update(moved_at=database_now() - timedelta(days=91))
    archive_prompt(stages.prompt_named(shop, "away"), actor=shop.actor("ada"), reason="Unused.")
    stages.prompt_named(shop, "chat", kind="chat")
    found = {
        query: [name for name in ("rolling", "review", "to-start", "old", "away", "chat")
                if f'aria-label="Select {name}"' in as_("ana").get(LIST + query).content.decode()]
        for query in ("?is=waiting", "?is=rollout", "?is=stale", "?is=unserved", "?archived=yes",
                      "?kind=chat", "?owner=me", "?is=failed")
    }  # fmt: skip
    everything = ["rolling", "review", "to-start", "old", "chat"]
    assert found == {
        "?is=waiting": ["review", "to-start"],
        "?is=rollout": ["rolling"],
        "?is=stale": ["old"],
        "?is=unserved": ["to-start", "chat"],
        "?archived=yes": ["away"],
        "?kind=chat": ["chat"],
        "?owner=me": everything,
        "?is=failed": [],
    }


def test_a_review_waits_in_the_list_also_after_a_hotfix_went_out(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    first = stages.in_production(shop, prompt)
    stages.in_review_or_cleared(shop, stages.saved(shop, prompt, stages.MAJOR_TEXT, base=first))
    assert stages.in_production(shop, prompt, stages.PATCH_TEXT).semver == "1.0.1"
    assert "Select support/system" in as_("ana").get(LIST + "?is=waiting").content.decode()


def test_pages_follow_each_other_without_a_gap_and_lead_back(shop: World, as_: SignIn) -> None:
    made = [f"p/{number:03}" for number in range(PAGE + 7)]
    for name in made:
        stages.prompt_named(shop, name)
    asked = Wanted((shop.project.pk,))
    first = find(asked, now=database_now())
    second = find(asked, now=database_now(), after=first.following)
    back = find(asked, now=database_now(), before=second.previous)
    assert [row.name for row in (*first.rows, *second.rows)] == made
    assert (first.previous, second.following) == ("", "")
    assert back.rows == first.rows
    assert "Next" in buttons(as_("vic").get(LIST))


@pytest.mark.parametrize("query", ["", "?q=letter", "?is=unserved&q=letter", "?folder=p/"])
def test_many_rows_ask_the_database_as_often_as_few(shop: World, as_: SignIn, query: str) -> None:
    ana, counts = as_("ana"), []
    for start, end in ((0, 3), (3, 30)):
        for number in range(start, end):
            stages.saved(shop, stages.prompt_named(shop, f"p/letter-{number}"))
        with CaptureQueriesContext(connection) as queries:
            page = ana.get(LIST + query)
        assert page.content.decode().count('name="prompt"') == end
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_nothing_of_a_project_that_one_is_not_in_is_found_or_counted(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.saved(shop, prompt, "Secret giraffes.")
    bank = stages.world("bank")
    bank.project.memberships.exclude(person=bank.person("vic")).delete()
    shop.project.memberships.filter(person=shop.person("vic")).delete()
    for query in ("", "?q=giraffes", "?project=shop", "?folder=support/", "?tag=x", "?owner=1"):
        assert "support/system" not in words(as_("vic").get(LIST + query))
    assert "giraffes" not in words(as_("vic").get("/search?q=secr")).replace("secr", "")
    assert "support/system" in words(as_("ana").get(f"{LIST}?q=giraffes"))


def test_an_empty_answer_says_what_to_do(shop: World, prompt: Prompt, as_: SignIn) -> None:
    page = words(as_("vic").get(f"{LIST}?q=unheard"))
    assert "Nothing fits" in page
    assert "Show all prompts" in page


def test_the_search_box_finds_everything_grouped(shop: World, prompt: Prompt, as_: SignIn) -> None:
    stages.with_suite(shop, prompt)
    version = stages.evaluated(shop, stages.saved(shop, prompt, "You sell giraffes."))
    vic = as_("vic")
    by_name = words(vic.get("/search?q=support/system"))
    assert "Prompts support/system" in by_name
    assert "Golden datasets cases of support/system" in by_name
    assert "Runs support/system 1.0.0" in by_name
    assert "In the texts of support/system" in words(vic.get("/search?q=giraf"))
    for typed in ("support/system 1.0.0", "system v1.0.0", "1.0.0", version.digest[:8]):
        assert "Versions support/system 1.0.0" in words(vic.get("/search", {"q": typed}))
    assert "People rui" in words(vic.get("/search?q=rui"))
    assert "Nothing in your projects fits “zzz”." in words(vic.get("/search?q=zzz"))
    assert 'id="find"' in vic.get("/").content.decode()
