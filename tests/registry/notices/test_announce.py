"""What happened is announced once, to the people of its kind, and never to who did it."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from evaluation.offline.conclude import cancel
from evaluation.offline.submit import submit
from registry.audit.actor import Actor
from registry.audit.clock import database_now
from registry.audit.models import ChainHead, Outbox
from registry.notices import announce as announcing
from registry.notices.announce import announce
from registry.notices.models import Announced
from registry.projects.members import deactivate, set_roles
from registry.projects.models import Person
from registry.prompts.models import Prompt, Version
from registry.release.comments import comment_on
from registry.release.labels import version_at
from registry.release.review import approve, request_changes
from registry.release.rollback import roll_back
from registry.release.rollout import hold
from registry.release.verdicts import record_verdict, settle
from registry.release.waivers import waive
from tests import stages
from tests.registry.notices.conftest import announced, mailed
from tests.registry.notices.receiver import Receiver
from tests.stages import World

pytestmark = pytest.mark.django_db


def in_review(shop: World, prompt: Prompt) -> Version:
    """A MAJOR that waits for its signature; what led there is announced."""
    base = version_at(prompt, "production")
    major = stages.saved(shop, prompt, stages.MAJOR_TEXT, base=base)
    return stages.in_review_or_cleared(shop, major)


def test_a_version_in_review_reaches_reviewers_who_did_not_write_it(
    shop: World, prompt: Prompt
) -> None:
    [roy] = stages.more_reviewers(shop, 1)
    assert roy.person is not None
    type(roy.person).objects.filter(pk=roy.person.pk).update(email="roy@example.org")
    in_review(shop, prompt)
    heard = mailed()
    assert heard["approval_wanted"] == ["reviewer-0", "rui"]
    assert "undecided" not in heard  # it was waived before anybody was told
    assert heard["waived"] == ["reviewer-0", "rui"]  # and not Ada, who did it
    assert mailed() == {}


def test_who_answered_or_left_is_not_asked_to_sign(shop: World, prompt: Prompt) -> None:
    sue, tom = stages.more_reviewers(shop, 2)
    for person in (sue.person, tom.person):
        assert person is not None
        person.email = f"{person.username}@example.org"
        person.save()
    assert tom.person is not None
    shared = {"actor": shop.actor("ada"), "reason": "Left."}
    deactivate(shop.project, person=tom.person, **shared)
    shop.person("rui").is_active = False
    shop.person("rui").save()
    in_review(shop, prompt)
    assert mailed()["approval_wanted"] == ["reviewer-0"]


def test_a_decision_reaches_author_and_discussion_and_spares_them_cleared(
    shop: World, prompt: Prompt
) -> None:
    major = in_review(shop, prompt)
    comment_on(major, text="Why the plan?", actor=shop.actor("lea"))
    assert mailed()["comment"] == ["ana"]
    stages.approved(shop, major)
    # Lea hears of the decision as one who commented, so she is spared "cleared".
    assert mailed() == {"decided": ["ana", "lea"]}


def test_a_request_for_changes_tells_the_author_what_to_do(shop: World, prompt: Prompt) -> None:
    major = in_review(shop, prompt)
    announced()
    seen = {"seen_digest": major.digest, "seen_verdict": major.release.verdict_id}
    request_changes(major, **seen, actor=shop.actor("rui"), comment="Name the plans.")
    [row] = announced()
    assert row.person == shop.person("ana")
    assert row.payload["title"] == "Changes requested"
    assert row.payload["reason"] == "Name the plans."
    assert row.payload["to_do"] == "The author saves a new version with the changes."


def test_a_reply_reaches_its_thread_and_not_the_other_ones(shop: World, prompt: Prompt) -> None:
    major = in_review(shop, prompt)
    asked = comment_on(major, text="Why the plan?", actor=shop.actor("lea"))
    comment_on(major, text="Is it tested?", actor=shop.actor("rui"))
    announced()
    comment_on(major, text="Billing needs it.", actor=shop.actor("ana"), reply_to=asked)
    assert mailed() == {"comment": ["lea"]}


def test_cleared_held_advanced_and_rolled_back_reach_who_ships(shop: World, prompt: Prompt) -> None:
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=version_at(prompt, "production"))
    stages.cleared(shop, minor)
    assert mailed()["cleared"] == ["ana", "lea"]
    day_ago = database_now() - timedelta(days=1)
    rollout, _ = stages.next_step(shop, stages.started(shop, minor, now=day_ago), day_ago)
    assert mailed() == {"rollout_advanced": ["ana"]}
    hold(rollout, actor=shop.actor("lea"), reason="Wait.", now=database_now())
    assert mailed() == {"rollout_held": ["ana"]}
    roll_back(prompt, actor=shop.actor("rui"), reason="Complaints.", now=database_now())
    assert mailed() == {"rolled_back": ["ada", "ana", "lea"]}


def test_production_that_goes_back_twice_is_told_twice(shop: World, prompt: Prompt) -> None:
    first = version_at(prompt, "production")
    second = stages.in_production(shop, prompt, stages.MINOR_TEXT)
    announced()
    now = {"now": database_now()}
    roll_back(prompt, actor=shop.actor("rui"), reason="Complaints.", **now)
    [told] = [row.payload for row in announced() if row.person == shop.person("lea")]
    assert told["sentence"].endswith(f"rolled back {second}. Production serves {first.semver}.")
    roll_back(prompt, actor=shop.actor("rui"), reason="It was not that.", to=second, **now)
    [told] = [row.payload for row in announced() if row.person == shop.person("lea")]
    assert told["sentence"].endswith(f"brought production back to {second}.")


def test_a_failed_gate_reaches_the_author_alone(shop: World, prompt: Prompt) -> None:
    stages.with_suite(shop, prompt)
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=version_at(prompt, "production"))
    release = submit(minor, actor=shop.actor("ana"), reason="Try it.")
    gate = {"actor": Actor.system("gate")}
    verdict = record_verdict(
        minor, kind="gate", outcome="fail", reasons=["3 of 24 cases fail now."], **gate
    )
    settle(release, verdict=verdict, **gate)
    [row] = announced()
    assert (row.person, row.notice) == (shop.person("ana"), "gate_failed")
    assert row.payload["reason"] == "3 of 24 cases fail now."


def test_an_undecided_evaluation_reaches_the_author_and_who_can_accept_it(
    shop: World, prompt: Prompt
) -> None:
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=version_at(prompt, "production"))
    submit(minor, actor=shop.actor("lea"), reason="There are no cases yet.")
    assert mailed() == {"undecided": ["ana", "rui"]}


def test_a_cancelled_run_names_who_did_it_and_does_not_tell_them(
    shop: World, prompt: Prompt
) -> None:
    stages.with_suite(shop, prompt)
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=version_at(prompt, "production"))
    submit(minor, actor=shop.actor("ana"), reason="Try it.")
    cancel(minor.runs.get(), actor=shop.actor("rui"), reason="Wrong cases.")
    [row] = announced()
    assert (row.person, row.notice) == (shop.person("ana"), "run_errored")
    assert row.payload["sentence"] == "rui cancelled the evaluation of support/system 1.1.0."
    submit(minor, actor=shop.actor("ana"), reason="Try it again.")
    cancel(minor.runs.get(attempt=2), actor=shop.actor("ana"), reason="My mistake.")
    assert announced() == []


def test_a_waiver_reaches_all_admins_and_reviewers(shop: World, prompt: Prompt) -> None:
    eve = shop.person("vic")
    shared = {"actor": shop.actor("ada"), "reason": "A second admin."}
    set_roles(shop.project, person=eve, roles=["admin"], **shared)
    minor = stages.saved(shop, prompt, stages.MINOR_TEXT, base=version_at(prompt, "production"))
    stages.cleared(shop, minor)
    announced()
    waive(minor, step="soak", actor=shop.actor("ada"), reason="It is urgent.")
    rows = announced()
    assert sorted(row.person.username for row in rows if row.person) == ["rui", "vic"]
    assert rows[0].payload["sentence"].startswith("ada skipped the soak of support/system 1.1.0")


def test_a_worker_that_dies_in_between_leaves_nothing_half_told(
    shop: World, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_review(shop, prompt)
    with monkeypatch.context() as dying:
        dying.setattr(Announced, "save", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            announce(now=database_now())
    assert not Outbox.objects.exists()
    assert mailed()["approval_wanted"] == ["rui"]
    assert mailed() == {}


def test_an_event_that_cannot_be_told_does_not_silence_the_next(
    shop: World, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    major = in_review(shop, prompt)
    real = announcing.tell

    def tell(notice, event, version):  # the waiver's telling breaks
        if notice == "waived":
            raise ValueError
        return real(notice, event, version)

    monkeypatch.setattr(announcing, "tell", tell)
    heard = mailed()
    assert "waived" not in heard
    assert heard["approval_wanted"] == ["rui"]
    assert Announced.objects.get().seq == ChainHead.objects.get(chain__startswith="project").seq
    assert major.release.state == "in_review"


def test_what_is_older_than_a_day_is_passed_over_and_the_next_is_told(
    shop: World, prompt: Prompt
) -> None:
    major = in_review(shop, prompt)
    assert announce(now=database_now() + timedelta(hours=25)) == 0
    comment_on(major, text="Why?", actor=shop.actor("rui"))
    assert mailed() == {"comment": ["ana"]}


def test_many_events_are_read_in_portions(
    shop: World, prompt: Prompt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "AT_A_TIME", 2)
    major = in_review(shop, prompt)
    for n in range(5):
        comment_on(major, text=f"Remark {n}.", actor=shop.actor("rui"))
    assert mailed()["comment"] == ["ana"] * 5
    assert mailed() == {}


def test_the_timer_costs_one_query_when_nothing_happened(
    shop: World, prompt: Prompt, django_assert_num_queries: object
) -> None:
    announced()
    now = database_now()
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert announce(now=now) == 0


def test_a_webhook_hears_everything_of_a_project_in_its_order(
    shop: World, prompt: Prompt, team: Receiver
) -> None:
    in_review(shop, prompt)
    told = [row.notice for row in announced() if row.target == "team"]
    assert told == ["undecided", "waived", "approval_wanted"]


def test_a_hidden_project_is_silent(shop: World, prompt: Prompt, team: Receiver) -> None:
    in_review(shop, prompt)
    shop.project.hidden_at = database_now()
    shop.project.save()
    assert announced() == []


def test_loading_the_demo_mails_nobody_and_its_next_event_does(db: None) -> None:
    call_command("demo", verbosity=0)
    assert announced() == []
    waiting = Version.objects.get(prompt__name="support/refunds", major=2)
    rui = Person.objects.get(username="rui")
    seen = {"seen_digest": waiting.digest, "seen_verdict": waiting.release.verdict_id}
    approve(waiting, **seen, actor=Actor.of(rui), comment="Good.")
    assert mailed() == {"decided": ["ana", "lea"]}
