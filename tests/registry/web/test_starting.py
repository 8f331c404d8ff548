"""Start a rollout from its page: what it would do, when, past another one, as an A/B test."""

from datetime import timedelta

import pytest

from registry.audit.clock import database_now
from registry.prompts.models import Prompt, Version
from registry.release.labels import version_at
from registry.release.models import PlannedStart, Rollout
from registry.release.rollback import roll_back, under_way
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import buttons, words
from tests.stages import World

pytestmark = pytest.mark.django_db
VERSIONS = "/projects/shop/prompts/support/system/versions"
PAGE = "/projects/shop/prompts/support/system"


@pytest.fixture
def minor(shop: World, prompt: Prompt) -> Version:
    """A cleared MINOR beside production."""
    first = stages.in_production(shop, prompt)
    return stages.cleared(shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=first))


@pytest.fixture
def beside(shop: World, prompt: Prompt, minor: Version) -> Version:
    """A cleared PATCH, while the MINOR is being rolled out."""
    first = version_at(prompt, "production")
    patch = stages.cleared(shop, stages.saved(shop, prompt, stages.PATCH_TEXT, base=first))
    stages.started(shop, minor)
    return patch


def start_of(version: Version) -> str:
    return f"{VERSIONS}/{version.semver}/start"


def test_it_says_what_happens_when_and_who_takes_the_steps(minor: Version, as_: SignIn) -> None:
    page = as_("lea").get(start_of(minor))
    read = words(page)
    assert "1.1.0 reaches everybody" in read
    assert "Staging serves 1.1.0 for 24 h at once 5 % of production for 48 h from" in read
    assert "Everybody gets 1.1.0 instead of 1.0.0 from" in read
    assert "Nobody reports what production answers" in read
    assert "goes back by itself" not in read  # nothing could show that it should
    assert page.content.decode().count('class="button primary"') == 1
    refused = as_("ana").get(start_of(minor))
    assert refused.status_code == 403
    assert "you need the role releaser" in words(refused)


def test_one_click_starts_it_with_the_chosen_share(minor: Version, as_: SignIn) -> None:
    lea = as_("lea")
    too_much = lea.post(start_of(minor), {"when": "now", "percent": "51", "reason": "Go on."})
    assert too_much.status_code == 400
    assert 'value="Go on."' in too_much.content.decode()
    assert not Rollout.objects.filter(version=minor).exists()
    done = lea.post(start_of(minor), {"when": "now", "percent": "20"}, follow=True)
    assert "1.1.0 now serves staging." in words(done)
    rollout = Rollout.objects.get(version=minor)
    assert rollout.plan["stages"] == [[20, 2880], [25, 360], [50, 360]]
    assert rollout.mode == Rollout.Mode.ATTENDED
    again = lea.get(start_of(minor))
    assert "1.1.0 is being rolled out already." in words(again)
    assert lea.post(start_of(minor)).status_code == 409


def test_a_start_at_a_time_waits_and_is_cancelled_on_the_page(
    minor: Version, prompt: Prompt, as_: SignIn
) -> None:
    lea = as_("lea")
    assert lea.post(start_of(minor), {"when": "later"}).status_code == 400
    odd = lea.post(start_of(minor), {"when": "later", "not_before": "tonight"})
    assert "Write the time like 2026-11-24 14:00." in words(odd)
    past = lea.post(start_of(minor), {"when": "later", "not_before": "2020-01-01T10:00"})
    assert past.status_code == 409
    at = database_now() + timedelta(hours=5)
    done = lea.post(
        start_of(minor), {"when": "later", "not_before": f"{at:%Y-%m-%dT%H:%M}"}, follow=True
    )
    assert f"1.1.0 starts by itself on {at:%a} {at.day} {at:%b at %H:%M} UTC." in words(done)
    row = PlannedStart.objects.get()
    assert row.not_before == at.replace(second=0, microsecond=0)
    shown = lea.get(f"{VERSIONS}/1.1.0")
    assert "Cancel it" in buttons(shown)
    assert "Cancel it" not in buttons(as_("ana").get(f"{VERSIONS}/1.1.0"))
    gone = lea.post(f"{PAGE}/rollout/planned/{row.pk}/cancel", follow=True)
    assert "1.1.0 does not start by itself any more." in words(gone)
    assert under_way(prompt) is None


