"""The pages of judges: make one, mark blind, see how it stands, replay."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from evaluation.domain.judge import BUILT_IN
from evaluation.offline.cases import HOLDOUT
from evaluation.offline.judging.marks import mark
from evaluation.offline.judging.replays.work import work_on_replay
from evaluation.offline.models import (
    Case,
    CaseResult,
    Judge,
    JudgeMark,
    Judgement,
    Replay,
    SuiteDefaults,
)
from registry.prompts.save import save_version
from tests import stages
from tests.evaluation.judging.conftest import JUDGE, JudgeModel, judge_of, scores_by_case
from tests.stages import World

SECRET = "The judge's own words, which nobody may see while marking."


@pytest.fixture
def sign_in(client: Client, shop: World) -> Any:
    """Sign in as one of the people."""

    def as_(name: str) -> Client:
        client.force_login(shop.person(name))
        return client

    return as_


def form_of(kind: str, **changed: Any) -> dict[str, Any]:
    """What a person types into the form of a new judge."""
    rubric = BUILT_IN[kind]
    return {
        "name": kind,
        "criteria": rubric.criteria,
        **{f"point_{n}": words for n, words in enumerate(rubric.points, 1)},
        "needs": list(rubric.needs),
        "connection": JUDGE,
        "model": "grader",
        "max_tokens": 800,
        "context_tokens": 24_000,
        "scale": "fifths",
        "reason": "To measure answers.",
        **changed,
    }


def test_a_built_in_judge_is_made_from_its_form_as_it_stands(
    sign_in: Any, model: JudgeModel
) -> None:
    ana = sign_in("ana")
    shown = ana.get("/projects/shop/judges/new?kind=faithfulness").content.decode()
    assert "Every claim is supported by the context" in shown
    answer = ana.post("/projects/shop/judges/new?kind=faithfulness", form_of("faithfulness"))
    judge = Judge.objects.get()
    assert answer.headers["Location"] == f"/projects/shop/judges/{judge.pk}"
    assert (judge.name, judge.versions.get().needs) == ("faithfulness", ["context"])


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"model": ""}, "Name the model"),
        ({"point_3": " "}, "required"),
        ({"criteria": "a\x00b"}, "Null characters"),
        ({"name": "No Slug"}, "valid"),
        ({"max_tokens": "9" * 30}, "whole number from"),
        ({"connection": "nowhere"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    sign_in: Any, model: JudgeModel, changed: dict[str, Any], says: str
) -> None:
    typed = form_of("relevance", point_1="My own words for the worst.", **changed)
    answer = sign_in("ana").post("/projects/shop/judges/new?kind=relevance", typed)
    assert answer.status_code == 400
    shown = answer.content.decode()
    assert says in shown
    assert "My own words for the worst." in shown
    assert not Judge.objects.exists()


def test_the_next_version_starts_from_the_newest_and_says_what_changed(
    shop: World, sign_in: Any, model: JudgeModel
) -> None:
    judge = judge_of(shop).judge
    rui, page = sign_in("rui"), f"/projects/shop/judges/{judge.pk}/new"
    typed = form_of("relevance")
    del typed["name"]
    same = rui.post(page, typed)
    assert same.status_code == 400
    assert "word for word relevance v1" in same.content.decode()
    moved = rui.post(page, {**typed, "point_5": "It answers wholly and at once."})
    assert moved.headers["Location"] == f"/projects/shop/judges/{judge.pk}/versions/2"
    shown = rui.get(f"/projects/shop/judges/{judge.pk}/versions/2?against=1").content.decode()
    assert "<del>" in shown
    assert "<ins>" in shown
    assert rui.get(f"/projects/shop/judges/{judge.pk}/versions/3").status_code == 404
    assert rui.get(f"/projects/shop/judges/{judge.pk}/versions/2?against=x").status_code == 404


def test_people_mark_blind_and_the_answers_come_one_after_another(
    shop: World, sign_in: Any, model: JudgeModel, results: list[CaseResult]
) -> None:
    version = judge_of(shop)
    replay = Replay.objects.create(judge=version, results=[], requested_by=shop.person("ana"))
    for result in results:
        Judgement.objects.create(
            replay=replay, result=result, judge=version, score=2, value=0.4, reasoning=SECRET
        )
    rui, page = sign_in("rui"), f"/projects/shop/judges/{version.judge_id}/mark"
    seen = []
    for score in (4, 2, 5):
        shown = rui.get(page)
        assert SECRET not in shown.content.decode()
        result = shown.context["result"]
        seen.append(result.pk)
        answer = rui.post(page, {"result": result.pk, "score": score, "note": "Fine."})
        assert answer.headers["Location"] == page
    assert len(set(seen)) == 3
    assert list(JudgeMark.objects.order_by("pk").values_list("score", "blind")) == [
        (4, True),
        (2, True),
        (5, True),
    ]
    assert "3 of 50 answers are marked" in rui.get(page).content.decode()


def test_a_second_person_is_shown_what_the_first_one_marked(
    shop: World, sign_in: Any, model: JudgeModel, results: list[CaseResult]
) -> None:
    judge = judge_of(shop).judge
    chosen = results[13]
    mark(judge, result=chosen, score=4, blind=True, actor=shop.actor("rui"))
    shown = sign_in("lea").get(f"/projects/shop/judges/{judge.pk}/mark")
    assert shown.context["result"].pk == chosen.pk


def test_held_out_cases_and_the_same_words_twice_are_not_marked(
    shop: World, sign_in: Any, model: JudgeModel, results: list[CaseResult]
) -> None:
    judge = judge_of(shop).judge
    page = f"/projects/shop/judges/{judge.pk}/mark"
    answers = {(r.case.case_id, r.output) for r in CaseResult.objects.select_related("case")}
    assert sign_in("rui").get(page).context["sample"].left == len(answers)
    with connection.cursor() as cursor:  # what is frozen is held out from its import on
        drop_guard(cursor)
        Case.objects.update(tags=[HOLDOUT])
    shown = sign_in("rui").get(page)
    assert shown.context["result"] is None
    assert "no answer to mark" in shown.content.decode()


def drop_guard(cursor: Any) -> None:
    """Let the test change cases, which no code of ours can."""
    name = "guard_evaluation_case_no_update"
    on = " ON evaluation_case" if connection.vendor == "postgresql" else ""
    cursor.execute(f"DROP TRIGGER {name}{on}")


@pytest.mark.parametrize("score", ["", "0", "6", "banana", "4.5"])
def test_a_mark_off_the_scale_keeps_the_answer_on_the_page(
    shop: World, sign_in: Any, model: JudgeModel, results: list[CaseResult], score: str
) -> None:
    judge = judge_of(shop).judge
    page = f"/projects/shop/judges/{judge.pk}/mark"
    answer = sign_in("rui").post(
        page, {"result": results[3].pk, "score": score, "note": "What I typed."}
    )
    assert answer.status_code == 400
    assert answer.context["result"].pk == results[3].pk
    assert "What I typed." in answer.content.decode()
    assert not JudgeMark.objects.exists()


def test_marking_twice_goes_on_with_the_next_and_says_so(
    shop: World, sign_in: Any, model: JudgeModel, results: list[CaseResult]
) -> None:
    judge = judge_of(shop).judge
    page = f"/projects/shop/judges/{judge.pk}/mark"
    rui = sign_in("rui")
    rui.post(page, {"result": results[0].pk, "score": 4})
    again = rui.post(page, {"result": results[0].pk, "score": 1}, follow=True)
    assert "stays as it was given" in again.content.decode()
    assert JudgeMark.objects.get().score == 4


@pytest.mark.parametrize(
    ("result", "status"),
    [("", 409), ("banana", 404), ("-5", 404), (str(2**64), 404), ("999999", 404)],
)
def test_a_form_that_names_no_answer_of_the_project_marks_nothing(
    shop: World, sign_in: Any, model: JudgeModel, result: str, status: int
) -> None:
    judge = judge_of(shop).judge
    answer = sign_in("rui").post(
        f"/projects/shop/judges/{judge.pk}/mark", {"result": result, "score": 4}
    )
    assert answer.status_code == status


def test_the_judges_page_says_how_it_stands_where_it_differs_and_what_to_do(
    shop: World, sign_in: Any, model: JudgeModel, results: list[CaseResult]
) -> None:
    version = judge_of(shop)
    page = f"/projects/shop/judges/{version.judge_id}"
    rui = sign_in("rui")
    assert "Not measured" in rui.get(page).content.decode()
    model.answer = scores_by_case([5, 1, 3])
    for result in results[:3]:
        mark(
            version.judge, result=result, score=5, blind=True, actor=shop.actor("rui"), note="Good."
        )
    assert "3 marked answers have no score" in rui.get(page).content.decode()
    started = rui.post(f"{page}/versions/1/replay", follow=True)
    assert "relevance v1 scores 3 answers: 0 done" in " ".join(started.content.decode().split())
    replay = Replay.objects.get()
    work_on_replay(replay.pk)
    done = rui.get(f"/projects/shop/replays/{replay.pk}").content.decode()
    assert "scored 3 of 3 answers" in done
    shown = rui.get(page)
    assert shown.context["found"].standing.exact == pytest.approx(1 / 3)
    assert [one.gap for one in shown.context["found"].apart] == [4, 2]
    assert "3 of at least 50" in shown.content.decode()
    assert "Good." in shown.content.decode()


def test_agreement_is_told_by_tag(
    shop: World, sign_in: Any, model: JudgeModel, results: list[CaseResult]
) -> None:
    version = judge_of(shop)
    model.answer = scores_by_case([4, 4])
    for result in results[:2]:
        mark(version.judge, result=result, score=4, blind=True, actor=shop.actor("rui"))
    mark(version.judge, result=results[0], score=2, blind=True, actor=shop.actor("ana"))
    rui = sign_in("rui")
    rui.post(f"/projects/shop/judges/{version.judge_id}/versions/1/replay")
    work_on_replay(Replay.objects.get().pk)
    shown = rui.get(f"/projects/shop/judges/{version.judge_id}")
    assert "1 tag with fewer than 5 marked answers" in shown.content.decode()
    found = shown.context["found"]
    assert found.often == []
    assert [(line.tag, line.answers, line.found.n) for line in found.by_tag] == [
        ("without a tag", 2, 3)
    ]
    assert (found.people.n, found.people.exact) == (1, 0)


def test_a_replay_is_cancelled_from_its_page(
    shop: World, sign_in: Any, model: JudgeModel, results: list[CaseResult]
) -> None:
    version = judge_of(shop)
    mark(version.judge, result=results[0], score=4, blind=True, actor=shop.actor("rui"))
    rui = sign_in("rui")
    rui.post(f"/projects/shop/judges/{version.judge_id}/versions/1/replay")
    replay = Replay.objects.get()
    shown = rui.post(f"/projects/shop/replays/{replay.pk}/cancel", follow=True).content.decode()
    assert "Cancelled after 0 of 1" in shown
    assert rui.post(f"/projects/shop/replays/{replay.pk}/cancel").status_code == 409


def test_without_marks_there_is_nothing_to_replay(
    shop: World, sign_in: Any, model: JudgeModel
) -> None:
    judge = judge_of(shop).judge
    answer = sign_in("rui").post(f"/projects/shop/judges/{judge.pk}/versions/1/replay")
    assert answer.status_code == 409
    assert "Mark more answers first" in answer.content.decode()


def test_the_list_says_how_each_judge_stands_with_a_constant_number_of_queries(
    shop: World, sign_in: Any, model: JudgeModel
) -> None:
    judge_of(shop)
    rui = sign_in("rui")
    rui.get("/evaluation/judge/")
    counts = []
    for kinds in ((), ("faithfulness", "correctness")):
        for kind in kinds:
            judge_of(shop, kind)
        with CaptureQueriesContext(connection) as queries:
            shown = rui.get("/evaluation/judge/").content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert shown.count("not measured") == 3


def test_another_projects_judge_is_not_found(shop: World, sign_in: Any, model: JudgeModel) -> None:
    judge = judge_of(stages.world("bank")).judge
    assert sign_in("rui").get(f"/projects/shop/judges/{judge.pk}").status_code == 404


def test_a_judge_of_the_make_that_it_scores_is_pointed_out(
    shop: World, sign_in: Any, model: JudgeModel
) -> None:
    version = judge_of(shop)
    prompt = stages.prompt_named(shop)
    stages.with_suite(shop, prompt)
    content = stages.text(stages.FIRST_TEXT, config={"model": "openai/grader-mini"})
    save_version(
        prompt,
        content=content,
        bump=stages.Bump.MAJOR,
        base=None,
        reason="It names a model.",
        actor=shop.actor("ana"),
    )
    page = f"/projects/shop/judges/{version.judge_id}/versions/1"
    assert "same make" not in sign_in("rui").get(page).content.decode()
    SuiteDefaults.objects.create(project=shop.project, judges=[{"version": version.pk}])
    shown = " ".join(sign_in("rui").get(page).content.decode().split())
    assert "support/system is answered by a model of the same make" in shown


def test_the_form_of_an_own_criterion_shows_an_example_and_offers_the_known_models(
    sign_in: Any, settings: Any
) -> None:
    house = {"base_url": "http://127.0.0.1:9/v1", "models": ["grader-large"]}
    settings.PROMPTCMS_CONNECTIONS = {"house": house, "torn": {}}
    own = sign_in("ana").get("/projects/shop/judges/new?kind=custom").content.decode()
    assert '<option value="grader-large">house</option>' in own
    assert "For example: Is the answer calm" in own
    assert (
        "For example: Is the answer calm"
        not in sign_in("ana").get("/projects/shop/judges/new?kind=faithfulness").content.decode()
    )
