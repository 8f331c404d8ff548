"""A draft is one person's; it survives, and two tabs never overwrite each other."""

import pytest

from registry.domain.errors import Refused, Stale
from registry.projects.access import NotPermitted
from registry.prompts.drafts import discard_draft, open_draft, save_draft
from registry.prompts.models import Draft, Prompt, Version
from tests import stages
from tests.registry.editor.conftest import SignIn
from tests.stages import World


def test_opening_the_editor_writes_nothing_and_typing_makes_the_draft(
    served: Version, edit_as: SignIn
) -> None:
    ana = edit_as("ana")
    ana.open()
    assert not Draft.objects.exists()

    answer = ana.keep(text="Half a sentence", reason="not yet")
    assert answer.json()["rev"] == 1
    draft = Draft.objects.get()
    assert (draft.content, draft.base, draft.reason) == ("Half a sentence", served, "not yet")


def test_the_reopened_editor_shows_what_was_typed_even_if_it_cannot_be_saved(
    served: Version, edit_as: SignIn
) -> None:
    ana = edit_as("ana")
    ana.open()
    ana.keep(text="Hello {{", config_temperature="0,", extra='{"stop": [')
    typed = edit_as("ana").open().context["typed"]
    assert (typed.text, typed.config["temperature"], typed.extra) == (
        "Hello {{",
        "0,",
        '{"stop": [',
    )


def test_of_two_tabs_the_later_save_hears_that_the_other_was_first(
    served: Version, edit_as: SignIn
) -> None:
    first, second = edit_as("ana"), edit_as("ana")
    first.open()
    second.open()
    assert first.keep(text="from the first tab").status_code == 200
    refused = second.keep(text="from the second tab")
    assert refused.status_code == 409
    assert "another tab" in refused.json()["message"]
    assert first.keep(text="first again").status_code == 200
    assert Draft.objects.get().content == "first again"


def test_every_person_has_a_draft_of_their_own(
    shop: World, prompt: Prompt, served: Version
) -> None:
    draft = open_draft(prompt, actor=shop.actor("ana"))
    save_draft(draft, fields={"content": "Mine"}, expected_rev=0, actor=shop.actor("ana"))
    stages.Membership.objects.create(project=shop.project, person=shop.person("rui"), role="author")
    assert open_draft(prompt, actor=shop.actor("rui")).content == served.content
    with pytest.raises(Refused, match="belongs to ana"):
        save_draft(draft, fields={"content": "x"}, expected_rev=1, actor=shop.actor("rui"))


def test_only_authors_have_drafts(shop: World, prompt: Prompt) -> None:
    with pytest.raises(NotPermitted, match="author"):
        open_draft(prompt, actor=shop.actor("vic"))
    assert open_draft(prompt, actor=shop.actor("ana")).content == ""


def test_a_discarded_draft_is_put_aside_not_deleted(
    shop: World, prompt: Prompt, served: Version
) -> None:
    draft = open_draft(prompt, actor=shop.actor("ana"))
    save_draft(draft, fields={"content": "Gone?"}, expected_rev=0, actor=shop.actor("ana"))
    discard_draft(draft, actor=shop.actor("ana"))
    assert open_draft(prompt, actor=shop.actor("ana")).content == served.content
    assert Draft.objects.get().content == "Gone?"
    with pytest.raises(Stale):
        save_draft(draft, fields={"content": "late"}, expected_rev=1, actor=shop.actor("ana"))


def test_a_draft_refuses_what_no_database_could_keep(served: Version, edit_as: SignIn) -> None:
    ana = edit_as("ana")
    ana.open()
    answer = ana.keep(text="line one\nb\x00d")
    assert answer.status_code == 422
    assert answer.json()["field"] == "content"
    assert "NUL" in answer.json()["message"]
    assert not Draft.objects.exists()


def test_discarding_on_the_page_can_start_from_another_version(
    shop: World, prompt: Prompt, served: Version, edit_as: SignIn
) -> None:
    other = stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    ana = edit_as("ana")
    ana.open()
    ana.keep(text="something")
    shown = ana.open(f"?base={other.semver}").context
    assert (shown["base"], shown["other_base"]) == (served, other)

    answer = ana.client.post(f"{ana.address}/discard", {"base": other.semver})
    assert answer["Location"].endswith(f"/edit?base={other.semver}")
    assert ana.open(f"?base={other.semver}").context["base"] == other
