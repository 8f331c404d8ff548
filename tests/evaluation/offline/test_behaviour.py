"""Two versions' answers on the same golden cases: from which runs, in which order, what is held."""

from typing import Any

import pytest
from django.test import Client

from evaluation.offline.behaviour import behaviour_of
from evaluation.offline.conclude import cancel
from evaluation.offline.datasets import add_snapshot
from evaluation.offline.models import CaseResult, Dataset, Run
from evaluation.offline.submit import submit
from registry.domain.semver import Bump
from registry.prompts.models import Prompt, Version
from tests import stages
from tests.evaluation.offline.conftest import MODEL, Model, evaluated_with, finish, golden
from tests.registry.web.reading import words
from tests.stages import World

COMPARE = "/projects/shop/prompts/support/system/compare/"


def run_of(shop: World, version: Version) -> Run:
    """Submit a version and run its golden cases."""
    submit(version, actor=shop.actor("ana"), reason="Please look.")
    return finish(Run.objects.get(version=version))


@pytest.fixture
def served(prompt: Prompt) -> Version:
    """1.0.0, which production serves."""
    return prompt.versions.get()


@pytest.fixture
def changed(
    shop: World, prompt: Prompt, served: Version, dataset: Dataset, answers: Model
) -> Version:
    """1.1.0, run beside 1.0.0: it breaks the rule on q03 and q05, and mends it on q07."""
    broken = {"q03", "q05"}
    evaluated_with(shop, prompt, dataset)

    def answer(text: str, query: str) -> str:
        case = f"q{int(query.removeprefix('Question ').removesuffix('?')):02}"
        is_new = "order number" in text
        fails = case in broken if is_new else case == "q07"
        return "<b>Nobody</b> here." if fails else f"<b>Northwind</b> helps with {case}."

    answers.answer = answer
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    run_of(shop, version)
    return version


def page(shop: World, address: str, *, by: str = "vic") -> Any:
    client = Client()
    client.force_login(shop.person(by))
    return client.get(COMPARE + address)


def test_flips_come_first_with_both_answers_and_the_rule_that_broke(
    served: Version, changed: Version
) -> None:
    found = behaviour_of(served, changed)
    assert (found.now_failing, found.now_passing, found.same, found.total) == (2, 1, 21, 24)
    assert [case.case_id for case in found.cases[:4]] == ["q03", "q05", "q07", "q01"]
    worst = found.cases[0]
    assert (worst.old.text, worst.new.text) == (
        "<b>Northwind</b> helps with q03.",
        "<b>Nobody</b> here.",
    )
    assert "Northwind" in worst.why
    assert [(rule.baseline.outcome, rule.candidate.outcome) for rule in worst.rules] == [
        ("pass", "fail")
    ]
    assert found.run == Run.objects.get()
    assert found.old_run is None
    assert not found.lacking


def test_seen_the_other_way_round_what_failed_now_passes(served: Version, changed: Version) -> None:
    back = behaviour_of(changed, served)
    assert (back.now_failing, back.now_passing, back.same) == (1, 2, 21)
    assert back.cases[0].case_id == "q07"
    assert "Northwind" in back.cases[0].new.text or "Nobody" in back.cases[0].new.text
    assert back.cases[0].new.text == "<b>Nobody</b> here."


def test_versions_never_run_together_are_taken_from_two_runs_and_the_page_says_so(
    shop: World, prompt: Prompt, served: Version, changed: Version
) -> None:
    other = stages.saved(
        shop, prompt, stages.MINOR_TEXT + " Be short.", base=changed, bump=Bump.MINOR
    )
    run_of(shop, other)
    found = behaviour_of(changed, other)
    assert found.old_run == Run.objects.get(version=changed)
    assert found.run == Run.objects.get(version=other)
    assert (found.still_failing, found.same) == (2, 22)
    said = words(page(shop, f"{changed.semver}...{other.semver}"))
    assert "were never run side by side" in said
    assert f"run of {changed.semver}" in said


def test_runs_on_other_cases_are_not_put_side_by_side(
    shop: World, prompt: Prompt, served: Version, changed: Version, dataset: Dataset
) -> None:
    add_snapshot(dataset, cases=golden(30), actor=shop.actor("ana"), reason="More of them.")
    other = stages.saved(
        shop, prompt, stages.MINOR_TEXT + " Be short.", base=changed, bump=Bump.MINOR
    )
    run_of(shop, other)
    assert "Questions v1 and Questions v2" in behaviour_of(changed, other).lacking
    said = words(page(shop, f"{changed.semver}...{other.semver}"))
    assert "Compare with 1.0.0, beside which 1.2.0 was run" in said


