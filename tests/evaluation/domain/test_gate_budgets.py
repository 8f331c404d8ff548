"""The slow tail, absolute limits of time and money, and what cannot be measured."""

import pytest

from evaluation.domain.checks import Outcome, Result
from evaluation.domain.gate import CaseOutcome, GateOutcome, GateRules, decide

KEPT = Result("order", "mentions the order", Outcome.PASS, "Seen.")


def arm(n, **fields):
    """`n` cases; a field may be a list with one value for each."""
    each = [{k: v[i] if isinstance(v, list) else v for k, v in fields.items()} for i in range(n)]
    return [CaseOutcome(f"case-{i:03}", (KEPT,), **values) for i, values in enumerate(each)]


def slow(n, share):
    """Times of 100 ms, a share of them 200 ms: the mean ratio stays low, the tail doubles."""
    return [200.0 if i < share * n else 100.0 for i in range(n)]


@pytest.mark.parametrize(
    ("n", "outcome"), [(200, GateOutcome.FAIL), (199, GateOutcome.PASS), (40, GateOutcome.PASS)]
)
def test_a_slower_tail_blocks_only_from_two_hundred_cases_on(n, outcome):
    gate = decide(arm(n, latency_ms=slow(n, 0.1)), arm(n, latency_ms=100.0))
    assert gate.outcome is outcome
    assert gate.metrics["p95_ratio"].mean == 2
    assert gate.metrics["p95_ratio"].limit == (1.2 if n == 200 else None)
    assert gate.metrics["latency_ratio"].mean == pytest.approx(2 ** (gate_share(n)), rel=1e-6)
    if outcome is GateOutcome.FAIL:
        assert gate.reasons[0] == (
            "The slowest twentieth of the answers takes 2.00 times as long as with production's "
            "version (200 cases compared); at most 1.20 times is allowed."
        )


def gate_share(n):
    return sum(time == 200 for time in slow(n, 0.1)) / n


@pytest.mark.parametrize(("limit", "outcome"), [(200, GateOutcome.PASS), (199, GateOutcome.FAIL)])
def test_an_absolute_limit_of_time_holds_for_few_cases_and_for_a_first_version_too(limit, outcome):
    ours = arm(20, latency_ms=slow(20, 0.1))
    for theirs in (None, arm(20, latency_ms=slow(20, 0.1))):
        gate = decide(ours, theirs, GateRules(max_p95_ms=limit))
        assert gate.outcome is outcome
        assert gate.metrics["latency_p95_ms"].limit == limit


def test_a_limit_of_time_that_nothing_could_be_held_to_is_no_pass():
    gate = decide(arm(20), arm(20), GateRules(max_p95_ms=500))
    assert gate.outcome is GateOutcome.INCONCLUSIVE
    assert gate.reasons[0].startswith("No answer came at the first attempt")


@pytest.mark.parametrize(
    ("cost", "outcome"),
    [
        (0.01, GateOutcome.PASS),
        (0.0101, GateOutcome.FAIL),
        ([None] + [0.01] * 19, GateOutcome.INCONCLUSIVE),
        (None, GateOutcome.INCONCLUSIVE),
    ],
)
def test_a_limit_of_money_holds_and_an_unknown_price_is_no_pass(cost, outcome):
    gate = decide(arm(20, cost=cost), None, GateRules(max_mean_cost=0.01))
    assert gate.outcome is outcome
    assert ("cost" in gate.metrics) is (outcome is not GateOutcome.INCONCLUSIVE)
    said = {
        GateOutcome.FAIL: "An answer costs $0.010100 on average; at most $0.010000 is allowed.",
        GateOutcome.INCONCLUSIVE: "The cost is not known for every answer, so the limit of "
        "$0.010000 could not be looked at. Give the connection a price for this model, or take "
        "the limit away.",
    }
    assert gate.reasons[0] == said.get(outcome, "Every rule holds as often as it must on 20 cases.")


def test_the_ratio_of_times_has_its_bounds_for_the_report():
    times = [110.0, 130.0] * 20
    gate = decide(arm(40, latency_ms=times), arm(40, latency_ms=100.0))
    found = gate.metrics["latency_ratio"]
    assert found.mean == pytest.approx((1.1 * 1.3) ** 0.5)
    assert found.lower < found.mean < found.upper
    assert found.limit == 1.2


def test_a_few_smoke_cases_are_held_to_their_rules_alone():
    smoke = GateRules(min_cases=1, max_latency_ratio=None, max_p95_ratio=None, max_cost_ratio=None)
    gate = decide(arm(3, latency_ms=900.0, cost=2.0), arm(3, latency_ms=100.0, cost=1.0), smoke)
    assert gate.outcome is GateOutcome.PASS
    assert gate.reasons == ("All 3 cases that passed in production's version still pass.",)
