"""Go back from its page: the button first, where to and what differs, what is served then."""

import pytest

from registry.audit.actor import Actor
from registry.audit.models import Event
from registry.prompts.models import Prompt
from registry.release.labels import version_at
from registry.release.models import Rollout
from registry.release.review import withdraw
from registry.release.verdicts import record_verdict
from tests import stages
from tests.registry.web.conftest import SignIn
from tests.registry.web.reading import buttons, hidden, words
from tests.stages import World

pytestmark = pytest.mark.django_db
PAGE = "/projects/shop/prompts/support/system"
BACK = f"{PAGE}/rollout/back"


@pytest.fixture
def served(shop: World, prompt: Prompt) -> Prompt:
    """Production has served three versions."""
    stages.in_production(shop, prompt)
    stages.in_production(shop, prompt, stages.MINOR_TEXT)
    stages.in_production(shop, prompt, stages.MINOR_TEXT + " Be brief.")
    return prompt


def test_it_says_what_is_served_and_offers_every_way_back_with_its_difference(
    shop: World, served: Prompt, as_: SignIn
) -> None:
    page = as_("rui").get(BACK)
    read = words(page)
    assert "Production serves 1.2.0 since" in read
    assert "Go back to 1.1.0 served before what changes 1.0.0 what changes" in read
    text = page.content.decode()
    assert f'href="{PAGE}/compare/1.2.0...1.1.0"' in text
    assert 'value="1.1.0" checked' in text
    assert text.index('class="button stop"') < text.index('name="reason"')
    assert hidden(page, "bad") == "1.2.0"
    withdraw(served.versions.get(minor=0), actor=shop.actor("lea"), reason="Wrong promise.")
    assert "1.0.0 what changes" not in words(as_("rui").get(BACK))


def test_a_click_goes_back_once_and_reads_back_what_is_fetched(served: Prompt, as_: SignIn) -> None:
    rui = as_("rui")
    form = {"bad": "1.2.0", "to": "1.1.0", "reason": "Too brief."}
    done = rui.post(BACK, form, follow=True)
    assert "Serving 1.1.0 everywhere as of" in words(done)
    assert Event.objects.filter(action="rollback.read_back", actor=done.wsgi_request.user).exists()
    second = rui.post(BACK, form)
    assert second.status_code == 409
    assert "1.2.0 is neither in production nor being rolled out" in words(second)
    assert version_at(served, "production").semver == "1.1.0"


def test_during_a_canary_production_stays_unless_another_is_chosen(
    shop: World, served: Prompt, as_: SignIn
) -> None:
    stages.in_canary(shop, served, stages.MINOR_TEXT + " Be kind.")
    page = as_("lea").get(BACK)
    assert "and 5 % get 1.3.0" in words(page)
    assert "Roll back 1.3.0" in buttons(page)
    as_("lea").post(BACK, {"bad": "1.3.0", "to": "1.0.0"})
    assert version_at(served, "production").semver == "1.0.0"
    assert Rollout.objects.first().ended_as == "by_person"


def test_an_author_ends_a_canary_and_is_told_who_returns_production(
    shop: World, served: Prompt, as_: SignIn
) -> None:
    ana = as_("ana")
    assert "you need the role reviewer or releaser or admin" in words(ana.get(BACK))
    assert ana.post(BACK).status_code == 403
    stages.in_canary(shop, served, stages.MINOR_TEXT + " Be kind.")
    page = ana.get(BACK)
    assert "End 1.3.0" in buttons(page)
    assert f'action="{PAGE}/rollout/end"' in page.content.decode()
    done = ana.post(f"{PAGE}/rollout/end", {"reason": "Odd."}, follow=True)
    assert "Serving 1.2.0 everywhere as of" in words(done)
    late = ana.post(f"{PAGE}/rollout/end")
    assert late.status_code == 409
    assert "somebody ended it a moment ago" in words(late)


def test_an_alarm_mail_leads_through_the_sign_in_to_the_button(
    served: Prompt, as_: SignIn, client: object
) -> None:
    version = version_at(served, "production")
    words_of = {"reasons": ["Errors rose from 1.1 % to 3.4 %."], "actor": Actor.system("watcher")}
    rollout = Rollout.objects.get(version=version)
    segment = rollout.segments.last()
    record_verdict(version, kind="watch", outcome="fail", **words_of, segment=segment)
    asked = client.get(BACK)
    assert asked.status_code == 302
    assert asked.url == f"/login/?next={BACK}"
    signed_in = client.post(
        asked.url, {"username": "lea", "password": stages.PASSWORD, "next": BACK}, follow=True
    )
    assert "Errors rose from 1.1 % to 3.4 %." in words(signed_in)
    assert "Roll back" in buttons(signed_in)
    inbox = words(as_("lea").get("/inbox"))
    assert "Production got worse" in inbox
    assert "Look now support/system 1.2.0" in inbox
    as_("lea").post(BACK, {"bad": "1.2.0"})
    assert "Look now" not in words(as_("lea").get("/inbox"))


def test_where_there_is_no_way_back_it_says_what_else_helps(
    shop: World, prompt: Prompt, as_: SignIn
) -> None:
    assert "There is nothing to undo." in words(as_("lea").get(BACK))
    stages.in_production(shop, prompt)
    page = as_("lea").get(BACK)
    assert "Production has served nothing before 1.0.0, so there is no way back." in words(page)
    assert as_("oto").get(BACK).status_code == 404
