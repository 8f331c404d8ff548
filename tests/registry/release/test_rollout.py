"""Where is it: start, advance, hold, finish, undo; and what each label serves meanwhile."""

from datetime import timedelta

import pytest

from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import RolloutState
from registry.projects.access import NotPermitted
from registry.projects.models import Membership
from registry.prompts.models import Prompt, Version
from registry.release.labels import move_label
from registry.release.ledger import moves_at
from registry.release.models import LabelEvent, Release, Rollout, Wire
from registry.release.review import approve
from registry.release.rollback import roll_back
from registry.release.rollout import advance, hold, resume, start
from tests import stages
from tests.stages import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    """A prompt whose first version serves production."""
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    return prompt


def serves(prompt: Prompt) -> dict[str, str]:
    """What each label serves, by number."""
    return {row.name: row.version.semver for row in prompt.labels.select_related("version")}


def back(shop: World, prompt: Prompt, to: Version | None = None, by: str = "lea") -> Version | None:
    return roll_back(prompt, actor=shop.actor(by), reason="Oops.", now=database_now(), to=to)


def test_a_first_version_goes_straight_to_production(prompt: Prompt) -> None:
    assert serves(prompt) == {"production": "1.0.0", "staging": "1.0.0"}
    assert prompt.rollouts.get().ended_as == Rollout.EndedAs.FINISHED


def test_a_minor_walks_from_staging_over_the_canary_to_production(
    shop: World, prompt: Prompt
) -> None:
    minor = stages.cleared(
        shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    )
    now = database_now()
    rollout = stages.started(shop, minor, now=now)
    walked = [(serves(prompt), rollout.percent)]
    while rollout.ended_at is None:
        rollout, now = stages.next_step(shop, rollout, now)
        walked.append((serves(prompt), rollout.percent))
    canary = {"production": "1.0.0", "staging": "1.1.0", "canary": "1.1.0"}
    assert walked == [
        ({"production": "1.0.0", "staging": "1.1.0"}, 0),
        (canary, 5),
        (canary, 25),
        (canary, 50),
        ({"production": "1.1.0", "staging": "1.1.0", "canary": "1.1.0"}, 100),
    ]
    assert [s.percent for s in rollout.segments.all()] == [0, 5, 25, 50]


def test_no_step_comes_early_unless_the_rest_of_it_is_waived(shop: World, prompt: Prompt) -> None:
    rollout = stages.in_canary(shop, prompt)
    almost = rollout.step_started_at + timedelta(hours=47, minutes=59)
    words = {"expected_epoch": rollout.epoch, "actor": shop.actor("lea"), "reason": "Go."}
    with pytest.raises(Refused, match="This step lasts until"):
        advance(rollout, **words, now=almost)
    stages.waive(rollout.version, step="canary", actor=shop.actor("ada"), reason="Urgent.")
    assert advance(rollout, **words, now=almost).percent == 25


def test_a_held_rollout_goes_no_further_but_can_be_rolled_back(shop: World, prompt: Prompt) -> None:
    rollout = hold(
        stages.in_canary(shop, prompt),
        actor=shop.actor("lea"),
        reason="Odd answers.",
        now=database_now(),
    )
    later = rollout.step_started_at + timedelta(days=3)
    with pytest.raises(Refused, match="Odd answers"):
        advance(
            rollout, expected_epoch=rollout.epoch, actor=shop.actor("lea"), reason="Go.", now=later
        )
    rollout = resume(rollout, actor=shop.actor("lea"), reason="Explained.")
    rollout = advance(
        rollout, expected_epoch=rollout.epoch, actor=shop.actor("lea"), reason="Go.", now=later
    )
    hold(rollout, actor=shop.actor("lea"), reason="Again.", now=later)
    assert back(shop, prompt) == prompt.versions.get(minor=0)


def test_of_two_people_who_advance_the_second_is_told(shop: World, prompt: Prompt) -> None:
    rollout = stages.in_canary(shop, prompt)
    later = rollout.step_started_at + timedelta(days=3)
    words = {"expected_epoch": rollout.epoch, "actor": shop.actor("lea"), "reason": "Go."}
    assert advance(rollout, **words, now=later).percent == 25
    with pytest.raises(Stale):
        advance(rollout, **words, now=later + timedelta(days=3))


def test_a_rollback_of_a_canary_never_touches_production(shop: World, prompt: Prompt) -> None:
    stages.in_canary(shop, prompt)
    moves = LabelEvent.objects.filter(name="production").count()
    assert back(shop, prompt).semver == "1.0.0"
    assert serves(prompt) == dict.fromkeys(("production", "staging", "canary"), "1.0.0")
    assert LabelEvent.objects.filter(name="production").count() == moves
    assert prompt.rollouts.first().state == RolloutState.ROLLED_BACK


def test_one_click_returns_production_to_what_it_served_before(shop: World, prompt: Prompt) -> None:
    stages.in_production(shop, prompt, stages.MINOR_TEXT)
    assert serves(prompt)["production"] == "1.1.0"
    before = prompt.labels.get(name="production").moved_at
    assert back(shop, prompt).semver == "1.0.0"
    assert set(serves(prompt).values()) == {"1.0.0"}
    assert moves_at([prompt], "production", before)[prompt.pk].version_after.semver == "1.1.0"
    with pytest.raises(Refused, match="no way back"):
        back(shop, prompt)


