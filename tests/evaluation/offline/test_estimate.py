"""What a run would take and what its gate can see, worked out by hand."""

from decimal import Decimal

import pytest

from evaluation.offline.datasets import add_snapshot, create_dataset
from evaluation.offline.effective import used_judges
from evaluation.offline.estimate import Basis, basis_of
from evaluation.offline.judging.create import JudgeText, create_judge
from evaluation.offline.models import Dataset, JudgeVersion, Run
from evaluation.offline.scorable import Scorable, scorable_cases
from evaluation.offline.sight import sights_of
from evaluation.offline.submit import submit
from evaluation.offline.suites import set_suite
from evaluation.providers import connections
from evaluation.providers.connections import SIMULATED, Connection
from evaluation.providers.entries import Price
from evaluation.providers.rate import Limits
from registry.domain.semver import Risk
from registry.prompts.models import Prompt
from tests import stages
from tests.evaluation.offline.conftest import MODEL, Model, echo, finish, golden
from tests.stages import World

TEXT = stages.text(stages.FIRST_TEXT)


@pytest.fixture
def mixed(shop: World) -> Dataset:
    """30 cases: 20 with a context, 10 with a reference too, all of two sources but 10."""
    dataset = create_dataset(shop.project, name="Mixed", actor=shop.actor("ana"))
    cases = golden(30)
    cases = [
        case.__class__(
            case.case_id,
            query=case.query,
            inputs=case.inputs,
            context=("It is so.",) if n < 20 else (),
            reference="So." if n < 10 else "",
            cluster="" if n < 10 else f"source {n % 2}",
        )
        for n, case in enumerate(cases)
    ]
    add_snapshot(dataset, cases=cases, actor=shop.actor("ana"), reason="First.")
    return dataset


def judge(shop: World, kind: str) -> JudgeVersion:
    text = JudgeText(connection=SIMULATED, model="")
    return create_judge(
        shop.project, name=kind, kind=kind, text=text, actor=shop.actor("ana"), reason="."
    )


def basis(
    shop: World, prompt: Prompt, dataset: Dataset, *judges: JudgeVersion, by: str = MODEL
) -> Basis:
    set_suite(
        prompt,
        dataset=dataset,
        checks=[{"type": "not_empty"}],
        connection=by,
        judges=[{"version": version.pk} for version in judges],
        budget={"max_calls": 200},
        actor=shop.actor("ana"),
        reason="To guess.",
    )
    found = basis_of(prompt)
    assert found is not None
    return found


def test_cases_are_counted_by_what_they_hold_and_by_their_source(mixed: Dataset) -> None:
    found = scorable_cases(mixed.snapshots.get())
    assert found == Scorable(total=30, context=20, reference=10, both=10, sources=12)
    assert found.with_all(["context", "reference"]) == 10
    assert found.independent(["context"]) == 12
    assert scorable_cases(None) == Scorable()


def test_calls_are_cases_times_versions_times_answers_and_judges_ask_about_what_they_can(
    shop: World, prompt: Prompt, mixed: Dataset, answers: Model
) -> None:
    ready = basis(shop, prompt, mixed, judge(shop, "faithfulness"), judge(shop, "relevance"))
    minor = ready.of(TEXT, Risk.MINOR, smoke=False, compared=True)
    assert minor is not None
    assert (minor.answers, minor.judgements) == (60, 2 * (20 + 30))
    assert minor.most_calls == 3 * 160
    assert minor.over == ()
    major = ready.of(TEXT, Risk.MAJOR, smoke=False, compared=True)
    assert major is not None
    assert (major.calls, major.most_calls) == (320, 480)
    assert major.over == ("It takes about 320 calls; the budget is 200.",)
    first = ready.of(TEXT, Risk.FIRST, smoke=False, compared=False)
    assert first is not None
    assert first.calls == first.most_calls == 80
    smoke = ready.of(TEXT, Risk.PATCH, smoke=True, compared=True)
    assert smoke is not None
    assert (smoke.cases, smoke.calls) == (20, 40)


