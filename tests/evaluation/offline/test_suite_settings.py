"""A suite's own words, the project's, the built-in ones; and what every change leaves behind."""

import json
from typing import Any

import pytest

from evaluation.offline.defaults import set_defaults
from evaluation.offline.effective import effective
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import Dataset, JudgeVersion, Suite
from evaluation.offline.suites import set_suite, suite_of
from evaluation.providers.connections import SIMULATED
from registry.audit.models import Event
from registry.domain.errors import Stale
from registry.domain.fields import ContentError
from registry.projects.access import NotPermitted
from registry.prompts.models import Prompt
from registry.release.models import EvaluationStandard
from registry.release.standard import outdated, refuse_outdated
from tests import stages
from tests.evaluation.offline.conftest import MODEL, Model
from tests.stages import World

CHECKS = [{"type": "not_empty"}]


def judge(shop: World, name: str = "faithfulness") -> JudgeVersion:
    return create_judge(
        shop.project,
        name=name,
        kind="relevance",
        text=JudgeText(connection=SIMULATED, model=""),
        actor=shop.actor("ana"),
        reason="To score.",
    )


def suite(shop: World, prompt: Prompt, dataset: Dataset, by: str = "ana", **own: Any) -> Suite:
    settings = {"connection": SIMULATED, "checks": CHECKS} | own
    return set_suite(
        prompt, dataset=dataset, actor=shop.actor(by), reason="For a test.", **settings
    )


def defaults(shop: World, by: str = "ana", **said: Any) -> None:
    settings = {"connection": SIMULATED, "judges": [], "thresholds": {}, "budget": {}} | said
    set_defaults(shop.project, actor=shop.actor(by), reason="For a test.", **settings)


def test_each_value_is_the_prompts_else_the_projects_else_built_in(
    shop: World, prompt: Prompt, dataset: Dataset
) -> None:
    defaults(shop, thresholds={"max_latency_ratio": 1.3, "max_cost_ratio": None})
    row = suite(shop, prompt, dataset, connection="", thresholds={"max_latency_ratio": 1.5})
    holds = effective(row, shop.project)
    assert (holds.connection, holds.sources["connection"]) == (SIMULATED, "project")
    found = {name: (holds.thresholds[name], holds.sources[name]) for name in holds.thresholds}
    assert found["max_latency_ratio"] == (1.5, "prompt")
    assert found["max_cost_ratio"] == (None, "project")
    assert found["max_p95_ratio"] == (1.2, "built in")
    given_back = suite(shop, prompt, dataset, connection="")
    assert effective(given_back, shop.project).thresholds["max_latency_ratio"] == 1.3


def test_a_suite_without_a_list_of_judges_takes_the_projects_and_an_empty_list_takes_none(
    shop: World, prompt: Prompt, dataset: Dataset
) -> None:
    version = judge(shop)
    defaults(shop, judges=[{"version": version.pk, "margin": 0.05, "min_mean": 0.6}])
    taken = effective(suite(shop, prompt, dataset), shop.project)
    assert [(j.version, j.gating, j.margin, j.min_mean) for j in taken.judges] == [
        (version, True, 0.05, 0.6)
    ]
    assert taken.sources["judges"] == "project"
    none = effective(suite(shop, prompt, dataset, judges=[]), shop.project)
    assert none.judges == ()
    assert none.sources["judges"] == "prompt"


@pytest.mark.parametrize(
    ("own", "field"),
    [
        ({"connection": "nowhere"}, "connection"),
        ({"thresholds": {"max_latency_ratio": 0.5}}, "max_latency_ratio"),
        ({"thresholds": {"max_calls": 5}}, "max_calls"),
        ({"budget": {"max_cost_month": 5.0}}, "max_cost_month"),
        ({"budget": {"max_calls": None}}, "max_calls"),
        ({"judges": [{"version": 0}]}, "judges"),
    ],
)
def test_what_cannot_be_kept_is_refused_by_the_name_of_its_field(
    shop: World, prompt: Prompt, dataset: Dataset, own: dict[str, Any], field: str
) -> None:
    with pytest.raises(ContentError) as refused:
        suite(shop, prompt, dataset, **own)
    assert refused.value.field == field
    assert suite_of(prompt) is None


