"""How a rollout begins: what it is held to, at which share, and whether anybody can measure it."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from evaluation.domain.watch.guardrails import Guardrail
from evaluation.offline.suites import set_suite
from evaluation.online.models import Watch
from evaluation.online.traffic import proposal, traffic_of
from registry.domain.policy import Policy
from registry.domain.watching import Watching
from registry.projects.policies import change_policy, current_policy
from registry.release.models import Rollout
from tests.evaluation.online.watch.ground import Calls, Story
from tests.stages import MINOR_TEXT, evaluated, saved, with_judge, with_suite

pytestmark = pytest.mark.django_db

REAL = ((5, 2880), (25, 360), (50, 360))


def rails(rollout: Rollout) -> dict[str, Guardrail]:
    documents = Watch.objects.get(rollout=rollout).guardrails
    return {document["metric"]: Guardrail.from_document(document) for document in documents}


def test_errors_and_latency_are_always_required_the_rest_where_production_had_it() -> None:
    story = Story(stages=REAL)
    story.traffic(calls=Calls(1000, tokens=None, custom={"tone": 0.9}))
    found = rails(story.start(story.version()))
    assert {name: rail.required for name, rail in found.items()} == {
        "error": True,
        "score:faithfulness": True,
        "score:relevance": False,
        "latency": True,
        "tokens": False,
        "slow": False,
        "score:tone": False,
    }
    assert (found["score:tone"].weight, found["score:faithfulness"].weight) == (1, 3)


def test_dollars_take_the_place_of_tokens_where_they_are_reported() -> None:
    story = Story(stages=REAL)
    story.traffic(calls=Calls(1000, cost=0.002))
    found = rails(story.start(story.version()))
    assert found["cost"].required
    assert "tokens" not in found


def test_the_judges_that_block_name_what_is_quality() -> None:
    story = Story(stages=REAL)
    with_suite(story.world, story.prompt)
    judge = with_judge(story.world, "relevance")
    suite = story.prompt.suite
    set_suite(
        story.prompt,
        dataset=suite.dataset,
        checks=suite.checks,
        connection=suite.connection,
        judges=[{"version": judge.pk, "gating": True, "margin": 0.03, "min_mean": None}],
        actor=story.world.actor("ana"),
        reason="Relevance blocks.",
    )
    story.traffic(calls=Calls(1000, custom={"relevance": 0.8}))
    base = story.segment().control
    version = evaluated(story.world, saved(story.world, story.prompt, MINOR_TEXT, base=base))
    found = rails(story.start(version))
    assert found["score:relevance"].required
    assert not found["score:faithfulness"].required
    assert found["score:faithfulness"].weight == 1


def test_a_policy_may_ask_for_more_or_less_and_name_a_score() -> None:
    rules = {"error": {"margin": 0.02}, "tokens": {"margin": 0.5}, "score:tone": {"margin": 0.1}}
    story = Story(stages=REAL, watching=Watching(guardrails=rules))
    story.traffic(calls=Calls(1000, custom={"tone": 0.9}))
    found = rails(story.start(story.version()))
    assert found["error"].margin == 0.02
    assert found["tokens"].margin_share == 0.5
    assert found["score:tone"].required
    assert (found["score:tone"].margin, found["score:tone"].tolerance) == (0.1, 0.01)


def test_nobody_moves_the_bar_of_a_rollout_under_way() -> None:
    story = Story(stages=REAL)
    story.traffic()
    rollout = story.start(story.version())
    before = rails(rollout)
    _, policy = current_policy(story.world.project)
    changed = replace(policy, watching=Watching(guardrails={"error": {"margin": 0.5}}))
    assert isinstance(changed, Policy)
    ada = story.world.actor("ada")
    change_policy(story.world.project, policy=changed, actor=ada, reason="Looser.")
    story.live()
    story.tick()
    assert rails(rollout) == before
    with pytest.raises(IntegrityError), transaction.atomic():
        Watch.objects.filter(rollout=rollout).update(guardrails=[])


def test_how_slow_is_slow_is_production_s_95th_percentile_once_it_has_200_calls() -> None:
    story = Story(stages=REAL)
    story.traffic(hours=1, calls=Calls(150, latency=900))
    rollout = story.start(story.version(), attended=False)
    assert Watch.objects.get(rollout=rollout).slow_over is None
    story.live(Calls(10), Calls(190))
    story.tick()
    bound = Watch.objects.get(rollout=rollout).slow_over
    assert bound is not None
    assert 900 <= bound < 940
    story.live(Calls(10), Calls(190, latency=2000))
    story.tick()
    assert Watch.objects.get(rollout=rollout).slow_over == bound


@pytest.mark.parametrize(
    ("calls", "percent", "mode"),
    [(2000, 5, "measured"), (100, 33, "measured"), (2, 50, "attended")],
    ids=["much", "some", "next to nothing"],
)
def test_the_first_share_follows_the_traffic(calls: int, percent: int, mode: str) -> None:
    story = Story(stages=REAL)
    story.traffic(calls=Calls(calls))
    version = story.version()
    found = proposal(version, now=story.now)
    assert found.percent == percent
    assert f"{percent} % finds a quality drop of 0.05" in found.sentences[0]
    rollout = story.start(version)
    assert (rollout.percent, rollout.mode) == (percent, mode)


def test_where_nobody_reports_a_person_takes_each_step_and_is_told_why() -> None:
    story = Story(stages=REAL)
    rollout = story.start(story.version())
    assert rollout.mode == "attended"
    assert rollout.attended_because.startswith("Nobody reports what production answers")


def test_without_a_score_nothing_watches_quality_and_with_one_the_watcher_does() -> None:
    story = Story(stages=REAL)
    story.traffic(calls=Calls(1000, score=None))
    version = story.version()
    because = proposal(version, now=story.now).attended_because
    assert because.startswith("Nothing watches answer quality")
    story.wait(hours=3)
    story.traffic(hours=3)
    assert story.start(version).mode == "measured"


def test_reports_that_ended_three_days_ago_are_none() -> None:
    story = Story(stages=REAL)
    story.traffic()
    assert traffic_of(story.prompt, now=story.now).comes_in(story.now)
    story.wait(days=3)
    assert not traffic_of(story.prompt, now=story.now).comes_in(story.now)
    assert "Nobody reports" in proposal(story.version(), now=story.now).attended_because


def test_what_somebody_chose_wins_over_what_is_proposed() -> None:
    story = Story(stages=REAL)
    story.traffic(calls=Calls(100))
    rollout = story.start(story.version(), percent=10, attended=True)
    assert (rollout.percent, rollout.mode) == (10, "attended")
    assert rollout.attended_because
