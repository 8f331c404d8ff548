"""What follows from an answer: plain rules over values."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.watch.answer import Answer, Says
from evaluation.online.watch.move import Move, Step, next_move
from registry.domain.watching import Hours

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
STEP = Step(measured=True, cleared=True, minutes=60, started_at=START)
DUE = START + timedelta(hours=1)


def answer(says: Says, reason: str = "Because.") -> Answer:
    return Answer(says, (reason,))


def move(says: Says, step: Step = STEP, now: datetime = DUE) -> Move:
    return next_move(answer(says), step, now=now)[0]


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        (Says.PASS, Move.ON),
        (Says.UNDECIDED, Move.STAY),
        (Says.HELD, Move.HOLD),
        (Says.FAIL, Move.BACK),
    ],
)
def test_each_answer_has_its_move_when_the_step_is_due(says: Says, expected: Move) -> None:
    assert move(says) is expected


@pytest.mark.parametrize(
    ("change", "now"),
    [
        ({"measured": False}, DUE),
        ({"cleared": False}, DUE),
        ({"held": "A person's reason."}, DUE),
        ({"hours": Hours(start=time(9), end=time(12))}, DUE),
        ({}, DUE - timedelta(seconds=1)),
    ],
    ids=["attended", "not cleared", "held", "after work", "not due"],
)
def test_a_pass_alone_is_not_enough(change: dict[str, object], now: datetime) -> None:
    assert move(Says.PASS, replace(STEP, **change), now) is Move.STAY  # type: ignore[arg-type]
    assert move(Says.FAIL, replace(STEP, **change), now) is Move.BACK  # type: ignore[arg-type]


def test_working_hours_are_those_of_the_project_s_zone() -> None:
    morning = Hours(start=time(9), end=time(12))
    assert move(Says.PASS, replace(STEP, hours=morning, zone="UTC")) is Move.STAY
    assert move(Says.PASS, replace(STEP, hours=morning, zone="America/New_York")) is Move.STAY
    west = replace(STEP, hours=morning, zone="America/Denver")
    late = datetime(2026, 3, 2, 16, 30, tzinfo=UTC)
    assert move(Says.PASS, west, late) is Move.ON


def test_the_same_reason_with_other_figures_is_the_same_reason() -> None:
    step = replace(STEP, held="Silent for 19 minutes.", own_hold="Silent for 19 minutes.")
    held = answer(Says.HELD, "Silent for 2 hours.")
    assert next_move(held, step, now=DUE)[0] is Move.STAY
    other = answer(Says.HELD, "The share is off.")
    assert next_move(other, step, now=DUE) == (Move.HOLD, "The share is off.")


def test_who_resumes_an_undecided_one_is_not_held_again_for_what_else_is_open() -> None:
    over = START + timedelta(minutes=240)
    reason = next_move(answer(Says.UNDECIDED, "Not sure of errors."), STEP, now=over)[1]
    other = answer(Says.UNDECIDED, "Not sure of errors and cost.")
    for held in (reason, ""):  # held for it, or resumed against it
        step = replace(STEP, held=held, own_hold=reason)
        assert next_move(other, step, now=over)[0] is Move.STAY
    person = replace(STEP, held="I look at it.", own_hold=reason)
    assert next_move(answer(Says.PASS), person, now=over)[0] is Move.STAY


def test_a_step_may_be_patient_for_four_times_its_minutes() -> None:
    almost, over = START + timedelta(minutes=239), START + timedelta(minutes=240)
    assert move(Says.UNDECIDED, STEP, almost) is Move.STAY
    assert move(Says.UNDECIDED, STEP, over) is Move.HOLD
    sure = replace(STEP, sure_enough=True)
    assert move(Says.UNDECIDED, sure, almost) is Move.STAY
    assert move(Says.UNDECIDED, sure, over) is Move.ON


@given(
    says=st.sampled_from(Says),
    step=st.builds(
        Step,
        measured=st.booleans(),
        cleared=st.booleans(),
        minutes=st.integers(0, 10_000),
        started_at=st.just(START),
        held=st.sampled_from(["", "Mine.", "Ana's."]),
        own_hold=st.sampled_from(["", "Mine."]),
        sure_enough=st.booleans(),
        hours=st.sampled_from([None, Hours()]),
    ),
    minutes=st.integers(0, 100_000),
)
def test_nothing_goes_on_without_evidence_time_and_leave(
    says: Says, step: Step, minutes: int
) -> None:
    now = START + timedelta(minutes=minutes)
    found = move(says, step, now)
    if found is Move.ON:
        assert step.measured
        assert step.cleared
        assert not step.held
        assert now >= step.due
        assert says is Says.PASS or (says is Says.UNDECIDED and step.sure_enough)
    if found is Move.RESUME:
        assert step.held == step.own_hold == "Mine."
    assert (found is Move.BACK) == (says is Says.FAIL)
