"""A score joins its call or trace whichever comes first, once, and never guesses."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from evaluation.online.intake.forget import forget
from evaluation.online.intake.keys import call_key
from evaluation.online.intake.observation import Observation, Recorded, Score
from evaluation.online.intake.record import record, record_scores
from evaluation.online.models import IntakeCount, Shard, WaitingScore
from tests import stages
from tests.evaluation.online.intake.conftest import Ground, sums

pytestmark = pytest.mark.django_db
Calls = Callable[..., Recorded]
QUALITY = ("1.0.0", "control", "score:quality")


@pytest.fixture
def call(ground: Ground, now: datetime) -> Calls:
    """Record a call that came as a span."""

    def recorded(id: str, trace: str = "", version: str = "1.0.0", **fields: Any) -> Recorded:
        prompt = fields.pop("prompt", ground.prompt.name)
        one = Observation("otlp", id, now, prompt, version, trace=trace, **fields)
        return record(ground.shop.project, [one], now=now, door="otlp")

    return recorded


@pytest.fixture
def score(ground: Ground, now: datetime) -> Calls:
    """Record a score that came from Langfuse."""

    def recorded(id: str, value: float = 0.5, **about: Any) -> Recorded:
        one = Score("langfuse", id, about.pop("name", "quality"), value, now, **about)
        return record_scores(ground.shop.project, [one], now=now)

    return recorded


def test_a_score_after_its_call_counts_beside_it(call: Calls, score: Calls) -> None:
    call("span-1", bucket=77)
    assert score("s1", call="span-1").taken == 1
    assert score("s1", call="span-1").again == 1
    assert sums()[QUALITY] == (1, 0.5)
    assert Shard.objects.get(metric="score:quality").shard == 77 % 64


def test_a_score_before_its_call_waits_for_it(call: Calls, score: Calls) -> None:
    assert score("s1", call="span-1").taken == 1
    assert score("s1", call="span-1").again == 1
    assert QUALITY not in sums()
    call("another")
    assert QUALITY not in sums()
    call("span-1")
    assert sums()[QUALITY] == (1, 0.5)
    assert not WaitingScore.objects.exists()
    assert score("s1", call="span-1").again == 1
    assert call("span-1").again == 1
    assert sums()[QUALITY] == (1, 0.5)


@pytest.mark.parametrize("first", ["score", "call"])
def test_a_score_of_a_trace_joins_its_only_call(call: Calls, score: Calls, first: str) -> None:
    if first == "score":
        score("s1", trace="t1")
    call("span-1", trace="t1")
    if first == "call":
        score("s1", trace="t1")
    assert sums()[QUALITY] == (1, 0.5)


def test_a_trace_with_calls_of_two_prompts_says_nothing(
    ground: Ground, call: Calls, score: Calls
) -> None:
    stages.in_production(ground.shop, stages.prompt_named(ground.shop, "faq/tone"))
    call("span-1", trace="t1")
    call("span-2", trace="t1", prompt="faq/tone")
    call("span-3", trace="t1")
    refused = score("s1", trace="t1")
    assert (refused.taken, refused.rejected[0].outcome) == (0, "ambiguous")
    assert score("s2", call="span-2").taken == 1
    assert sum(n for key, (n, _) in sums().items() if key[2] == "score:quality") == 1


def test_a_score_that_names_prompt_and_version_needs_no_call(score: Calls, ground: Ground) -> None:
    named = {"trace": "t9", "prompt": ground.prompt.name}
    assert score("s1", version="1.0.0", **named).taken == 1
    assert sums() == {QUALITY: (1, 0.5)}
    assert score("s2", version="9.9.9", **named).rejected[0].field == "version"


def test_a_score_may_know_its_call_by_digest(ground: Ground, call: Calls, score: Calls) -> None:
    call("span-1")
    assert score("s1", key=call_key(ground.shop.project.pk, "otlp", "span-1")).taken == 1
    assert sums()[QUALITY] == (1, 0.5)


@pytest.mark.parametrize(
    "wrong", [{"value": 1.5}, {"value": float("nan")}, {"name": ""}, {"id": ""}, {"call": ""}]
)
def test_a_score_that_cannot_be_right_is_refused(score: Calls, wrong: dict[str, Any]) -> None:
    said = {"id": "s1", "call": "span-1", **wrong}
    assert len(score(**said).rejected) == 1
    assert not WaitingScore.objects.exists()


def test_scores_of_another_project_join_nothing(ground: Ground, call: Calls, now: datetime) -> None:
    call("span-1")
    bank = stages.world("bank", sandbox=True)
    record_scores(
        bank.project, [Score("langfuse", "s1", "quality", 1, now, call="span-1")], now=now
    )
    assert QUALITY not in sums()


def test_a_score_whose_call_never_comes_is_given_up_after_an_hour(
    score: Calls, call: Calls, now: datetime
) -> None:
    score("s1", call="span-1")
    forget(now + timedelta(minutes=59))
    assert WaitingScore.objects.count() == 1
    forget(now + timedelta(minutes=61))
    assert not WaitingScore.objects.exists()
    assert IntakeCount.objects.get(outcome="no_call").n == 1
    call("span-1")
    assert QUALITY not in sums()


def test_a_later_score_under_the_id_of_the_call_is_one_more_metric(ground: Ground) -> None:
    sent = ground.call("a", scores={"faithfulness": 1})
    ground.send(sent)
    again = ground.send({**sent, "scores": {"relevance": 0.5}}).json()
    assert (again["taken"], again["again"]) == (1, 0)
    assert ground.send({**sent, "scores": {"relevance": 0.9}}).json()["again"] == 1
    assert sums() == {
        ("1.0.0", "control", "error"): (1, 0.0),
        ("1.0.0", "control", "score:faithfulness"): (1, 1.0),
        ("1.0.0", "control", "score:relevance"): (1, 0.5),
    }
