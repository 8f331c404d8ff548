"""What a policy says about live traffic: read strictly, told in words, compared for less."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.domain.watch import guardrails
from registry.domain.errors import PolicyError
from registry.domain.policy import Policy
from registry.domain.watching import Watching
from registry.domain.watching_rules import DEFAULTS, looser, read_watching, sentences

WORK = {"days": [0, 1, 2, 3, 4], "start": "09:00", "end": "17:00"}


def read(**document: Any) -> Watching:
    return read_watching(document)


def less(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    return list(looser(read(**ours), read(**theirs)))


def test_the_usual_limits_are_those_of_the_statistics() -> None:
    rails = [
        guardrails.ERROR,
        guardrails.SLOW,
        guardrails.LATENCY,
        guardrails.cost("tokens"),
        guardrails.cost("cost"),
        guardrails.quality("score"),
    ]
    told = {
        rail.name: (
            (rail.tolerance_share, rail.margin_share)
            if rail.in_means
            else (rail.tolerance, rail.margin)
        )
        for rail in rails
    }
    assert told == DEFAULTS


@pytest.mark.parametrize(
    ("field", "document"),
    [
        ("alpha", {"alpha": 0}),
        ("alpha", {"alpha": "often"}),
        ("alpha", {"alpha": math.nan}),
        ("hours", {"hours": {"days": [], "start": "09:00", "end": "17:00"}}),
        ("hours", {"hours": {"days": [7], "start": "09:00", "end": "17:00"}}),
        ("hours", {"hours": WORK | {"end": "09:00"}}),
        ("hours", {"hours": WORK | {"start": "nine"}}),
        ("after_minutes", {"after_minutes": -1}),
        ("after_minutes", {"after_minutes": 90 * 24 * 60 + 1}),
        ("silence_minutes", {"silence_minutes": 0}),
        ("goes_back_by_itself", {"goes_back_by_itself": "yes"}),
        ("guardrails", {"guardrails": {"beauty": {"tolerance": 1}}}),
        ("guardrails", {"guardrails": {"error": {"bound": 1}}}),
        ("guardrails", {"guardrails": {"error": {"margin": -1}}}),
        ("guardrails", {"guardrails": {"error": {"tolerance": 0.02}}}),
    ],
)
def test_what_is_no_policy_is_refused_and_names_its_field(
    field: str, document: dict[str, Any]
) -> None:
    with pytest.raises(PolicyError) as wrong:
        read(**document)
    assert wrong.value.field == field
    whole = Policy.default("team").document() | {"watching": document}
    with pytest.raises(PolicyError):
        Policy.from_document(whole)


def test_what_is_not_said_is_as_usual() -> None:
    assert read_watching(None) == Watching()
    assert Policy.from_document(Policy.default("team").document()).watching == Watching()


@pytest.mark.parametrize(
    ("ours", "theirs", "said"),
    [
        ({}, {"hours": WORK}, "outside the hours of now"),
        ({"hours": WORK | {"end": "18:00"}}, {"hours": WORK}, "outside the hours of now"),
        ({"hours": WORK | {"days": [0, 1, 2, 3, 4, 6]}}, {"hours": WORK}, "outside the hours"),
        ({"after_minutes": 60}, {}, "watched for 1 h after a rollout instead of 7 days"),
        ({}, {"goes_back_by_itself": True}, "waits for a person"),
        ({}, {"silence_minutes": 60}, "may go on for longer"),
        ({"silence_minutes": 61}, {"silence_minutes": 60}, "may go on for longer"),
        (
            {"guardrails": {"error": {"margin": 0.02}}},
            {},
            "the margin of errors is 2 percentage points instead of 1 percentage points",
        ),
        (
            {"guardrails": {"score:tone": {"tolerance": 0.02}}},
            {},
            "the tolerance of tone is 0.02 instead of 0.01",
        ),
    ],
)
def test_less_is_named_and_the_other_way_is_not_less(
    ours: dict[str, Any], theirs: dict[str, Any], said: str
) -> None:
    assert said in " ".join(less(ours, theirs))
    assert less(theirs, ours) == []


@given(
    st.floats(0, 0.005),
    st.floats(0.01, 0.2),
    st.integers(0, 90 * 24 * 60),
    st.none() | st.integers(1, 90 * 24 * 60),
)
def test_what_is_read_is_written_the_same_and_asks_no_less_than_itself(
    tolerance: float, margin: float, after: int, silence: int | None
) -> None:
    watching = read(
        guardrails={"error": {"tolerance": tolerance, "margin": margin}},
        after_minutes=after,
        silence_minutes=silence,
        hours=WORK,
    )
    assert read_watching(watching.document()) == watching
    assert list(looser(watching, watching)) == []
    assert all(sentence.endswith(".") for sentence in sentences(watching))


def test_the_promise_about_false_rollbacks_is_kept_outside_of_sandboxes() -> None:
    document = Policy.default("team").document()
    document["watching"] |= {"alpha": 0.05}
    assert Policy.from_document(document).problems() == ["The chance of a false rollback is 1 %."]
    assert Policy.default("team").problems() == []


def test_the_page_reads_in_sentences() -> None:
    watching = read(
        hours=WORK,
        guardrails={"latency": {"margin": math.log(1.3)}},
        after_minutes=0,
        silence_minutes=120,
    )
    assert sentences(watching) == [
        "A whole rollout goes back by mistake in at most 1 % of cases, however often it is "
        "looked at.",
        "Steps forward are taken on Monday, Tuesday, Wednesday, Thursday, Friday from 09:00 to "
        "17:00 in the project's time zone. Going back happens at any time.",
        "Time to answer may get worse by 5 % before it counts as harm, and never goes on beyond "
        "30 %.",
        "Production is not watched after a rollout.",
        "A canary that nobody reports on goes back after 2 h.",
    ]