def test_held_out_cases_are_counted_and_never_shown(
    shop: World, prompt: Prompt, served: Version, dataset: Dataset, answers: Model
) -> None:
    shown, kept = golden(20), golden(24, tags=("holdout",))[20:]
    add_snapshot(dataset, cases=[*shown, *kept], actor=shop.actor("ana"), reason="Some held out.")
    evaluated_with(shop, prompt, dataset)
    broken = ("Question 22?", "Question 3?")
    answers.answer = lambda text, query: (
        "Secret" if query in broken and "order number" in text else f"Northwind {query}"
    )
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    run_of(shop, version)
    found = behaviour_of(served, version)
    assert (found.now_failing, found.total, found.hidden) == (2, 24, 4)
    assert found.hidden_phrases == ["1 now fails", "3 same"]
    assert [case.case_id for case in found.cases[:2]] == ["q03", "q01"]
    said = words(page(shop, "1.0.0...1.1.0"))
    assert "4 of the cases are held out" in said
    assert "Question 22?" not in said
    assert "Question 3?" in said


def test_long_answers_are_cut_and_many_cases_left_to_the_run(
    shop: World, prompt: Prompt, served: Version, dataset: Dataset, answers: Model
) -> None:
    evaluated_with(shop, prompt, dataset)
    answers.answer = lambda text, query: "Northwind " + "x" * 5_000
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    run_of(shop, version)
    found = behaviour_of(served, version, limit=5)
    assert (len(found.cases), found.rest) == (5, 19)
    assert {(len(case.new.text), case.new.left_out) for case in found.cases} == {(4_000, 1_010)}
    said = words(page(shop, "1.0.0...1.1.0"))
    assert "1010 more characters: read them in the run." in said


def test_without_answers_the_page_says_why_and_what_to_do(
    shop: World, prompt: Prompt, served: Version, dataset: Dataset, answers: Model
) -> None:
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    assert "Nobody has chosen golden cases" in behaviour_of(served, version).lacking
    evaluated_with(shop, prompt, dataset)
    assert behaviour_of(served, version).lacking == "1.1.0 was not evaluated yet: submit it."
    said = words(page(shop, "1.0.0...1.1.0"))
    assert "1.1.0 was not evaluated yet: submit it. Open 1.1.0" in said
    submit(version, actor=shop.actor("ana"), reason="Please look.")
    assert "is being evaluated" in behaviour_of(served, version).lacking
    finish(Run.objects.get())
    assert not behaviour_of(served, version).lacking


def test_a_run_that_was_cancelled_is_used_and_said_to_be_incomplete(
    shop: World, prompt: Prompt, served: Version, dataset: Dataset, answers: Model
) -> None:
    evaluated_with(shop, prompt, dataset)
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    submit(version, actor=shop.actor("ana"), reason="Please look.")
    run = Run.objects.get()
    first, second = run.snapshot.cases.all()[:2]
    CaseResult.objects.bulk_create(
        CaseResult(run=run, case=case, arm=arm, output="Northwind", passed=True)
        for case, arm in ((first, "candidate"), (first, "baseline"), (second, "baseline"))
    )
    cancel(run, actor=shop.actor("ana"), reason="A typo.")
    found = behaviour_of(served, version)
    assert found.unfinished
    assert (found.no_result, found.same) == (1, 1)
    assert found.cases[0].new.error == "This case was not run."
    assert "Not every answer is in" in words(page(shop, "1.0.0...1.1.0"))


def test_simulated_answers_are_named_where_they_stand(
    shop: World, prompt: Prompt, served: Version, dataset: Dataset
) -> None:
    evaluated_with(shop, prompt, dataset, {"type": "not_empty"}, by="simulated")
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=served)
    run_of(shop, version)
    said = words(page(shop, "1.0.0...1.1.0"))
    assert "No model was asked" in said
    assert said.count("simulated") > 24


def test_markup_in_answers_is_text(shop: World, served: Version, changed: Version) -> None:
    source = page(shop, "1.0.0...1.1.0").content.decode()
    assert "&lt;b&gt;" in source
    assert "<b>" not in source


@pytest.mark.parametrize("limit", [1, 50])
def test_the_queries_do_not_grow_with_the_cases(
    served: Version, changed: Version, limit: int, django_assert_num_queries: Any
) -> None:
    # The runs; the checks of failed cases; every case in short; the groups of the verdict; the
    # shown ones whole.
    with django_assert_num_queries(5):
        behaviour_of(served, changed, limit=limit)
    assert Run.objects.get().connection == MODEL
