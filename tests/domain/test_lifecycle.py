"""The two state tables hold what the design promises."""

from registry.domain.lifecycle import (
    CLEARANCE_EDGES,
    FINAL,
    NEXT_ACTOR,
    ROLLOUT_EDGES,
    Clearance,
    RolloutState,
    can_clear,
    can_roll,
)


def reachable(start: Clearance, *, without: frozenset[Clearance]) -> set[Clearance]:
    """Walk the clearance table from `start`, never entering `without`."""
    seen, waiting = {start}, [start]
    while waiting:
        for state in CLEARANCE_EDGES[waiting.pop()] - without - seen:
            seen.add(state)
            waiting.append(state)
    return seen


def test_nothing_is_cleared_without_having_been_evaluated() -> None:
    around = reachable(Clearance.DRAFT, without=frozenset({Clearance.EVALUATING}))
    assert around == {Clearance.DRAFT, Clearance.WITHDRAWN}


def test_a_failed_version_ships_only_through_another_evaluation() -> None:
    around = reachable(Clearance.FAILED, without=frozenset({Clearance.EVALUATING}))
    assert around == {Clearance.FAILED, Clearance.WITHDRAWN}


def test_final_states_are_exactly_those_a_person_ended() -> None:
    assert {Clearance.REJECTED, Clearance.CHANGES_REQUESTED, Clearance.WITHDRAWN} == FINAL


def test_every_state_that_is_not_final_can_be_withdrawn() -> None:
    assert all(can_clear(state, Clearance.WITHDRAWN) for state in set(Clearance) - FINAL)


def test_every_state_names_who_acts_next() -> None:
    assert set(NEXT_ACTOR) == set(Clearance)


def test_every_rollout_that_is_not_rolled_back_can_be() -> None:
    others = set(RolloutState) - {RolloutState.ROLLED_BACK}
    assert all(can_roll(state, RolloutState.ROLLED_BACK) for state in others)


def test_a_rollout_never_comes_back_from_its_end() -> None:
    assert ROLLOUT_EDGES[RolloutState.ROLLED_BACK] == frozenset()
    assert ROLLOUT_EDGES[RolloutState.COMPLETE] == {RolloutState.ROLLED_BACK}
