"""The comparison page, its defaults, its views, and what it answers when there is nothing."""

import re
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry.domain.content import Content
from registry.domain.semver import Bump
from registry.prompts.drafts import open_draft, save_draft
from registry.prompts.models import Prompt, Version
from registry.prompts.save import save_version
from tests import stages
from tests.registry.web.reading import words
from tests.stages import World

COMPARE = "/projects/shop/prompts/support/system/compare/"


@pytest.fixture
def shop(db: None) -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    return stages.prompt_named(shop)


@pytest.fixture
def served(shop: World, prompt: Prompt) -> Version:
    """1.0.0, which production serves."""
    return stages.in_production(shop, prompt)


def get(shop: World, address: str, *, by: str = "vic", **query: str) -> Any:
    client = Client()
    client.force_login(shop.person(by))
    return client.get(COMPARE + address, query)


def test_it_says_on_top_in_words_what_changed(shop: World, prompt: Prompt, served: Version) -> None:
    stages.saved(shop, prompt, stages.MAJOR_TEXT, base=served)
    said = words(get(shop, "1.0.0...2.0.0"))
    assert "1.0.0 production staging → 2.0.0" in said
    assert "MAJOR 5 words added · new variable plan" in said
    assert "The variable {{plan}} was added." in said


def test_alone_it_compares_production_with_the_newest(
    shop: World, prompt: Prompt, served: Version
) -> None:
    only = get(shop, "")
    assert "1.0.0 is the only version" in words(only)
    stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    stages.saved(shop, prompt, stages.MAJOR_TEXT, base=served)
    assert get(shop, "")["Location"].endswith("/compare/1.0.0...2.0.0")
    chosen = get(shop, "", old="2.0.0", new="v1.1.0")
    assert chosen["Location"].endswith("/compare/2.0.0...1.1.0")


def test_a_prompt_without_versions_says_so(shop: World, prompt: Prompt) -> None:
    assert "This prompt has no version yet." in words(get(shop, ""))


def test_markup_in_prompts_is_shown_as_text_in_every_view(
    shop: World, prompt: Prompt, served: Version
) -> None:
    evil = stages.FIRST_TEXT + " <script>alert(1)</script><b x-data>"
    stages.saved(shop, prompt, evil, base=served, bump=Bump.MAJOR)
    for view in ("inline", "side"):
        page = get(shop, "1.0.0...2.0.0", view=view).content.decode()
        assert "<script>alert" not in page
        assert "<b x-data>" not in page
        assert "&lt;script&gt;" in page
    text = get(shop, "1.0.0...2.0.0", view="unified")
    assert text["Content-Type"] == "text/plain; charset=utf-8"
    assert text.content.decode().startswith("--- support/system 1.0.0\n+++ support/system 2.0.0\n")


def test_changed_fields_stand_in_tables_without_json(
    shop: World, prompt: Prompt, served: Version
) -> None:
    content = Content.from_fields(
        "text",
        stages.FIRST_TEXT,
        {"temperature": 0.5, "stop": ["END"]},
        {"type": "object", "properties": {"answer": {"type": "string"}}},
        [{"name": "company", "required": False, "default": "Acme"}],
    )
    save_version(
        prompt,
        content=content,
        bump=Bump.MAJOR,
        base=served,
        reason="Fields.",
        actor=shop.actor("ana"),
    )
    said = words(get(shop, "1.0.0...2.0.0"))
    assert "temperature not there 0.5" in said
    assert "stop not there END" in said
    assert "Output schema Field 1.0.0 2.0.0 kind not there object" in said
    assert "answer › kind not there string" in said
    assert "company › must be sent yes no" in said
    assert "properties" not in said


def test_ones_own_draft_can_be_compared_and_nobody_elses(
    shop: World, prompt: Prompt, served: Version
) -> None:
    assert "You have no draft" in words(get(shop, "1.0.0...draft", by="ana"))
    draft = open_draft(prompt, actor=shop.actor("ana"))
    fields = {"content": stages.MAJOR_TEXT}
    save_draft(draft, fields=fields, expected_rev=0, actor=shop.actor("ana"))
    assert "1.0.0...draft" not in words(get(shop, "1.0.0...draft", by="vic"))
    assert "You have no draft" in words(get(shop, "1.0.0...draft", by="vic"))
    assert "your draft MAJOR" in words(get(shop, "1.0.0...draft", by="ana"))
    save_draft(draft, fields={"content": " "}, expected_rev=1, actor=shop.actor("ana"))
    assert "cannot be compared yet" in words(get(shop, "1.0.0...draft", by="ana"))


