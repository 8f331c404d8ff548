"""Starts that wait: carried out once, as who planned them, or refused with words."""

from datetime import datetime, timedelta

import pytest

from registry.audit.clock import database_now
from registry.audit.models import Event
from registry.domain.errors import Refused
from registry.domain.semver import Bump
from registry.projects.access import NotPermitted
from registry.projects.models import Membership
from registry.prompts.drafts import open_draft, save_draft
from registry.prompts.drafts_merge import merge_draft
from registry.prompts.models import Prompt, Version
from registry.prompts.save import save_version
from registry.release.hotfix import hotfix
from registry.release.labels import version_at
from registry.release.models import PlannedStart, Rollout
from registry.release.planned import cancel, due, plan, start_due
from registry.release.rollback import roll_back, under_way
from registry.release.rollout import Options, end, start
from tests import stages
from tests.stages import World

pytestmark = pytest.mark.django_db
State = PlannedStart.State


@pytest.fixture
def shop() -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    """A prompt whose first version serves production."""
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    return prompt


def begin(
    version: Version,
    *,
    actor: object,
    reason: str,
    now: datetime,
    supersede: bool = False,
    percent: int | None = None,
    attended: bool | None = None,
) -> Rollout:
    """Start as the watcher's own way does, without a look at traffic."""
    options = Options(percent=percent, attended_because="By hand." if attended else "")
    words = {"actor": actor, "reason": reason, "now": now, "supersede": supersede}
    return start(version, **words, options=options)


def ready(shop: World, prompt: Prompt, body: str, base: Version | None = None) -> Version:
    """A cleared version."""
    return stages.cleared(
        shop, stages.saved(shop, prompt, body, base=base or version_at(prompt, "production"))
    )


def planned(shop: World, version: Version, **when: object) -> PlannedStart:
    words = {"actor": shop.actor("lea"), "reason": "In the quiet hours.", "now": database_now()}
    return plan(version, **words, **when)  # type: ignore[arg-type]


def fresh(row: PlannedStart) -> PlannedStart:
    return PlannedStart.objects.get(pk=row.pk)


def test_a_start_waits_for_its_moment_and_is_carried_out_once_as_planned(
    shop: World, prompt: Prompt
) -> None:
    at = database_now() + timedelta(hours=3)
    minor = ready(shop, prompt, stages.MINOR_TEXT)
    row = planned(shop, minor, not_before=at, percent=20, attended=True)
    assert start_due(at - timedelta(minutes=1), begin) == []
    [done] = start_due(at, begin)
    assert done.state == State.STARTED
    assert start_due(at + timedelta(minutes=1), begin) == []
    rollout = prompt.rollouts.get(version=minor)
    assert (rollout.started_by, rollout.started_at) == (shop.person("lea"), at)
    assert (rollout.mode, rollout.plan["stages"][0][0]) == ("attended", 20)
    assert fresh(row).ended_at == at


def test_a_plan_needs_a_releaser_a_time_ahead_and_a_version_that_may_ship(
    shop: World, prompt: Prompt
) -> None:
    minor, now = ready(shop, prompt, stages.MINOR_TEXT), database_now()
    words = {"reason": "Later.", "now": now}
    at = now + timedelta(hours=1)
    with pytest.raises(NotPermitted):
        plan(minor, actor=shop.actor("ana"), **words, not_before=at)
    for wrong in ({}, {"not_before": now}, {"not_before": now + timedelta(days=91)}):
        with pytest.raises(Refused, match="Say when|within the next 90 days"):
            plan(minor, actor=shop.actor("lea"), **words, **wrong)
    with pytest.raises(Refused, match="from 1 to 50"):
        plan(minor, actor=shop.actor("lea"), **words, not_before=at, percent=51)
    draft = stages.saved(shop, prompt, stages.PATCH_TEXT, base=version_at(prompt, "production"))
    with pytest.raises(Refused, match="only a cleared version ships"):
        plan(draft, actor=shop.actor("lea"), **words, not_before=at)
    plan(minor, actor=shop.actor("lea"), **words, not_before=at)
    with pytest.raises(Refused, match="is planned already"):
        plan(minor, actor=shop.actor("lea"), **words, not_before=at)


def test_who_lost_the_right_meanwhile_starts_nothing(shop: World, prompt: Prompt) -> None:
    at = database_now() + timedelta(hours=1)
    planned(shop, ready(shop, prompt, stages.MINOR_TEXT), not_before=at)
    Membership.objects.filter(person=shop.person("lea")).delete()
    [refused] = start_due(at, begin)
    assert refused.state == State.REFUSED
    assert "you need the role releaser" in refused.answer
    assert under_way(prompt) is None
    event = Event.objects.get(action="rollout.plan_ended")
    assert (event.actor, event.reason) == (shop.person("lea"), refused.answer)


def test_what_is_cancelled_or_started_by_hand_does_not_start_again(
    shop: World, prompt: Prompt
) -> None:
    at = database_now() + timedelta(hours=1)
    minor = ready(shop, prompt, stages.MINOR_TEXT)
    row = planned(shop, minor, not_before=at)
    with pytest.raises(NotPermitted):
        cancel(row, actor=shop.actor("ana"), reason="", now=at)
    cancel(row, actor=shop.actor("lea"), reason="Not yet.", now=at)
    with pytest.raises(Refused, match="is cancelled already"):
        cancel(row, actor=shop.actor("lea"), reason="Again.", now=at)
    second = planned(shop, minor, not_before=at)
    stages.started(shop, minor)
    assert fresh(second).state == State.STARTED
    assert due(at) == []