def test_past_a_running_rollout_one_waits_takes_its_place_or_goes_out_as_a_hotfix(
    beside: Version, prompt: Prompt, as_: SignIn
) -> None:
    lea = as_("lea")
    page = words(lea.get(start_of(beside)))
    assert "1.1.0 is being rolled out; choose what happens to 1.0.1." in page
    for choice in ("When the rollout of 1.1.0 has ended", "takes its place", "as a hotfix"):
        assert choice in page
    unsaid = lea.post(start_of(beside), {"when": "now"})
    assert unsaid.status_code == 409
    assert "1.1.0 is being rolled out" in words(unsaid)
    lea.post(start_of(beside), {"when": "queue"})
    assert PlannedStart.objects.get().after == under_way(prompt)
    done = lea.post(start_of(beside), {"when": "hotfix", "reason": "Typo."}, follow=True)
    assert "1.0.1 now serves everyone." in words(done)
    made_way = lea.get(f"{VERSIONS}/1.1.0")
    assert "Bring it up to date with 1.0.1, then start it again." in words(made_way)
    assert f'href="{PAGE}/edit?base=1.1.0&amp;onto=1.0.1"' in made_way.content.decode()
    editor = as_("ana").get(f"{PAGE}/edit?base=1.1.0&onto=1.0.1")
    assert 'value="1.0.1"' in editor.content.decode()


def test_what_was_rolled_back_asks_for_a_typed_reason_and_says_why(
    shop: World, minor: Version, prompt: Prompt, as_: SignIn
) -> None:
    stages.started(shop, minor)
    words_of = {"actor": shop.actor("lea"), "reason": "Angry mails.", "now": database_now()}
    roll_back(prompt, **words_of)
    lea = as_("lea")
    shown = lea.get(start_of(minor))
    assert "1.1.0 was rolled back on" in words(shown)
    assert "Angry mails." in words(shown)
    assert lea.post(start_of(minor), {"when": "now"}).status_code == 409
    assert under_way(prompt) is None
    lea.post(start_of(minor), {"when": "now", "reason": "The mails were about something else."})
    assert under_way(prompt) is not None


def test_what_may_not_start_says_why_and_has_no_form(
    shop: World, prompt: Prompt, minor: Version, as_: SignIn
) -> None:
    draft = stages.saved(shop, prompt, stages.PATCH_TEXT, base=version_at(prompt, "production"))
    page = as_("lea").get(start_of(draft))
    assert "only a cleared version ships" in words(page)
    assert '<form method="post" class="panel"' not in page.content.decode()
    nul = as_("lea").post(start_of(minor), {"when": "now", "reason": "because \x00"})
    assert nul.status_code == 400


def test_an_ab_test_starts_from_its_page_and_is_ended_by_a_person(
    minor: Version, prompt: Prompt, as_: SignIn
) -> None:
    lea, page = as_("lea"), f"{VERSIONS}/1.1.0/ab"
    read = words(lea.get(page))
    assert "Which is better: 1.0.0, in production, or 1.1.0?" in read
    assert "Nobody reports what production answers, so the test would show nothing." in read
    assert lea.post(page, {"percent": "60", "reason": "Which?"}).status_code == 400
    assert lea.post(page, {"percent": "50"}).status_code == 400
    done = lea.post(page, {"percent": "50", "reason": "Which is kinder?"})
    assert done.status_code == 302
    running = under_way(prompt)
    assert running is not None
    assert (running.kind, running.percent) == ("ab", 50)
    assert "A person ends that." in words(lea.get(f"{VERSIONS}/1.1.0"))
    assert lea.post(page, {"percent": "50", "reason": "Twice?"}).status_code == 409
    over = as_("ana").post(f"{PAGE}/rollout/end", {"finished": "1"}, follow=True)
    assert "Serving 1.0.0 everywhere as of" in words(over)
    running.refresh_from_db()
    assert running.ended_as == "finished"
    shown = lea.get(f"{PAGE}/rollouts/{running.pk}")
    assert "The test of 1.1.0 ended" in words(shown)
