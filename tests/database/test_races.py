"""Eight people at once: exactly one wins, none is lost, on a database with real concurrency."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from registry.audit.clock import database_now
from registry.audit.models import Event
from registry.audit.verify import verify
from registry.domain.errors import Refused, Stale
from registry.domain.lifecycle import Clearance, RolloutState
from registry.projects.models import Membership
from registry.prompts.models import Prompt, Version
from registry.release.comments import comment_on
from registry.release.labels import lock_prompt
from registry.release.models import Comment, LabelEvent, Release, Rollout
from registry.release.review import approve
from registry.release.rollback import roll_back
from registry.release.rollout import advance, start
from registry.release.transition import change_clearance
from tests import stages
from tests.stages import World

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

PEOPLE = 8


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run the works in threads of their own, started together; return results or exceptions."""
    barrier = threading.Barrier(len(works))
    results: list[Any] = [None] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        barrier.wait()
        try:
            results[number] = work()
        except Exception as problem:
            results[number] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.fixture
def shop() -> World:
    return stages.world()


@pytest.fixture
def prompt(shop: World) -> Prompt:
    prompt = stages.prompt_named(shop)
    stages.in_production(shop, prompt)
    return prompt


def test_of_eight_moves_of_one_release_one_wins_with_one_event(shop: World) -> None:
    version = stages.saved(shop, stages.prompt_named(shop))

    def move() -> Release:
        release = Release.objects.get(version=version)
        barrier.wait()
        return change_clearance(
            release, to=Clearance.EVALUATING, actor=shop.actor("ana"), reason="Race."
        )

    barrier = threading.Barrier(PEOPLE)
    results = at_once(*[move] * PEOPLE)
    assert sum(isinstance(r, Release) for r in results) == 1
    assert sum(isinstance(r, Stale) for r in results) == PEOPLE - 1
    assert Event.objects.filter(action="release.state_changed").count() == 1


def test_of_eight_starts_one_rollout_is_under_way(shop: World, prompt: Prompt) -> None:
    base = prompt.versions.get()
    rivals = [
        stages.cleared(
            shop, stages.saved(shop, prompt, f"{stages.MINOR_TEXT} Offer {n} choices.", base=base)
        )
        for n in range(PEOPLE)
    ]
    now = database_now()
    results = at_once(
        *[lambda v=v: start(v, actor=shop.actor("lea"), reason="Race.", now=now) for v in rivals]
    )
    assert sum(isinstance(r, Rollout) for r in results) == 1
    assert sum(isinstance(r, Refused) for r in results) == PEOPLE - 1
    assert Rollout.objects.filter(prompt=prompt, state=RolloutState.SOAKING).count() == 1


def test_eight_people_who_save_get_eight_numbers(shop: World, prompt: Prompt) -> None:
    base = prompt.versions.get()
    results = at_once(
        *[
            lambda n=n: stages.saved(
                shop, prompt, f"{stages.MINOR_TEXT} Offer {n} choices.", base=base
            )
            for n in range(PEOPLE)
        ]
    )
    assert all(isinstance(r, Version) for r in results), results
    assert len({r.semver for r in results}) == PEOPLE
    assert sorted(r.revision for r in results) == list(range(2, PEOPLE + 2))
    assert list(verify()) == []


def test_a_rollback_always_wins_against_an_advance(shop: World, prompt: Prompt) -> None:
    rollout = stages.in_canary(shop, prompt)
    later = stages.due(rollout)
    results = at_once(
        *[
            lambda: advance(
                rollout,
                expected_epoch=rollout.epoch,
                actor=shop.actor("lea"),
                reason="Race.",
                now=later,
            )
        ]
        * (PEOPLE - 1),
        lambda: roll_back(prompt, actor=shop.actor("rui"), reason="Race.", now=later),
    )
    assert isinstance(results[-1], Version), results[-1]
    rollout.refresh_from_db()
    assert (rollout.state, rollout.percent) == (RolloutState.ROLLED_BACK, 0)
    assert sum(isinstance(r, Rollout) for r in results) <= 1
    assert {row.version.semver for row in prompt.labels.all()} == {"1.0.0"}


def test_eight_moves_of_a_label_leave_no_gap_in_its_ledger(shop: World, prompt: Prompt) -> None:
    for text in (stages.PATCH_TEXT, stages.MINOR_TEXT):
        stages.in_production(shop, prompt, text)
    held = list(prompt.versions.all())
    results = at_once(
        *[
            lambda n=n: roll_back(
                prompt,
                actor=shop.actor("rui"),
                reason="Race.",
                now=database_now(),
                to=held[n % len(held)],
            )
            for n in range(PEOPLE)
        ]
    )
    moved = [r for r in results if isinstance(r, Version)]
    assert moved
    assert all(isinstance(r, Version | Refused) for r in results), results
    rows = LabelEvent.objects.filter(prompt=prompt, name="production").order_by("rev")
    assert [row.rev for row in rows] == list(range(1, len(rows) + 1))
    assert all(a.version_after_id == b.version_before_id for a, b in zip(rows, rows[1:]))
    assert prompt.labels.get(name="production").version_id == rows.last().version_after_id
    assert list(verify()) == []


def test_a_remark_waits_for_no_change_to_what_the_prompt_serves(
    shop: World, prompt: Prompt
) -> None:
    version = prompt.versions.get()
    with transaction.atomic():
        lock_prompt(prompt)
        # It holds the chain's head: were it to wait for us now, we would wait for each other.
        [remark] = at_once(lambda: comment_on(version, text="Why?", actor=shop.actor("rui")))
        stages.prompt_named(shop, "other")
    assert isinstance(remark, Comment), remark


def test_eight_reviewers_who_approve_clear_it_once(shop: World, prompt: Prompt) -> None:
    major = stages.in_review_or_cleared(
        shop, stages.saved(shop, prompt, stages.MAJOR_TEXT, base=prompt.versions.get())
    )
    reviewers = stages.more_reviewers(shop, PEOPLE)
    results = at_once(
        *[
            lambda r=r: approve(
                major,
                seen_digest=major.digest,
                seen_verdict=major.release.verdict_id,
                actor=r,
            )
            for r in reviewers
        ]
    )
    assert sum(isinstance(r, Release) for r in results) == 1, results
    assert major.approvals.count() == 1
    assert Membership.objects.filter(role="reviewer").count() == PEOPLE + 1
