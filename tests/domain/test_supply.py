"""Whether what an application supplies fills a text, worked out by hand and as properties."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from registry.domain.supply import AT_ONCE, Given, Needs, Shortfall, shortfall

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
EARLIER = NOON - AT_ONCE - timedelta(seconds=1)
PLAN = Needs(needed=frozenset({"company", "plan"}), known=frozenset({"company", "plan", "tone"}))
NAMES = st.frozensets(st.sampled_from(["company", "plan", "tone", "tier"]))
PROCESSES = st.lists(
    st.builds(Given, NAMES, st.sampled_from([NOON, EARLIER, NOON - AT_ONCE])), min_size=1
)


def sent(*names: str, at: datetime = NOON) -> Given:
    return Given(frozenset(names), at)


def test_one_process_either_sends_a_variable_or_never_does() -> None:
    assert shortfall([sent("company", "plan", "tone")], PLAN) == Shortfall()
    assert shortfall([sent("company")], PLAN) == Shortfall(never=frozenset({"plan"}))


def test_of_several_running_processes_one_that_lacks_it_counts() -> None:
    found = shortfall([sent("company", "plan"), sent("company", at=NOON - AT_ONCE)], PLAN)
    assert found == Shortfall(sometimes=frozenset({"plan"}))


def test_a_process_that_ended_only_counts_for_lately() -> None:
    found = shortfall([sent("company", "plan"), sent("company", "tier", at=EARLIER)], PLAN)
    assert found == Shortfall(lately=frozenset({"plan"}))
    again = shortfall([sent("company"), sent("company", "plan", at=EARLIER)], PLAN)
    assert again == Shortfall(never=frozenset({"plan"}))


def test_what_no_text_knows_is_named() -> None:
    assert shortfall([sent("company", "plan", "tier")], PLAN).unknown == {"tier"}


def test_what_falls_short_of_the_present_text_too_is_left_out() -> None:
    now = Needs(needed=frozenset({"company"}), known=frozenset({"company", "old"}))
    short = shortfall([sent("old", "tier")], PLAN)
    assert short == Shortfall(
        never=frozenset({"company", "plan"}), unknown=frozenset({"old", "tier"})
    )
    assert short.besides(now) == Shortfall(never=frozenset({"plan"}), unknown=frozenset({"old"}))


def test_who_says_nothing_lacks_nothing() -> None:
    assert shortfall([], PLAN) == Shortfall()


@given(PROCESSES)
def test_a_variable_falls_short_in_one_way_at_most(processes: list[Given]) -> None:
    found = shortfall(processes, PLAN)
    ways = [found.never, found.sometimes, found.lately]
    assert sum(map(len, ways)) == len(frozenset().union(*ways))
    assert frozenset().union(*ways) <= PLAN.needed
    everywhere = frozenset.intersection(*(one.names for one in processes))
    assert not everywhere & frozenset().union(*ways)
