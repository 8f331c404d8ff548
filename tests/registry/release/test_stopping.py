"""Stopping: hold, end and going back need one person; going forward needs evidence."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.domain.errors import Refused
from registry.projects.access import NotPermitted
from registry.prompts.models import Prompt
from registry.release.models import Rollout, Verdict
from registry.release.review import withdraw
from registry.release.rollback import roll_back
from registry.release.rollout import Options, advance, end, hold, resume, start
from registry.release.verdicts import record_verdict
from registry.release.waivers import waive
from tests import stages
from tests.stages import World

pytestmark = pytest.mark.django_db
WATCHER = Actor.system("watcher")


@pytest.fixture
def shop() -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    """A prompt whose first version serves production."""
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    return prompt


def measured(shop: World, prompt: Prompt) -> Rollout:
    """A MINOR on staging whose steps the watcher takes."""
    minor = stages.cleared(
        shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    )
    words = {"actor": shop.actor("lea"), "reason": "Go.", "now": database_now()}
    return start(minor, **words, options=Options())


def seen(rollout: Rollout, outcome: str, kind: str = "soak") -> Verdict:
    """What the watcher found on the open segment."""
    return record_verdict(
        rollout.version,
        kind=kind,
        outcome=outcome,
        reasons=["Errors rose from 1.1 % to 3.4 %."],
        actor=WATCHER,
        segment=rollout.segments.get(ended_at=None),
    )


def step(shop: World, rollout: Rollout, **more: object) -> Rollout:
    words: dict[str, object] = {"expected_epoch": rollout.epoch, "actor": shop.actor("lea")}
    words |= {"reason": "Go.", "now": stages.due(rollout)}
    return advance(rollout, **words | more)  # type: ignore[arg-type]


def test_the_watcher_goes_on_with_a_pass_of_the_present_step_and_never_without(
    shop: World, prompt: Prompt
) -> None:
    rollout = measured(shop, prompt)
    with pytest.raises(Refused, match="only a pass of the present step"):
        step(shop, rollout, actor=WATCHER)
    unsure = seen(rollout, "inconclusive")
    with pytest.raises(Refused, match="not about the present step"):
        step(shop, rollout, actor=WATCHER, verdict=unsure)
    good = seen(rollout, "pass")
    rollout = step(shop, rollout, actor=WATCHER, verdict=good)
    assert rollout.percent == 5
    with pytest.raises(Refused, match="not about the present step"):
        step(shop, rollout, actor=WATCHER, verdict=good)


def test_the_watcher_leaves_an_attended_rollout_to_people(shop: World, prompt: Prompt) -> None:
    rollout = stages.in_canary(shop, prompt)
    good = seen(rollout, "pass", "canary")
    with pytest.raises(Refused, match="A person takes each step"):
        step(shop, rollout, actor=WATCHER, verdict=good)
    assert step(shop, rollout, verdict=good, reason="").percent == 25


def test_a_person_without_a_pass_types_a_reason_that_stays_visible(
    shop: World, prompt: Prompt
) -> None:
    rollout = measured(shop, prompt)
    with pytest.raises(Refused, match="Say in one sentence"):
        step(shop, rollout, reason=" ")
    step(shop, rollout, reason="Read 40 answers.")
    said = Verdict.objects.filter(rollout=rollout).get()
    assert (said.outcome, said.kind) == ("inconclusive", "soak")
    assert said.reasons == ["Advanced by lea unmeasured: Read 40 answers."]


def test_a_failure_on_live_traffic_is_latched(shop: World, prompt: Prompt) -> None:
    rollout = measured(shop, prompt)
    seen(rollout, "fail")
    good = seen(rollout, "pass")
    with pytest.raises(Refused, match=r"It failed on live traffic: Errors rose .* Roll it back"):
        step(shop, rollout, verdict=good)
    rollout = hold(rollout, actor=WATCHER, reason="It failed.", now=database_now())
    with pytest.raises(Refused, match="It failed on live traffic"):
        resume(rollout, actor=shop.actor("lea"), reason="Looks fine to me.")
    assert end(rollout, actor=WATCHER, reason="Errors.", now=database_now()).ended_as == "regressed"


def test_any_author_holds_and_ends_what_is_on_its_way_but_not_production(
    shop: World, prompt: Prompt
) -> None:
    rollout = stages.in_canary(shop, prompt)
    ana, now = shop.actor("ana"), database_now()
    rollout = hold(rollout, actor=ana, reason="Odd answers.", now=now)
    with pytest.raises(NotPermitted):
        resume(rollout, actor=ana, reason="Never mind.")
    with pytest.raises(NotPermitted):
        end(rollout, actor=shop.actor("vic"), reason="Odd.", now=now)
    ended = end(rollout, actor=ana, reason="Odd answers.", now=now)
    assert (ended.ended_as, ended.percent) == ("by_person", 0)
    with pytest.raises(NotPermitted):
        roll_back(prompt, actor=ana, reason="Odd.", now=now)


def test_what_has_all_of_production_is_rolled_back_and_not_ended(
    shop: World, prompt: Prompt
) -> None:
    rollout = stages.in_canary(shop, prompt)
    running, now = rollout, rollout.step_started_at
    while running.ended_at is None:
        running, now = stages.next_step(shop, running, now)
    with pytest.raises(Refused, match="has all of production by now: roll production back"):
        end(rollout, actor=shop.actor("lea"), reason="Late.", now=now)
    back = roll_back(prompt, actor=shop.actor("lea"), reason="Late.", now=now)
    assert back is not None
    assert back.semver == "1.0.0"


def test_who_is_second_to_roll_back_goes_back_only_once(shop: World, prompt: Prompt) -> None:
    stages.in_production(shop, prompt, stages.MINOR_TEXT)
    bad = stages.in_production(shop, prompt, stages.MINOR_TEXT + " Be brief.")
    words = {"actor": shop.actor("rui"), "reason": "Worse.", "now": database_now()}
    assert roll_back(prompt, **words, bad=bad).semver == "1.1.0"
    with pytest.raises(Refused, match="neither in production nor being rolled out"):
        roll_back(prompt, **words, bad=bad)
    assert roll_back(prompt, **words).semver == "1.0.0"


def test_production_never_goes_back_to_what_was_withdrawn(shop: World, prompt: Prompt) -> None:
    second = stages.in_production(shop, prompt, stages.MINOR_TEXT)
    stages.in_production(shop, prompt, stages.MINOR_TEXT + " Be brief.")
    withdraw(second, actor=shop.actor("lea"), reason="Wrong promise.")
    words = {"actor": shop.actor("lea"), "reason": "Worse.", "now": database_now()}
    with pytest.raises(Refused, match=r"1\.1\.0 is withdrawn\. Go back to another version\."):
        roll_back(prompt, **words)
    assert roll_back(prompt, **words, to=prompt.versions.get(minor=0)).semver == "1.0.0"


def begin(shop: World, rollout: Rollout) -> Callable[[str], Rollout]:
    def again(reason: str, now: datetime | None = None) -> Rollout:
        moment = now or database_now() + timedelta(minutes=1)
        return start(rollout.version, actor=shop.actor("lea"), reason=reason, now=moment)

    return again


def test_what_was_rolled_back_goes_out_again_only_with_a_typed_reason(
    shop: World, prompt: Prompt
) -> None:
    rollout = measured(shop, prompt)
    seen(rollout, "fail")
    again = begin(shop, end(rollout, actor=WATCHER, reason="Errors.", now=database_now()))
    with pytest.raises(Refused, match=r"was rolled back on .*: Errors rose .* may go out again"):
        again("  ")
    fresh = again("The provider had an outage.")
    assert fresh.pk != rollout.pk
    assert step(shop, fresh, reason="Looked.").percent == 5


def test_what_was_only_replaced_starts_again_without_a_word(shop: World, prompt: Prompt) -> None:
    first = measured(shop, prompt)
    other = stages.cleared(
        shop, stages.saved(shop, prompt, stages.PATCH_TEXT, base=prompt.versions.get(minor=0))
    )
    words = {"actor": shop.actor("lea"), "reason": "", "now": database_now()}
    other_rollout = start(other, **words, supersede=True)
    roll_back(prompt, **words)
    assert other_rollout.ended_at is not None
    assert begin(shop, first)("").version == first.version


def test_who_complains_of_production_gets_it_back_also_while_another_is_tried(
    shop: World, prompt: Prompt
) -> None:
    bad = stages.in_production(shop, prompt, stages.MINOR_TEXT)
    tried = stages.in_canary(shop, prompt, stages.MINOR_TEXT + " Be brief.")
    words = {"actor": shop.actor("rui"), "reason": "Worse.", "now": database_now()}
    assert roll_back(prompt, **words, bad=bad).semver == "1.0.0"
    assert Rollout.objects.get(pk=tried.pk).ended_as == "superseded"
    with pytest.raises(Refused, match="neither in production nor being rolled out"):
        roll_back(prompt, **words, bad=bad)


def test_where_production_has_no_way_back_a_complaint_of_it_ends_nothing(
    shop: World, prompt: Prompt
) -> None:
    tried = stages.in_canary(shop, prompt)
    words = {"actor": shop.actor("rui"), "reason": "Worse.", "now": database_now()}
    with pytest.raises(Refused, match="there is no way back"):
        roll_back(prompt, **words, bad=prompt.versions.get(minor=0))
    assert Rollout.objects.get(pk=tried.pk).ended_at is None
    assert roll_back(prompt, **words, bad=tried.version).semver == "1.0.0"


def test_the_first_share_is_never_everyone(shop: World, prompt: Prompt) -> None:
    minor = stages.cleared(
        shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    )
    words = {"actor": shop.actor("lea"), "reason": "Go.", "now": database_now()}
    for percent in (0, 51, 100):
        with pytest.raises(Refused, match="a whole number from 1 to 50"):
            start(minor, **words, options=Options(percent=percent))
    assert start(minor, **words, options=Options(percent=50)).plan["stages"] == [[50, 2880]]


def test_what_failed_on_live_traffic_takes_every_step_again_whatever_was_waived(
    shop: World, prompt: Prompt
) -> None:
    ada, lea = shop.actor("ada"), shop.actor("lea")
    rollout = stages.in_canary(shop, prompt)
    version = rollout.version
    waive(version, step="soak", actor=ada, reason="Nobody calls staging.")
    seen(rollout, "fail", "canary")
    roll_back(prompt, actor=lea, reason="It fails.", now=database_now())
    version.release.refresh_from_db()
    with pytest.raises(Refused, match="never waived"):
        waive(version, step="canary", actor=ada, reason="It will be fine.")
    again = start(version, actor=lea, reason="The cause was elsewhere.", now=database_now())
    assert (again.state, again.plan["stages"][0][0]) == ("soaking", 5)
    with pytest.raises(Refused, match="This step lasts until"):
        advance(again, expected_epoch=1, actor=lea, reason="Go on.", now=database_now())
