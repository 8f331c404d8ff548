"""The policy changes by revision; what asks for less needs a second admin and keeps the floors."""

import math
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from registry.audit.actor import Actor
from registry.domain.errors import Refused
from registry.domain.policy import Policy, Stage
from registry.domain.semver import Risk
from registry.projects.models import Membership, PolicyProposal, Project
from registry.projects.policies import change_policy, change_preset, current_policy
from registry.projects.proposals import confirm_proposal
from tests import stages
from tests.registry.projects.conftest import SignIn
from tests.registry.web.reading import words
from tests.stages import World

DAY = 24 * 60


def soaking(project: Project, days: int) -> Policy:
    """Return the policy in force with another soak for MINOR."""
    _, policy = current_policy(project)
    rule = policy.risks[Risk.MINOR]
    rule = replace(rule, plan=replace(rule.plan, soak_minutes=days * DAY))
    return replace(policy, risks={**policy.risks, Risk.MINOR: rule})


def stricter(world: World) -> None:
    """Put a soak of three days for MINOR in force."""
    change_policy(
        world.project,
        policy=soaking(world.project, 3),
        actor=world.actor("ada"),
        reason="A bad week.",
    )


@pytest.fixture
def second_admin(shop: World) -> Actor:
    Membership.objects.create(project=shop.project, person=shop.person("lea"), role="admin")
    return shop.actor("lea")


def form_of(browser: Client, slug: str = "shop") -> dict[str, Any]:
    """Return what the form of the page holds, as a browser would send it."""
    form = browser.get(f"/projects/{slug}/policy/edit").context["form"]
    values = {name: form[name].value() for name in form.fields}
    listed = {name: value for name, value in values.items() if isinstance(value, list)}
    return {name: str(value) for name, value in values.items() if value is not None} | listed


def test_more_is_asked_from_the_page_at_once(shop: World, as_: SignIn, second_admin: Actor) -> None:
    browser = as_("ada")
    typed = form_of(browser) | {"MINOR_soak": "72", "reason": "A bad week."}
    assert browser.post("/projects/shop/policy/edit", typed).status_code == 302
    revision, policy = current_policy(shop.project)
    assert revision.number == 2
    assert policy.risks[Risk.MINOR].plan.soak_minutes == 3 * DAY
    page = browser.get("/projects/shop/policy").content.decode()
    assert "3 days" in page
    assert "A bad week." in page


def test_less_waits_for_a_second_admin_who_is_not_the_proposer(
    shop: World, as_: SignIn, second_admin: Actor
) -> None:
    stricter(shop)
    proposer, other = as_("ada"), as_("lea")
    typed = form_of(proposer) | {"MINOR_soak": "24", "reason": "Calm again."}
    proposer.post("/projects/shop/policy/edit", typed)
    assert current_policy(shop.project)[0].number == 2
    proposal = PolicyProposal.objects.get()
    confirm = f"/projects/shop/policy/proposals/{proposal.pk}/confirm"
    assert confirm not in proposer.get("/projects/shop/policy").content.decode()
    assert proposer.post(confirm).status_code == 409
    assert current_policy(shop.project)[0].number == 2
    page = other.get("/projects/shop/policy").content.decode()
    assert "24 h on staging instead of 3 days" in page
    assert confirm in page
    assert other.post(confirm).status_code == 302
    revision, policy = current_policy(shop.project)
    assert revision.number == 3
    assert revision.created_by == shop.person("ada")
    assert policy.risks[Risk.MINOR].plan.soak_minutes == DAY
    assert "confirmed by lea" in other.get("/projects/shop/policy").content.decode()


def test_an_only_admin_may_ask_for_less_again_alone(shop: World) -> None:
    stricter(shop)
    change = change_policy(
        shop.project,
        policy=soaking(shop.project, 1),
        actor=shop.actor("ada"),
        reason="Calm again.",
    )
    assert change.proposal is None
    assert current_policy(shop.project)[0].number == 3


def test_nothing_goes_below_the_floors_but_in_a_sandbox(shop: World) -> None:
    sandbox = stages.world("sand", sandbox=True)
    for world, allowed in ((shop, False), (sandbox, True)):
        lower = soaking(world.project, 0)
        if allowed:
            change_policy(world.project, policy=lower, actor=world.actor("ada"), reason="Quick.")
        else:
            with pytest.raises(Refused, match="MINOR: 0 min on staging instead of 24 h"):
                change_policy(
                    world.project, policy=lower, actor=world.actor("ada"), reason="Quick."
                )
        assert current_policy(world.project)[0].number == (2 if allowed else 1)


