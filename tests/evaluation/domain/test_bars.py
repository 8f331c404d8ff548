"""Bars as people type them and as the gate takes them; what counts as looser."""

import pytest

from evaluation.domain.bars import BARS, BarError, loosened


@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [
        ("max_latency_ratio", 20, 1.2),
        ("max_cost_ratio", 10, 1.1),
        ("max_p95_ms", 2.5, 2500),
        ("max_seconds", 120, 7200),
        ("max_calls", 500, 500),
        ("anchor_margin", 0.05, 0.05),
    ],
)
def test_what_is_typed_is_stored_as_the_gate_takes_it_and_read_back(
    name: str, typed: float, stored: float
) -> None:
    bar = BARS[name]
    assert bar.stored(typed) == stored
    assert float(bar.typed(stored).replace(",", "")) == typed
    assert bar.checked(stored) == stored


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("max_latency_ratio", -5),
        ("max_latency_ratio", float("nan")),
        ("max_p95_ms", 0),
        ("max_calls", 1.5),
        ("max_cost", float("inf")),
    ],
)
def test_a_figure_out_of_bounds_is_refused_with_the_bounds(name: str, wrong: float) -> None:
    with pytest.raises(BarError, match=r"give a (whole )?number"):
        BARS[name].stored(wrong)


def test_only_a_bar_that_can_be_left_out_takes_none() -> None:
    assert BARS["max_p95_ms"].checked(None) is None
    assert BARS["max_p95_ms"].words(None) == "not looked at"
    with pytest.raises(BarError, match="cannot be left out"):
        BARS["max_calls"].checked(None)
    with pytest.raises(BarError, match="say yes or no"):
        BARS["reuse_baseline"].checked(1)
    with pytest.raises(BarError, match="say a number"):
        BARS["max_latency_ratio"].checked(True)


def test_a_higher_bar_and_one_no_longer_looked_at_are_looser_and_a_lower_one_is_not() -> None:
    before = {"max_latency_ratio": 1.2, "max_p95_ms": None, "max_cost_ratio": 1.1}
    assert loosened(before, {**before, "max_latency_ratio": 1.5}) == [
        "Answer time: at most 50 % longer than production's "
        "(it was: at most 20 % longer than production's)."
    ]
    assert loosened(before, {**before, "max_cost_ratio": None}) == [
        "Cost of an answer, compared: not looked at (it was: at most 10 % dearer than "
        "production's)."
    ]
    assert loosened(before, {**before, "max_latency_ratio": 1.1, "max_p95_ms": 900}) == []
