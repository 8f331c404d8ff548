"""Submit: pins, static checks, what the road asks for, and what may not be tried again."""

import pytest

from evaluation.offline.datasets import add_snapshot
from evaluation.offline.models import Dataset, Run
from evaluation.offline.submit import submit
from registry.domain.errors import Refused
from registry.domain.lifecycle import Clearance
from registry.projects.access import NotPermitted
from registry.prompts.models import Prompt, Version
from registry.release.models import Verdict
from registry.release.review import withdraw
from tests import stages
from tests.evaluation.offline.conftest import MODEL, Model, evaluated_with, finish, golden
from tests.stages import World


def minor(shop: World, prompt: Prompt, text: str = stages.MINOR_TEXT) -> Version:
    return stages.saved(shop, prompt, text, base=prompt.versions.order_by("revision").first())


def test_a_patch_without_suite_is_cleared_by_its_text_and_says_what_was_not_checked(
    shop: World, prompt: Prompt
) -> None:
    version = minor(shop, prompt, stages.PATCH_TEXT)
    release = submit(version, actor=shop.actor("ana"), reason="A typo.")
    assert (release.risk, release.state) == ("PATCH", Clearance.CLEARED)
    assert release.verdict.kind == Verdict.Kind.STATIC
    assert any(reason.startswith("Outputs not checked:") for reason in release.verdict.reasons)


def test_a_minor_with_a_suite_is_queued_with_its_pins(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    evaluated_with(shop, prompt, dataset)
    version = minor(shop, prompt)
    release = submit(version, actor=shop.actor("ana"), reason="Order numbers.")
    run = Run.objects.get()
    assert (release.state, release.risk, release.attempt) == (Clearance.EVALUATING, "MINOR", 1)
    assert (run.version, run.baseline, run.total) == (version, release.baseline, 48)
    assert (run.connection, run.simulated, run.requested_by) == (MODEL, False, shop.person("ana"))
    assert answers.asked == []
    static = version.verdicts.get()
    assert (static.kind, static.outcome) == (Verdict.Kind.STATIC, Verdict.Outcome.PASS)
    assert static.pins["snapshot"] == dataset.snapshots.get().digest


def test_what_is_missing_for_an_evaluation_is_named_and_waits_for_a_person(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    evaluated_with(shop, prompt, dataset, by="")
    release = submit(minor(shop, prompt), actor=shop.actor("ana"), reason="")
    assert release.state == Clearance.UNDECIDED
    assert "No model connection is chosen" in release.verdict.reasons[0]
    add_snapshot(dataset, cases=golden(3), actor=shop.actor("ana"), reason="Fewer.")
    evaluated_with(shop, prompt, dataset)
    release = submit(release.version, actor=shop.actor("ana"), reason="")
    assert release.state == Clearance.UNDECIDED
    assert "has 3 cases; the policy asks for 20" in release.verdict.reasons[0]
    add_snapshot(dataset, cases=golden(20), actor=shop.actor("ana"), reason="Enough.")
    release = submit(release.version, actor=shop.actor("ana"), reason="")
    assert (release.state, release.attempt) == (Clearance.EVALUATING, 3)


def test_a_case_that_the_text_cannot_be_filled_from_fails_at_once(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    evaluated_with(shop, prompt, dataset)
    version = minor(shop, prompt, stages.MAJOR_TEXT)
    release = submit(version, actor=shop.actor("ana"), reason="Plans.")
    assert release.state == Clearance.FAILED
    assert "no value for {{plan}}" in release.verdict.reasons[0]
    assert not Run.objects.exists()


def test_only_those_who_may_submit_can(shop: World, prompt: Prompt) -> None:
    version = minor(shop, prompt)
    with pytest.raises(NotPermitted, match="author"):
        submit(version, actor=shop.actor("vic"), reason="")
    version.release.refresh_from_db()
    assert version.release.state == Clearance.DRAFT
    assert submit(version, actor=shop.actor("lea"), reason="").state == Clearance.UNDECIDED


def test_what_is_being_evaluated_is_not_submitted_again(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    evaluated_with(shop, prompt, dataset)
    version = minor(shop, prompt)
    submit(version, actor=shop.actor("ana"), reason="")
    with pytest.raises(Refused, match="being evaluated now"):
        submit(version, actor=shop.actor("ana"), reason="")
    assert Run.objects.count() == 1


def test_a_text_that_failed_stays_failed_under_any_number_until_a_pin_changes(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    evaluated_with(shop, prompt, dataset, {"type": "contains", "value": "order", "negate": True})
    failed = minor(shop, prompt)
    submit(failed, actor=shop.actor("ana"), reason="")
    assert finish(Run.objects.get()).state == Run.State.FAILED
    failed.release.refresh_from_db()
    assert failed.release.state == Clearance.FAILED
    with pytest.raises(Refused, match="Nothing has changed"):
        submit(failed, actor=shop.actor("ana"), reason="Once more.")
    withdraw(failed, actor=shop.actor("ana"), reason="Try a new number.")
    again = minor(shop, prompt)
    assert (again.digest, again.semver) == (failed.digest, "1.2.0")
    with pytest.raises(Refused, match=r"failed as 1\.1\.0"):
        submit(again, actor=shop.actor("ana"), reason="A new number.")
    add_snapshot(dataset, cases=golden(25), actor=shop.actor("ana"), reason="One more.")
    assert submit(again, actor=shop.actor("ana"), reason="").state == Clearance.EVALUATING


def test_the_same_text_cannot_be_drawn_again_when_it_passed(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    evaluated_with(shop, prompt, dataset)
    version = minor(shop, prompt)
    submit(version, actor=shop.actor("ana"), reason="")
    finish(Run.objects.get())
    version.release.refresh_from_db()
    assert version.release.state == Clearance.CLEARED
    with pytest.raises(Refused, match="Nothing has changed"):
        submit(version, actor=shop.actor("ana"), reason="")
    add_snapshot(dataset, cases=golden(25), actor=shop.actor("ana"), reason="One more.")
    assert submit(version, actor=shop.actor("ana"), reason="").attempt == 2


def test_a_patch_tries_the_smoke_cases_only(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    tagged = [*golden(24)[:21], *golden(24, tags=("smoke",))[21:]]
    evaluated_with(shop, prompt, dataset)
    submit(minor(shop, prompt, stages.PATCH_TEXT), actor=shop.actor("ana"), reason="")
    run = finish(Run.objects.get())
    assert (run.smoke, run.results.count(), run.state) == (True, 40, Run.State.PASSED)
    add_snapshot(dataset, cases=tagged, actor=shop.actor("ana"), reason="Smoke.")
    submit(run.version, actor=shop.actor("ana"), reason="")
    run = finish(Run.objects.first())
    assert {r.case.case_id for r in run.results.all()} == {"q22", "q23", "q24"}