def test_a_proposal_declined_or_overtaken_never_comes_into_force(
    shop: World, as_: SignIn, second_admin: Actor
) -> None:
    stricter(shop)
    less = soaking(shop.project, 1)
    for end in ("declined", "overtaken"):
        proposal = change_policy(
            shop.project, policy=less, actor=shop.actor("ada"), reason="Calm again."
        ).proposal
        assert proposal is not None
        if end == "declined":
            url = f"/projects/shop/policy/proposals/{proposal.pk}/decline"
            assert as_("lea").post(url).status_code == 302
        else:
            change_policy(
                shop.project, policy=soaking(shop.project, 9), actor=second_admin, reason="No."
            )
        proposal.refresh_from_db()
        assert proposal.state == end
        with pytest.raises(Refused, match=end):
            confirm_proposal(proposal, actor=second_admin)
    assert current_policy(shop.project)[1].risks[Risk.MINOR].plan.soak_minutes == 9 * DAY


def test_only_one_proposal_waits_and_the_database_refuses_the_proposers_own_yes(
    shop: World, second_admin: Actor
) -> None:
    stricter(shop)
    less = soaking(shop.project, 1)
    change_policy(shop.project, policy=less, actor=shop.actor("ada"), reason="Calm again.")
    with pytest.raises(Refused, match="waiting already"):
        change_policy(shop.project, policy=less, actor=second_admin, reason="Me too.")
    own = {"state": "confirmed", "answered_by": shop.person("ada")}
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyProposal.objects.update(**own)
    with pytest.raises(IntegrityError), transaction.atomic():
        PolicyProposal.objects.update(state="confirmed")


def test_a_change_made_on_an_older_revision_is_refused_and_still_typed(
    shop: World, as_: SignIn
) -> None:
    browser = as_("ada")
    typed = form_of(browser) | {"MAJOR_approvals": "3", "reason": "Two are not enough."}
    stricter(shop)
    answer = browser.post("/projects/shop/policy/edit", typed)
    assert answer.status_code == 400
    assert "Somebody changed the policy while you edited" in answer.content.decode()
    assert 'name="MAJOR_approvals" value="3"' in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"MINOR_percent2": "3"}, "MINOR: percent of a stage is a whole number from 6 to 50"),
        ({"MINOR_percent1": "5", "MINOR_time1": ""}, "give both the share and the time"),
        ({"MAJOR_soak": "nan"}, "Enter a number"),
        ({"MAJOR_approvals": "9" * 400}, "less than or equal to 5"),
        ({"MAJOR_soak": "1e9999"}, "less than or equal to 2160"),
        ({"PATCH_checks": "none"}, "Select a valid choice"),
    ],
)
def test_nonsense_is_a_sentence_beside_what_was_typed(
    shop: World, as_: SignIn, typed: dict[str, str], said: str
) -> None:
    browser = as_("ada")
    answer = browser.post(
        "/projects/shop/policy/edit", form_of(browser) | {"reason": "Hm."} | typed
    )
    assert answer.status_code == 400
    assert said in answer.content.decode()
    assert current_policy(shop.project)[0].number == 1


def test_half_hours_and_the_minutes_of_a_sandbox_survive_the_form(shop: World, as_: SignIn) -> None:
    stages.world("sand", sandbox=True)
    browser = as_("ada")
    for slug, soak, minutes in (("shop", "24.5", 24 * 60 + 30), ("sand", "7", 7)):
        typed = form_of(browser, slug) | {"MAJOR_soak": soak, "reason": "Longer."}
        assert browser.post(f"/projects/{slug}/policy/edit", typed).status_code == 302
        policy = current_policy(Project.objects.get(slug=slug))[1]
        assert policy.risks[Risk.MAJOR].plan.soak_minutes == minutes
        assert form_of(browser, slug)["MAJOR_soak"] == soak


def test_a_canary_without_steps_is_no_canary(shop: World, as_: SignIn) -> None:
    sand = stages.world("sand", sandbox=True)
    browser = as_("ada")
    steps = {f"MINOR_{part}{n}": "" for n in (1, 2, 3) for part in ("percent", "time")}
    typed = form_of(browser, "sand") | steps | {"MAJOR_time1": "9", "reason": "Quick."}
    assert browser.post("/projects/sand/policy/edit", typed).status_code == 302
    policy = current_policy(sand.project)[1]
    assert policy.risks[Risk.MINOR].plan.stages == ()
    assert policy.risks[Risk.MAJOR].plan.stages[0] == Stage(5, 9)
    page = browser.get("/projects/sand/policy").content.decode()
    assert "5 % for 9 min" in page