def test_a_start_whose_moment_comes_during_another_rollout_waits_its_turn(
    shop: World, prompt: Prompt
) -> None:
    at = database_now() + timedelta(hours=1)
    row = planned(shop, ready(shop, prompt, stages.PATCH_TEXT), not_before=at)
    running = stages.started(shop, ready(shop, prompt, stages.MINOR_TEXT))
    [waits] = start_due(at, begin)
    assert (waits.state, waits.after) == (State.WAITING, running)
    assert due(at) == []
    end(running, actor=shop.actor("ana"), reason="Odd.", now=at)
    [done] = start_due(at, begin)
    assert (done.pk, done.state) == (row.pk, State.STARTED)
    assert version_at(prompt, "production").semver == "1.0.1"


def test_a_queued_start_does_not_undo_what_went_into_production_before_it(
    shop: World, prompt: Prompt
) -> None:
    other = ready(shop, prompt, stages.PATCH_TEXT)
    running = stages.in_canary(shop, prompt)
    planned(shop, other, after=running)
    now = running.step_started_at
    while running.ended_at is None:
        running, now = stages.next_step(shop, running, now)
    [waits] = start_due(now, begin)
    assert waits.state == State.REBASE
    assert "so that it does not undo 1.1.0" in waits.answer
    stages.saved(shop, prompt, stages.PATCH_TEXT + " Be brief.", base=other)
    assert fresh(waits).state == State.REBASE
    production, ana = version_at(prompt, "production"), shop.actor("ana")
    stages.saved(shop, prompt, stages.MINOR_TEXT + " Be kind.", base=production)
    assert fresh(waits).state == State.REBASE  # it rests on production, and holds none of it
    draft = open_draft(prompt, actor=ana, base=other)
    draft = save_draft(draft, fields={"reason": "Up to date."}, expected_rev=0, actor=ana)
    merge_draft(draft, onto=production, actor=ana)
    newer = save_version(
        prompt,
        content=stages.text(stages.MINOR_TEXT + " Be calm."),
        bump=Bump.MINOR,
        base=production,
        reason="Up to date.",
        actor=ana,
        draft=draft,
    )
    assert fresh(waits).state == State.CANCELLED
    assert fresh(waits).answer == f"{newer.semver} takes its place."


def test_what_builds_on_a_version_that_was_rolled_back_does_not_go_out_by_itself(
    shop: World, prompt: Prompt
) -> None:
    running = stages.in_canary(shop, prompt)
    longer = ready(shop, prompt, stages.MINOR_TEXT + " Be brief.", base=running.version)
    planned(shop, longer, after=running)
    roll_back(prompt, actor=shop.actor("rui"), reason="Worse.", now=database_now())
    [refused] = start_due(database_now(), begin)
    assert refused.state == State.REFUSED
    assert "builds on 1.1.0, which was rolled back" in refused.answer


def test_a_hotfix_goes_out_now_and_what_made_way_waits_for_its_text(
    shop: World, prompt: Prompt
) -> None:
    fix = ready(shop, prompt, stages.PATCH_TEXT)
    running = stages.in_canary(shop, prompt)
    words = {"actor": shop.actor("lea"), "reason": "Typo.", "now": database_now()}
    rollout = hotfix(fix, **words, start=begin)
    assert rollout.percent == 100
    assert version_at(prompt, "production") == fix
    running.refresh_from_db()
    assert running.ended_as == Rollout.EndedAs.SUPERSEDED
    waits = PlannedStart.objects.get()
    assert (waits.version, waits.state) == (running.version, State.REBASE)
    assert waits.answer == "Bring it up to date with 1.0.1, then start it again."
    assert due(database_now() + timedelta(days=1)) == []
    with pytest.raises(Refused, match="No rollout is under way by now"):
        hotfix(fix, **words, start=begin)


def test_what_has_steps_to_wait_for_is_no_hotfix_until_they_are_waived(
    shop: World, prompt: Prompt
) -> None:
    urgent = ready(shop, prompt, stages.MINOR_TEXT + " Be brief.")
    running = stages.in_canary(shop, prompt)
    words = {"actor": shop.actor("lea"), "reason": "Urgent.", "now": database_now()}
    with pytest.raises(Refused, match="Have soak and canary waived"):
        hotfix(urgent, **words, start=begin)
    assert under_way(prompt) == running
    for step in ("soak", "canary"):
        stages.waive(urgent, step=step, actor=shop.actor("ada"), reason="Urgent.")
    assert hotfix(urgent, **words, start=begin).percent == 100


def test_one_start_that_breaks_off_stops_no_other_and_is_tried_again(shop: World) -> None:
    now, lea = database_now(), shop.actor("lea")
    broken, fine = (stages.prompt_named(shop, name) for name in ("a/broken", "b/fine"))
    for prompt in (broken, fine):
        stages.in_production(shop, prompt)
        version = ready(shop, prompt, stages.MINOR_TEXT)
        plan(version, actor=lea, reason="At night.", now=now, not_before=now + timedelta(hours=1))

    def sometimes(version: Version, **how: object) -> Rollout:
        if version.prompt == broken:
            raise ZeroDivisionError
        return begin(version, **how)  # type: ignore[arg-type]

    later = now + timedelta(hours=2)
    first, second = start_due(later, start=sometimes)
    assert (first.state, second.state) == (State.WAITING, State.STARTED)
    assert "is tried again" in first.answer
    [again] = start_due(later, start=begin)
    assert again.state == State.STARTED
