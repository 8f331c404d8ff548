"""How a judge stands: people's blind marks against its scores."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evaluation.offline.judging.marks import mark
from evaluation.offline.judging.replays.start import marked_without_score, replay_marked
from evaluation.offline.judging.replays.work import work_on_replay
from evaluation.offline.judging.standing import standing_of, standings_of
from evaluation.offline.models import CaseResult, Judgement, JudgeVersion, Replay
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.projects.access import NotPermitted
from tests import stages
from tests.evaluation.judging.conftest import JudgeModel, judge_of
from tests.stages import World


def scored(version: JudgeVersion, result: CaseResult, score: int, replay: Replay) -> None:
    """Write what the judge said."""
    Judgement.objects.create(
        replay=replay, result=result, judge=version, score=score, value=score / 5, reasoning="So."
    )


def replay_of(shop: World, version: JudgeVersion, *results: CaseResult) -> Replay:
    return Replay.objects.create(
        judge=version, results=[r.pk for r in results], requested_by=shop.person("ana")
    )


def test_without_marks_nothing_is_known(shop: World, model: JudgeModel) -> None:
    standing = standing_of(judge_of(shop))
    assert (standing.marks, standing.flag, standing.kappa) == (0, "not measured", None)
    assert "Not measured" in standing.words


def test_few_marks_give_figures_but_stay_not_measured(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    version = judge_of(shop)
    replay = replay_of(shop, version, *results[:4])
    given = [(5, 5), (4, 5), (2, 4), (1, 1)]  # people, judge
    for result, (people, judge) in zip(results, given, strict=False):
        scored(version, result, judge, replay)
        mark(version.judge, result=result, score=people, blind=True, actor=shop.actor("rui"))
    standing = standing_of(version)
    assert (standing.marks, standing.exact, standing.within_one) == (4, 0.5, 0.75)
    assert standing.kappa == pytest.approx(1 - 1.25 / 5.75)
    assert standing.bias == 0.75
    assert standing.flag == "not measured"
    assert "4 of at least 50" in standing.words


@pytest.fixture
def fifty(shop: World, results: list[CaseResult]) -> list[CaseResult]:
    """Fifty answers of two runs."""
    prompt = stages.prompt_named(shop, "faq/tone")
    stages.in_production(shop, prompt)
    stages.with_suite(shop, prompt)
    first = prompt.versions.get()
    text = stages.FIRST_TEXT + " Always be brief."
    stages.evaluated(shop, stages.saved(shop, prompt, text, base=first))
    return list(CaseResult.objects.select_related("run__prompt").order_by("pk")[:50])


@pytest.mark.parametrize(
    ("judge_says", "flag", "words"),
    [
        (lambda people: people, "", "agrees well with people"),
        (lambda people: (3, 2, 3, 3, 4)[people - 1], "", "moderately with people: kappa 0.50"),
        (lambda people: 5, "weak", "Weak"),
        (lambda people: 6 - people, "weak", "Weak"),
    ],
    ids=["the same", "half as far from chance", "always the best", "the opposite"],
)
def test_with_fifty_marked_answers_a_judge_is_sound_or_weak(
    shop: World,
    model: JudgeModel,
    fifty: list[CaseResult],
    judge_says: object,
    flag: str,
    words: str,
) -> None:
    version = judge_of(shop)
    replay = replay_of(shop, version, *fifty)
    for at, result in enumerate(fifty):
        people = at % 5 + 1
        mark(version.judge, result=result, score=people, blind=True, actor=shop.actor("rui"))
        scored(version, result, judge_says(people), replay)  # type: ignore[operator]
    standing = standing_of(version)
    assert standing.marks == 50
    assert standing.flag == flag
    assert words in standing.words


def test_two_people_marking_the_same_answers_are_two_pairs_but_one_answer(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    version = judge_of(shop)
    scored(version, results[0], 4, replay_of(shop, version, results[0]))
    for name, score in (("rui", 4), ("ana", 2)):
        mark(version.judge, result=results[0], score=score, blind=True, actor=shop.actor(name))
    standing = standing_of(version)
    assert (standing.marks, standing.exact, standing.bias) == (1, 0.5, 1.0)


def test_marks_given_after_seeing_the_score_measure_nothing(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    version = judge_of(shop)
    scored(version, results[0], 5, replay_of(shop, version, results[0]))
    mark(version.judge, result=results[0], score=1, blind=False, actor=shop.actor("rui"))
    assert standing_of(version).marks == 0


def test_asking_again_until_the_score_pleases_changes_nothing(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    version = judge_of(shop)
    mark(version.judge, result=results[0], score=5, blind=True, actor=shop.actor("rui"))
    for score in (1, 5):
        scored(version, results[0], score, replay_of(shop, version, results[0]))
    assert standing_of(version).exact == 0


def test_the_same_person_marks_an_answer_once_and_only_on_the_scale(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    judge, rui = judge_of(shop).judge, shop.actor("rui")
    mark(judge, result=results[0], score=3, blind=True, actor=rui)
    with pytest.raises(Refused, match="already"):
        mark(judge, result=results[0], score=4, blind=True, actor=rui)
    for score in (0, 6):
        with pytest.raises(ContentError):
            mark(judge, result=results[1], score=score, blind=True, actor=rui)
    with pytest.raises(NotPermitted):
        mark(judge, result=results[1], score=3, blind=True, actor=shop.actor("vic"))


def test_an_answer_of_another_project_cannot_be_marked(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    bank = stages.world("bank")
    judge = judge_of(bank).judge
    with pytest.raises(Refused, match="another project"):
        mark(judge, result=results[0], score=3, blind=True, actor=bank.actor("rui"))


def test_a_new_version_is_measured_on_the_marks_that_are_there(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    version = judge_of(shop)
    for result in results[:3]:
        mark(version.judge, result=result, score=4, blind=True, actor=shop.actor("rui"))
    assert marked_without_score(version) == sorted(result.pk for result in results[:3])
    replay = replay_marked(version, actor=shop.actor("rui"), reason="To measure it.")
    work_on_replay(replay.pk)
    assert (standing_of(version).marks, standing_of(version).exact) == (3, 1.0)
    with pytest.raises(Refused, match="every answer that is marked"):
        replay_marked(version, actor=shop.actor("rui"), reason="Again.")


def test_any_number_of_versions_takes_two_queries(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    versions = [judge_of(shop, kind) for kind in ("relevance", "faithfulness", "correctness")]
    for version in versions:
        mark(version.judge, result=results[0], score=4, blind=True, actor=shop.actor("rui"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        standings_of(versions)
    assert len(queries) == 2
