"""What the watcher says of a canary, and in which words."""

from dataclasses import replace
from datetime import timedelta

import pytest

from evaluation.domain.watch.answer import Says
from evaluation.domain.watch.figures import ArmFigures, Stratum, Sums
from evaluation.domain.watch.guardrails import quality
from tests.evaluation.domain.watch.arms import (
    GUARDRAILS,
    LOOK,
    NOON,
    Look,
    arm,
    figures,
    ratio,
)

LONG_AGO = NOON - timedelta(minutes=22)


@pytest.mark.parametrize(
    ("worse", "headline"),
    [
        ({"faithfulness": 0.7}, "Faithfulness fell from 0.80 to 0.70: 0.01 less is allowed"),
        ({"error": 0.034}, "Errors rose from 1 % to 3.4 %: 0.5 points more is allowed"),
        ({"latency": 7.4}, "The time of an answer rose from 1.10 s to 1.64 s: 5 % more is allowed"),
        ({"slow": 0.12}, "Slow answers rose from 5 % to 12 %: 0.5 points more is allowed"),
        ({"tokens": 1130.0}, "Tokens a call rose from 800 to 1,130: 10 % more is allowed"),
    ],
)
def test_harm_is_told_with_its_figures(worse, headline):
    answer = LOOK.at(figures(1500, **worse))
    assert answer.says is Says.FAIL
    assert answer.reasons[0].startswith(headline)
    assert "1,500 calls of the new version beside 28,500 of production's" in answer.reasons[0]


def test_of_several_harms_the_surest_is_the_headline():
    answer = LOOK.at(figures(1500, error=0.5, faithfulness=0.75))
    assert [reason.split()[0] for reason in answer.reasons] == ["Errors", "Faithfulness"]


def test_a_version_as_good_as_the_old_one_passes():
    answer = LOOK.at(figures(3000))
    assert answer.says is Says.PASS
    assert answer.reasons[0] == (
        "As good as production's version in faithfulness, errors, latency and tokens."
    )
    assert (answer.ratio, answer.ratio_wanted, answer.misassigned) == (
        pytest.approx(5, abs=0.1),
        5,
        0,
    )


def test_equal_constants_pass():
    def constant(found: ArmFigures) -> ArmFigures:
        mean = found.sums.mean
        return replace(arm(found.sums.n, mean), since=())

    drawn = figures(3000)
    strata = {
        metric: tuple(Stratum(s.percent, constant(s.control), constant(s.treatment)) for s in found)
        for metric, found in drawn.strata.items()
    }
    assert LOOK.at(replace(drawn, strata=strata)).says is Says.PASS


def test_what_is_open_is_told_with_the_calls_it_takes():
    answer = LOOK.at(figures(500))
    assert answer.says is Says.UNDECIDED
    assert answer.reasons[0] == "Healthy so far; needs about 470 more calls to be sure of errors."
    left = {metric.metric: metric.calls_left for metric in answer.metrics}
    assert left["error"] == pytest.approx(470, abs=10)
    # And so many calls later, all else equal, it does pass; not long before.
    assert LOOK.at(figures(500 + 470)).says is Says.PASS
    assert LOOK.at(figures(500 + 400)).says is Says.UNDECIDED


def test_a_metric_known_of_a_part_of_the_calls_is_forecast_in_calls():
    every = figures(300)
    [score] = figures(60).strata["score:faithfulness"]
    sampled = replace(every, strata={**every.strata, "score:faithfulness": (score,)})
    [of_sixty] = [m for m in LOOK.at(figures(60)).metrics if m.metric == "score:faithfulness"]
    [found] = [m for m in LOOK.at(sampled).metrics if m.metric == "score:faithfulness"]
    assert of_sixty.calls_left is not None
    assert found.calls_left == pytest.approx(5 * of_sixty.calls_left, abs=5)


def test_harm_that_may_be_chance_is_not_called_healthy():
    answer = LOOK.at(figures(300, faithfulness=0.76))
    assert answer.says is Says.UNDECIDED
    assert answer.reasons[0].startswith("Looks worse so far in faithfulness, but that may be")


def test_the_first_calls_say_how_few_they_are():
    answer = LOOK.at(figures(10))
    assert answer.says is Says.UNDECIDED
    assert answer.reasons[0].startswith("Healthy so far; needs more calls to be sure of")
    assert "10 calls of the new version and 190 of production's" in answer.reasons[1]


def test_a_version_of_which_nothing_was_reported_is_not_called_healthy():
    answer = LOOK.at(figures(0))
    assert answer.says is not Says.PASS
    assert not any("Healthy" in reason for reason in answer.reasons)


def test_one_busy_user_is_told_to_be_too_few():
    found = figures(500)
    [old] = found.strata["score:faithfulness"]
    one_user = replace(old, treatment=replace(old.treatment, shards={9: (500, 400.0)}))
    answer = LOOK.at(replace(found, strata={**found.strata, "score:faithfulness": (one_user,)}))
    assert answer.says is Says.UNDECIDED
    assert answer.reasons[1] == (
        "Faithfulness: known of 500 calls of the new version and 9,500 of production's, too few "
        "users or conversations to tell chance from harm."
    )


