"""Staging, production after a rollout, and two versions in an A/B test."""

import json
from datetime import timedelta

import pytest

from evaluation.domain.watch.ab import Comparison, compare
from evaluation.domain.watch.after import decide_after
from evaluation.domain.watch.answer import Answer, Says
from evaluation.domain.watch.figures import ArmFigures, Figures, Sums
from evaluation.domain.watch.soak import decide_soak
from tests.evaluation.domain.watch.arms import (
    GUARDRAILS,
    NOON,
    USUAL,
    figures,
    ratio,
    stratum,
    sums,
)

BASELINE = {
    metric: strata[0].control.sums
    for metric, strata in figures(50, faithfulness=0.8).strata.items()
}


def served(n: int, **means: float) -> dict[str, ArmFigures]:
    """Return what staging or production gave in n calls."""
    return {metric: strata[0].treatment for metric, strata in figures(n, **means).strata.items()}


def soak(n: int, baseline=BASELINE, limits=None, newest=NOON, **means: float) -> Answer:
    """Return what is said of n calls of staging."""
    return decide_soak(
        GUARDRAILS,
        served(n, **means),
        baseline,
        limits or {},
        alpha=0.01,
        restarts=3,
        now=NOON,
        newest=newest,
        fresh_within=timedelta(minutes=15),
    )


def test_staging_passes_when_nothing_is_beyond_its_limit():
    answer = soak(200)
    assert answer.says is Says.PASS
    assert answer.reasons == ("Nothing on staging is beyond its limit, in 200 calls.",)
    # Worse, but by no more than the margin: another time is no control.
    assert soak(5000, faithfulness=0.775).says is Says.PASS


@pytest.mark.parametrize(
    ("means", "reason"),
    [
        ({"faithfulness": 0.65}, "Faithfulness on staging: 0.65; 0.80 was measured before"),
        ({"error": 0.2}, "Errors on staging: 20 %; 1 % was measured before (200 calls)."),
        ({"tokens": 1500.0}, "Tokens a call on staging: 1,500; 800 was measured before"),
    ],
)
def test_staging_fails_beyond_the_margin(means, reason):
    answer = soak(200, **means)
    assert answer.says is Says.FAIL
    assert answer.reasons[0].startswith(reason)


def test_an_absolute_limit_counts_without_a_baseline():
    assert soak(200, baseline={}).says is Says.PASS
    limited = soak(200, baseline={}, limits={"score:faithfulness": 0.9, "error": 0.02})
    assert limited.says is Says.FAIL
    assert limited.reasons == ("Faithfulness on staging: 0.80; the limit is 0.90 (200 calls).",)
    errors = soak(200, baseline={}, limits={"error": 0.02}, error=0.1)
    assert errors.reasons == ("Errors on staging: 10 %; the limit is 2 % (200 calls).",)


def test_a_small_baseline_is_not_taken_for_exact():
    # 0.06 beyond the margin: sure beside thousands of cases, not beside thirty.
    few = {"score:faithfulness": sums(30, 0.8, 0.2)}
    assert soak(300, faithfulness=0.71).says is Says.FAIL
    assert soak(300, baseline=few, faithfulness=0.71).says is Says.PASS


def test_staging_is_held_on_few_calls_and_on_old_ones():
    few = soak(49)
    assert few.says is Says.HELD
    assert few.reasons[0].startswith("49 calls of staging reported; 50 are needed")
    old = soak(200, newest=NOON - timedelta(minutes=40))
    assert old.says is Says.HELD
    assert old.reasons[0].startswith("No call of staging has been reported for 40 minutes")
    assert soak(0, newest=None).says is Says.HELD
    assert soak(49, error=0.9).says is Says.FAIL


def test_production_is_held_against_its_promotion():
    def after(n: int, **means: float) -> Answer:
        return decide_after(
            GUARDRAILS, BASELINE, served(n, **means), alpha=0.01, restarts=28, now=NOON
        )

    assert after(5000).reasons == ("As good as when it was promoted, in 5,000 calls since.",)
    assert after(5000, error=0.018).says is Says.UNDECIDED  # worse, but within the margin
    dropped = after(5000, faithfulness=0.7)
    assert dropped.says is Says.FAIL
    assert dropped.reasons == (
        "Faithfulness fell from 0.80 to 0.70 since the promotion (5,000 calls).",
    )
    assert after(0).reasons == ("No calls yet since its promotion.",)


def test_a_reference_with_too_little_is_left_out():
    reference = {**BASELINE, "score:faithfulness": Sums(19, 19, 19)}
    answer = decide_after(
        GUARDRAILS, reference, served(900, faithfulness=0.2), alpha=0.01, restarts=0, now=NOON
    )
    assert answer.says is Says.UNDECIDED
    assert "score:faithfulness" not in [metric.metric for metric in answer.metrics]


def test_two_versions_are_told_apart_in_both_directions():
    def halves(**means: float) -> Comparison:
        wanted = {**USUAL, **means}
        strata = {g.metric: (stratum(g, 3000, wanted[g.metric], percent=50),) for g in GUARDRAILS}
        found = Figures(strata, (ratio(6000, 0.5, 50),))
        return compare(GUARDRAILS, found, alpha=0.05, now=NOON)

    found = halves(**{"score:faithfulness": 0.85, "tokens": 960.0})
    assert found.headline == (
        "The treatment is better in faithfulness and worse in tokens; the rest is the same so far."
    )
    says = {metric.metric: metric.says for metric in found.metrics}
    assert (says["score:faithfulness"], says["tokens"], says["latency"]) == (
        "better",
        "worse",
        "same",
    )
    assert found.reasons[0] == "Faithfulness: 0.85 beside 0.80, better."
    assert (
        found.reasons[2]
        == "The time of an answer: 1.10 s beside 1.10 s, no difference that matters."
    )
    assert Comparison.from_document(json.loads(json.dumps(found.document()))) == found
    assert halves().headline == "No difference so far."
    assert found.warning == ""


def test_a_comparison_says_when_calls_get_lost_or_are_few():
    strata = {g.metric: (stratum(g, 12, USUAL[g.metric], percent=50),) for g in GUARDRAILS}
    found = compare(GUARDRAILS, Figures(strata, (ratio(64_000, 0.4, 50),)), alpha=0.05, now=NOON)
    assert found.warning.startswith("The treatment has 40 % of the calls instead of 50 %")
    assert found.reasons[0] == (
        "Faithfulness: 12 calls of the treatment and 12 of control; 20 of each is the least."
    )


def test_one_tester_on_staging_proves_nothing():
    alone = {
        metric: ArmFigures(found.sums, {7: (found.sums.n, found.sums.total)})
        for metric, found in served(200, error=0.5).items()
    }
    answer = decide_soak(
        GUARDRAILS,
        alone,
        BASELINE,
        alpha=0.01,
        restarts=0,
        now=NOON,
        newest=NOON,
        fresh_within=timedelta(minutes=15),
    )
    assert answer.says is Says.HELD
    assert answer.reasons[0].startswith("All calls of staging come from one user")
    assert [m.n_treatment for m in answer.metrics] == [200] * len(GUARDRAILS)
    assert soak(200, error=0.5).says is Says.FAIL


def test_what_is_told_of_staging_is_what_it_was_held_against():
    measured = soak(200).metrics[1]
    assert (measured.n_control, measured.control) == (950, pytest.approx(0.01))
    assert measured.tolerance == measured.margin == 0.01
    limited = soak(200, limits={"error": 0.02}).metrics[1]
    assert (limited.n_control, limited.control) == (0, pytest.approx(0.02))