def test_a_price_that_is_not_known_stays_unknown_and_a_simulated_run_costs_nothing(
    shop: World, prompt: Prompt, mixed: Dataset, answers: Model
) -> None:
    unknown = basis(shop, prompt, mixed).of(TEXT, Risk.MINOR, smoke=False, compared=True)
    assert unknown is not None
    assert unknown.cost is None
    assert "cost not known" in unknown.words()
    made_up = basis(shop, prompt, mixed, by=SIMULATED)
    free = made_up.of(TEXT, Risk.MINOR, smoke=False, compared=True)
    assert free is not None
    assert free.words() == "about 60 calls, no cost (simulated), 4 s."


def test_a_known_price_times_tokens_is_the_cost_and_the_rate_bounds_the_time(
    shop: World, prompt: Prompt, mixed: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    dear = Connection(
        MODEL,
        Model(echo),
        models=("small",),
        prices=(Price("small", Decimal(0), Decimal(1000)),),  # a dollar for 1,000 tokens out
        limits=Limits(requests_per_minute=30),
    )
    monkeypatch.setattr(connections, "get", lambda name: dear)
    monkeypatch.setattr(connections, "names", lambda: [MODEL])
    found = basis(shop, prompt, mixed).of(TEXT, Risk.MINOR, smoke=False, compared=True)
    assert found is not None
    assert found.cost == Decimal("0.25") * 60  # 250 tokens an answer
    assert found.seconds == 120  # 60 calls, 30 a minute
    assert "$15.00, 2 min" in found.words()


def test_after_a_run_the_time_is_that_of_its_answers(
    shop: World, prompt: Prompt, mixed: Dataset, answers: Model
) -> None:
    ready = basis(shop, prompt, mixed)
    version = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    submit(version, actor=shop.actor("ana"), reason="Try.")
    run = finish(Run.objects.get())
    assert run.estimate["calls"] == 60
    fresh = Basis(prompt, ready.suite, ready.snapshot)
    found = fresh.of(TEXT, Risk.MINOR, smoke=False, compared=True)
    assert found is not None
    assert found.seconds == pytest.approx(60 * 0.1 / 8 + 0.1, abs=0.06)  # 100 ms, 8 at once


def test_what_a_gate_can_see_follows_from_its_cases_and_ends_with_what_to_do(
    shop: World, prompt: Prompt
) -> None:
    faithful, relevant = judge(shop, "faithfulness"), judge(shop, "relevance")
    used = used_judges([{"version": faithful.pk}, {"version": relevant.pk, "gating": False}])
    cases = Scorable(total=200, context=163, sources=200)
    (sight,) = sights_of(prompt, used, cases)
    # (1.881 + 0.842) × 0.154 / √163 = 0.0328; (2.723 × 0.154 / 0.03)² = 195.3
    assert sight.drop == pytest.approx(0.0328, abs=0.0001)
    assert sight.needed == 196
    assert "can detect a drop of 0.033 or more (with an assumed noise)" in sight.words()
    assert "take about 196 cases" in sight.words()
    (few,) = sights_of(prompt, used, Scorable(total=200, context=19, sources=200))
    assert few.drop is None
    assert "too few to decide" in few.words()
    (enough,) = sights_of(prompt, used, Scorable(total=200, context=200, sources=200))
    assert enough.enough


def test_the_noise_is_the_last_runs_unless_it_was_simulated(
    shop: World, prompt: Prompt, dataset: Dataset, answers: Model
) -> None:
    version = judge(shop, "relevance")
    basis(shop, prompt, dataset, version, by=SIMULATED)
    saved = stages.saved(shop, prompt, stages.MINOR_TEXT, base=prompt.versions.get())
    submit(saved, actor=shop.actor("ana"), reason="Try.")
    run = finish(Run.objects.get())
    used = used_judges([{"version": version.pk}])
    cases = Scorable(total=100, sources=100)
    run.metrics = {"relevance": {"sd": 0.2}}
    run.pk, run.attempt = None, 2
    run.save(force_insert=True)
    assert not sights_of(prompt, used, cases)[0].measured
    run.pk, run.simulated, run.attempt = None, False, 3
    run.save(force_insert=True)
    (sight,) = sights_of(prompt, used, cases)
    assert sight.measured
    assert sight.drop == pytest.approx(2.7225 * 0.2 / 10, abs=0.001)
