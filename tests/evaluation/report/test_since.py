"""What a run is judged by, beside production's own verdict: nobody lowers the bar unseen."""

import pytest

from evaluation.offline.conclude import cancel
from evaluation.offline.datasets import add_snapshot
from evaluation.offline.models import Dataset, Run
from evaluation.offline.report.yardstick import since_production
from evaluation.offline.submit import submit
from registry.prompts.models import Prompt
from tests import stages
from tests.evaluation.report.conftest import (
    Model,
    browser,
    finish,
    golden,
    judged_by,
    queued,
    text_of,
)
from tests.stages import World


def test_the_same_bar_is_said_to_be_the_same(shop: World, prompt: Prompt, model: Model) -> None:
    found = since_production(queued(shop, prompt))
    assert found is not None
    assert found.before == Run.objects.get(version__minor=0)
    assert (found.differences, found.deeds) == ((), ())


def test_every_change_of_cases_checks_and_judges_is_told_with_who_made_it(
    shop: World, prompt: Prompt, dataset: Dataset, model: Model
) -> None:
    add_snapshot(dataset, cases=golden(25), actor=shop.actor("rui"), reason="One more.")
    checks = [{"type": "char_length", "max": 900}]
    judged_by(shop, prompt, dataset, checks=checks, margin=0.1)
    found = since_production(queued(shop, prompt))
    assert found is not None
    assert list(found.differences) == [
        "Golden cases: Questions v2 with 25 cases; it was Questions v1 with 24 cases.",
        "New check: the answer has at most 900 characters.",
        "No longer checked: the answer contains “order”.",
        "Judge faithfulness v1, which decides (at most 0.1 lower); it was faithfulness v1, which "
        "decides (at most 0.05 lower).",
    ]
    assert found.other_cases
    suite, cases = found.deeds
    assert (suite.who, cases.who) == ("ana", "rui")
    assert suite.reason == "So that answers are measured."
    assert "faithfulness may get worse by 0.1" in suite.loosened
    assert not any("digest" in change.field for change in suite.told)
    assert cases.what == "made Questions v2 of the golden cases"


def test_report_and_review_tell_that_the_bar_moved(
    shop: World, prompt: Prompt, dataset: Dataset, model: Model
) -> None:
    judged_by(shop, prompt, dataset, margin=0.2)
    run = queued(shop, prompt)
    seen = text_of(browser(shop, "rui").get(f"/projects/shop/runs/{run.pk}"))
    assert "1 change since production's own verdict" not in seen  # while it is open
    finish(run)
    seen = text_of(browser(shop, "rui").get(f"/projects/shop/runs/{run.pk}"))
    assert "The bar moved: 1 change since production's own verdict" in seen
    assert "at most 0.2 lower" in seen
    review = f"/projects/shop/prompts/support/system/versions/{run.version.semver}/review"
    seen = text_of(browser(shop, "rui").get(review))
    assert "at most 0.2 lower" in seen
    assert "its own verdict" in seen or "Since the verdict of 1.0.0" in seen


def test_a_production_that_was_never_run_has_no_earlier_bar(
    shop: World, model: Model, dataset: Dataset
) -> None:
    prompt = stages.prompt_named(shop, "support/other")
    stages.in_production(shop, prompt)
    judged_by(shop, prompt, dataset)
    found = since_production(queued(shop, prompt))
    assert found is not None
    assert found.before is None


def test_without_a_production_there_is_nothing_to_compare(
    shop: World, model: Model, dataset: Dataset
) -> None:
    prompt = stages.prompt_named(shop, "support/first")
    judged_by(shop, prompt, dataset)
    assert since_production(queued(shop, prompt, stages.FIRST_TEXT)) is None


@pytest.mark.parametrize("person", ["vic", "ana"])
def test_attempts_are_numbered_and_lead_to_each_other(
    shop: World, prompt: Prompt, model: Model, person: str
) -> None:
    run = queued(shop, prompt)
    cancel(run, actor=shop.actor("ana"), reason="Wrong text.")
    submit(run.version, actor=shop.actor("ana"), reason="Again.")
    second = finish(Run.objects.get(version=run.version, attempt=2))
    seen = text_of(browser(shop, person).get(f"/projects/shop/runs/{second.pk}"))
    assert "This is attempt 2 of 1.1.0." in seen
    assert f'href="/projects/shop/runs/{run.pk}">Attempt 1</a>' in seen
    assert "Cancelled by ana: Wrong text." in seen