def test_a_stricter_preset_is_in_force_at_once_and_brings_its_approvals(
    shop: World, as_: SignIn, second_admin: Actor
) -> None:
    typed = {"preset": "regulated", "reason": "An audit is coming."}
    assert as_("ada").post("/projects/shop/policy/preset", typed).status_code == 302
    shop.project.refresh_from_db()
    assert shop.project.preset == "regulated"
    assert current_policy(shop.project)[1].risks[Risk.MAJOR].approvals == 2
    change = change_preset(
        shop.project, preset="team", actor=shop.actor("ada"), reason="It is over."
    )
    assert change.proposal is not None
    shop.project.refresh_from_db()
    assert shop.project.preset == "regulated"
    confirm_proposal(change.proposal, actor=second_admin)
    shop.project.refresh_from_db()
    assert shop.project.preset == "team"


def test_solo_is_refused_to_several_people_and_team_is_proposed_when_a_second_joins(
    shop: World, as_: SignIn
) -> None:
    with pytest.raises(Refused, match="for one person"):
        change_preset(shop.project, preset="solo", actor=shop.actor("ada"), reason="Quicker.")
    alone = stages.world("alone", preset="solo")
    browser = as_("ada")
    assert "Switch to team" not in browser.get("/projects/alone").content.decode()
    Membership.objects.create(project=alone.project, person=alone.person("rui"), role="reviewer")
    assert "Switch to team" in browser.get("/projects/alone").content.decode()
    typed = {"preset": "team", "reason": "Rui joined."}
    assert browser.post("/projects/alone/policy/preset", typed).status_code == 302
    assert "Switch to team" not in browser.get("/projects/alone").content.decode()


def test_every_revision_stays_readable_and_those_of_others_are_not_found(
    shop: World, as_: SignIn
) -> None:
    stricter(shop)
    first = as_("vic").get("/projects/shop/policy/revisions/1").content.decode()
    assert "revision 2 is in force" in first
    assert as_("vic").get("/projects/shop/policy/revisions/7").status_code == 404
    assert as_("oto").get("/projects/shop/policy/revisions/1").status_code == 404


def test_how_live_traffic_is_watched_is_set_and_shown_in_words(
    shop: World, as_: SignIn, second_admin: Actor
) -> None:
    browser = as_("ada")
    typed = form_of(browser) | {
        "days": ["0", "1"],
        "starts": "08:00",
        "ends": "16:30",
        "goes_back": "on",
        "margin_latency": "15",
        "reason": "We sleep at night.",
    }
    assert browser.post("/projects/shop/policy/edit", typed).status_code == 302
    _, policy = current_policy(shop.project)
    assert policy.watching.hours is not None
    assert policy.watching.goes_back_by_itself
    assert policy.watching.guardrails == {"latency": {"margin": pytest.approx(math.log(1.15))}}
    page = words(as_("vic").get("/projects/shop/policy"))
    assert "Steps forward are taken on Monday, Tuesday from 08:00 to 16:30" in page
    assert "never goes on beyond 15 %" in page

    again = form_of(browser) | {"reason": "Nothing else."}
    refused = browser.post("/projects/shop/policy/edit", again)
    assert "nothing to change" in words(refused)
    typed = again | {"margin_latency": "40"}
    assert browser.post("/projects/shop/policy/edit", typed).status_code == 302
    assert current_policy(shop.project)[1].watching == policy.watching
    proposed = words(as_("ada").get("/projects/shop/policy"))
    assert "Watching: the margin of time to answer is 40 % instead of 15 %." in proposed


def test_hours_without_an_end_are_refused_and_nothing_typed_is_lost(
    shop: World, as_: SignIn
) -> None:
    browser = as_("ada")
    typed = form_of(browser) | {"days": ["4"], "starts": "08:00", "reason": "Fridays."}
    answer = browser.post("/projects/shop/policy/edit", typed)
    assert answer.status_code == 400
    assert "Give days, and a start and an end like 09:00." in words(answer)
    assert 'value="08:00"' in answer.content.decode()
    assert current_policy(shop.project)[0].number == 1
