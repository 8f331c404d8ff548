"""Somebody saved while I was editing: see it, merge it, or keep mine; nothing is lost."""

from typing import Any

import pytest

from registry.prompts.drafts import open_draft, save_draft
from registry.prompts.drafts_merge import merge_draft, rebase_draft
from registry.prompts.models import Draft, Prompt, Version
from tests import stages
from tests.registry.editor.conftest import Editor, SignIn
from tests.registry.web.reading import words
from tests.stages import World

FIRST = "You are the support agent of {{company}}.\nAnswer in a friendly way.\nSay goodbye."
MINE = FIRST.replace("Say goodbye.", "Say goodbye and thank you.")
THEIRS = FIRST.replace("friendly way", "short and friendly way")
CLASH = FIRST.replace("friendly way", "long and friendly way")


@pytest.fixture
def served(shop: World, prompt: Prompt) -> Version:
    stages.Membership.objects.create(project=shop.project, person=shop.person("rui"), role="author")
    return stages.in_production(shop, prompt, FIRST)


@pytest.fixture
def ana(served: Version, edit_as: SignIn) -> Editor:
    """Ana, who opened the editor before Rui saved."""
    editor = edit_as("ana")
    editor.open()
    editor.keep(text=MINE)
    return editor


@pytest.fixture
def theirs(shop: World, prompt: Prompt, served: Version, ana: Editor) -> Version:
    return stages.saved(shop, prompt, THEIRS, base=served, by="rui")


def bring(ana: Editor, how: str, onto: Version, **typed: Any) -> Any:
    """Press one of the banner's buttons with `typed` in the form."""
    sent = ana.sent | {"onto": onto.semver} | typed
    return ana.client.post(f"{ana.address}/{how}", sent)


def test_the_banner_offers_to_see_to_merge_and_to_keep_mine(ana: Editor, theirs: Version) -> None:
    banner = ana.keep(text=MINE).json()["newer"]
    assert f"compare/1.0.0...{theirs.semver}" in banner
    assert f"Merge {theirs.semver} into my draft" in banner
    assert f"Keep mine, on {theirs.semver}" in banner


def test_a_merge_takes_over_what_they_changed_and_starts_from_their_version(
    ana: Editor, theirs: Version
) -> None:
    answer = bring(ana, "merge", theirs, text=MINE)
    page = ana.client.get(answer["Location"])
    assert "Nothing clashed" in words(page)
    assert page.context["base"] == theirs
    assert page.context["typed"].text == MINE.replace("friendly way", "short and friendly way")
    assert page.context["newer"] == []


def test_what_is_typed_at_that_moment_is_merged_too(ana: Editor, theirs: Version) -> None:
    bring(ana, "merge", theirs, text=MINE + "\nSign it.")
    text = ana.open().context["typed"].text
    assert text.endswith("thank you.\nSign it.")
    assert "short and friendly" in text


def test_a_clash_is_marked_named_and_cannot_be_saved_until_somebody_chose(
    ana: Editor, theirs: Version
) -> None:
    bring(ana, "merge", theirs, text=CLASH)
    page = ana.open()
    text = page.context["typed"].text
    assert "======= rui, 1.1.0:" in text
    assert "Line 2: you and rui changed the same lines." in words(page)
    said = ana.ask(text=text)["meaning"]
    assert "Lines 2, 4, 6" in said
    assert "Choose first" in said
    refused = ana.save(text=text, bump="MAJOR")
    assert refused.status_code == 422
    assert "a mark of a merge" in refused.context["errors"]["content"]
    assert refused.context["typed"].text == text
    again = bring(ana, "merge", theirs, text=text)
    assert again.status_code == 409
    chosen = CLASH.replace("long", "brief")
    assert ana.save(text=chosen, bump="MAJOR").status_code == 302


def test_keeping_mine_changes_no_word_and_says_what_it_undoes(ana: Editor, theirs: Version) -> None:
    bring(ana, "keep-mine", theirs, text=MINE)
    page = ana.open()
    assert (page.context["base"], page.context["typed"].text) == (theirs, MINE)
    assert "what rui changed there is undone by it" in words(page)
    assert page.context["newer"] == []


def test_the_draft_as_it_was_before_a_merge_can_be_taken_back(ana: Editor, theirs: Version) -> None:
    bring(ana, "merge", theirs, text=CLASH)
    before = Draft.objects.get(discarded_at__isnull=False)
    ana.client.post(f"{ana.address}/take-back", {"draft": before.pk})
    page = ana.open()
    assert page.context["typed"].text == CLASH
    assert page.context["base"].semver == "1.0.0"
    assert page.context["newer"] == [theirs]


def test_a_tab_that_is_behind_merges_nothing_and_keeps_its_text(
    ana: Editor, theirs: Version, edit_as: SignIn
) -> None:
    other = edit_as("ana")
    other.open()
    other.keep(text="From the other tab.")
    refused = bring(ana, "merge", theirs, text=CLASH)
    assert refused.status_code == 409
    assert "another tab" in refused.context["errors"]["content"]
    assert refused.context["typed"].text == CLASH
    assert Draft.objects.get().content == "From the other tab."


def test_a_draft_that_cannot_be_read_is_mended_first(ana: Editor, theirs: Version) -> None:
    refused = bring(ana, "merge", theirs, text=MINE, extra="{")
    assert refused.status_code == 409
    assert "Mend this first" in " ".join(refused.context["errors"].values())
    assert refused.context["typed"].extra == "{"
    assert Draft.objects.get().base is not None


def test_only_versions_of_the_same_prompt_are_merged(
    shop: World, ana: Editor, theirs: Version
) -> None:
    for number in ("9.9.9", "", "x"):
        sent = ana.sent | {"text": MINE, "onto": number}
        refused = ana.client.post(f"{ana.address}/merge", sent)
        assert refused.status_code == 422
        assert refused.context["typed"].text == MINE
    draft = Draft.objects.get()
    assert draft.base is not None
    assert draft.base.semver == "1.0.0"


def test_whoever_wrote_what_was_merged_cannot_sign_it(
    shop: World, prompt: Prompt, served: Version
) -> None:
    """Rui's text comes in by a merge, then the draft moves on to a version without it."""
    ana = shop.actor("ana")
    draft = open_draft(prompt, actor=ana)
    save_draft(draft, fields={"content": MINE}, expected_rev=0, actor=ana)
    from_rui = stages.saved(shop, prompt, THEIRS, base=served, by="rui")
    beside = stages.saved(shop, prompt, FIRST + "\nBe kind.", base=served)
    merge_draft(draft, onto=from_rui, actor=ana)
    rebase_draft(draft, onto=beside, actor=ana)
    assert draft.sources == [from_rui.pk]  # 1.0.0 is what the new base was edited from
    client = Editor(_client(shop), f"/projects/shop/prompts/{prompt.name}/edit")
    client.open()
    version = _version(client.save(text=draft.content, bump="MAJOR"), prompt)
    names = {row.person.username for row in version.contributors.all()}
    assert names == {"ana", "rui"}


def _client(shop: World) -> Any:
    from django.test import Client

    client = Client()
    client.force_login(shop.person("ana"))
    return client


def _version(answer: Any, prompt: Prompt) -> Version:
    assert answer.status_code == 302, answer.context["errors"]
    newest = prompt.versions.first()
    assert newest is not None
    return newest
