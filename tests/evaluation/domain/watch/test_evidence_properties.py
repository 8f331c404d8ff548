"""What must hold of the evidence whatever the figures."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.domain.watch.answer import Answer
from evaluation.domain.watch.figures import ArmFigures, Figures, Ratio, Stratum, Sums
from evaluation.domain.watch.guardrails import Guardrail, Kind
from evaluation.domain.watch.metric import levels, weigh
from tests.evaluation.domain.watch.arms import (
    GUARDRAILS,
    LOOK,
    NOON,
    SPREAD,
    USUAL,
    arm,
    stratum,
)

EACH = pytest.mark.parametrize("guardrail", GUARDRAILS, ids=lambda g: g.metric)
WORSE = {"score:faithfulness": 0.6, "error": 0.1, "latency": 7.5, "slow": 0.2, "tokens": 1200.0}
BETTER = {"score:faithfulness": 0.9, "error": 0.0, "latency": 6.8, "slow": 0.02, "tokens": 600.0}
FEW = settings(max_examples=25, deadline=None)  # of each metric
SIZES = st.integers(0, 3000)
SHARES = st.sampled_from([5, 25, 50])


def says(guardrail: Guardrail, *strata: Stratum) -> str:
    """Return the answer on one metric alone."""
    level = levels([guardrail], 0.01, 0.05, 3)[guardrail.metric]
    return weigh(guardrail, strata, level).answer.says


def evidence(guardrail: Guardrail, *strata: Stratum) -> float:
    """Return the logarithm of the evidence against the treatment."""
    level = levels([guardrail], 0.01, 0.05, 0)[guardrail.metric]
    return weigh(guardrail, strata, level).answer.evidence


@EACH
def test_a_better_treatment_passes_and_a_worse_one_fails(guardrail):
    assert says(guardrail, stratum(guardrail, 3000, BETTER[guardrail.metric])) == "pass"
    assert says(guardrail, stratum(guardrail, 3000, WORSE[guardrail.metric])) == "fail"
    assert says(guardrail, stratum(guardrail, 3000, USUAL[guardrail.metric])) == "pass"


@EACH
def test_swapping_the_arms_turns_a_fail_into_a_pass(guardrail):
    bad = stratum(guardrail, 2000, WORSE[guardrail.metric], percent=50)
    swapped = replace(bad, control=bad.treatment, treatment=bad.control)
    assert (says(guardrail, bad), says(guardrail, swapped)) == ("fail", "pass")


@EACH
@FEW
@given(data=st.data())
def test_a_treatment_that_is_no_worse_never_fails(guardrail, data):
    strata = []
    for percent in data.draw(st.lists(SHARES, min_size=1, max_size=3)):
        usual = USUAL[guardrail.metric]
        better = BETTER[guardrail.metric]
        part = data.draw(st.floats(0, 1))
        n = data.draw(SIZES)
        strata.append(stratum(guardrail, n, usual + part * (better - usual), percent=percent))
    assert says(guardrail, *strata) != "fail"
    assert evidence(guardrail, *strata) <= 0


@EACH
@FEW
@given(data=st.data())
def test_the_order_of_segments_and_shards_does_not_matter(guardrail, data):
    values = st.sampled_from([BETTER, USUAL, WORSE])
    drawn = data.draw(st.lists(st.tuples(SIZES, values, SHARES), min_size=1, max_size=4))
    strata = [stratum(guardrail, n, of[guardrail.metric], percent=p) for n, of, p in drawn]
    shuffled = [
        Stratum(s.percent, reshuffled(s.control), reshuffled(s.treatment))
        for s in data.draw(st.permutations(strata))
    ]
    assert evidence(guardrail, *shuffled) == pytest.approx(evidence(guardrail, *strata))


def reshuffled(one: ArmFigures) -> ArmFigures:
    """Return the arm with its groups of units under other numbers."""
    turned = {(17 * j + 5) % 64: group for j, group in reversed(one.shards.items())}
    return replace(one, shards=turned)


@EACH
@pytest.mark.parametrize("means", [BETTER, USUAL, WORSE])
def test_a_segment_cut_in_two_says_what_it_said_whole(guardrail, means):
    whole = stratum(guardrail, 1280, means[guardrail.metric], percent=50)
    half = stratum(guardrail, 640, means[guardrail.metric], percent=50)
    found = evidence(guardrail, whole)
    # Only the n - 1 of the variance and the half event of a rate differ.
    assert evidence(guardrail, half, half) == pytest.approx(found, rel=0.01, abs=0.01)


@EACH
def test_the_same_calls_from_fewer_units_say_less(guardrail):
    drawn = stratum(guardrail, 2000, WORSE[guardrail.metric], percent=50)
    few = replace(drawn, treatment=unlike(drawn.treatment, guardrail))
    assert 0 < evidence(guardrail, few) < evidence(guardrail, drawn) / 2


def unlike(one: ArmFigures, guardrail: Guardrail) -> ArmFigures:
    """Return the arm with half of its groups above the mean and half below."""
    mean = one.sums.mean
    shift = SPREAD[guardrail.metric] / 2 if guardrail.kind is Kind.MEAN else mean
    shards = {j: (n, n * (mean + (shift if j % 2 else -shift))) for j, (n, _) in one.shards.items()}
    return replace(one, shards=shards)


ODD = st.sampled_from([0.0, 1.0, 1e-12, 0.5, 1e6, 1e12])


@st.composite
def odd_arms(draw: st.DrawFn) -> ArmFigures:
    """Draw an arm of any size with constants, gaps, huge and tiny values, and restarts."""
    n = draw(st.sampled_from([0, 1, 2, 19, 20, 21, 5000, 10**8]))
    mean, sd = draw(ODD), draw(ODD)
    late = tuple(Sums(k, k * mean, k * mean**2) for k in draw(st.lists(SIZES, max_size=3)))
    found = arm(n, mean, sd, late)
    kept = draw(st.sampled_from([0, 1, 2, 64]))
    return replace(found, shards=dict(list(found.shards.items())[:kept]))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_comes_in_an_answer_can_be_stored_and_read_again(data):
    segments = data.draw(st.integers(0, 3))
    strata = {
        g.metric: tuple(
            Stratum(data.draw(SHARES), data.draw(odd_arms()), data.draw(odd_arms()))
            for _ in range(segments)
        )
        for g in GUARDRAILS
        if data.draw(st.booleans())
    }
    ratios = tuple(
        Ratio(data.draw(SHARES), dict.fromkeys(range(64), (n, n // 3)))
        for n in data.draw(st.lists(st.sampled_from([0, 1, 10**6]), max_size=2))
    )
    heard = st.sampled_from([None, NOON, NOON - timedelta(days=9), NOON + timedelta(days=2)])
    given_figures = Figures(
        strata, ratios, data.draw(SIZES), data.draw(SIZES), data.draw(heard), data.draw(heard)
    )
    answer = LOOK.at(rates_are_shares(given_figures))
    document = json.loads(json.dumps(answer.document(), allow_nan=False))
    assert Answer.from_document(document) == answer
    assert answer.reasons
    assert all(reason.endswith(".") for reason in answer.reasons)


def rates_are_shares(figures: Figures) -> Figures:
    """Return the figures with rates between 0 and 1, as the intake keeps them."""
    kinds = {g.metric: g.kind for g in GUARDRAILS}

    def cut(one: ArmFigures) -> ArmFigures:
        return ArmFigures(
            Sums(one.sums.n, min(one.sums.total, one.sums.n)),
            {j: (n, min(total, n)) for j, (n, total) in one.shards.items()},
            tuple(Sums(s.n, min(s.total, s.n)) for s in one.since),
        )

    strata = {
        metric: tuple(Stratum(s.percent, cut(s.control), cut(s.treatment)) for s in found)
        if kinds[metric] is Kind.RATE
        else found
        for metric, found in figures.strata.items()
    }
    return replace(figures, strata=strata)