def test_a_judge_of_another_project_one_named_twice_and_a_bar_off_its_scale_are_refused(
    shop: World, prompt: Prompt, dataset: Dataset
) -> None:
    own, foreign = judge(shop), judge(stages.world("other"))
    for entries, says in (
        ([{"version": foreign.pk}], "has no judge version"),
        ([{"version": own.pk}, {"version": own.pk}], "named twice"),
        ([{"version": own.pk, "margin": 0}], "may get worse by"),
        ([{"version": own.pk, "min_mean": 0.1}], "from 0.2 to 1"),
    ):
        with pytest.raises(ContentError, match=says):
            suite(shop, prompt, dataset, judges=entries)
    kept = suite(shop, prompt, dataset, judges=[{"version": own.pk, "min_mean": 0.2}])
    assert kept.judges == [{"version": own.pk, "gating": True, "margin": 0.03, "min_mean": 0.2}]


def test_who_may_not_edit_datasets_changes_neither_suite_nor_defaults(
    shop: World, prompt: Prompt, dataset: Dataset
) -> None:
    for person in ("vic", "lea", "oto"):
        with pytest.raises(NotPermitted):
            suite(shop, prompt, dataset, by=person)
        with pytest.raises(NotPermitted):
            defaults(shop, by=person)
    suite(shop, prompt, dataset, by="rui")
    defaults(shop, by="rui")


def test_a_change_for_the_project_holds_at_once_for_each_prompt_that_takes_it_over(
    shop: World, dataset: Dataset, answers: Model
) -> None:
    taking, own = (stages.prompt_named(shop, name) for name in ("faq/taking", "faq/own"))
    suite(shop, taking, dataset, connection=MODEL)
    suite(shop, own, dataset, connection=MODEL, thresholds={"max_latency_ratio": 1.2})
    version = stages.evaluated(shop, stages.saved(shop, taking))
    other = stages.evaluated(shop, stages.saved(shop, own))
    assert outdated(version.release) == outdated(other.release) == []
    defaults(shop, thresholds={"max_latency_ratio": 2.0})
    assert outdated(version.release) == ["thresholds"]
    assert outdated(other.release) == []
    defaults(shop)
    assert outdated(version.release) == []


def test_a_verdict_from_before_judges_were_pinned_is_to_be_given_again(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    suite(shop, prompt, dataset, connection=MODEL)
    release = stages.evaluated(shop, stages.saved(shop, prompt)).release
    refuse_outdated(release)
    assert release.verdict
    release.verdict.pins = {
        name: value
        for name, value in release.verdict.pins.items()
        if name not in ("judges", "thresholds")
    }
    with pytest.raises(Stale, match="an earlier promptcms, which pinned no judges and thresholds"):
        refuse_outdated(release)


def test_what_a_prompt_must_rest_on_follows_the_projects_connection_and_keeps_its_cases(
    shop: World, prompt: Prompt, dataset: Dataset
) -> None:
    suite(shop, prompt, dataset, connection="")
    defaults(shop, connection=SIMULATED)
    standard = EvaluationStandard.objects.get(prompt=prompt)
    assert standard.pins["connection"] == SIMULATED
    assert standard.pins["snapshot"] == dataset.snapshots.get().digest


def test_what_lets_more_through_is_named_in_the_audit_trail_and_what_is_stricter_is_not(
    shop: World, prompt: Prompt, dataset: Dataset
) -> None:
    version = judge(shop)
    entry = {"version": version.pk, "gating": True, "margin": 0.03, "min_mean": 0.75}
    suite(shop, prompt, dataset, judges=[entry])
    for own, looser in (
        ({"judges": [entry | {"margin": 0.1}]}, "faithfulness may get worse by 0.1"),
        ({"judges": [entry | {"margin": 0.01}]}, ""),
        ({"judges": [entry | {"margin": 0.01, "min_mean": None}]}, "has no least mean"),
        ({"judges": [entry | {"gating": False}]}, "no longer blocks"),
        ({"judges": []}, "no longer looks at the answers"),
        ({"judges": [], "thresholds": {"max_cost_ratio": None}}, "Cost of an answer, compared"),
        ({"judges": [], "checks": []}, "1 check taken out or changed."),
    ):
        suite(shop, prompt, dataset, **own)
        event = Event.objects.filter(action="suite.changed")[0]
        said = json.loads(event.after)["loosened"]
        assert looser in said, (own, said)
        assert bool(said) == bool(looser)
    before, after = json.loads(event.before), json.loads(event.after)
    assert (before["checks"], after["checks"]) == (1, 0)
    assert after["judges"] == "none (prompt)"
    defaults(shop, thresholds={"max_latency_ratio": None})
    event = Event.objects.get(action="suite_defaults.changed")
    assert "Answer time: not looked at" in json.loads(event.after)["loosened"]
    assert "20 %" in json.loads(event.before)["max_latency_ratio"]