def test_a_rollback_goes_only_where_production_has_been(shop: World, prompt: Prompt) -> None:
    first = prompt.versions.get()
    unserved = stages.saved(shop, prompt, stages.MINOR_TEXT, base=first)
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    with pytest.raises(Refused, match="never served production"):
        back(shop, prompt, to=unserved)
    assert back(shop, prompt, to=first) == first


def test_segments_tell_what_production_served_after_every_rollback(
    shop: World, prompt: Prompt
) -> None:
    stages.in_production(shop, prompt, stages.MINOR_TEXT)
    first, second = prompt.versions.get(minor=0), prompt.versions.get(minor=1)
    for to in (first, second, first, second):
        back(shop, prompt, to=to)
        open_one = prompt.segments.get(ended_at=None)
        assert (open_one.control, open_one.treatment, open_one.kind) == (to, None, "standing")


@pytest.mark.parametrize("name", ["ana", "vic"])
def test_stopping_needs_a_role_and_only_one_person(shop: World, prompt: Prompt, name: str) -> None:
    stages.in_canary(shop, prompt)
    with pytest.raises(NotPermitted, match="releaser"):
        back(shop, prompt, by=name)
    assert back(shop, prompt, by="rui") is not None


def test_the_operator_at_the_shell_may_stop_but_not_start(shop: World, prompt: Prompt) -> None:
    operator = Actor.system("operator")
    minor = stages.cleared(
        shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    )
    with pytest.raises(NotPermitted):
        start(minor, actor=operator, reason="Go.", now=database_now())
    stages.started(shop, minor)
    roll_back(prompt, actor=operator, reason="Fire.", now=database_now())
    assert prompt.rollouts.first().state == RolloutState.ROLLED_BACK


def test_one_rollout_at_a_time_unless_the_new_one_takes_its_place(
    shop: World, prompt: Prompt
) -> None:
    rollout = stages.in_canary(shop, prompt)
    patch = stages.cleared(
        shop, stages.saved(shop, prompt, stages.PATCH_TEXT, base=prompt.versions.get(minor=0))
    )
    words = {"actor": shop.actor("lea"), "reason": "Typo.", "now": database_now()}
    with pytest.raises(Refused, match="1.1.0 is being rolled out"):
        start(patch, **words)
    start(patch, **words, supersede=True)
    rollout.refresh_from_db()
    assert rollout.ended_as == Rollout.EndedAs.SUPERSEDED
    assert set(serves(prompt).values()) == {"1.0.1"}


def test_evidence_against_another_production_does_not_count(shop: World, prompt: Prompt) -> None:
    first = prompt.versions.get()
    minor = stages.cleared(shop, stages.saved(shop, prompt, stages.MINOR_TEXT, base=first))
    stages.in_production(shop, prompt, stages.PATCH_TEXT)
    with pytest.raises(Refused, match=r"serves 1\.0\.1 now.*evaluated against 1\.0\.0"):
        stages.started(shop, minor)


def test_a_major_may_soak_while_in_review_but_goes_no_further(shop: World, prompt: Prompt) -> None:
    major = stages.saved(shop, prompt, stages.MAJOR_TEXT, base=prompt.versions.get())
    stages.in_review_or_cleared(shop, major)
    now = database_now()
    rollout = stages.started(shop, major, now=now)
    assert (rollout.state, serves(prompt)["staging"]) == (RolloutState.SOAKING, major.semver)
    with pytest.raises(Refused, match="waits for its approval"):
        stages.next_step(shop, rollout, now)
    stages.approved(shop, major)
    rollout, _ = stages.next_step(shop, rollout, now)
    assert rollout.state == RolloutState.CANARY


def test_a_rollout_stops_when_its_approver_loses_the_right(shop: World, prompt: Prompt) -> None:
    major = stages.saved(shop, prompt, stages.MAJOR_TEXT, base=prompt.versions.get())
    stages.cleared(shop, major)
    now = database_now()
    rollout, now = stages.next_step(shop, stages.started(shop, major, now=now), now)
    Membership.objects.filter(person=shop.person("rui")).delete()
    with pytest.raises(Refused, match="back in review"):
        stages.next_step(shop, rollout, now)
    [other] = stages.more_reviewers(shop, 1)
    seen = {
        "seen_digest": major.digest,
        "seen_verdict": Release.objects.get(version=major).verdict_id,
    }
    approve(major, **seen, actor=other)
    rollout, _ = stages.next_step(shop, rollout, now)
    assert rollout.percent == 25


def test_a_refusal_by_the_database_is_a_sentence_for_people(shop: World, prompt: Prompt) -> None:
    draft = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    words = {"actor": shop.actor("lea"), "reason": "Go.", "now": database_now()}
    with pytest.raises(Refused, match="^Only a cleared version .* one move a revision.$"):
        move_label(prompt, "production", draft, **words)
    with pytest.raises(Refused, match="^This does not fit what is stored"):
        move_label(prompt, "nonsense", prompt.versions.get(minor=0), **words)


def test_the_ready_answers_change_with_the_labels(shop: World, prompt: Prompt) -> None:
    def etags() -> dict[str, str]:
        return dict(Wire.objects.filter(prompt=prompt).values_list("label", "etag"))

    before = etags()
    stages.in_canary(shop, prompt)
    canary = etags()
    assert set(canary) == {"production", "staging", "canary"}
    assert all(canary[name] != before[name] for name in before)
    assert Wire.objects.get(prompt=prompt, label="production").generation > 1
