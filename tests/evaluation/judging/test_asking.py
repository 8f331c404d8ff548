"""Judge versions: what they are made of, what they ask, the rows their answers become."""

from dataclasses import fields
from typing import Any

import pytest

from evaluation.domain.judge import BUILT_IN, read_fenced
from evaluation.offline.judging.asking import ASKS, JudgeAsker
from evaluation.offline.judging.create import JudgeText, create_judge, new_version
from evaluation.offline.models import Case, CaseResult
from evaluation.providers import connections
from evaluation.providers.base import ModelResponse
from registry.audit.models import Event
from registry.domain.errors import Refused
from registry.domain.fields import ContentError
from registry.projects.access import NotPermitted
from tests.evaluation.judging.conftest import GOOD, JUDGE, JudgeModel, judge_of
from tests.stages import World

CASE = Case(
    case_id="q1",
    query="How long?",
    inputs={"company": "Lumen", "vip": True},
    context=["Returns: 14 days."],
    reference="Fourteen days.",
)


def asker_of(shop: World, kind: str, **text: Any) -> JudgeAsker:
    version = judge_of(shop, kind, **text)
    return JudgeAsker(version, connections.get(JUDGE))


@pytest.mark.parametrize(
    ("kind", "sections"),
    [
        ("faithfulness", {"QUESTION", "INPUTS", "CONTEXT", "ANSWER"}),
        ("relevance", {"QUESTION", "INPUTS", "REFERENCE", "ANSWER"}),
        ("correctness", {"QUESTION", "INPUTS", "REFERENCE", "ANSWER"}),
    ],
)
def test_a_built_in_judge_is_asked_with_its_rubric_and_what_it_needs(
    shop: World, model: JudgeModel, kind: str, sections: set[str]
) -> None:
    question = asker_of(shop, kind).question(CASE, "Within 14 days.")
    request = question.request
    assert BUILT_IN[kind].criteria in request.messages[0]["content"]
    material = read_fenced(request.messages)
    assert set(material) == sections
    assert material["ANSWER"] == "Within 14 days."
    assert material["INPUTS"] == "company: Lumen\nvip: true"
    assert request.model == "grader"
    assert request.params["temperature"] == 0
    assert request.params["max_tokens"] == 800
    form = request.params["response_format"]["json_schema"]
    assert form["strict"] is True
    assert list(form["schema"]["properties"]) == ["reasoning", "score"]  # reasoning first
    assert not question.context_truncated


def test_a_case_without_what_the_judge_needs_is_not_scored(shop: World, model: JudgeModel) -> None:
    faithfulness, correctness = (asker_of(shop, kind) for kind in ("faithfulness", "correctness"))
    bare = Case(case_id="q2", query="How long?")
    filled = Case(case_id="q3", inputs={"context": "14 days."}, reference=" ")
    assert [faithfulness.applies(case) for case in (CASE, bare, filled)] == [True, False, True]
    assert [correctness.applies(case) for case in (CASE, bare, filled)] == [True, False, False]


def test_no_two_questions_are_alike_so_no_cache_can_answer_one(
    shop: World, model: JudgeModel
) -> None:
    asker = asker_of(shop, "relevance")
    digests = {asker.question(CASE, "Soon.", ask).digest for ask in (1, 1, 2)}
    assert len(digests) == 3


def test_a_long_context_is_given_whole_and_only_above_the_limit_cut_and_flagged(
    shop: World, model: JudgeModel
) -> None:
    asker = asker_of(shop, "faithfulness", context_tokens=2_000)
    tail = "The last sentence decides."
    fits = asker.question(Case(case_id="a", context=["x" * 7_000 + tail]), "Yes.")
    assert tail in read_fenced(fits.request.messages)["CONTEXT"]
    assert not fits.context_truncated
    cut = asker.question(Case(case_id="b", context=["x" * 9_000 + tail]), "Yes.")
    assert cut.context_truncated
    assert tail not in read_fenced(cut.request.messages)["CONTEXT"]


