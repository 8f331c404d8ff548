"""The prompt's page: what it serves, its rollout with the clicks on it, and the way back."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from registry.prompts.edit import archive_prompt
from registry.prompts.models import Prompt
from registry.prompts.queries import labels_of
from registry.release.models import LabelEvent, Rollout
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import buttons, hidden, words
from tests.stages import World

PAGE = "/projects/shop/prompts/support/system"


@pytest.fixture
def rollout(shop: World, prompt: Prompt) -> Rollout:
    """1.1.0 at 5 % of production, 1.0.0 in production."""
    stages.in_production(shop, prompt)
    return stages.in_canary(shop, prompt)


def let_the_step_pass(rollout: Rollout) -> None:
    """Make the present step older than it has to be."""
    Rollout.objects.filter(pk=rollout.pk).update(
        step_started_at=rollout.step_started_at - timedelta(days=10)
    )


def click(client: Client, what: str, **typed: str) -> object:
    """Send the form of the rollout card as the page shows it."""
    epoch = hidden(client.get(PAGE), "epoch")
    return client.post(f"{PAGE}/rollout/{what}", {"epoch": epoch, **typed})


def test_the_first_line_says_what_each_label_serves(rollout: Rollout, as_: SignIn) -> None:
    page = words(as_("vic").get(PAGE))
    assert "Production serves 1.0.0 since" in page
    assert "Staging 1.1.0" in page
    assert "Canary 1.1.0 at 5 %" in page
    assert 'curl -H "Authorization: Bearer $PROMPTCMS_KEY"' in page


def test_each_label_says_since_when_by_whom_and_why(rollout: Rollout, as_: SignIn) -> None:
    page = words(as_("vic").get(PAGE))
    move = LabelEvent.objects.filter(name="staging").latest("id")
    assert f"{move.actor} {move.reason}" in page
    assert "What is served Label Version Since By Why production 1.0.0" in page
    assert f"by {rollout.started_by}" in page.partition("· started")[2]


def test_one_button_is_the_main_one_and_what_is_due_comes_first(
    rollout: Rollout, as_: SignIn
) -> None:
    lea_and_ana = as_("lea")
    stages.Membership.objects.create(
        project=rollout.prompt.project, person=rollout.started_by, role="author"
    )
    main = 'class="button primary"'
    early = lea_and_ana.get(PAGE).content.decode()
    assert early.count(main) == 1
    assert f'{main} href="{PAGE}/edit"' in early
    let_the_step_pass(rollout)
    due = lea_and_ana.get(PAGE).content.decode()
    assert due.count(main) == 1
    assert f'{main} formaction="{PAGE}/rollout/advance"' in due


def test_many_versions_are_paged_by_revision_with_as_many_queries_as_few(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    vic, counts, base = as_("vic"), [], None
    for total in (3, 33):
        while prompt.versions.count() < total:
            base = stages.saved(
                shop, prompt, f"{stages.FIRST_TEXT} Item {prompt.versions.count()}.", base=base
            )
        with CaptureQueriesContext(connection) as queries:
            first = vic.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    newest, oldest = prompt.versions.first(), prompt.versions.last()
    assert f"/versions/{newest.semver}" in first.content.decode()
    assert f'href="{PAGE}/versions/{oldest.semver}"' not in first.content.decode()
    older = vic.get(f"{PAGE}?below=4")
    assert f'href="{PAGE}/versions/{oldest.semver}"' in older.content.decode()
    assert "Newer" in buttons(older)
    assert "There are no versions on this page." in words(vic.get(f"{PAGE}?above=99"))


def test_an_archived_prompt_says_that_it_goes_on_being_served_and_how_to_end_that(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.in_production(shop, prompt)
    archive_prompt(prompt, actor=shop.actor("ada"), reason="Unused.")
    page = words(as_("vic").get(PAGE))
    assert "It goes on being served until its labels are removed" in page
    assert "production serves 1.0.0" in page
    assert "revoke the API keys" in page


def test_a_prompt_without_a_version_says_to_write_one(prompt: Prompt, as_: SignIn) -> None:
    page = as_("ana").get(PAGE)
    assert "Nothing is written yet." in words(page)
    assert buttons(page)[0] == "Write the first version"
    assert "you need the role author in Shop. Who has it: ana" in words(as_("vic").get(PAGE))


def test_steps_skipped_stay_visible_in_the_list_of_versions(rollout: Rollout, as_: SignIn) -> None:
    assert "1.1.0 MINOR canary unevaluated unmeasured staging canary" in words(as_("vic").get(PAGE))


def test_only_a_releaser_finds_the_buttons_that_go_forward(rollout: Rollout, as_: SignIn) -> None:
    assert {"Advance to 25 % of traffic", "Hold", "Roll back to 1.0.0"} <= set(
        buttons(as_("lea").get(PAGE))
    )
    reviewer = as_("rui").get(PAGE)
    assert "Roll back to 1.0.0" in buttons(reviewer)
    assert "Hold" in buttons(reviewer)
    assert "Advance to 25 % of traffic" not in buttons(reviewer)
    assert "you need the role releaser in Shop. Who has it: lea" in words(reviewer)
    assert "Roll back to 1.0.0" not in buttons(as_("vic").get(PAGE))


def test_a_step_is_taken_when_its_time_is_over_and_not_before(
    rollout: Rollout, as_: SignIn
) -> None:
    lea = as_("lea")
    early = click(lea, "advance", reason="I cannot wait.")
    assert early.status_code == 409
    assert "This step lasts until" in words(early)
    assert 'value="I cannot wait."' in early.content.decode()
    let_the_step_pass(rollout)
    unsaid = click(lea, "advance")
    assert unsaid.status_code == 409
    assert "Say in one sentence why it goes on all the same." in words(unsaid)
    answer = click(lea, "advance", reason="Read 40 answers.")
    assert answer.status_code == 302
    assert "1.1.0 now serves 25 % of traffic." in words(lea.get(answer.url))
    rollout.refresh_from_db()
    assert rollout.percent == 25


def test_who_clicks_on_an_old_page_is_told_and_nothing_moves(rollout: Rollout, as_: SignIn) -> None:
    let_the_step_pass(rollout)
    lea = as_("lea")
    answer = lea.post(f"{PAGE}/rollout/advance", {"epoch": rollout.epoch - 1})
    assert answer.status_code == 409
    assert "Somebody changed this a moment ago" in words(answer)
    rollout.refresh_from_db()
    assert rollout.percent == 5


def test_a_held_rollout_says_why_and_goes_on_when_resumed(rollout: Rollout, as_: SignIn) -> None:
    lea = as_("lea")
    click(lea, "hold", reason="Waiting for the weekend.")
    held = lea.get(PAGE)
    assert "Held: Waiting for the weekend." in words(held)
    assert "Resume" in buttons(held)
    assert "Hold" not in buttons(held)
    click(lea, "resume")
    assert "Held:" not in words(lea.get(PAGE))


def test_one_click_ends_the_rollout_and_says_what_is_served_since_when(
    rollout: Rollout, prompt: Prompt, as_: SignIn
) -> None:
    rui = as_("rui")
    answer = rui.post(f"{PAGE}/rollout/back", follow=True)
    assert "Serving 1.0.0 everywhere as of" in words(answer)
    assert "UTC" in words(answer)
    assert {v.semver for v in labels_of(prompt).values()} == {"1.0.0"}
    assert LabelEvent.objects.first().reason == "Rolled back by rui."


def test_one_click_returns_production_to_what_it_served_before(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.in_production(shop, prompt)
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    lea = as_("lea")
    assert "Roll back to 1.0.0" in buttons(lea.get(PAGE))
    answer = lea.post(f"{PAGE}/rollout/back", {"reason": "Typos came back.", "to": "1.0.0"})
    assert answer.status_code == 302
    assert labels_of(prompt)["production"].semver == "1.0.0"
    again = lea.post(f"{PAGE}/rollout/back", {"reason": "Once more.", "to": "1.0.0"})
    assert again.status_code == 409
    assert "Production serves 1.0.0 already." in words(again)


def test_rolling_back_without_the_right_or_to_nothing_is_refused_in_a_sentence(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    stages.in_production(shop, prompt)
    refused = as_("vic").post(f"{PAGE}/rollout/back")
    assert refused.status_code == 403
    assert "To roll production back you need the role reviewer or releaser or admin" in words(
        refused
    )
    nowhere = as_("lea").post(f"{PAGE}/rollout/back")
    assert nowhere.status_code == 409
    assert "there is no way back" in words(nowhere)


def test_reading_a_click_is_no_click(rollout: Rollout, as_: SignIn) -> None:
    lea = as_("lea")
    for what in ("advance", "hold", "resume", "end"):
        assert lea.get(f"{PAGE}/rollout/{what}").status_code == 405


def test_a_reason_that_cannot_be_stored_is_a_form_error(rollout: Rollout, as_: SignIn) -> None:
    answer = click(as_("lea"), "hold", reason="because \x00")
    assert answer.status_code == 400
    assert "U+0000" in words(answer) or "NUL" in words(answer)
    rollout.refresh_from_db()
    assert rollout.held_reason == ""


def test_a_page_of_a_prompt_that_is_not_there_or_not_ours_is_not_found(
    prompt: Prompt, as_: SignIn
) -> None:
    missing = as_("ana").get("/projects/shop/prompts/no/such")
    foreign = as_("oto").get(PAGE)
    assert (missing.status_code, foreign.status_code) == (404, 404)
    assert "There is nothing at this address" in words(missing)
    assert "support/system" not in words(foreign)