def test_unknown_versions_and_outsiders_find_nothing(shop: World, served: Version) -> None:
    assert get(shop, "1.0.0...9.0.0").status_code == 404
    assert get(shop, "1.0.0...x").status_code == 404
    assert get(shop, "1.0.0...1.0.0", by="oto").status_code == 404
    assert "Nothing differs." in words(get(shop, "1.0.0...1.0.0"))


def test_the_largest_prompt_rewritten_whole_in_one_line_is_compared_at_once(
    shop: World, prompt: Prompt
) -> None:
    size = 256 * 1024
    old, new = ("".join(f"{word}{n} " for n in range(size))[:size] for word in ("ab", "cd"))
    first = stages.saved(shop, prompt, old)
    stages.saved(shop, prompt, new, base=first)
    started = time.monotonic()
    answer = get(shop, "1.0.0...2.0.0")
    assert answer.status_code == 200
    # About 0.7 s on a free core; a plain difflib would take minutes here.
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("view", ["inline", "side"])
def test_each_line_of_the_new_side_can_be_pointed_at(
    shop: World, prompt: Prompt, view: str
) -> None:
    first = stages.saved(shop, prompt, "Keep one.\nDrop two.\nJoin\nthree.\nKeep four.")
    stages.saved(
        shop, prompt, "Keep one.\nJoin three.\nAdd it.\nKeep four.", base=first, bump=Bump.MAJOR
    )
    page = get(shop, "1.0.0...2.0.0", view=view).content.decode()
    found = re.findall(r'data-message="1" data-line="(\d)">(.*?)</div>', page)
    assert {number for number, _ in found} == set("1234")
    assert "Keep one." in dict(found)["1"]
    assert "Add it" in dict(found)["3"]
    assert "Keep four." in dict(found)["4"]
    assert not any("Drop" in text for _, text in found if view == "side")


def test_production_the_previous_one_and_the_draft_are_one_click_away(
    shop: World, prompt: Prompt, served: Version
) -> None:
    second = stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    stages.saved(shop, prompt, stages.MAJOR_TEXT, base=served)
    draft = open_draft(prompt, actor=shop.actor("ana"))
    fields = {"content": stages.MAJOR_TEXT + " Now."}
    save_draft(draft, fields=fields, expected_rev=0, actor=shop.actor("ana"))
    page = get(shop, f"{second.semver}...2.0.0", by="ana", view="side")
    source = page.content.decode()
    assert f'href="{COMPARE}1.0.0...2.0.0?view=side">against production 1.0.0' in source
    assert f'href="{COMPARE}1.0.0...draft?view=side">your draft against production' in source
    assert "against the previous one, 1.1.0" in words(page)
    assert "your draft against" not in words(get(shop, "1.0.0...2.0.0", by="vic"))
    chosen = get(shop, "", old="1.0.0", new="2.0.0", view="side")
    assert chosen["Location"] == f"{COMPARE}1.0.0...2.0.0?view=side"


def test_a_version_beyond_the_list_is_still_the_chosen_one(
    shop: World, prompt: Prompt, served: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.web.compare.choices.LISTED", 1)
    stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    source = get(shop, "1.0.0...1.1.0").content.decode()
    assert '<option value="1.0.0" selected>' in source
    assert source.count("<option value=") == 4


def test_very_long_texts_say_why_they_have_no_size(shop: World, prompt: Prompt) -> None:
    first = stages.saved(shop, prompt, "word " * 20_000)
    second = stages.saved(shop, prompt, "other " * 20_000, base=first, bump=Bump.MAJOR)
    assert "MAJOR" in words(get(shop, "1.0.0...2.0.0"))
    assert "It was saved as such." in words(get(shop, "1.0.0...2.0.0"))
    assert "too long to measure" in words(get(shop, f"{second.semver}...1.0.0"))


def test_the_queries_do_not_grow_with_the_versions(
    shop: World, prompt: Prompt, served: Version
) -> None:
    second = stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    counted = _queries(shop, "1.0.0...1.1.0")
    for n in range(5):
        second = stages.saved(shop, prompt, f"{stages.MINOR_TEXT} Never {n}.", base=second)
    assert _queries(shop, "1.0.0...1.1.0") == counted


def _queries(shop: World, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert get(shop, address).status_code == 200
    return len(captured)