def test_an_answer_becomes_a_row_and_a_broken_one_is_asked_again_at_most_twice(
    shop: World, model: JudgeModel, results: list[CaseResult]
) -> None:
    asker = asker_of(shop, "relevance", scale="unit")
    question = asker.question(results[0].case, results[0].output)

    def row(text: str, ask: int, **more: Any) -> tuple[object, ...]:
        response = ModelResponse(text, "stop", 1.0, "grader", **more)
        made = asker.judgement(results[0], question, response, ask=ask)
        return made.score, made.value, made.last, bool(made.error), made.answer

    assert row(GOOD, 1) == (4, 0.75, True, False, "")
    for ask in range(1, ASKS + 1):
        assert row("{}", ask) == (None, None, ask == ASKS, True, "{}")
    fenced = f"```json\n{GOOD}\n```"
    assert row(fenced, 1) == (None, None, False, True, fenced)
    assert row(fenced, 1, free_text=True) == (4, 0.75, True, False, "")
    trouble = asker.no_judgement(results[0], question, "The provider is down.", ask=1)
    assert (trouble.score, trouble.last, trouble.error) == (None, True, "The provider is down.")


def test_a_version_is_frozen_numbered_and_told_of_in_the_trail(
    shop: World, model: JudgeModel
) -> None:
    first = judge_of(shop, "faithfulness")
    assert (first.number, first.needs, len(first.digest)) == (1, ["context"], 64)
    names = [field.name for field in fields(JudgeText)]
    text = JudgeText(**{name: getattr(first, name) for name in names})
    with pytest.raises(Refused, match="word for word faithfulness v1"):
        new_version(first.judge, text=text, actor=shop.actor("rui"), reason="Again.")
    changed = JudgeText(**{**vars(text), "criteria": "Is it true?"})
    second = new_version(first.judge, text=changed, actor=shop.actor("rui"), reason="Shorter.")
    assert second.number == 2
    assert second.digest != first.digest
    assert "Is it true?" in second.prompt
    event = Event.objects.get(action="judge.version")
    assert (event.actor_name, event.reason) == ("rui", "Shorter.")
    assert Event.objects.filter(action="judge.created").count() == 1


def test_who_only_looks_makes_no_judge(shop: World, model: JudgeModel) -> None:
    text = JudgeText(connection=JUDGE, model="grader")
    with pytest.raises(NotPermitted):
        create_judge(
            shop.project, name="x", kind="relevance", text=text, actor=shop.actor("vic"), reason=""
        )


@pytest.mark.parametrize(
    ("field", "name", "kind", "text"),
    [
        ("name", "Not A Slug", "relevance", {}),
        ("name", "", "relevance", {}),
        ("kind", "ok", "mood", {}),
        ("criteria", "ok", "custom", {}),
        ("criteria", "ok", "relevance", {"criteria": "  "}),
        ("criteria", "ok", "relevance", {"criteria": "a\x00b"}),
        ("points", "ok", "relevance", {"points": ["bad", "good"]}),
        ("point_3", "ok", "relevance", {"points": ["a", "b", "", "d", "e"]}),
        ("needs", "ok", "relevance", {"needs": ["money"]}),
        ("connection", "ok", "relevance", {"connection": "nowhere"}),
        ("model", "ok", "relevance", {"model": ""}),
        ("max_tokens", "ok", "relevance", {"max_tokens": 1}),
        ("context_tokens", "ok", "relevance", {"context_tokens": 0}),
        ("scale", "ok", "relevance", {"scale": "tenths"}),
    ],
)
def test_what_cannot_be_a_judge_is_refused_at_its_field(
    shop: World, model: JudgeModel, field: str, name: str, kind: str, text: dict[str, object]
) -> None:
    whole = JudgeText(**{"connection": JUDGE, "model": "grader", **text})  # type: ignore[arg-type]
    with pytest.raises(ContentError) as refusal:
        create_judge(
            shop.project, name=name, kind=kind, text=whole, actor=shop.actor("ana"), reason=""
        )
    assert refusal.value.field == field


def test_two_judges_of_one_name_are_one_too_many(shop: World, model: JudgeModel) -> None:
    judge_of(shop, "relevance")
    with pytest.raises(ContentError, match="already"):
        judge_of(shop, "relevance")
