"""The policy: the road of each risk, the floors, and what counts as loosening."""

import copy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.policy import DAY, Plan, Policy, PolicyError, Stage, duration
from registry.domain.semver import Risk

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def changed(risk: str, **fields: object) -> Policy:
    """Return the team's policy with one risk changed."""
    document = copy.deepcopy(Policy.default("team").document())
    document["risks"][risk] |= fields
    return Policy.from_document(document)


def test_the_road_of_a_minor_reads_as_people_speak() -> None:
    road = Policy.default("team").road(Risk.MINOR)
    assert road.sentences(cases=42) == [
        "MINOR: 42 golden cases, each against what production serves now.",
        "No approval needed.",
        "Then 24 h on staging, 5 % for 48 h, 25 % for 6 h, 50 % for 6 h, then everyone; "
        "about 3 days 12 h.",
    ]


def test_a_patch_goes_to_everyone_at_once_and_a_major_is_signed() -> None:
    policy = Policy.default("team")
    assert policy.road(Risk.PATCH).plan.total_minutes == 0
    assert "one person who did not write it" in policy.road(Risk.MAJOR).sentences()[1]
    assert Policy.default("regulated").risks[Risk.MAJOR].approvals == 2


def test_a_plan_walks_its_stages_and_waits_for_each() -> None:
    plan = Plan(DAY, (Stage(5, 60), Stage(25, 30)))
    assert [plan.next_percent(p) for p in (0, 5, 25)] == [5, 25, 100]
    assert plan.due_at(0, NOON) == datetime(2026, 3, 3, 12, tzinfo=UTC)
    assert plan.due_at(5, NOON) == datetime(2026, 3, 2, 13, tzinfo=UTC)
    assert plan.starting_at(25).next_percent(0) == 25


@pytest.mark.parametrize("preset", ["team", "solo", "regulated"])
@pytest.mark.parametrize("sandbox", [False, True])
def test_defaults_survive_being_stored(preset: str, sandbox: bool) -> None:
    policy = Policy.default(preset, sandbox=sandbox)
    assert Policy.from_document(policy.document()) == policy


def test_the_defaults_are_the_floor_and_a_sandbox_is_below_it() -> None:
    assert Policy.default("team").problems() == []
    assert Policy.default("team", sandbox=True).problems() == [
        "MINOR: 2 min on staging instead of 24 h.",
        "MINOR: 7 min of canary instead of 2 days 12 h.",
        "MAJOR: 2 min on staging instead of 24 h.",
        "MAJOR: 7 min of canary instead of 4 days.",
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"approvals": 0}, "MAJOR: 0 approvals instead of 1."),
        ({"output_checks": "smoke"}, "MAJOR: fewer golden cases are checked."),
        ({"min_cases": 5}, "MAJOR: 5 golden cases suffice instead of 20."),
        ({"stages": []}, "MAJOR: no canary."),
        ({"stages": [[5, 0], [50, 4 * DAY]]}, "MAJOR: 0 min at 25 % or less instead of 3 days."),
        (
            {"stages": [[5, 60], [25, 3 * DAY - 60], [50, DAY]]},
            "MAJOR: 1 h at 5 % or less instead of 48 h.",
        ),
    ],
)
def test_asking_for_less_is_named_and_asking_for_more_is_not(
    fields: dict[str, object], sentence: str
) -> None:
    looser = changed("MAJOR", **fields)
    assert sentence in looser.problems()
    assert Policy.default("team").looser_than(looser) == []


@pytest.mark.parametrize("stages", [[[5, 4 * DAY]], [[1, DAY], [5, DAY], [20, 2 * DAY]]])
def test_a_slower_canary_asks_for_no_less(stages: list[list[int]]) -> None:
    assert changed("MAJOR", stages=stages).problems() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"approvals": -1},
        {"approvals": True},
        {"soak_minutes": "1440"},
        {"output_checks": "none"},
        {"stages": [[25, 60], [5, 60]]},
        {"stages": [[100, 60]]},
    ],
)
def test_nonsense_is_refused_naming_the_risk(fields: dict[str, object]) -> None:
    with pytest.raises(PolicyError) as refusal:
        changed("MINOR", **fields)
    assert refusal.value.field == "MINOR"


@given(st.integers(0, 100 * DAY))
def test_a_duration_says_every_minute(minutes: int) -> None:
    worth = {"day": DAY, "days": DAY, "h": 60, "min": 1}
    words = duration(minutes).split()
    assert sum(int(n) * worth[unit] for n, unit in zip(words[::2], words[1::2])) == minutes