HELD = {
    "silent treatment": (
        lambda f: replace(f, newest_treatment=LONG_AGO),
        "No call of the new version has been reported for 22 minutes",
    ),
    "silent control": (
        lambda f: replace(f, newest_control=LONG_AGO),
        "No call of production's version has been reported for 22 minutes",
    ),
    "both silent": (
        lambda f: replace(f, newest_control=LONG_AGO, newest_treatment=None),
        "No calls have been reported for 22 minutes, of either version",
    ),
    "lost reports": (
        lambda f: replace(f, ratio=(ratio(60_000, 0.03),)),
        "The new version has 3 % of the 59,968 calls instead of 5 %",
    ),
    "mixed up": (
        lambda f: replace(f, misassigned=30),
        "3 % of the calls were served the version meant for the other group",
    ),
    "metric missing": (
        lambda f: without(f, "latency"),
        "No figures of latency come in for either version",
    ),
    "scores missing in one arm": (
        lambda f: scored(f, 0),
        "No figures of faithfulness come in for the new version",
    ),
    "scores cover less": (
        lambda f: scored(f, 2100),
        "70 % of the new version's calls have a score for faithfulness, but 100 % of production's",
    ),
}


@pytest.mark.parametrize("name", HELD)
def test_what_cannot_be_trusted_holds_and_says_why(name):
    break_it, headline = HELD[name]
    broken = break_it(figures(3000))
    answer = LOOK.at(broken)
    assert (answer.says, answer.reasons[0][: len(headline)]) == (Says.HELD, headline)


@pytest.mark.parametrize("name", HELD)
def test_harm_goes_before_what_cannot_be_trusted(name):
    break_it, headline = HELD[name]
    answer = LOOK.at(break_it(figures(3000, error=0.2)))
    assert answer.says is Says.FAIL
    assert answer.reasons[0].startswith("Errors rose")
    assert any(reason.startswith(headline) for reason in answer.reasons)


def without(found, metric):
    """Return the figures without one metric."""
    return replace(found, strata={m: s for m, s in found.strata.items() if m != metric})


def scored(found, n):
    """Return the figures with scores of only so many calls of the treatment."""
    [old] = found.strata["score:faithfulness"]
    new = replace(old, treatment=arm(n, 0.8, 0.2))
    return replace(found, strata={**found.strata, "score:faithfulness": (new,)})


def test_nobody_is_silent_or_lacks_a_figure_before_there_was_time():
    begun = replace(LOOK, began=timedelta(minutes=10))
    early = replace(figures(0), newest_control=None, newest_treatment=None, ratio=())
    assert begun.at(early).says is Says.UNDECIDED
    assert LOOK.at(early).says is Says.HELD


def test_scoring_as_many_calls_of_control_as_of_the_treatment_is_no_loss():
    found = figures(3000)
    [old] = found.strata["score:faithfulness"]
    equal = replace(old, control=arm(3000, 0.8, 0.2))
    chosen = replace(found, strata={**found.strata, "score:faithfulness": (equal,)})
    assert LOOK.at(chosen).says is Says.PASS
    lost = replace(old, control=arm(3000, 0.8, 0.2), treatment=arm(2100, 0.8, 0.2))
    answer = LOOK.at(replace(found, strata={**found.strata, "score:faithfulness": (lost,)}))
    assert answer.says is Says.HELD
    assert answer.reasons[0].startswith("70 % of the new version's calls have a score")


def test_a_judge_that_died_hours_ago_holds():
    found = figures(3000)
    [old] = found.strata["score:faithfulness"]
    some, nothing = Sums(500, 400, 330), Sums()
    dead = Stratum(
        5,
        replace(old.control, since=(some, nothing, nothing)),
        replace(old.treatment, since=(some, nothing, nothing)),
    )
    answer = LOOK.at(replace(found, strata={**found.strata, "score:faithfulness": (dead,)}))
    assert answer.says is Says.HELD
    assert "No figures of faithfulness come in for either version" in answer.reasons[0]


def test_an_optional_metric_blocks_nothing_by_its_absence_but_fails_by_its_harm():
    assert LOOK.at(without(figures(3000), "slow")).says is Says.PASS
    assert LOOK.at(figures(3000, slow=0.2)).says is Says.FAIL


def test_without_a_required_metric_a_person_decides():
    optional = Look(tuple(replace(g, required=False) for g in GUARDRAILS))
    answer = optional.at(figures(3000))
    assert (answer.says, answer.reasons) == (
        Says.UNDECIDED,
        ("No metric is required: a person decides whether it goes further.",),
    )


def test_another_metric_takes_its_part_of_alpha():
    alone, beside = Look((quality("faithfulness"),)), Look()
    found = figures(400, faithfulness=0.74)
    needed = [look.at(found).metrics[0].needed for look in (alone, beside)]
    assert needed[0] < needed[1]


def test_what_earlier_steps_showed_is_no_pass_of_a_step_without_figures():
    before = figures(3000)
    nothing = Stratum(25, ArmFigures(), ArmFigures())
    strata = {metric: (*found, nothing) for metric, found in before.strata.items()}
    short = replace(LOOK, began=timedelta(minutes=10))
    answer = short.at(replace(before, strata=strata))
    assert answer.says is Says.UNDECIDED
    assert answer.reasons == (
        "Healthy until this step, which lacks figures yet: "
        "faithfulness, errors, latency and tokens of either version.",
    )
    assert LOOK.at(replace(before, strata=strata)).says is Says.HELD  # when it is time
