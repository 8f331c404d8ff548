"""A discarded draft is taken back for 30 days, by the one who wrote it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from registry.domain.errors import Refused
from registry.prompts.drafts_discarded import discarded_drafts, forget_drafts, take_back
from registry.prompts.models import Draft, Prompt, Version
from tests import stages
from tests.registry.editor.conftest import Editor, SignIn
from tests.registry.web.reading import hidden, words
from tests.stages import World


@pytest.fixture
def ana(served: Version, edit_as: SignIn) -> Editor:
    """Ana, who has just discarded a draft."""
    editor = edit_as("ana")
    editor.open()
    editor.keep(text="My best idea.")
    return editor


def discard(ana: Editor) -> Draft:
    """Press Discard."""
    ana.client.post(f"{ana.address}/discard")
    return Draft.objects.latest("discarded_at")


def test_after_discarding_one_click_takes_it_back(ana: Editor) -> None:
    answer = ana.client.post(f"{ana.address}/discard", follow=True)
    assert "it can be taken back for 30 days. Undo" in words(answer)
    ana.client.post(f"{ana.address}/take-back", {"draft": hidden(answer, "draft")})
    page = ana.open()
    assert "Your draft is back." in words(page)
    assert page.context["typed"].text == "My best idea."


def test_the_editor_lists_what_was_put_aside_and_swaps_it_with_what_is_written_now(
    ana: Editor,
) -> None:
    old = discard(ana)
    page = ana.open()
    assert "“My best idea.”" in words(page)
    ana.keep(text="A new start.")
    ana.client.post(f"{ana.address}/take-back", {"draft": old.pk})
    page = ana.open()
    assert page.context["typed"].text == "My best idea."
    assert [aside.beginning for aside in page.context["put_aside"]] == ["A new start."]


def test_a_tab_that_still_shows_the_other_draft_overwrites_nothing(
    ana: Editor, edit_as: SignIn
) -> None:
    old = discard(ana)
    ana.open()
    ana.keep(text="A new start.")
    ana.client.post(f"{ana.address}/take-back", {"draft": old.pk})
    assert ana.keep(text="Typed on in the old tab.").status_code == 409
    assert edit_as("ana").open().context["typed"].text == "My best idea."


def test_a_draft_that_became_a_version_is_no_draft_any_more(
    shop: World, prompt: Prompt, ana: Editor
) -> None:
    ana.save(text=stages.MINOR_TEXT, bump="MINOR")
    saved = Draft.objects.get()
    assert discarded_drafts(prompt, shop.person("ana"), now=timezone.now()) == []
    refused = ana.client.post(f"{ana.address}/take-back", {"draft": saved.pk})
    assert refused.status_code == 409
    assert "became 1.1.0" in words(refused)


def test_nobody_takes_back_the_draft_of_somebody_else(
    shop: World, ana: Editor, edit_as: SignIn
) -> None:
    stages.Membership.objects.create(project=shop.project, person=shop.person("rui"), role="author")
    old = discard(ana)
    refused = edit_as("rui").client.post(f"{ana.address}/take-back", {"draft": old.pk})
    assert refused.status_code == 409
    assert edit_as("rui").open().context["put_aside"] == []
    with pytest.raises(Refused, match="belongs to ana"):
        take_back(old, actor=shop.actor("rui"))


def test_after_30_days_it_is_gone_whether_it_was_saved_or_not(
    shop: World, prompt: Prompt, ana: Editor
) -> None:
    old = discard(ana)
    ana.open()
    ana.save(text=stages.MINOR_TEXT, bump="MINOR")
    now = timezone.now()
    assert forget_drafts(now=now + timedelta(days=29)) == 0
    Draft.objects.filter(pk=old.pk).update(discarded_at=now - timedelta(days=31))
    with pytest.raises(Refused, match="more than 30 days ago"):
        take_back(old, actor=shop.actor("ana"))
    assert discarded_drafts(prompt, shop.person("ana"), now=now) == []
    assert forget_drafts(now=now) == 1
    assert prompt.versions.count() == 2
